import { randomFillSync } from 'node:crypto';
import { XAES_NONCE_BYTES } from './xaes-256-gcm.js';

const NONCES_PER_FILL = 128;

/** Draws many random nonces with one call of the system's generator, because a call costs as much as an encryption. */
export class NoncePool {
  readonly #bytes = Buffer.alloc(NONCES_PER_FILL * XAES_NONCE_BYTES);
  #next = this.#bytes.length;

  /** Returns a nonce that was never returned before. It is a view of the pool: copy it before the next call. */
  take(): Buffer {
    if (this.#next === this.#bytes.length) {
      randomFillSync(this.#bytes);
      this.#next = 0;
    }
    const start = this.#next;
    this.#next += XAES_NONCE_BYTES;
    return this.#bytes.subarray(start, this.#next);
  }
}
