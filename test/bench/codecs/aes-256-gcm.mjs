import { createCipheriv, createDecipheriv } from 'node:crypto';
import { createNonces } from './nonces.mjs';

const NONCE = 12;
const TAG = 16;
const OPTIONS = { authTagLength: TAG };

/**
 * The least that encryption costs with node:crypto: one cipher object a message, one scratch buffer.
 *
 * @returns {import('./codec.mjs').Codec}
 */
export function createCodec() {
  const key = Buffer.alloc(32, 7);
  const putNonce = createNonces(NONCE);
  const scratch = Buffer.allocUnsafeSlow(16_384);
  return {
    name: 'AES-256-GCM',
    kind: 'floor',
    seal(content) {
      const json = JSON.stringify(content);
      putNonce(scratch, 0);
      const cipher = createCipheriv('aes-256-gcm', key, scratch.subarray(0, NONCE), OPTIONS);
      const ciphertext = cipher.update(json, 'utf8');
      cipher.final();
      const end = NONCE + ciphertext.copy(scratch, NONCE);
      return scratch.base64urlSlice(0, end + cipher.getAuthTag().copy(scratch, end));
    },
    unseal(text) {
      const end = scratch.base64urlWrite(text, 0) - TAG;
      const decipher = createDecipheriv('aes-256-gcm', key, scratch.subarray(0, NONCE), OPTIONS);
      decipher.setAuthTag(scratch.subarray(end, end + TAG));
      const json = decipher.update(scratch.subarray(NONCE, end), undefined, 'utf8');
      try {
        decipher.final();
      } catch {
        return undefined;
      }
      return JSON.parse(json);
    },
  };
}
