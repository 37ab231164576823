import { KeyObject, randomBytes } from 'node:crypto';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { guessableProblem } from './guessable-secrets.js';
import { knownProblem } from './known-secrets.js';
import { ownBytes } from './own-bytes.js';
import { readingsOf } from './secret-readings.js';
import { severalSecrets, wrappingOf } from './wrapped-secrets.js';

/** Key material of at least 32 bytes. Text is used as its UTF-8 bytes, without any change. */
export type Secret = string | Uint8Array | KeyObject;

const MINIMUM_BYTES = 32;

const REMEDY =
  "Generate one with: node -p \"require('node:crypto').randomBytes(32).toString('base64url')\" " +
  'or with: npx nestjs-client-sessions keygen, and keep it outside the code.';
const FORMS = 'Give text of at least 32 bytes, a Buffer or a KeyObject.';
const TOO_EARLY =
  'If a .env file has it, that file was loaded too late: start with "node --env-file=.env", ' +
  'or ask ConfigService for the secret, in forRootAsync().';

/** Generates a secret: 32 random bytes as 43 characters of base64url. */
export function generateSecret(): string {
  return randomBytes(MINIMUM_BYTES).toString('base64url');
}

/**
 * Checks a secret and returns its bytes.
 *
 * @param option path of the option that holds the secret, for the message
 * @throws {@link InvalidOptionsError} if the secret is missing, has a wrong type, is too short, well known or
 * guessable, or if it includes parts of a file or a shell, such as quotes. The message never contains the secret
 */
export function secretBytes(secret: unknown, option: string): Buffer {
  const bytes = toBytes(secret, option);
  if (holdsReplacements(bytes)) {
    throw new InvalidOptionsError(
      option,
      'it contains the character U+FFFD, which replaces bytes that are not valid text',
      `Give the Buffer itself, or convert it with toString('base64url'). ${REMEDY}`,
    );
  }
  const several = severalSecrets(secret, bytes);
  const weakness = several ? undefined : weaknessOf(bytes);
  if (weakness !== undefined) throw new InvalidOptionsError(option, weakness, REMEDY);
  const wrapping = several ?? wrappingOf(secret, bytes);
  if (wrapping) throw new InvalidOptionsError(option, wrapping.problem, wrapping.remedy);
  return bytes;
}

/** Says why a secret in any form can be guessed, or returns `undefined`. How it is wrapped does not count. */
export function secretWeakness(secret: Secret): string | undefined {
  return weaknessOf(toBytes(secret, 'secret'));
}

function weaknessOf(bytes: Buffer): string | undefined {
  const readings = readingsOf(bytes);
  return (
    firstOf(readings, knownProblem) ??
    (bytes.length < MINIMUM_BYTES
      ? `must be at least ${MINIMUM_BYTES} bytes long, has ${bytes.length}`
      : firstOf(readings, guessableProblem))
  );
}

function firstOf(
  readings: readonly string[],
  check: (reading: string) => string | undefined,
): string | undefined {
  for (const reading of readings) {
    const problem = check(reading);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/**
 * Whether the bytes are UTF-8 text with U+FFFD in it. Half a surrogate pair becomes U+FFFD, too. Random bytes are
 * almost never valid UTF-8, so they are not refused by chance.
 */
function holdsReplacements(bytes: Buffer): boolean {
  const text = bytes.toString('utf8');
  return text.includes('\uFFFD') && Buffer.from(text, 'utf8').equals(bytes);
}

function toBytes(secret: unknown, option: string): Buffer {
  if (typeof secret === 'string' && secret !== '') return Buffer.alloc(Buffer.byteLength(secret), secret);
  if (secret instanceof Uint8Array) return ownBytes(secret);
  if (secret instanceof KeyObject && secret.type === 'secret') return secret.export();
  throw new InvalidOptionsError(option, ...mistake(secret));
}

/** Describes a value that is not key material, and what to give instead. */
function mistake(secret: unknown): [problem: string, remedy: string] {
  if (secret === undefined) return ['it is missing', `${FORMS} ${TOO_EARLY} ${REMEDY}`];
  if (secret === null || secret === '') return ['it is missing', `${FORMS} ${REMEDY}`];
  if (secret instanceof KeyObject) {
    return [`must be a symmetric key, got a ${secret.type} key`, 'Use a key made by createSecretKey().'];
  }
  if (typeof (secret as Partial<PromiseLike<unknown>>).then === 'function') {
    return [
      'must be a secret, got a promise',
      'Await it, set "secret" to a function that returns it, or use forRootAsync().',
    ];
  }
  if (Array.isArray(secret)) {
    return ['must be one secret, got a list', 'Give several secrets as "secret" itself: [newest, older].'];
  }
  if (typeof secret === 'function') {
    return [
      'must be one secret, got a function',
      `Set "secret" itself to the function, and let it return all secrets. ${FORMS} ${REMEDY}`,
    ];
  }
  return [`must be text, a Buffer or a KeyObject, got ${kindOf(secret)}`, `${FORMS} ${REMEDY}`];
}

/** Names the type of a value, or its class. */
function kindOf(value: unknown): string {
  if (typeof value !== 'object') return `a ${typeof value}`;
  const { name } = (Object.getPrototypeOf(value) as object | null)?.constructor ?? Object;
  return name === 'Object' || name === '' ? 'an object' : `an instance of ${name}`;
}
