import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { KeyRing, type RingHolder } from './key-ring.js';
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

/** Who wants to know of new secrets, or that they could not be had. */
export interface SecretWatcher {
  ring(ring: KeyRing): void;
  failure(error: unknown): void;
}

/**
 * The key ring in force. A function is asked again while requests go on being served with what there is; whatever goes wrong there,
 * the last good ring stays.
 */
export class SecretSource implements RingHolder {
  /** Settles when there is a first ring, and rejects when there will be none. `undefined`: it is there already. */
  readonly ready: Promise<void> | undefined;
  readonly #settings: SecretSourceSettings;
  readonly #fetch: SecretFunction | undefined;
  readonly #watchers: SecretWatcher[] = [];
  #unsubscribe: (() => void) | undefined;
  #ring: KeyRing | undefined;
  #fetchedAt = 0;
  #isFetching = false;

  /** @throws {@link InvalidOptionsError} for secrets at hand that are not fit for use */
  constructor(secret: SecretOption, settings: SecretSourceSettings) {
    this.#settings = settings;
    if (isStream(secret)) {
      this.ready = this.#follow(secret);
    } else if (typeof secret === 'function') {
      this.#fetch = secret;
      this.ready = this.#first(secret);
    } else {
      this.#ring = this.#ringOf(secret);
    }
    // Whoever awaits it learns of a failure; it must not end the process before.
    this.ready?.catch(() => undefined);
  }

  /** @throws {@link InvalidOptionsError} before there is any */
  get ring(): KeyRing {
    if (
      this.#fetch &&
      !this.#isFetching &&
      this.#settings.now() - this.#fetchedAt >= this.#settings.refresh
    ) {
      this.#refresh(this.#fetch);
    }
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

  #first(fetch: SecretFunction): Promise<void> | undefined {
    this.#fetchedAt = this.#settings.now();
    const secrets = fetch();
    if (!isPromise(secrets)) {
      this.#ring = this.#ringOf(secrets);
      return undefined;
    }
    return this.#receive(secrets);
  }

  /** Serves on with what there is while it waits. A function that answers at once takes effect at once. */
  #refresh(fetch: SecretFunction): void {
    this.#fetchedAt = this.#settings.now();
    try {
      const secrets = fetch();
      if (!isPromise(secrets)) return this.#exchange(secrets);
      this.#receive(secrets).catch((error: unknown) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  async #receive(secrets: PromiseLike<SecretList>): Promise<void> {
    this.#isFetching = true;
    try {
      this.#exchange(await secrets);
    } finally {
      this.#isFetching = false;
    }
  }

  #follow(stream: SecretStream): Promise<void> | undefined {
    const first = new Promise<void>((resolve, reject) => {
      const fail = (error: unknown): void => (this.#ring ? this.#fail(error) : reject(error));
      const subscription = stream.subscribe({
        next: (secrets) => {
          try {
            this.#exchange(secrets);
            resolve();
          } catch (error) {
            fail(error);
          }
        },
        error: fail,
        complete: () => reject(this.#withoutList()),
      });
      this.#unsubscribe = () => subscription.unsubscribe();
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
    const ring = this.#ringOf(secrets);
    if (this.#ring?.equals(ring)) return;
    this.#ring = ring;
    for (const watcher of this.#watchers) watcher.ring(ring);
  }

  #fail(error: unknown): void {
    for (const watcher of this.#watchers) watcher.failure(error);
  }

  #ringOf(secrets: SecretList): KeyRing {
    return new KeyRing(secrets, this.#settings.option, this.#settings.now());
  }
}

function isPromise(secrets: ReturnType<SecretFunction>): secrets is PromiseLike<SecretList> {
  return typeof (secrets as Partial<PromiseLike<SecretList>> | undefined)?.then === 'function';
}

function isStream(secret: SecretOption): secret is SecretStream {
  return typeof (secret as Partial<SecretStream> | undefined)?.subscribe === 'function';
}
