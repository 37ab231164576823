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

/** Hashes the subjects of logins under the secrets of their sessions, so that nobody can read them in a store. */
export class SubjectHashes {
  readonly #holders: readonly RingHolder[];
  readonly #purpose: string;
  readonly #now: () => number;
  /** The keys of each ring that is in force. A ring that was replaced is collected together with its keys. */
  readonly #keys = new WeakMap<KeyRing, readonly SubjectKey[]>();

  /**
   * @param holders the secrets of all sessions that can be logins, each once
   * @param now ms since epoch
   */
  constructor(holders: readonly RingHolder[], purpose: string, now: () => number) {
    this.#holders = holders;
    this.#purpose = purpose;
    this.#now = now;
  }

  /**
   * The hash under the key that seals now.
   *
   * @param holder the secrets of the session. @default those of the first session
   * @throws {@link NoSealingKeyError} if no key may seal
   */
  sealing(subject: string, holder: RingHolder = this.#holders[0]!): Buffer {
    const now = this.#now();
    const { ring } = holder;
    const key = this.#keysOf(ring).find((key) => maySeal(key, now));
    if (!key) throw new NoSealingKeyError(COOKIE_NAME, ring.idleness(now));
    return hash(subject, key);
  }

  /** The hashes under every key that may still open, so that they find what was sealed before a rotation. */
  all(subject: string): Buffer[] {
    const now = this.#now();
    const keys = this.#holders.flatMap(({ ring }) => this.#keysOf(ring)).filter((key) => mayOpen(key, now));
    const hashes = keys.map((key) => hash(subject, key));
    return hashes.filter((own, i) => hashes.findIndex((other) => other.equals(own)) === i);
  }

  #keysOf(ring: KeyRing): readonly SubjectKey[] {
    const known = this.#keys.get(ring);
    if (known) return known;
    const scope = { purpose: this.#purpose, cookieName: COOKIE_NAME };
    const keys = ring.keysFor(scope).map((key) => ({ ...key, bytes: key.derive(LABEL, KEY_BYTES) }));
    this.#keys.set(ring, keys);
    return keys;
  }
}

function hash(subject: string, { bytes }: SubjectKey): Buffer {
  return createHmac('sha256', bytes).update(subject).digest().subarray(0, SUBJECT_HASH_BYTES);
}
