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

  /** @param limit how many cookies are remembered; one takes up to about 8 KB */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(text: string): OpenedCookie<Key> | undefined {
    return this.#cookies.get(text);
  }

  set(text: string, cookie: OpenedCookie<Key>): void {
    if (this.#limit === 0) return;
    if (this.#cookies.size >= this.#limit) {
      const [oldest] = this.#cookies.keys();
      this.#cookies.delete(oldest!);
    }
    this.#cookies.set(text, cookie);
  }

  clear(): void {
    this.#cookies.clear();
  }
}
