import { createCipheriv, createDecipheriv, type DecipherGCM } from 'node:crypto';

export const GCM_NONCE_BYTES = 12;
export const GCM_TAG_BYTES = 16;

const ALGORITHM = 'aes-256-gcm';
const WHOLE_TAG = { authTagLength: GCM_TAG_BYTES };

/**
 * Encrypts and authenticates with AES-256-GCM.
 *
 * @param key 32 bytes
 * @param nonce 12 bytes, never used twice with this key
 * @returns ciphertext and tag, in this order
 */
export function encryptGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  associated: Uint8Array,
): [ciphertext: Buffer, tag: Buffer] {
  const cipher = createCipheriv(ALGORITHM, key, nonce, WHOLE_TAG);
  cipher.setAAD(associated);
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return [ciphertext, cipher.getAuthTag()];
}

/**
 * Opens a result of `encryptGcm`. Returns `undefined` if key, nonce, associated data, ciphertext or tag is wrong.
 *
 * @param tag 16 bytes; a shorter one throws
 */
export function decryptGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  ciphertext: Uint8Array,
  tag: Uint8Array,
  associated: Uint8Array,
): Buffer | undefined {
  const decipher = createDecipheriv(ALGORITHM, key, nonce, WHOLE_TAG);
  decipher.setAAD(associated).setAuthTag(tag);
  const plaintext = decipher.update(ciphertext);
  return isAuthentic(decipher) ? plaintext : undefined;
}

/**
 * Whether the tag is right. Node says so by an error. Collecting its stack takes longer than the decryption, which who
 * sends forged texts would gain by.
 */
function isAuthentic(decipher: DecipherGCM): boolean {
  const { stackTraceLimit } = Error;
  // An assignment would throw where the built-in objects are frozen.
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    decipher.final();
    return true;
  } catch {
    // final() can fail only because of the tag.
    return false;
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  }
}
