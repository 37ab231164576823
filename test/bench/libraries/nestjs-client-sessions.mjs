import { SECRET } from '../secret.mjs';

/**
 * @param {string} name
 * @param {string} url of a build's index.js
 * @returns {import('./library.mjs').Library}
 */
export function nestjsClientSessions(name, url) {
  return {
    name,
    kind: 'library',
    platforms: ['express', 'fastify'],
    hasSeveral: true,
    async load() {
      const { ClientSessionsModule, Session } = await import(url);
      return {
        imports: (names) => [
          ClientSessionsModule.forRoot({
            secret: SECRET,
            sessions: names.map((session) => ({ name: session })),
          }),
        ],
        parameter: (session) => Session(session),
        open: (session) => session,
      };
    },
  };
}
