import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { type Time, timeOf } from './point-in-time.js';
import { type Secret, secretBytes } from './secret.js';
import { withoutBlanks } from './wrapped-secrets.js';

/** A secret and the times at which it may be used, for planned rotations and for leaks. */
export interface SecretEntry {
  /** `undefined`, the value of a missing environment variable, is refused at start. */
  secret: Secret | undefined;
  /**
   * Before this time the secret only opens, and the next one in the list seals. Put a new secret at the front of the
   * list and deploy the list to all servers; then all servers begin to seal with it at the same time.
   * @default from the start
   */
  notBefore?: Time | undefined;
  /** From this time on, the secret neither seals nor opens. @default never */
  expires?: Time | undefined;
  /** For a leaked secret. It neither seals nor opens, and its cookies are refused as `revoked`. @default false */
  revoked?: boolean | undefined;
}

/** One secret or several. The first one that may seal seals, and all of them open. */
export type SecretList = ListedSecret | readonly ListedSecret[];

/** `undefined`, the value of a missing environment variable, is refused at start. */
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

/** How many levels of nested lists are searched. */
const DEPTH = 4;
const KNOWN: readonly string[] = ['secret', 'notBefore', 'expires', 'revoked'];

/** @throws {@link InvalidOptionsError} if the secret is unusable, or a time is invalid */
export function resolveEntry(given: unknown, option: string): UsableSecret {
  if (!isEntry(given))
    return { bytes: secretBytes(given, option), notBefore: -Infinity, expires: Infinity, isRevoked: false };
  const unknown = Object.keys(given).find((key) => !KNOWN.includes(key));
  if (unknown !== undefined) {
    throw new InvalidOptionsError(
      `${option}.${unknown}`,
      'there is no such option',
      `Use one of: ${KNOWN.join(', ')}.`,
    );
  }
  const { secret, notBefore, expires, revoked = false } = given;
  if (typeof revoked !== 'boolean') {
    throw new InvalidOptionsError(`${option}.revoked`, 'must be a boolean', 'Use true or false.');
  }
  return {
    bytes: secretBytes(secret, `${option}.secret`),
    notBefore: notBefore === undefined ? -Infinity : timeOf(notBefore, `${option}.notBefore`),
    expires: expires === undefined ? Infinity : timeOf(expires, `${option}.expires`),
    isRevoked: revoked,
  };
}

/** A revocation or an end that a list sets for a secret. */
export interface Withdrawal {
  readonly bytes: Buffer;
  readonly isRevoked: boolean;
  /** ms since epoch */
  readonly expires: number;
}

/**
 * Reads revocations and ends from a list that cannot be used. A leaked key must stop working even if another entry of
 * the list is wrong, or the entry that revokes the key. Never throws.
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
    // An unusable secret cannot be one of the secrets in force.
    const bytes =
      tryTo(() => secretBytes(secret, 'secret')) ??
      tryTo(() => secretBytes(withoutBlanks(secret as string), 'secret'));
    return bytes ? { bytes, isRevoked, expires } : [];
  });
}

/** Accepts text, too, because configuration is often text. */
function isYes(revoked: unknown): boolean {
  return Boolean(revoked) && revoked !== 'false';
}

/** Flattens a list that contains other lists by mistake. */
function flatten(given: unknown): unknown[] {
  return tryTo(() => [given].flat(DEPTH)) ?? [];
}

function tryTo<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    // A value that throws when it is read contains nothing usable.
    return undefined;
  }
}

/**
 * An entry is a plain object, or any object with a `secret`. A list, a promise or another instance of a class is not
 * an entry; it is refused as a secret, with a message that says what it is.
 */
function isEntry(given: unknown): given is SecretEntry {
  if (typeof given !== 'object' || given === null) return false;
  const prototype: unknown = Object.getPrototypeOf(given);
  return 'secret' in given || prototype === Object.prototype || prototype === null;
}
