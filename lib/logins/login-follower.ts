import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { LoginStoreError } from '../errors/login-store.error.js';
import { LoginsUnavailableError } from '../errors/logins-unavailable.error.js';
import { describeThrown } from '../errors/thrown-value.js';
import { type Clocks, type Moment, momentOf, msSince, schedule, type Schedule } from './clocks.js';
import { decodeFact, encodeFact, type LoginFact } from './login-fact.js';
import type { LoginReport, LoginReporter } from '../session/login-report.js';
import type { FactPage, LoginStore, StoredFact } from './login-store.js';
import { LostFacts } from './lost-facts.js';
import type { Revocations } from './revocations.js';
import { answerInTime } from './answer-in-time.js';

export interface FollowerSettings {
  readonly store: LoginStore;
  readonly revocations: Revocations;
  readonly clocks: Clocks;
  /** ms */
  readonly maxLag: number;
  /** How often the store is read: ms. @default 250 */
  readonly interval?: number | undefined;
  readonly report?: LoginReporter | undefined;
  /** @default timers that do not keep the process alive */
  readonly schedule?: Schedule | undefined;
  /** From 0 up to 1. @default Math.random */
  readonly random?: (() => number) | undefined;
}

type Down = Extract<LoginReport, { type: 'down' }>;

const INTERVAL = 250;
/** A store that has more pages than this never ends. */
const MAXIMUM_PAGES = 100_000;

/** Reads the store again and again, so that this process knows of every end soon. */
export class LoginFollower {
  /**
   * Resolves when everything has been read once, or after `maxLag`: an application starts although its store is down,
   * and refuses logins until the store is back. It never rejects.
   */
  readonly ready: Promise<void>;
  readonly #settings: FollowerSettings;
  readonly #schedule: Schedule;
  readonly #lost: LostFacts;
  readonly #startedAt: Moment;
  #cursor: string | undefined;
  /** Number of the newest walk through the pages. */
  #newest = 0;
  /** Number of the walk that moved the cursor last. An earlier one does not move it back. */
  #leader = 0;
  /** The walk that the poll waits for, with the time of its last read. */
  #walk: { sentAt: Moment } | undefined;
  /** The walk that begins at the end of this turn. Everybody who asks in this turn shares it. */
  #next: Promise<void> | undefined;
  #loaded!: () => void;
  #refusal: InvalidOptionsError | undefined;
  #failure: Pick<Down, 'reason' | 'remedy'> | undefined;
  #isDown = false;
  #isStopped = false;
  #hasRubbish = false;
  #newerUntil = 0;
  #unschedule: (() => void) | undefined;

  constructor(settings: FollowerSettings) {
    this.#settings = settings;
    this.#schedule = settings.schedule ?? schedule;
    this.#startedAt = momentOf(settings.clocks);
    this.#lost = new LostFacts({ ...settings, newestWalk: () => this.#newest });
    this.ready = new Promise((resolve) => {
      this.#loaded = resolve;
      this.#schedule(resolve, settings.maxLag);
    });
    this.#tick();
  }

  /** Why the store can never work, if it has said so. */
  get refusal(): InvalidOptionsError | undefined {
    return this.#refusal;
  }

  /**
   * Adds facts to the store, and applies them here.
   *
   * @throws {@link LoginsUnavailableError} if the store has not confirmed them within `maxLag`. It may have
   * stored them even so
   */
  async add(facts: readonly LoginFact[]): Promise<void> {
    await this.store(facts);
    this.#settings.revocations.apply(facts);
  }

  /** Adds facts to the store. They are applied here when they are read. @throws as {@link add} does */
  async store(facts: readonly LoginFact[]): Promise<void> {
    const { store, clocks, revocations } = this.#settings;
    const stored = facts.map(encodeFact);
    // A store may keep one fact only once, and then hands it out only once.
    const news = facts.filter((fact) => !revocations.knows(fact)).map(encodeFact);
    await this.#lost.watch(news, () =>
      this.#answerInTime('Logins could not be ended', () => store.add(stored, clocks.now())),
    );
  }

  /**
   * Resolves when a read that is sent now has been answered, so that this process knows of every end until now.
   *
   * @throws {@link LoginsUnavailableError} if the store does not answer within `maxLag`
   */
  async catchUp(): Promise<void> {
    this.#next ??= Promise.resolve().then(() => {
      this.#next = undefined;
      return this.#read();
    });
    const next = this.#next;
    await this.#answerInTime('Logins cannot be checked', () => next);
  }

  /** Ends polling. */
  stop(): void {
    this.#isStopped = true;
    this.#unschedule?.();
    this.#lost.stop();
  }

  #tick(): void {
    if (this.#isStopped) return;
    const { maxLag, interval = INTERVAL, clocks } = this.#settings;
    if (!this.#walk || msSince(this.#walk.sentAt, clocks) > maxLag) void this.#poll();
    this.#watch();
    this.#unschedule = this.#schedule(() => this.#tick(), interval);
  }

  async #poll(): Promise<void> {
    const walk = { sentAt: momentOf(this.#settings.clocks) };
    this.#walk = walk;
    try {
      await this.#read(walk);
    } catch {
      // The failure is kept, and reported if it lasts.
    } finally {
      if (this.#walk === walk) this.#walk = undefined;
    }
  }

  /** Reads page after page until there is nothing more. */
  async #read(walk: { sentAt: Moment } = { sentAt: this.#startedAt }): Promise<void> {
    const { store, clocks, revocations } = this.#settings;
    const number = ++this.#newest;
    let cursor = this.#cursor;
    try {
      for (let pages = 0; pages < MAXIMUM_PAGES && !this.#isStopped; pages++) {
        walk.sentAt = momentOf(clocks);
        const page = await store.read(cursor);
        this.#apply(page);
        if (page.hasMore && page.cursor === cursor) break;
        cursor = page.cursor;
        if (number >= this.#leader) [this.#leader, this.#cursor] = [number, cursor];
        if (page.hasMore) continue;
        this.#failure = undefined;
        revocations.heard(walk.sentAt);
        this.#lost.hasRead(number);
        this.#watch();
        this.#loaded();
        return;
      }
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    if (!this.#isStopped) this.#failure = { reason: 'it has more facts without end' };
    throw new LoginsUnavailableError('Logins cannot be checked: reading their store has not come to an end');
  }

  #fail(error: unknown): void {
    if (!(error instanceof LoginStoreError)) {
      this.#failure = { reason: describeThrown(error) };
      return;
    }
    const { problem, remedy, isFinal } = error;
    this.#failure = { reason: problem, remedy };
    if (!isFinal) return;
    this.#refusal = new InvalidOptionsError('revocations.store', problem, remedy);
    this.#loaded();
  }

  #apply(page: FactPage): void {
    if (page.isLost) this.#lost.begin();
    this.#lost.saw(page.facts);
    this.#settings.revocations.apply(page.facts.flatMap((stored) => this.#factOf(stored) ?? []));
  }

  #factOf(stored: StoredFact): LoginFact | undefined {
    const { revocations, report } = this.#settings;
    const fact = decodeFact(stored);
    if (typeof fact === 'object') return fact;
    if (fact === 'newer') {
      revocations.heardOfNewer(stored.until);
      if (stored.until > this.#newerUntil) report?.({ type: 'newer', until: stored.until });
      this.#newerUntil = Math.max(this.#newerUntil, stored.until);
    } else if (!this.#hasRubbish) {
      this.#hasRubbish = true;
      report?.({ type: 'rubbish' });
    }
    return undefined;
  }

  /** Reports when the store has gone, and when it is back. */
  #watch(): void {
    const { revocations, report, maxLag } = this.#settings;
    const isDown = revocations.lag > maxLag;
    if (isDown === this.#isDown) return;
    this.#isDown = isDown;
    report?.(isDown ? { type: 'down', reason: 'no answer', ...this.#failure } : { type: 'back' });
  }

  async #answerInTime<T>(problem: string, ask: () => Promise<T>): Promise<T> {
    return answerInTime(this.#settings.maxLag, this.#schedule, problem, ask);
  }
}
