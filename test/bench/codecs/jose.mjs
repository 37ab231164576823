import { CompactEncrypt, compactDecrypt } from 'jose';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** @returns {import('./codec.mjs').Codec} */
export function createCodec() {
  const key = new Uint8Array(32).fill(7);
  return {
    name: 'jose (dir, A256GCM)',
    kind: 'peer',
    seal: (content) =>
      new CompactEncrypt(encoder.encode(JSON.stringify(content)))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .encrypt(key),
    async unseal(text) {
      try {
        const { plaintext } = await compactDecrypt(text, key);
        return JSON.parse(decoder.decode(plaintext));
      } catch {
        return undefined;
      }
    },
  };
}
