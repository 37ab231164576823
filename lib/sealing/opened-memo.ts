import type { SessionRecord } from './session-record.js';

/** What a cookie holds, and what opened it. */
export interface OpenedCookie<Opener> {
  readonly by: Opener;
  readonly record: SessionRecord;
}

interface Remembered<Opener> extends OpenedCookie<Opener> {
  readonly text: string;
}

/** The end of a cookie is its tag, which is different for every one: to find it, not all of it has to be read twice. */
const KEY_CHARACTERS = 22;

/**
 * Remembers what recently opened cookies hold, by their exact text, so that a cookie is decrypted once and not with every request of a page.
 * Only genuine ones get in, and whoever asks still checks key and times. The oldest goes first.
 */
export class OpenedMemo<Opener> {
  readonly #limit: number;
  readonly #cookies = new Map<string, Remembered<Opener>>();
  /** The keys as they came, in a ring: to ask a map for its oldest key takes a walk over all that were deleted. */
  #keys: string[] = [];
  #next = 0;

  /** @param limit how many cookies are remembered; one takes up to about 8 KB */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(text: string): OpenedCookie<Opener> | undefined {
    const known = this.#cookies.get(text.slice(-KEY_CHARACTERS));
    return known?.text === text ? known : undefined;
  }

  /** @param text not a part of a longer one, all of which it would keep in memory */
  set(text: string, { by, record }: OpenedCookie<Opener>): void {
    if (this.#limit === 0) return;
    const oldest = this.#keys[this.#next];
    if (oldest !== undefined) this.#cookies.delete(oldest);
    const own = text.slice(-KEY_CHARACTERS);
    this.#cookies.set(own, { text, by, record });
    this.#keys[this.#next] = own;
    this.#next = (this.#next + 1) % this.#limit;
  }

  clear(): void {
    this.#cookies.clear();
    this.#keys = [];
    this.#next = 0;
  }
}
