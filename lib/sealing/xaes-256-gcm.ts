import { type Cipher, createCipheriv } from 'node:crypto';
import { decryptGcm, encryptGcm, GCM_NONCE_BYTES, GCM_TAG_BYTES } from './aes-256-gcm.js';
import { ownBytes } from './own-bytes.js';

const BLOCK_BYTES = 16;
const DERIVATION_NONCE_BYTES = 12;

export const XAES_KEY_BYTES = 32;
export const XAES_NONCE_BYTES: number = DERIVATION_NONCE_BYTES + GCM_NONCE_BYTES;
export const XAES_TAG_BYTES: number = GCM_TAG_BYTES;

/**
 * XAES-256-GCM: AES-256-GCM with a derived key for each message. Therefore 24-byte nonces may be random for as long as
 * the key lives.
 *
 * @see https://c2sp.org/XAES-256-GCM
 */
export class Xaes256Gcm {
  /**
   * Lives as long as the key, because creating OpenSSL objects is most of the cost of a small message. Sharing it is
   * safe: ECB does not chain blocks, and every update is exactly two blocks, so no state passes to the next message.
   */
  readonly #blockCipher: Cipher;
  /** M1 ‖ M2 of the specification, already XORed with K1. Only the nonce is missing. */
  readonly #derivationBlocks: Buffer;
  /** The same blocks with the nonce of the current message. Every message overwrites all bytes of the nonce. */
  readonly #scratch: Buffer;

  /** @param key 32 bytes */
  constructor(key: Uint8Array) {
    this.#blockCipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
    const k1 = double(this.#blockCipher.update(Buffer.alloc(BLOCK_BYTES)));
    this.#derivationBlocks = ownBytes(k1, k1);
    for (const [counter, start] of [1, 2].map((n, i) => [n, i * BLOCK_BYTES] as const)) {
      this.#derivationBlocks[start + 1]! ^= counter;
      this.#derivationBlocks[start + 2]! ^= 0x58; // 'X'
    }
    this.#scratch = ownBytes(this.#derivationBlocks);
  }

  /**
   * Encrypts and authenticates.
   *
   * @param nonce 24 bytes, never used twice with this key
   * @returns ciphertext and tag, in this order
   */
  encrypt(
    nonce: Uint8Array,
    plaintext: Uint8Array,
    associated: Uint8Array,
  ): [ciphertext: Buffer, tag: Buffer] {
    return encryptGcm(this.#messageKey(nonce), nonce.subarray(DERIVATION_NONCE_BYTES), plaintext, associated);
  }

  /** Opens a result of `encrypt`. Returns `undefined` if key, nonce, associated data, ciphertext or tag is wrong. */
  decrypt(
    nonce: Uint8Array,
    ciphertext: Uint8Array,
    tag: Uint8Array,
    associated: Uint8Array,
  ): Buffer | undefined {
    return decryptGcm(
      this.#messageKey(nonce),
      nonce.subarray(DERIVATION_NONCE_BYTES),
      ciphertext,
      tag,
      associated,
    );
  }

  #messageKey(nonce: Uint8Array): Buffer {
    const fixed = this.#derivationBlocks;
    const blocks = this.#scratch;
    for (let i = 0, first = 4, second = BLOCK_BYTES + 4; i < DERIVATION_NONCE_BYTES; i++, first++, second++) {
      blocks[first] = fixed[first]! ^ nonce[i]!;
      blocks[second] = fixed[second]! ^ nonce[i]!;
    }
    return this.#blockCipher.update(blocks);
  }
}

/** Doubling in GF(2^128), as in CMAC. */
function double(block: Buffer): Buffer {
  const doubled = Buffer.alloc(BLOCK_BYTES);
  for (let i = 0; i < BLOCK_BYTES; i++) doubled[i] = (block[i]! << 1) | ((block[i + 1] ?? 0) >> 7);
  if (block[0]! & 0x80) doubled[BLOCK_BYTES - 1]! ^= 0x87;
  return doubled;
}
