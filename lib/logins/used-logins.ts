import type { Clocks } from './clocks.js';

const PAUSE = 5 * 60_000;
const MAXIMUM = 100_000;

/** Remembers which logins were used in the last five minutes, so that the store hears of each at most that often. */
export class UsedLogins {
  readonly #clocks: Clocks;
  /** When each login was last due, the earliest first. */
  readonly #times = new Map<string, number>();

  constructor(clocks: Clocks) {
    this.#clocks = clocks;
  }

  get size(): number {
    return this.#times.size;
  }

  /** Notes a use. @returns whether the store is to hear of it. Where there are too many logins, not of the newest */
  note(id: Buffer): boolean {
    const key = id.toString('latin1');
    const now = this.#clocks.elapsed();
    this.#forget(now);
    if (this.#times.has(key) || this.#times.size >= MAXIMUM) return false;
    this.#times.set(key, now);
    return true;
  }

  #forget(now: number): void {
    for (const [key, time] of this.#times) {
      if (now - time < PAUSE) return;
      this.#times.delete(key);
    }
  }
}
