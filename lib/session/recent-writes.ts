/** Enough for the requests that are under way at the same time. */
const MOST_REMEMBERED = 1_000;

/** Remembers when sessions were written lately, to notice that one change replaces another one. */
export class RecentWrites {
  readonly #writes = new Map<string, number>();

  /**
   * Notes a write: ms since epoch.
   *
   * @param base when the content was written that was changed
   * @returns whether a write is replaced that the changed content did not contain
   */
  note(identity: string, base: number, writtenAt: number): boolean {
    const known = this.#writes.get(identity);
    this.#writes.delete(identity);
    this.#writes.set(identity, Math.max(writtenAt, known ?? 0));
    if (this.#writes.size > MOST_REMEMBERED) {
      const [oldest] = this.#writes.keys();
      this.#writes.delete(oldest!);
    }
    return known !== undefined && known > base;
  }
}
