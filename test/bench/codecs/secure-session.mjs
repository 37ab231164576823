import secureSession from '@fastify/secure-session';
import fastify from 'fastify';

/** @returns {Promise<import('./codec.mjs').Codec>} */
export async function createCodec() {
  const app = fastify();
  await app.register(secureSession, { key: Buffer.alloc(32, 7), cookieName: 'session' });
  await app.ready();
  return {
    name: '@fastify/secure-session',
    kind: 'peer',
    seal: (content) => app.encodeSecureSession(app.createSecureSession({ ...content })),
    unseal: (text) => app.decodeSecureSession(text)?.data(),
  };
}
