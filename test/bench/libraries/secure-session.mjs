import { createHash } from 'node:crypto';
import { SECRET } from '../secret.mjs';

/** @type {import('./library.mjs').Library} */
export const secureSession = {
  name: '@fastify/secure-session',
  kind: 'peer',
  platforms: ['fastify'],
  hasSeveral: true,
  async load() {
    const { default: plugin } = await import('@fastify/secure-session');
    const key = createHash('sha256').update(SECRET).digest();
    const cookie = { path: '/', sameSite: 'lax' };
    return {
      install: (app, names) =>
        app.register(
          plugin,
          names.map((name) => ({ sessionName: name, cookieName: name, key, cookie: { ...cookie } })),
        ),
      open: (request, name) => request[name],
    };
  },
};
