import type { SessionRecord } from './session-record.js';

/** The record in a cookie, and the key that opened it. */
export interface OpenedCookie<Opener> {
  readonly by: Opener;
  readonly record: SessionRecord;
}

interface Remembered<Opener> extends OpenedCookie<Opener> {
  readonly text: string;
}

/** A cookie ends with its tag, which is different for every cookie. So these characters are enough as a map key. */
const KEY_CHARACTERS = 22;

/**
 * Remembers the records of recently opened cookies by their exact text, so that a cookie is decrypted once and not for
 * every request of a page. It holds only genuine cookies. The caller still checks the key and the times. The oldest
 * entry is removed first.
 */
export class OpenedMemo<Opener> {
  readonly #limit: number;
  readonly #cookies = new Map<string, Remembered<Opener>>();
  /** The map keys in a ring buffer. A Map finds its oldest key slowly, because it walks over all deleted entries. */
  #keys: string[] = [];
  #next = 0;

  /** @param limit maximum number of cookies to remember; each takes up to about 8 KB, and with chunks up to 40 KB */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(text: string): OpenedCookie<Opener> | undefined {
    const known = this.#cookies.get(text.slice(-KEY_CHARACTERS));
    return known?.text === text ? known : undefined;
  }

  /** @param text must not be a slice of a longer string, because it would keep that whole string in memory */
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
