import { setImmediate } from 'node:timers/promises';
import type { Clocks, Schedule } from '../../lib/logins/clocks.js';
import type {
  FactPage,
  ListedLogin,
  LoginStore,
  NotedLogin,
  StoredFact,
} from '../../lib/logins/login-store.js';

/** Random numbers that are the same in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A time that passes only when a test lets it pass. What was scheduled happens then, in its order. */
export class Timeline {
  time = Date.UTC(2025, 5, 15, 12);
  #waiting: { at: number; act: () => void }[] = [];

  readonly schedule: Schedule = (act, ms) => {
    const entry = { at: this.time + ms, act };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
    };
  };

  /** How much is scheduled. */
  get size(): number {
    return this.#waiting.length;
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.schedule(resolve, ms);
    });
  }

  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    await setImmediate();
    for (;;) {
      let next: { at: number; act: () => void } | undefined;
      for (const entry of this.#waiting) if (entry.at <= end && (!next || entry.at < next.at)) next = entry;
      if (!next) break;
      const { at, act } = next;
      this.#waiting = this.#waiting.filter((other) => other !== next);
      this.time = Math.max(this.time, at);
      act();
      // Promises go on before the next thing happens.
      await setImmediate();
    }
    this.time = end;
  }

  /** Lets time pass until a promise has settled, for a minute at most. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = (): void => void (isSettled = true);
    promise.then(settle, settle);
    for (let i = 0; i < 6000 && !isSettled; i++) await this.pass(10);
    return promise;
  }
}

/** The clocks of one process. */
export class SimulatedClocks implements Clocks {
  /** By how much the first clock is wrong: ms. */
  skew = 0;
  readonly #timeline: Timeline;
  readonly #bootedAt: number;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
    this.#bootedAt = timeline.time;
  }

  now(): number {
    return this.#timeline.time + this.skew;
  }

  elapsed(): number {
    return this.#timeline.time - this.#bootedAt;
  }
}

interface KeptFact extends StoredFact {
  readonly cursor: string;
}

/** A store in memory that is as slow and as faulty as a test wants. */
export class SimulatedStore implements LoginStore {
  /** `hung`: it never answers. */
  state: 'up' | 'dead' | 'hung' = 'up';
  /** How long a request travels to the store, and its answer back: ms. */
  delay: () => number = () => 0;
  /** Whether this answer gets lost on its way back. */
  losesAnswer: () => boolean = () => false;
  /** What it throws. */
  error: unknown = Object.assign(new Error('connect redis://user:hunter2@host'), { code: 'ECONNREFUSED' });
  pageSize = 1000;
  reads = 0;
  readonly touches: string[] = [];
  facts: KeptFact[] = [];
  readonly #timeline: Timeline;
  readonly #listed = new Map<string, Map<string, ListedLogin>>();
  #added = 0;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  add(facts: readonly StoredFact[]): Promise<void> {
    return this.#answer(() => this.put(...facts));
  }

  read(after: string | undefined): Promise<FactPage> {
    this.reads++;
    return this.#answer(() => {
      const last = this.facts.findIndex(({ cursor }) => cursor === after);
      const isLost = after !== undefined && last === -1;
      const start = last + 1;
      const facts = this.facts.slice(start, start + this.pageSize);
      return {
        facts: facts.map(({ text, until }) => ({ text, until })),
        cursor: facts.at(-1)?.cursor ?? (isLost ? undefined : after),
        hasMore: start + facts.length < this.facts.length,
        ...(isLost && { isLost }),
      };
    });
  }

  note({ subject, id, text }: NotedLogin): Promise<void> {
    return this.#answer(() => {
      const own = this.#listed.get(subject) ?? new Map<string, ListedLogin>();
      this.#listed.set(subject, own.set(id, { ...own.get(id), id, text }));
    });
  }

  touch(subject: string, id: string, usedAt: number): Promise<void> {
    return this.#answer(() => {
      this.touches.push(id);
      const own = this.#listed.get(subject);
      const login = own?.get(id);
      if (login) own!.set(id, { ...login, usedAt });
    });
  }

  list(subject: string): Promise<readonly ListedLogin[]> {
    return this.#answer(() => [...(this.#listed.get(subject)?.values() ?? [])]);
  }

  /** Everything that somebody with access to the store can read. */
  get dump(): string {
    return JSON.stringify([
      this.facts,
      [...this.#listed].map(([subject, own]) => [subject, [...own.values()]]),
    ]);
  }

  /** Adds facts at once, whatever the state. */
  put(...facts: readonly StoredFact[]): void {
    for (const fact of facts) this.facts.push({ ...fact, cursor: `c${++this.#added}` });
  }

  /** Loses the newest facts, or all of them. */
  lose(count = this.facts.length): void {
    this.facts = this.facts.slice(0, this.facts.length - count);
  }

  async #answer<T>(act: () => T): Promise<T> {
    await this.#travel();
    if (this.state === 'hung') return new Promise(() => undefined);
    if (this.state === 'dead') throw this.error;
    const answer = act();
    await this.#travel();
    if (this.losesAnswer()) throw this.error;
    return answer;
  }

  async #travel(): Promise<void> {
    const delay = this.delay();
    if (delay > 0) await this.#timeline.wait(delay);
  }
}
