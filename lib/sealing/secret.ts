import { KeyObject, randomBytes } from 'node:crypto';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';

/** Key material: text is taken as its UTF-8 bytes, exactly as it stands. At least 32 bytes in every form. */
export type Secret = string | Uint8Array | KeyObject;

const MINIMUM_BYTES = 32;
/** Half of what 32 random bytes carry by the same (per-byte, Shannon) measure; a random hex or base64url text is far above. */
const MINIMUM_ENTROPY_BITS = 80;

const REMEDY =
  "Generate one with: node -p \"require('node:crypto').randomBytes(32).toString('base64url')\" and keep it outside the code.";

/** Phrases of documentation and templates. Everybody knows them, so they protect nobody. */
const PLACEHOLDERS =
  /change[-_ ]?(me|this|it)|replace[-_ ]?(me|this|with)|your[-_ ]?(own[-_ ]?)?(super[-_ ]?)?(secret|session|password|key)|placeholder|insert[-_ ]?(secret|here)|at[-_ ]?least[-_ ]?(\d|thirty)|minimum[-_ ]?length|be[-_ ]32[-_ ]?char|keyboard[-_ ]?cat|blargadee|averylogphrase|^complex_password|randomly[-_ ]generated|lorem ipsum/i;

/** Looks random, but stands in the documentation of hapi, jose and h3 and in everything that was copied from there. */
const PUBLISHED: ReadonlySet<string> = new Set([
  '!wsYhFA*C2U6nz=Bu^%A@^F#SF3&kSR6',
  'cc7e0d44fd473002f1c42167459001140ec6389b7353f8088f4d9a95f2f596f2',
  '80d42cfb-1cd2-462c-8f17-e3237d9027e9',
]);

/** A new secret: 32 random bytes as 43 characters of base64url. */
export function generateSecret(): string {
  return randomBytes(MINIMUM_BYTES).toString('base64url');
}

/**
 * The bytes of a secret that is fit for use.
 *
 * @param option path of the option that held it, for the message
 * @throws {@link InvalidOptionsError} when it is missing, short, well known or guessable; the message never holds the secret
 */
export function secretBytes(secret: unknown, option: string): Buffer {
  const bytes = toBytes(secret, option);
  const refuse = (problem: string): never => {
    throw new InvalidOptionsError(option, problem, REMEDY);
  };
  if (bytes.length < MINIMUM_BYTES) refuse(`it has ${bytes.length} bytes, ${MINIMUM_BYTES} are the least`);
  const text = bytes.toString('latin1');
  if (PLACEHOLDERS.test(text) || PUBLISHED.has(text))
    refuse('it is a placeholder from a documentation or template');
  if (isPatterned(bytes)) refuse('it repeats itself or counts up, so it can be guessed');
  if (entropyBits(bytes) < MINIMUM_ENTROPY_BITS)
    refuse('it uses too few different characters, so it can be guessed');
  return bytes;
}

function toBytes(secret: unknown, option: string): Buffer {
  if (typeof secret === 'string' && secret !== '') return Buffer.from(secret, 'utf8');
  if (secret instanceof Uint8Array) return Buffer.from(secret);
  if (secret instanceof KeyObject) {
    if (secret.type === 'secret') return secret.export();
    throw new InvalidOptionsError(
      option,
      `it is a ${secret.type} key`,
      'Use a symmetric key made by createSecretKey().',
    );
  }
  const what =
    secret === undefined || secret === null || secret === ''
      ? 'it is missing'
      : `it is of type ${typeof secret}`;
  throw new InvalidOptionsError(
    option,
    what,
    `Give text of at least 32 bytes, a Buffer or a KeyObject. ${REMEDY}`,
  );
}

/** One short unit over and over ("abcabcabc…"), or mostly steps of one ("0123456789abc…"). */
function isPatterned(bytes: Buffer): boolean {
  for (let period = 1; period <= bytes.length / 3; period++) {
    if (bytes.subarray(period).equals(bytes.subarray(0, bytes.length - period))) return true;
  }
  let steps = 0;
  for (let i = 1; i < bytes.length; i++) if (Math.abs(bytes[i]! - bytes[i - 1]!) <= 1) steps++;
  return steps > bytes.length * 0.6;
}

/** Shannon entropy of the byte frequencies, times the length: an upper bound that catches what people type. */
function entropyBits(bytes: Buffer): number {
  const counts = new Map<number, number>();
  for (const byte of bytes) counts.set(byte, (counts.get(byte) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits += count * Math.log2(bytes.length / count);
  return bits;
}
