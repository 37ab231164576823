import { SECRET } from '../secret.mjs';

/** @type {import('./library.mjs').Library} */
export const expressSession = {
  name: 'express-session (MemoryStore)',
  kind: 'peer',
  platforms: ['express'],
  async load() {
    const { default: middleware } = await import('express-session');
    return {
      install(app, [name]) {
        const store = new middleware.MemoryStore();
        app.use(middleware({ name, secret: SECRET, resave: false, saveUninitialized: false, store }));
      },
      open: (request) => request.session,
    };
  },
};
