import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import {
  resolveEntry,
  type SecretEntry,
  type SecretList,
  type UsableSecret,
  withdrawalsIn,
} from './secret-entry.js';
import { hkdfSha256 } from './hkdf.js';
import { type KeyScope, scopeBytes } from './key-scope.js';
import { ownBytes } from './own-bytes.js';
import { timeText } from './point-in-time.js';
import { type KeyTimes, mayOpen, maySeal, periodsOf, type SealingPeriod } from './sealing-plan.js';

/** Separates the keys of this package from anything else that is derived from the same secret. */
const LABEL = 'nestjs-client-sessions/1';
export const KEY_ID_BYTES = 4;

/** The key of one secret for one scope. */
export interface ScopedKey extends Omit<UsableSecret, 'bytes'> {
  readonly id: Buffer;
  /** Derives key bytes that belong to this scope only. A format uses one label for each purpose. */
  derive(label: string, bytes: number): Buffer;
}

/** Has a key ring: the ring itself, or a source that replaces its ring while the application runs. */
export interface RingHolder {
  readonly ring: KeyRing;
}

/**
 * Secrets in the given order, the newest first. The first secret that may seal seals, and all of them open. Every
 * sealed text begins with the id of its key, so no key is ever tried out.
 */
export class KeyRing implements RingHolder {
  /** Ids of the secrets as hex, in the order of the list. They are safe to log and the same on every server. */
  readonly ids: readonly string[];
  readonly #secrets: readonly IdentifiedSecret[];

  /**
   * @param option path of the option that holds the secrets, for messages
   * @param now ms since epoch
   * @param mustSeal whether to refuse a ring without a secret that may seal. Such a ring is refused at start. While
   * the application runs it is accepted, because the previous ring may hold keys that are revoked now
   * @throws {@link InvalidOptionsError} if there is no secret, a weak one, the same one twice, or none that may seal
   */
  constructor(secrets: SecretList, option: string, now: number = Date.now(), mustSeal = true) {
    const list: readonly unknown[] = Array.isArray(secrets) ? secrets : [secrets];
    if (list.length === 0) {
      throw new InvalidOptionsError(
        option,
        'must not be an empty list',
        'Give at least one secret, the newest first.',
      );
    }
    const given = list.map((secret, i) =>
      identify(resolveEntry(secret, list.length > 1 ? `${option}[${i}]` : option)),
    );
    const ids = given.map(({ id }) => id);
    const twice = ids.findIndex((id, i) => ids.indexOf(id) < i);
    if (twice > 0) {
      throw new InvalidOptionsError(
        `${option}[${twice}]`,
        `must have its own key id, has key id ${ids[twice]!} like the secret at ${ids.indexOf(ids[twice]!)}`,
        'List every secret once. Two different secrets very rarely have the same id: then generate a new one.',
      );
    }
    this.#secrets = given;
    this.ids = this.#secrets.map(({ id }) => id);
    if (mustSeal && !this.canSeal(now)) {
      throw new InvalidOptionsError(
        option,
        `must contain a secret that may seal now: ${this.idleness(now)}`,
        'Add a secret that may seal at the front of the list.',
      );
    }
  }

  get ring(): this {
    return this;
  }

  /** Whether another ring has the same secrets with the same times and revocations, in the same order. */
  equals(other: KeyRing): boolean {
    return (
      this.#secrets.length === other.#secrets.length &&
      this.#secrets.every((secret, i) => isSame(secret, other.#secrets[i]!))
    );
  }

  /** Returns this ring with the revocations and earlier ends that an unusable list contains for its secrets. */
  restrictedBy(list: unknown, option: string): KeyRing {
    const withdrawals = withdrawalsIn(list);
    const entries = this.#secrets.map((secret): SecretEntry => {
      const own = withdrawals.filter(({ bytes }) => bytes.equals(secret.bytes));
      return entryOf({
        ...secret,
        isRevoked: secret.isRevoked || own.some(({ isRevoked }) => isRevoked),
        expires: Math.min(secret.expires, ...own.map(({ expires }) => expires)),
      });
    });
    return new KeyRing(entries, option, 0, false);
  }

  /** Whether new cookies can be sealed. */
  canSeal(now: number): boolean {
    return this.#secrets.some((secret) => maySeal(secret, now));
  }

  /** The times of each secret, in the order of the list. */
  get times(): readonly KeyTimes[] {
    return this.#secrets.map(({ id, notBefore, expires, isRevoked }) => ({
      id,
      notBefore,
      expires,
      isRevoked,
    }));
  }

  /** The period around `now` in which no secret begins or expires. */
  periodAt(now: number): SealingPeriod {
    return periodsOf(this.times).find(({ until }) => now < until)!;
  }

  /** Says why none of the secrets may seal. */
  idleness(now: number): string {
    return this.#secrets.map((secret) => idlenessOf(secret, now)).join(', ');
  }

  /** Ids of the secrets that may open now. The one that seals comes first. */
  idsInForce(now: number): readonly string[] {
    const opening = this.#secrets.filter((secret) => mayOpen(secret, now));
    const sealing = opening.filter((secret) => maySeal(secret, now)).slice(0, 1);
    return [...new Set([...sealing, ...opening])].map(({ id }) => id);
  }

  /** The keys of one scope, in the order of the list. */
  keysFor(scope: KeyScope): readonly ScopedKey[] {
    const own = scopeBytes(scope);
    return this.#secrets.map(({ bytes: secret, id, ...rules }) => ({
      ...rules,
      id: ownBytes(Buffer.from(id, 'hex')),
      derive: (label, bytes) => derive(secret, Buffer.concat([Buffer.from(label), own]), bytes),
    }));
  }
}

interface IdentifiedSecret extends UsableSecret {
  readonly id: string;
}

function entryOf({ bytes, notBefore, expires, isRevoked }: UsableSecret): SecretEntry {
  return {
    secret: bytes,
    revoked: isRevoked,
    ...(notBefore !== -Infinity && { notBefore: new Date(notBefore).toISOString() }),
    ...(expires !== Infinity && { expires: new Date(expires).toISOString() }),
  };
}

function identify(secret: UsableSecret): IdentifiedSecret {
  return { ...secret, id: derive(secret.bytes, 'id', KEY_ID_BYTES).toString('hex') };
}

function isSame(a: UsableSecret, b: UsableSecret): boolean {
  return (
    a.bytes.equals(b.bytes) &&
    a.notBefore === b.notBefore &&
    a.expires === b.expires &&
    a.isRevoked === b.isRevoked
  );
}

function idlenessOf({ id, notBefore, expires, isRevoked }: IdentifiedSecret, now: number): string {
  if (isRevoked) return `key ${id} was revoked`;
  if (now >= expires) return `key ${id} expired at ${timeText(expires)}`;
  return `key ${id} may not seal before ${timeText(notBefore)}`;
}

function derive(secret: Buffer, info: string | Buffer, bytes: number): Buffer {
  return hkdfSha256(secret, LABEL, info, bytes);
}
