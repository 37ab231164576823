import crypto from 'express-openid-connect/lib/crypto.js';
import { compactDecrypt } from 'jose';
import { SECRET } from '../secret.mjs';

const ALGORITHMS = { contentEncryptionAlgorithms: ['A256GCM'], keyManagementAlgorithms: ['dir'] };
const decoder = new TextDecoder();

/**
 * Seals and opens as its session middleware does.
 *
 * @returns {import('./codec.mjs').Codec}
 */
export function createCodec() {
  const [key] = crypto.getKeyStore(SECRET, true);
  return {
    name: 'express-openid-connect',
    kind: 'peer',
    seal(content) {
      const now = Math.floor(Date.now() / 1000);
      return crypto.encryptSync(JSON.stringify(content), key, { iat: now, uat: now, exp: now + 86_400 });
    },
    async unseal(text) {
      try {
        const { plaintext } = await compactDecrypt(text, key, ALGORITHMS);
        return JSON.parse(decoder.decode(plaintext));
      } catch {
        return undefined;
      }
    },
  };
}
