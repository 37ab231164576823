/** Enough for the requests that are under way at the same time. */
const MOST_REMEMBERED = 1_000;

/** Remembers when sessions were written lately, to notice that one change replaces another one. */
export class RecentWrites {
  /** The last write of each session: ms since epoch. */
  readonly #writes = new Map<string, number>();
  /** The last write of each session that was reported as replaced. */
  readonly #reported = new Map<string, number>();

  /**
   * Notes a write: ms since epoch.
   *
   * @param base when the content was written that was changed
   * @returns whether a write is replaced that the changed content did not contain
   */
  note(identity: string, base: number, writtenAt: number): boolean {
    const known = this.#writes.get(identity);
    remember(this.#writes, identity, Math.max(writtenAt, known ?? 0));
    return known !== undefined && known > base;
  }

  /** Whether it was not reported before that a write of this time was replaced. The browser tells it repeatedly. */
  isNews(identity: string, writtenAt: number): boolean {
    if (this.#reported.get(identity) === writtenAt) return false;
    remember(this.#reported, identity, writtenAt);
    return true;
  }
}

/** Forgets what was remembered first if there is too much. */
function remember(times: Map<string, number>, identity: string, time: number): void {
  times.delete(identity);
  times.set(identity, time);
  if (times.size <= MOST_REMEMBERED) return;
  const [oldest] = times.keys();
  times.delete(oldest!);
}
