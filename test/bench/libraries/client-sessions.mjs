import { SECRET } from '../secret.mjs';
import { raw } from './library.mjs';

/** @type {import('./library.mjs').Library} */
export const clientSessions = {
  name: 'client-sessions',
  kind: 'peer',
  platforms: ['express', 'fastify'],
  hasSeveral: true,
  async load() {
    const { default: middleware } = await import('client-sessions');
    return {
      install(app, names) {
        for (const name of names) {
          app.use(middleware({ cookieName: name, secret: SECRET, duration: 86_400_000 }));
        }
      },
      open: (request, name) => raw(request)[name],
    };
  },
};
