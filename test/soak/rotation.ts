import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { createSessionCodec } from '../../lib/session-codec.js';
import type { SoakProcess } from './soak-process.js';
import type { SoakRecord } from './soak-record.js';
import type { Secrets } from './worker/settings.js';

/** What rotation has to know of visitors. */
export interface KeyHolders {
  /** Whether everybody who has a session has used it since: by `performance.now()`. */
  haveAllComeSince(time: number): boolean;
  /** Cookies of sessions that are sealed with a key are replaced at the next occasion. */
  unwantedKey: string | undefined;
  holdKey(keyId: string): boolean;
}

/** How long some processes have a new list, and others do not: ms. */
const ROLL = 500;
/** How often it is looked whether everybody has come: ms. */
const LOOK = 250;
const MOST_REVOKED = 3;

/** Replaces the secret again and again: readers first, and the old one goes when everybody has come since. */
export class Rotation {
  #current = newSecret();
  /** They stay in the list, so that what a thief has is refused because of them. */
  #revoked: readonly { readonly secret: string; readonly revoked: true }[] = [];
  /** When no process opened cookies of a key any more, by its id: ms of `performance.now()`. */
  readonly refusedSince = new Map<string, number>();
  /** Keys that a process may have dropped already, by their ids. */
  readonly endedKeys = new Set<string>();

  constructor(
    /** ms */
    private readonly period: number,
    /** ms */
    private readonly maxLag: number,
    private readonly places: () => readonly SoakProcess[],
    private readonly holders: () => readonly KeyHolders[],
    private readonly record: SoakRecord,
    private readonly say: (line: string) => void,
  ) {}

  get first(): Secrets {
    return [this.#current];
  }

  async run(isOver: () => boolean): Promise<void> {
    let next = performance.now() + this.period / 2;
    for (;;) {
      while (performance.now() < next && !isOver()) await pause(LOOK);
      if (isOver()) return;
      next = performance.now() + this.period;
      await this.#rotate(isOver);
    }
  }

  async #rotate(isOver: () => boolean): Promise<void> {
    const [old, secret] = [this.#current, newSecret()];
    const id = keyIdOf(sealed(old));
    this.say('a new secret is told to the readers');
    await this.#tell([old, secret]);
    // What was ended without the new secret has to be known everywhere before anything is sealed with it.
    await pause(this.maxLag);
    this.say('the new secret seals');
    await this.#tell([secret, old]);
    this.#current = secret;
    this.record.count('secrets replaced');
    const since = performance.now();
    if (!(await this.#until(() => this.holders().every((each) => each.haveAllComeSince(since)), isOver)))
      return;
    this.say('the old secret is dropped');
    this.endedKeys.add(id);
    await this.#tell([secret]);
    this.record.count('secrets dropped');
    this.refusedSince.set(id, performance.now());
    for (const each of this.holders()) each.unwantedKey = id;
    if (!(await this.#until(() => !this.holders().some((each) => each.holdKey(id)), isOver))) return;
    this.say('the old secret is revoked');
    this.#revoked = [{ secret: old, revoked: true as const }, ...this.#revoked].slice(0, MOST_REVOKED);
    await this.#tell([secret]);
    this.record.count('secrets revoked');
  }

  /** One process after the other, as a deployment does. */
  async #tell(secrets: Secrets): Promise<void> {
    for (const place of this.places()) {
      await place.setSecrets([...secrets, ...this.#revoked]);
      await pause(ROLL);
    }
  }

  async #until(isReached: () => boolean, isOver: () => boolean): Promise<boolean> {
    while (!isReached()) {
      if (isOver()) return false;
      await pause(LOOK);
    }
    return true;
  }
}

/** The id of the key that has sealed a cookie. */
export function keyIdOf(cookie: string): string {
  return Buffer.from(cookie.slice(0, 8), 'base64url').toString('hex', 1, 5);
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

function sealed(secret: string): string {
  return createSessionCodec({ cookieName: 'session', secret }).seal({})!;
}
