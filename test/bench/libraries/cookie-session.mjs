import { SECRET } from '../secret.mjs';
import { raw } from './library.mjs';

/** @type {import('./library.mjs').Library} */
export const cookieSession = {
  name: 'cookie-session (signed only)',
  kind: 'peer',
  platforms: ['express', 'fastify'],
  async load() {
    const { default: middleware } = await import('cookie-session');
    return {
      install: (app, [name]) => app.use(middleware({ name, keys: [SECRET], maxAge: 86_400_000 })),
      open: (request) => raw(request).session,
    };
  },
};
