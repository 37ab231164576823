import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { SecretsUnavailableError } from '../errors/secrets-unavailable.error.js';
import { KeyRing, type RingHolder } from './key-ring.js';
import type { SealingPeriod } from './sealing-plan.js';
import type { SecretList } from './secret-entry.js';

/** What delivers lists of secrets while the application runs, such as an Observable of rxjs. */
export interface SecretStream {
  subscribe(observer: {
    next: (secrets: SecretList) => void;
    error: (error: unknown) => void;
    complete: () => void;
  }): { unsubscribe(): void };
}

/** Fetches a list of secrets, at once or later. */
export type SecretFunction = () => SecretList | PromiseLike<SecretList>;

/** Secrets at hand, a function that fetches them, or a stream of them. */
export type SecretOption = SecretList | SecretFunction | SecretStream;

export interface SecretSourceSettings {
  /** Path of the option that held the secrets, for messages. */
  readonly option: string;
  /** How old the secrets of a function may become before they are fetched again: ms. */
  readonly refresh: number;
  /** The clock: ms since epoch. */
  readonly now: () => number;
}

/** Why secrets could not be had: a list that cannot be used, or whatever its function or stream threw, without what it may quote. */
export type SecretFailure = InvalidOptionsError | SecretsUnavailableError;

/** Who wants to know of new secrets, or that they could not be had. */
export interface SecretWatcher {
  /** A new ring, or the same one whose keys in force are other ones by now. */
  ring(ring: KeyRing): void;
  failure(error: SecretFailure): void;
}

/** A function that does not answer is asked again after this, or after `refresh` if that is longer: ms. */
const PATIENCE = 60_000;

/**
 * The key ring in force. A function is asked again while requests go on being served with what there is. Whatever goes wrong there, the last
 * good ring stays, but for what the list that cannot be used revokes: that acts at once.
 */
export class SecretSource implements RingHolder {
  /** Settles when there is a first ring, and rejects when there will be none. `undefined`: it is there already. */
  readonly ready: Promise<void> | undefined;
  /** Whether no other secrets can come. */
  readonly isFixed: boolean;
  readonly #settings: SecretSourceSettings;
  readonly #fetch: SecretFunction | undefined;
  readonly #watchers: SecretWatcher[] = [];
  #unsubscribe: (() => void) | undefined;
  #ring: KeyRing | undefined;
  /** In which the keys in force stay the same, as watchers were told them. */
  #period: SealingPeriod | undefined;
  #fetchedAt = 0;
  /** How often the function was asked; the number of the question whose answer is in force; the one that is waited for. */
  #asked = 0;
  #answered = 0;
  #pending: number | undefined;

  /**
   * @throws {@link InvalidOptionsError} for secrets at hand that are not fit for use
   * @throws {@link SecretsUnavailableError} when their function throws
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
    // Whoever awaits it learns of a failure; it must not end the process before.
    this.ready?.catch(() => undefined);
  }

  /** The ring in force, which is fetched anew when it has become old. @throws {@link InvalidOptionsError} before there is any */
  get ring(): KeyRing {
    if (this.#fetch && this.#ring && this.#isDue()) this.#refresh(this.#fetch);
    const ring = this.known;
    this.#followClock(ring);
    return ring;
  }

  /** The last ring that has arrived, for whoever only looks. @throws {@link InvalidOptionsError} before there is any */
  get known(): KeyRing {
    if (this.#ring) return this.#ring;
    throw new InvalidOptionsError(
      this.#settings.option,
      'its first list of secrets has not arrived',
      'Await what delivers it before requests are served.',
    );
  }

  now(): number {
    return this.#settings.now();
  }

  watch(watcher: SecretWatcher): void {
    this.#watchers.push(watcher);
  }

  /** Follows a stream no longer. */
  close(): void {
    this.#unsubscribe?.();
  }

  /** Also when the clock was set back, or it would have to catch up first. */
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

  /** Serves on with what there is while it waits. A function that answers at once takes effect at once. */
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

  /** An answer that was overtaken by a newer one says nothing any more. */
  #take(secrets: SecretList, question: number): void {
    if (question < this.#answered) return;
    this.#answered = question;
    this.#exchange(secrets);
  }

  /** Not before watchers were told, who may ask for the ring. */
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
    return this.#ring ? undefined : first;
  }

  #withoutList(): InvalidOptionsError {
    return new InvalidOptionsError(
      this.#settings.option,
      'its stream has ended without a list of secrets',
      'Let it deliver one; a BehaviorSubject or ReplaySubject keeps it for whoever subscribes later.',
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

  /** Tells watchers of keys that have begun or ended by themselves, also when the clock was set back. */
  #followClock(ring: KeyRing): void {
    const { from, until } = this.#period!;
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

/** Whether the same key seals and the same ones open at two times. */
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
    // A proxy that does not say what it is: none of ours.
    return false;
  }
}

function isPromise(secrets: ReturnType<SecretFunction>): secrets is PromiseLike<SecretList> {
  return typeof (secrets as Partial<PromiseLike<SecretList>> | undefined)?.then === 'function';
}

function isStream(secret: SecretOption): secret is SecretStream {
  return typeof (secret as Partial<SecretStream> | undefined)?.subscribe === 'function';
}
