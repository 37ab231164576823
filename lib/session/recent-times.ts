/** Enough for the requests that are under way at the same time. */
const MOST_PER_HALF = 1_000;

/** Remembers a time for each of the keys that were set last: at least a thousand of them, at most twice as many. */
export class RecentTimes {
  #newer = new Map<string, number>();
  #older: ReadonlyMap<string, number> = new Map();

  get(key: string): number | undefined {
    return this.#newer.get(key) ?? this.#older.get(key);
  }

  set(key: string, time: number): void {
    this.#newer.set(key, time);
    if (this.#newer.size < MOST_PER_HALF) return;
    // A Map that forgets one key for each new one is slow, because it walks over what was deleted.
    this.#older = this.#newer;
    this.#newer = new Map();
  }
}
