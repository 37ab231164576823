import { randomFillSync } from 'node:crypto';
import { startupSnapshot } from 'node:v8';

const PIECES_PER_FILL = 128;

/** Draws many random pieces with one call of the system's generator, because a call costs as much as an encryption. */
export class RandomPool {
  readonly #size: number;
  readonly #bytes: Buffer;
  #next: number;

  /** @param size bytes of each piece */
  constructor(size: number) {
    this.#size = size;
    this.#bytes = Buffer.alloc(PIECES_PER_FILL * size);
    this.#next = this.#bytes.length;
    // Otherwise all processes that start from one snapshot would go on with the same bytes.
    if (startupSnapshot.isBuildingSnapshot())
      startupSnapshot.addDeserializeCallback(() => (this.#next = this.#bytes.length));
  }

  /** Returns bytes that were never returned before. They are a view of the pool: copy them before the next call. */
  take(): Buffer {
    if (this.#next === this.#bytes.length) {
      randomFillSync(this.#bytes);
      this.#next = 0;
    }
    const start = this.#next;
    this.#next += this.#size;
    return this.#bytes.subarray(start, this.#next);
  }
}
