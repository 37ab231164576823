import { createHmac } from 'node:crypto';
import { NoSealingKeyError } from '../errors/no-sealing-key.error.js';
import type { KeyRing, RingHolder, ScopedKey } from './key-ring.js';
import { mayOpen, maySeal } from './sealing-plan.js';

export const SUBJECT_HASH_BYTES = 16;

const KEY_BYTES = 32;
const LABEL = 'subject';
/** Stands in the place of a cookie's name, so that these keys are no keys of a cookie. */
const COOKIE_NAME = 'logins';

interface SubjectKey extends ScopedKey {
  readonly bytes: Buffer;
}

/** What the subjects of one session are hashed with. */
export interface SubjectScope {
  readonly secrets: RingHolder;
  readonly purpose: string;
}

/** Hashes the subjects of logins under the secrets of their sessions, so that nobody can read them in a store. */
export class SubjectHashes {
  readonly #scopes: readonly SubjectScope[];
  readonly #now: () => number;
  /** The keys of each ring that is in force. A ring that was replaced is collected together with its keys. */
  readonly #keys = new WeakMap<KeyRing, Map<string, readonly SubjectKey[]>>();

  /**
   * @param scopes those of all sessions that can be logins
   * @param now ms since epoch
   */
  constructor(scopes: readonly SubjectScope[], now: () => number) {
    this.#scopes = scopes;
    this.#now = now;
  }

  /**
   * The hash under the key that seals now.
   *
   * @param scope that of the session. @default that of the first session
   * @throws {@link NoSealingKeyError} if no key may seal
   */
  sealing(subject: string, scope: SubjectScope = this.#scopes[0]!): Buffer {
    const now = this.#now();
    const key = this.#keysOf(scope).find((key) => maySeal(key, now));
    if (!key) throw new NoSealingKeyError(COOKIE_NAME, scope.secrets.ring.idleness(now));
    return hash(subject, key);
  }

  /**
   * The hashes under every key that may still open, so that they find what was sealed before a rotation, and for
   * whichever session.
   */
  all(subject: string): Buffer[] {
    const now = this.#now();
    const keys = this.#scopes.flatMap((scope) => this.#keysOf(scope)).filter((key) => mayOpen(key, now));
    const hashes = keys.map((key) => hash(subject, key));
    return hashes.filter((own, i) => hashes.findIndex((other) => other.equals(own)) === i);
  }

  #keysOf({ secrets: { ring }, purpose }: SubjectScope): readonly SubjectKey[] {
    const ofRing = this.#keys.get(ring) ?? new Map<string, readonly SubjectKey[]>();
    const known = ofRing.get(purpose);
    if (known) return known;
    const scope = { purpose, cookieName: COOKIE_NAME };
    const keys = ring.keysFor(scope).map((key) => ({ ...key, bytes: key.derive(LABEL, KEY_BYTES) }));
    this.#keys.set(ring, ofRing.set(purpose, keys));
    return keys;
  }
}

function hash(subject: string, { bytes }: SubjectKey): Buffer {
  return createHmac('sha256', bytes).update(subject).digest().subarray(0, SUBJECT_HASH_BYTES);
}
