import { KeyObject, randomBytes } from 'node:crypto';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { guessableProblem } from './guessable-secrets.js';
import { knownProblem } from './known-secrets.js';
import { readingsOf } from './secret-readings.js';
import { severalSecrets, wrappingOf } from './wrapped-secrets.js';

/** Key material: text is taken as its UTF-8 bytes, exactly as it stands. At least 32 bytes in every form. */
export type Secret = string | Uint8Array | KeyObject;

const MINIMUM_BYTES = 32;

const REMEDY =
  "Generate one with: node -p \"require('node:crypto').randomBytes(32).toString('base64url')\" or with: npx nestjs-client-sessions keygen, and keep it outside the code.";
const FORMS = 'Give text of at least 32 bytes, a Buffer or a KeyObject.';

/** A new secret: 32 random bytes as 43 characters of base64url. */
export function generateSecret(): string {
  return randomBytes(MINIMUM_BYTES).toString('base64url');
}

/**
 * The bytes of a secret that is fit for use.
 *
 * @param option path of the option that held it, for the message
 * @throws {@link InvalidOptionsError} when it is missing, of another type, short, well known, guessable or wrapped in what belongs
 * to a file or a shell; the message never holds the secret
 */
export function secretBytes(secret: unknown, option: string): Buffer {
  const bytes = toBytes(secret, option);
  if (holdsReplacements(bytes)) {
    throw new InvalidOptionsError(
      option,
      'it holds characters that stand for bytes which are no text',
      `Pass the Buffer itself, or text made of it by toString('base64url'). ${REMEDY}`,
    );
  }
  const several = severalSecrets(secret, bytes);
  const weakness = several ? undefined : weaknessOf(bytes);
  if (weakness !== undefined) throw new InvalidOptionsError(option, weakness, REMEDY);
  const wrapping = several ?? wrappingOf(secret, bytes);
  if (wrapping) throw new InvalidOptionsError(option, wrapping.problem, wrapping.remedy);
  return bytes;
}

function weaknessOf(bytes: Buffer): string | undefined {
  const readings = readingsOf(bytes);
  return (
    firstOf(readings, knownProblem) ??
    (bytes.length < MINIMUM_BYTES
      ? `it has ${bytes.length} bytes, ${MINIMUM_BYTES} are the least`
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

/** Whether U+FFFD is in it, which halves of surrogate pairs become as well. Random bytes are hardly ever UTF-8 from end to end. */
function holdsReplacements(bytes: Buffer): boolean {
  const text = bytes.toString('utf8');
  return text.includes('\uFFFD') && Buffer.from(text, 'utf8').equals(bytes);
}

function toBytes(secret: unknown, option: string): Buffer {
  if (typeof secret === 'string' && secret !== '') return Buffer.from(secret, 'utf8');
  if (secret instanceof Uint8Array) return Buffer.from(secret);
  if (secret instanceof KeyObject && secret.type === 'secret') return secret.export();
  throw new InvalidOptionsError(option, ...mistake(secret));
}

/** What a thing is that is no key material, and what to give instead. */
function mistake(secret: unknown): [problem: string, remedy: string] {
  if (secret === undefined || secret === null || secret === '') {
    return ['it is missing', `${FORMS} ${REMEDY}`];
  }
  if (secret instanceof KeyObject) {
    return [`it is a ${secret.type} key`, 'Use a symmetric key made by createSecretKey().'];
  }
  if (typeof (secret as Partial<PromiseLike<unknown>>).then === 'function') {
    return [
      'it is a promise',
      'Await it, give a function as "secret" that returns it, or use forRootAsync().',
    ];
  }
  if (Array.isArray(secret)) {
    return ['it is a list where one secret belongs', 'List several as "secret" itself: [newest, older].'];
  }
  if (typeof secret === 'function') {
    return [
      'it is of type function',
      `A function is "secret" itself, and returns all secrets. ${FORMS} ${REMEDY}`,
    ];
  }
  return [`it is of type ${typeof secret}${classOf(secret)}`, `${FORMS} ${REMEDY}`];
}

/** The class of an object, where it has one of its own. */
function classOf(value: unknown): string {
  if (typeof value !== 'object') return '';
  const { name } = (Object.getPrototypeOf(value) as object | null)?.constructor ?? Object;
  return name === 'Object' || name === '' ? '' : `, an instance of ${name}`;
}
