import { type Clocks, schedule, type Schedule } from './clocks.js';
import { PRECISION } from './ended-marks.js';
import { decodeFact, encodeFact, type LoginFact } from './login-fact.js';
import type { LoginReporter } from '../session/login-report.js';
import type { LoginStore, StoredFact } from './login-store.js';
import type { Revocations } from './revocations.js';
import { answerInTime } from './answer-in-time.js';

interface Settings {
  readonly store: LoginStore;
  readonly revocations: Revocations;
  readonly clocks: Clocks;
  readonly maxLag: number;
  /** The number of the walk through the store's pages that has begun last. */
  readonly newestWalk: () => number;
  readonly report?: LoginReporter | undefined;
  readonly schedule?: Schedule | undefined;
  readonly random?: (() => number) | undefined;
}

/**
 * All processes notice a loss at once. They wait for up to a quarter of `maxLag`, so that one of them is the first. An
 * end that was lost before others had read it reaches them in time even so.
 */
const LONGEST_WAIT = 0.25;
const BATCH = 1_000;
const MAXIMUM_PAGES = 100_000;

/**
 * Notices that a store has lost facts, and puts back those that this process knows. A store says so itself if it has
 * lost the fact that was read last. If it has lost only what nobody has read, then the process that added it does not
 * find it again.
 */
export class LostFacts {
  readonly #settings: Settings;
  readonly #schedule: Schedule;
  /** The facts that were added here and not read yet, with the walk after which they are missed. */
  readonly #expected = new Map<string, number>();
  #isUnderWay = false;
  /** Facts were lost again while others were put back. */
  #isRepeated = false;
  #isStopped = false;
  #unschedule: (() => void) | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#schedule = settings.schedule ?? schedule;
  }

  /** Adds facts, which every walk that begins after the store has confirmed them must find. */
  async watch(facts: readonly StoredFact[], add: () => Promise<unknown>): Promise<void> {
    for (const { text } of facts) this.#expected.set(text, Infinity);
    try {
      await add();
    } catch (error) {
      // It is not known whether the store has them.
      for (const { text } of facts) this.#expected.delete(text);
      throw error;
    }
    const walk = this.#settings.newestWalk();
    for (const { text } of facts) if (this.#expected.has(text)) this.#expected.set(text, walk);
  }

  saw(facts: readonly StoredFact[]): void {
    if (this.#expected.size === 0) return;
    for (const { text } of facts) this.#expected.delete(text);
  }

  /** A walk has come to its end. */
  hasRead(walk: number): void {
    const missed = [...this.#expected].filter(([, promised]) => walk > promised);
    for (const [text] of missed) this.#expected.delete(text);
    if (missed.length > 0) this.begin();
  }

  /** The store has lost facts. */
  begin(): void {
    this.#isRepeated = this.#isUnderWay;
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    this.#settings.report?.({ type: 'lost' });
    this.#later();
  }

  stop(): void {
    this.#isStopped = true;
    this.#unschedule?.();
  }

  #later(): void {
    const { maxLag, random = Math.random } = this.#settings;
    this.#unschedule = this.#schedule(() => void this.#attempt(), random() * LONGEST_WAIT * maxLag);
  }

  async #attempt(): Promise<void> {
    this.#isRepeated = false;
    try {
      const facts = await this.#putBack();
      if (this.#isRepeated) return this.#later();
      this.#isUnderWay = false;
      this.#settings.report?.({ type: 'restored', facts });
    } catch {
      // The store has failed again. The follower reports that, and here it is tried again.
      if (!this.#isStopped) this.#later();
    }
  }

  /** @returns how many facts the store had lost */
  async #putBack(): Promise<number> {
    const { store, clocks, revocations } = this.#settings;
    const kept = await this.#readAll();
    const lacking = [...revocations.knownFacts()].filter(
      (fact) => (kept.get(markOf(fact)) ?? 0) + PRECISION < fact.until,
    );
    for (let i = 0; i < lacking.length && !this.#isStopped; i += BATCH) {
      const batch = lacking.slice(i, i + BATCH).map(encodeFact);
      // What was put back may be lost again before anybody has read it.
      await this.watch(batch, () => this.#answerInTime(() => store.add(batch, clocks.now())));
    }
    return lacking.length;
  }

  /** Returns until when the store keeps each mark. */
  async #readAll(): Promise<Map<string, number>> {
    const kept = new Map<string, number>();
    let cursor: string | undefined;
    for (let pages = 0; pages < MAXIMUM_PAGES && !this.#isStopped; pages++) {
      const page = await this.#answerInTime(() => this.#settings.store.read(cursor));
      for (const stored of page.facts) {
        const fact = decodeFact(stored);
        if (typeof fact !== 'object') continue;
        const mark = markOf(fact);
        kept.set(mark, Math.max(kept.get(mark) ?? 0, fact.until));
      }
      if (!page.hasMore || page.cursor === cursor) break;
      cursor = page.cursor;
    }
    return kept;
  }

  async #answerInTime<T>(ask: () => Promise<T>): Promise<T> {
    return answerInTime(this.#settings.maxLag, this.#schedule, 'Ends of logins could not be put back', ask);
  }
}

function markOf(fact: LoginFact): string {
  return (fact.type === 'login' ? fact.id : fact.generation).toString('latin1');
}
