import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { type Time, timeOf } from './point-in-time.js';
import { type Secret, secretBytes } from './secret.js';
import { withoutBlanks } from './wrapped-secrets.js';

/** A secret with the time in which it counts, for planned rotations and for leaks. */
export interface SecretEntry {
  /** `undefined` is refused at start; it is what a missing environment variable gives. */
  secret: Secret | undefined;
  /**
   * Before this it only opens, and the next one in the list seals: put a new secret in front and publish the list everywhere, and all servers
   * begin to seal with it at once.
   * @default from the start
   */
  notBefore?: Time | undefined;
  /** From here on it neither seals nor opens. @default never */
  expires?: Time | undefined;
  /** It has leaked: it neither seals nor opens, and cookies it sealed are refused as `revoked`. @default false */
  revoked?: boolean | undefined;
}

/** One secret or several: the first seals, unless the time of another has come, and all open. */
export type SecretList = ListedSecret | readonly ListedSecret[];

/** `undefined` is refused at start; it is what a missing environment variable gives. */
type ListedSecret = Secret | SecretEntry | undefined;

/** A checked secret. */
export interface UsableSecret {
  readonly bytes: Buffer;
  /** ms since epoch */
  readonly notBefore: number;
  /** ms since epoch */
  readonly expires: number;
  readonly isRevoked: boolean;
}

/** How far lists in lists are looked into. */
const DEPTH = 4;
const KNOWN: readonly string[] = ['secret', 'notBefore', 'expires', 'revoked'];

/** @throws {@link InvalidOptionsError} for a secret not fit for use, or times that are none */
export function resolveEntry(given: unknown, option: string): UsableSecret {
  if (!isEntry(given))
    return { bytes: secretBytes(given, option), notBefore: -Infinity, expires: Infinity, isRevoked: false };
  const unknown = Object.keys(given).find((key) => !KNOWN.includes(key));
  if (unknown !== undefined) {
    throw new InvalidOptionsError(
      `${option}.${unknown}`,
      'there is no such option',
      `Known are: ${KNOWN.join(', ')}.`,
    );
  }
  const { secret, notBefore, expires, revoked = false } = given;
  if (typeof revoked !== 'boolean') {
    throw new InvalidOptionsError(`${option}.revoked`, 'it is no boolean', 'Use true or false.');
  }
  return {
    bytes: secretBytes(secret, `${option}.secret`),
    notBefore: notBefore === undefined ? -Infinity : timeOf(notBefore, `${option}.notBefore`),
    expires: expires === undefined ? Infinity : timeOf(expires, `${option}.expires`),
    isRevoked: revoked,
  };
}

/** What a list says against a secret. */
export interface Withdrawal {
  readonly bytes: Buffer;
  readonly isRevoked: boolean;
  /** ms since epoch */
  readonly expires: number;
}

/**
 * What can be read against secrets from a list, although the list cannot be used: a leaked key must not go on working because of a mistake
 * beside it, or in the very entry that revokes it. Never throws.
 */
export function withdrawalsIn(list: unknown): Withdrawal[] {
  return flatten(list).flatMap((entry) =>
    tryTo(() => isEntry(entry)) ? withdrawalsOf(entry as SecretEntry) : [],
  );
}

function withdrawalsOf(entry: SecretEntry): Withdrawal[] {
  const isRevoked = tryTo(() => isYes(entry.revoked)) ?? false;
  const expires = tryTo(() => timeOf(entry.expires, 'expires')) ?? Infinity;
  return flatten(tryTo(() => entry.secret)).flatMap((secret) => {
    // What is no secret fit for use is none of those in force.
    const bytes =
      tryTo(() => secretBytes(secret, 'secret')) ??
      tryTo(() => secretBytes(withoutBlanks(secret as string), 'secret'));
    return bytes ? { bytes, isRevoked, expires } : [];
  });
}

/** Configuration often comes as text. */
function isYes(revoked: unknown): boolean {
  return Boolean(revoked) && revoked !== 'false';
}

/** What is in a list, and in lists that stand in it by mistake. */
function flatten(given: unknown): unknown[] {
  return tryTo(() => [given].flat(DEPTH)) ?? [];
}

function tryTo<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    // What cannot even be looked at says nothing.
    return undefined;
  }
}

/** Lists, promises and instances of classes are none, unless they have a secret; they are refused as secrets, which says what they are. */
function isEntry(given: unknown): given is SecretEntry {
  if (typeof given !== 'object' || given === null) return false;
  const prototype: unknown = Object.getPrototypeOf(given);
  return 'secret' in given || prototype === Object.prototype || prototype === null;
}
