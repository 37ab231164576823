import { describeThrown } from '../errors/thrown-value.js';
import { LoginsUnavailableError } from '../errors/logins-unavailable.error.js';
import { type Login, LOGIN_ID_BYTES } from '../sealing/login.js';
import { GENERATION_BYTES } from '../sealing/session-record.js';
import { type Clocks, type Moment, momentOf, msSince } from './clocks.js';
import { EndedMarks, MARGIN } from './ended-marks.js';
import { Generations, refusedUntil } from './generations.js';
import type { EndedGeneration, LoginFact } from './login-fact.js';
import { LoginListeners } from './login-listeners.js';
import type { LoginReporter } from '../session/login-report.js';

/** What to do with a login while nobody can say whether it has ended. */
export type StoreDownPolicy = 'refuse' | 'accept';

export interface RevocationSettings {
  readonly clocks: Clocks;
  /** After this time without an answer of the store nobody can say who is logged in: ms. */
  readonly maxLag: number;
  /** @default 'refuse' */
  readonly whenStoreIsDown?: StoreDownPolicy | undefined;
  readonly report?: LoginReporter | undefined;
}

/** How many places of each table are searched for expired marks with every answer of the store. */
const PLACES_PER_ANSWER = 1024;

/**
 * Everything that this process knows of ended logins. It answers at once and from memory, and only while it is up to
 * date. Facts are only added: their order does not matter, and to add one twice changes nothing.
 */
export class Revocations {
  readonly #settings: RevocationSettings;
  readonly #ids = new EndedMarks(LOGIN_ID_BYTES);
  readonly #ended = new EndedMarks(GENERATION_BYTES);
  readonly #generations = new Generations();
  readonly #listeners = new LoginListeners();
  readonly #startedAt: Moment;
  /** When the last complete answer of the store was asked for. */
  #heardAt: Moment | undefined;
  /** Until when a fact of a newer release may end anybody: ms since epoch. */
  #newerUntil = 0;

  constructor(settings: RevocationSettings) {
    this.#settings = settings;
    this.#startedAt = momentOf(settings.clocks);
  }

  /**
   * Whether a login has ended.
   *
   * @throws {@link LoginsUnavailableError} if this process does not know, unless it is told to accept such logins
   */
  isEnded(login: Login): boolean {
    if (this.isKnownToHaveEnded(login)) return true;
    this.assertUpToDate();
    return false;
  }

  /** Whether a login has ended as far as this process knows, up to date or not. */
  isKnownToHaveEnded({ id, generation }: Login): boolean {
    const now = this.#settings.clocks.now();
    return this.#ids.has(id, now) || this.#ended.has(generation, now);
  }

  hasEndedById(id: Buffer): boolean {
    return this.#ids.has(id, this.#settings.clocks.now());
  }

  /** Whether a fact is nothing new. */
  knows(fact: LoginFact): boolean {
    return fact.type === 'login' ? this.hasEndedById(fact.id) : this.isEndedBy(fact.call, fact.generation);
  }

  /** @throws {@link LoginsUnavailableError} if this process may not have heard of all ends */
  assertUpToDate(): void {
    if (this.isUpToDate) return;
    if (this.#knowsNewer)
      throw new LoginsUnavailableError('Logins cannot be checked: a newer release has ended some of them');
    if (this.#settings.whenStoreIsDown === 'accept') return;
    throw new LoginsUnavailableError(
      this.#heardAt
        ? `Logins cannot be checked: their store has not answered for ${Math.ceil(this.lag / 1000)} seconds`
        : 'Logins cannot be checked: their store has not answered yet',
    );
  }

  get isUpToDate(): boolean {
    return this.#heardAt !== undefined && this.lag <= this.#settings.maxLag && !this.#knowsNewer;
  }

  /** How old the knowledge of this process is: ms. Before the first answer: since it was created. */
  get lag(): number {
    return msSince(this.#heardAt ?? this.#startedAt, this.#settings.clocks);
  }

  /** How many logins and generations are known to have ended. */
  get size(): number {
    return this.#ids.size + this.#ended.size;
  }

  /** The generation that a login of this subject is sealed with now. */
  generationOf(subjectHash: Buffer): Buffer {
    return this.#generations.current(subjectHash, this.#settings.clocks.now());
  }

  /** The generation that a login is sealed with that goes on, see {@link Generations.following}. */
  generationAfter(login: Login, subjectHash: Buffer): Buffer {
    return this.#generations.following(login.generation, subjectHash, this.#settings.clocks.now());
  }

  /** The facts that end all logins of this subject, see {@link Generations.endsOf}. */
  endsOf(subjectHash: Buffer, lifetime: number, call: Buffer): EndedGeneration[] {
    return this.#generations.endsOf(subjectHash, this.#settings.clocks.now(), lifetime, call);
  }

  /** Whether this call of `endAll()` was the first one to end the generation. */
  isEndedBy(call: Buffer, generation: Buffer): boolean {
    return this.#generations.isEndedBy(call, generation);
  }

  apply(facts: readonly LoginFact[]): void {
    const now = this.#settings.clocks.now();
    for (const fact of facts) this.#apply(fact, now);
  }

  /** Notes that the store holds a fact that this release cannot read. */
  heardOfNewer(until: number): void {
    this.#newerUntil = Math.max(this.#newerUntil, until + MARGIN);
  }

  /** @param sentAt when the read was sent whose answer has been applied */
  heard(sentAt: Moment): void {
    const { clocks } = this.#settings;
    // Fake timers of a test begin again at 0.
    const isReset = this.#heardAt !== undefined && this.#heardAt.elapsed > clocks.elapsed();
    if (!this.#heardAt || isReset || sentAt.elapsed > this.#heardAt.elapsed) this.#heardAt = sentAt;
    const now = clocks.now();
    this.#ids.sweep(now, PLACES_PER_ANSWER);
    this.#ended.sweep(now, PLACES_PER_ANSWER);
    this.#generations.sweep(now, PLACES_PER_ANSWER);
  }

  /**
   * Calls a listener once, when the login has ended; soon if it has ended already.
   *
   * @returns a function that takes the listener back
   */
  onEnd(login: Login, listener: () => unknown): () => void {
    const fail = (error: unknown): void =>
      this.#settings.report?.({ type: 'failed', what: 'listener', reason: describeThrown(error) });
    const remove = this.#listeners.add(login, () => {
      try {
        Promise.resolve(listener()).catch(fail);
      } catch (error) {
        fail(error);
      }
    });
    if (this.isKnownToHaveEnded(login)) queueMicrotask(() => this.#listeners.ended(login.id));
    return remove;
  }

  /** Everything that this process would tell a store that has lost it. */
  *knownFacts(): Generator<LoginFact> {
    const now = this.#settings.clocks.now();
    for (const [id, until] of this.#ids.entries()) if (now < until) yield { type: 'login', id, until };
    for (const fact of this.#generations.facts()) if (now < fact.until) yield fact;
  }

  #apply(fact: LoginFact, now: number): void {
    if (fact.type === 'login') {
      if (this.#ids.add(fact.id, fact.until, now)) this.#listeners.ended(fact.id);
      return;
    }
    const isNew = this.#generations.apply(fact, now);
    this.#ended.add(fact.generation, refusedUntil(fact) - MARGIN, now);
    if (isNew) this.#listeners.ended(fact.generation);
  }

  get #knowsNewer(): boolean {
    return this.#settings.clocks.now() < this.#newerUntil;
  }
}
