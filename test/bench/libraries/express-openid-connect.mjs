import { SECRET } from '../secret.mjs';

const ONE_DAY = 86_400;

/**
 * Its session middleware alone, with the defaults of its options.
 *
 * @type {import('./library.mjs').Library}
 */
export const expressOpenidConnect = {
  name: 'express-openid-connect',
  kind: 'peer',
  platforms: ['express'],
  hasSeveral: true,
  async load() {
    const { default: appSession } = await import('express-openid-connect/lib/appSession.js');
    return {
      install(app, names) {
        for (const name of names) {
          const session = {
            name,
            rolling: true,
            rollingDuration: ONE_DAY,
            absoluteDuration: 7 * ONE_DAY,
            cookie: { httpOnly: true, sameSite: 'Lax', secure: false },
          };
          app.use(appSession({ secret: SECRET, session }));
        }
      },
      open: (request, name) => request[name],
    };
  },
};
