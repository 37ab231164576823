import { SECRET } from '../secret.mjs';

/**
 * @param {string} name
 * @param {string} url of a build's index.js
 * @returns {Promise<import('./codec.mjs').Codec>}
 */
export async function createCodec(name, url) {
  const { createSessionCodec } = await import(url);
  const codec = createSessionCodec({ name: 'session', secret: SECRET });
  return {
    name,
    kind: 'library',
    seal: (content) => codec.seal(content),
    unseal: (text) => {
      const opened = codec.unseal(text);
      return opened.ok ? opened.content : undefined;
    },
  };
}
