import { randomFillSync } from 'node:crypto';
import { XAES_NONCE_BYTES } from './xaes-256-gcm.js';

const NONCES_PER_FILL = 128;

/** Random nonces, drawn from the system's generator many at a time, because one call costs as much as one encryption. */
export class NoncePool {
  readonly #bytes = Buffer.alloc(NONCES_PER_FILL * XAES_NONCE_BYTES);
  #next = this.#bytes.length;

  /** The next nonce, never handed out before. A view: copy it before the next call. */
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
