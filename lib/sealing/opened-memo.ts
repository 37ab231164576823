import type { SessionRecord } from './session-record.js';

/** What a cookie holds, and the key that sealed it. */
export interface OpenedCookie<Key> {
  readonly key: Key;
  readonly record: SessionRecord;
}

/**
 * Remembers what recently opened cookies hold, by their exact text, so that a cookie is decrypted once and not with every request of a page.
 * Only genuine ones get in, and whoever asks still checks key and times. The oldest goes first.
 */
export class OpenedMemo<Key> {
  readonly #limit: number;
  readonly #cookies = new Map<string, OpenedCookie<Key>>();
  /** The texts as they came, in a ring: to ask a map for its oldest key takes a walk over all that were deleted. */
  #texts: string[] = [];
  #next = 0;

  /** @param limit how many cookies are remembered; one takes up to about 8 KB */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(text: string): OpenedCookie<Key> | undefined {
    return this.#cookies.get(text);
  }

  set(text: string, cookie: OpenedCookie<Key>): void {
    if (this.#limit === 0) return;
    const oldest = this.#texts[this.#next];
    if (oldest !== undefined) this.#cookies.delete(oldest);
    this.#cookies.set(text, cookie);
    this.#texts[this.#next] = text;
    this.#next = (this.#next + 1) % this.#limit;
  }

  clear(): void {
    this.#cookies.clear();
    this.#texts = [];
    this.#next = 0;
  }
}
