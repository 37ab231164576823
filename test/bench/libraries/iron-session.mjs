import { SECRET } from '../secret.mjs';
import { raw } from './library.mjs';

/** @type {import('./library.mjs').Library} */
export const ironSession = {
  name: 'iron-session',
  kind: 'peer',
  platforms: ['express', 'fastify'],
  hasSeveral: true,
  async load() {
    const { getIronSession } = await import('iron-session');
    return {
      isAsync: true,
      open: (request, name, response) =>
        getIronSession(raw(request), raw(response), { cookieName: name, password: SECRET }),
      save: (session) => session.save(),
    };
  },
};
