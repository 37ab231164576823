import { RecentTimes } from './recent-times.js';

/** Remembers when sessions were written lately, to notice that one change replaces another one. */
export class RecentWrites {
  /** The last write of each session: ms since epoch. */
  readonly #writes = new RecentTimes();
  /** The last write of each session that was reported as replaced. */
  readonly #reported = new RecentTimes();

  /**
   * Notes a write: ms since epoch.
   *
   * @param base when the content was written that was changed
   * @returns whether a write is replaced that the changed content did not contain
   */
  note(identity: string, base: number, writtenAt: number): boolean {
    const known = this.#writes.get(identity);
    this.#writes.set(identity, Math.max(writtenAt, known ?? 0));
    return known !== undefined && known > base;
  }

  /**
   * Notes that a write of this time was replaced.
   *
   * @returns whether that is news. The browser tells it repeatedly
   */
  noteReplaced(identity: string, writtenAt: number): boolean {
    if (this.#reported.get(identity) === writtenAt) return false;
    this.#reported.set(identity, writtenAt);
    return true;
  }
}
