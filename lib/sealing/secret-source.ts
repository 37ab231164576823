import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { SecretsUnavailableError } from '../errors/secrets-unavailable.error.js';
import { KeyRing, type RingHolder } from './key-ring.js';
import type { SealingPeriod } from './sealing-plan.js';
import type { SecretList } from './secret-entry.js';

/** Delivers lists of secrets while the application runs, such as an Observable of rxjs. */
export interface SecretStream {
  subscribe(observer: {
    next: (secrets: SecretList) => void;
    error: (error: unknown) => void;
    complete: () => void;
  }): { unsubscribe(): void };
}

/** Fetches a list of secrets, synchronously or not. */
export type SecretFunction = () => SecretList | PromiseLike<SecretList>;

/** Secrets, a function that fetches them, or a stream that delivers them. */
export type SecretOption = SecretList | SecretFunction | SecretStream;

export interface SecretSourceSettings {
  /** Path of the option that holds the secrets, for messages. */
  readonly option: string;
  /** Maximum age of the secrets of a function before it is called again: ms. */
  readonly refresh: number;
  /** The clock: ms since epoch. */
  readonly now: () => number;
}

/** Why secrets could not be loaded: their list is unusable, or their function or stream failed. */
export type SecretFailure = InvalidOptionsError | SecretsUnavailableError;

/** Is told of new secrets, and of failures to load them. */
export interface SecretWatcher {
  /** Called with a new ring, or with the same ring when other keys of it are in force. */
  ring(ring: KeyRing): void;
  failure(error: SecretFailure): void;
}

/** If a function does not answer, it is called again after this time, or after `refresh` if that is longer: ms. */
const PATIENCE = 60_000;

/**
 * Holds the key ring in force. While a function fetches new secrets, requests are served with the current ring. If the
 * fetch fails, the last good ring stays. Of an unusable list, only revocations and earlier ends take effect, at once.
 */
export class SecretSource implements RingHolder {
  /** Resolves when the first ring has arrived, and rejects if none will. `undefined`: the ring has already arrived. */
  readonly ready: Promise<void> | undefined;
  /** Whether the secrets can never change. */
  readonly isFixed: boolean;
  readonly #settings: SecretSourceSettings;
  readonly #fetch: SecretFunction | undefined;
  readonly #watchers: SecretWatcher[] = [];
  #unsubscribe: (() => void) | undefined;
  #ring: KeyRing | undefined;
  /** The period in which the keys that watchers were told of stay in force. */
  #period: SealingPeriod | undefined;
  #fetchedAt = 0;
  /** Number of the last refresh. */
  #asked = 0;
  /** Number of the refresh whose answer is in force. */
  #answered = 0;
  /** Number of the last refresh, while its answer has not arrived. */
  #pending: number | undefined;

  /**
   * @throws {@link InvalidOptionsError} if the secrets are unusable
   * @throws {@link SecretsUnavailableError} if the function throws at once
   */
  constructor(secret: SecretOption, settings: SecretSourceSettings) {
    this.#settings = settings;
    this.isFixed = !isStream(secret) && typeof secret !== 'function';
    if (isStream(secret)) {
      this.ready = this.#follow(secret);
    } else if (typeof secret === 'function') {
      this.#fetch = secret;
      this.ready = this.#first(secret);
    } else {
      this.#exchange(secret);
    }
    // The caller awaits it and handles a failure. Without this handler, Node might end the process before that.
    this.ready?.catch(() => undefined);
  }

  /** The ring in force. Refreshes an old one. @throws {@link InvalidOptionsError} before the first ring arrives */
  get ring(): KeyRing {
    if (this.#fetch && this.#ring && this.#isDue()) this.#refresh(this.#fetch);
    const ring = this.known;
    this.#followClock(ring);
    return ring;
  }

  /** The last ring, without a new fetch. @throws {@link InvalidOptionsError} before the first ring arrives */
  get known(): KeyRing {
    if (this.#ring) return this.#ring;
    throw new InvalidOptionsError(
      this.#settings.option,
      'the first list of secrets has not arrived yet',
      'Wait for it before you serve requests.',
    );
  }

  now(): number {
    return this.#settings.now();
  }

  watch(watcher: SecretWatcher): void {
    this.#watchers.push(watcher);
  }

  /** Unsubscribes from the stream. */
  close(): void {
    this.#unsubscribe?.();
  }

  /** Also true after the clock was set back; otherwise the next fetch would wait until the clock has caught up. */
  #isDue(): boolean {
    const age = this.#settings.now() - this.#fetchedAt;
    const { refresh } = this.#settings;
    return age < 0 || age >= (this.#pending === undefined ? refresh : Math.max(refresh, PATIENCE));
  }

  #first(fetch: SecretFunction): Promise<void> | undefined {
    this.#fetchedAt = this.#settings.now();
    try {
      const secrets = fetch();
      if (isPromise(secrets)) return this.#firstOf(secrets);
      this.#exchange(secrets);
      return undefined;
    } catch (error) {
      throw this.#failureOf(error);
    }
  }

  async #firstOf(secrets: PromiseLike<SecretList>): Promise<void> {
    try {
      this.#exchange(await secrets);
    } catch (error) {
      throw this.#failureOf(error);
    }
  }

  /** Starts a fetch. The current ring serves until the answer arrives; a synchronous answer takes effect at once. */
  #refresh(fetch: SecretFunction): void {
    this.#fetchedAt = this.#settings.now();
    const question = ++this.#asked;
    this.#pending = question;
    try {
      const secrets = fetch();
      if (isPromise(secrets)) return void this.#receive(secrets, question);
      this.#take(secrets, question);
    } catch (error) {
      this.#fail(error);
    }
    this.#settle(question);
  }

  async #receive(secrets: PromiseLike<SecretList>, question: number): Promise<void> {
    try {
      this.#take(await secrets, question);
    } catch (error) {
      if (question >= this.#answered) this.#fail(error);
    }
    this.#settle(question);
  }

  /** Ignores an answer that arrives after the answer of a later call. */
  #take(secrets: SecretList, question: number): void {
    if (question < this.#answered) return;
    this.#answered = question;
    this.#exchange(secrets);
  }

  /** Must run after the watchers, because they may read `ring`, which must not start another fetch then. */
  #settle(question: number): void {
    if (this.#pending === question) this.#pending = undefined;
  }

  #follow(stream: SecretStream): Promise<void> | undefined {
    const first = new Promise<void>((resolve, reject) => {
      const fail = (error: unknown): void =>
        this.#ring ? this.#fail(error) : reject(this.#failureOf(error));
      const next = (secrets: SecretList): void => {
        try {
          this.#exchange(secrets);
          resolve();
        } catch (error) {
          fail(error);
        }
      };
      try {
        const complete = (): void => reject(this.#withoutList());
        const subscription = stream.subscribe({ next, error: fail, complete });
        this.#unsubscribe = () => subscription.unsubscribe();
      } catch (error) {
        fail(error);
      }
    });
    if (!this.#ring) return first;
    // A list in front of the one in force may have rejected it.
    first.catch(() => undefined);
    return undefined;
  }

  #withoutList(): InvalidOptionsError {
    return new InvalidOptionsError(
      this.#settings.option,
      'the stream completed without a list of secrets',
      'Let it emit one; a BehaviorSubject or ReplaySubject keeps the last list for later subscribers.',
    );
  }

  #exchange(secrets: SecretList): void {
    const { option, now } = this.#settings;
    let ring: KeyRing;
    try {
      ring = new KeyRing(secrets, option, now(), this.#ring === undefined);
    } catch (error) {
      if (this.#ring) this.#put(this.#ring.restrictedBy(secrets, option));
      throw error;
    }
    this.#put(ring);
  }

  #put(ring: KeyRing): void {
    if (this.#ring?.equals(ring)) return;
    this.#ring = ring;
    this.#period = ring.periodAt(this.#settings.now());
    for (const watcher of this.#watchers) watcher.ring(ring);
  }

  /** Tells watchers when a key has begun or expired since the last look, also after the clock was set back. */
  #followClock(ring: KeyRing): void {
    const { from, until } = this.#period!;
    // Rings without times need no look at the clock each time that they are read.
    if (from === -Infinity && until === Infinity) return;
    const now = this.#settings.now();
    if (now >= from && now < until) return;
    this.#period = ring.periodAt(now);
    if (isSameForce(ring, from, now)) return;
    for (const watcher of this.#watchers) watcher.ring(ring);
  }

  #fail(error: unknown): void {
    const failure = this.#failureOf(error);
    for (const watcher of this.#watchers) watcher.failure(failure);
  }

  #failureOf(error: unknown): SecretFailure {
    return isOwn(error) ? error : new SecretsUnavailableError(this.#settings.option, error);
  }
}

/** Whether the same key seals and the same keys open at both times. */
function isSameForce(ring: KeyRing, before: number, now: number): boolean {
  return (
    ring.canSeal(before) === ring.canSeal(now) &&
    ring.idsInForce(before).join() === ring.idsInForce(now).join()
  );
}

function isOwn(error: unknown): error is SecretFailure {
  try {
    return error instanceof InvalidOptionsError || error instanceof SecretsUnavailableError;
  } catch {
    // A proxy that throws here is not an error of this package.
    return false;
  }
}

function isPromise(secrets: ReturnType<SecretFunction>): secrets is PromiseLike<SecretList> {
  return typeof (secrets as Partial<PromiseLike<SecretList>> | undefined)?.then === 'function';
}

function isStream(secret: SecretOption): secret is SecretStream {
  return typeof (secret as Partial<SecretStream> | undefined)?.subscribe === 'function';
}
