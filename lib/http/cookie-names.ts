/**
 * Names of cookies that are looked for in headers. Whoever sends thousands of other cookies makes the server compare
 * thousands of names, so no part of a header is copied for that.
 */
export class CookieNames {
  /** Names of the same length, with the same first and last character. There is rarely more than one. */
  readonly #byKey = new Map<number, string[]>();
  /** Whether a name begins with a character of this code, or with another one that has the same last byte. */
  readonly #firsts = new Uint8Array(256);
  /** The length of the shortest name. */
  readonly #least: number = Infinity;

  constructor(names: Iterable<string>) {
    for (const name of new Set(names)) {
      this.#least = Math.min(this.#least, name.length);
      const key = keyOf(name, 0, name.length);
      this.#firsts[name.charCodeAt(0) & 0xff] = 1;
      this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), name]);
    }
  }

  /** Whether one of the names may begin with this character. Most other cookies need no closer look. */
  mayBeginWith(code: number): boolean {
    return this.#firsts[code & 0xff] === 1;
  }

  /** Returns the part of a header from one place to another, if it is one of the names. */
  find(header: string, from: number, to: number): string | undefined {
    if (to - from < this.#least) return undefined;
    const candidates = this.#byKey.get(keyOf(header, from, to));
    if (!candidates) return undefined;
    for (const name of candidates)
      if (name.length === to - from && header.startsWith(name, from)) return name;
    return undefined;
  }
}

/** A small whole number. Longer names and characters beyond a byte may have that of another name. */
function keyOf(text: string, from: number, to: number): number {
  const ends = ((text.charCodeAt(from) & 0xff) << 8) | (text.charCodeAt(to - 1) & 0xff);
  return (((to - from) & 0xff) << 16) | ends;
}
