import { createHmac, createSecretKey, KeyObject } from 'node:crypto';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { type Secret, secretWeakness } from './secret.js';

const CIPHERS = {
  aes128: { algorithm: 'aes-128-cbc', keyBytes: 16 },
  aes192: { algorithm: 'aes-192-cbc', keyBytes: 24 },
  aes256: { algorithm: 'aes-256-cbc', keyBytes: 32 },
} as const;

const MACS = {
  sha256: { hash: 'sha256', keyBytes: 32, macBytes: 32 },
  'sha256-drop128': { hash: 'sha256', keyBytes: 32, macBytes: 16 },
  sha384: { hash: 'sha384', keyBytes: 48, macBytes: 48 },
  'sha384-drop192': { hash: 'sha384', keyBytes: 48, macBytes: 24 },
  sha512: { hash: 'sha512', keyBytes: 64, macBytes: 64 },
  'sha512-drop256': { hash: 'sha512', keyBytes: 64, macBytes: 32 },
} as const;

const PAIR_REMEDY = 'Give the keys and algorithms that client-sessions was configured with.';

/** AES-CBC; the number is the length of the key in bits. */
export type LegacyEncryptionAlgorithm = keyof typeof CIPHERS;
/** HMAC over the named hash; `-dropN` leaves out its last N bits. */
export type LegacySignatureAlgorithm = keyof typeof MACS;

/** The keys and algorithms of client-sessions 0.8.0, under its names: either `secret`, or a pair of keys. */
export interface LegacyKeyOptions {
  /** Both keys are derived from it. It may have any length, as in client-sessions. */
  secret?: Secret | undefined;
  /** Must have exactly the length in the cipher's name. @default derived from `secret` */
  encryptionKey?: Uint8Array | undefined;
  /** Must be at least as long as the whole hash. @default derived from `secret` */
  signatureKey?: Uint8Array | undefined;
  /** @default 'aes256' */
  encryptionAlgorithm?: LegacyEncryptionAlgorithm | undefined;
  /** @default 'sha256' */
  signatureAlgorithm?: LegacySignatureAlgorithm | undefined;
}

/** The cipher and key that encrypt cookies of client-sessions. */
export interface LegacyEncryption {
  readonly algorithm: (typeof CIPHERS)[LegacyEncryptionAlgorithm]['algorithm'];
  readonly keyBytes: number;
  readonly key: KeyObject;
}

/** The MAC and key that sign cookies of client-sessions. */
export interface LegacySignature {
  readonly hash: (typeof MACS)[LegacySignatureAlgorithm]['hash'];
  readonly keyBytes: number;
  readonly macBytes: number;
  readonly key: KeyObject;
}

export interface LegacyKeys {
  readonly encryption: LegacyEncryption;
  readonly signature: LegacySignature;
}

/**
 * Resolves the keys of a former deployment by the rules of client-sessions.
 *
 * @param at path of the options that hold the keys, for the message
 * @throws {@link InvalidOptionsError} if a key is missing or does not fit its algorithm, or if both keys are equal
 */
export function resolveLegacyKeys(options: LegacyKeyOptions, at: string): LegacyKeys {
  for (const option of ['encryptionKey', 'signatureKey'] as const) {
    if (options[option] === undefined || options[option] instanceof Uint8Array) continue;
    throw new InvalidOptionsError(
      join(at, option),
      'must be a Buffer',
      "Turn text into bytes first, e.g. Buffer.from(text, 'base64').",
    );
  }
  const encryption = resolveEncryption(options, at);
  const signature = resolveSignature(options, at);
  const bytes = encryption.key.symmetricKeySize!;
  if (bytes !== encryption.keyBytes) {
    throw new InvalidOptionsError(
      join(at, 'encryptionKey'),
      `must be exactly ${encryption.keyBytes} bytes long for ${encryption.algorithm}, has ${bytes}`,
      `${PAIR_REMEDY} A key derived from "secret" has 32 bytes and fits aes256.`,
    );
  }
  const signatureBytes = signature.key.symmetricKeySize!;
  if (signatureBytes < signature.keyBytes) {
    throw new InvalidOptionsError(
      join(at, 'signatureKey'),
      `must be at least ${signature.keyBytes} bytes long for HMAC-${signature.hash}, has ${signatureBytes}`,
      `${PAIR_REMEDY} A key derived from "secret" has 32 bytes and fits sha256 and sha256-drop128.`,
    );
  }
  if (encryption.key.equals(signature.key)) {
    throw new InvalidOptionsError(
      join(at, 'signatureKey'),
      'must be different from the encryption key',
      'client-sessions uses two different keys: give the ones it was configured with.',
    );
  }
  return { encryption, signature };
}

/** Resolves cipher and key, without a check of the key's length. @throws {@link InvalidOptionsError} */
export function resolveEncryption(options: LegacyKeyOptions, at: string): LegacyEncryption {
  const { encryptionAlgorithm = 'aes256' } = options;
  assertOneOf(CIPHERS, encryptionAlgorithm, join(at, 'encryptionAlgorithm'));
  const key = resolveKey(options, 'encryptionKey', 'cookiesession-encryption', at);
  return { ...CIPHERS[encryptionAlgorithm], key };
}

/** Resolves MAC and key, without a check of the key's length. @throws {@link InvalidOptionsError} */
export function resolveSignature(options: LegacyKeyOptions, at: string): LegacySignature {
  const { signatureAlgorithm = 'sha256' } = options;
  assertOneOf(MACS, signatureAlgorithm, join(at, 'signatureAlgorithm'));
  const key = resolveKey(options, 'signatureKey', 'cookiesession-signature', at);
  return { ...MACS[signatureAlgorithm], key };
}

/**
 * Says why the secret of a former deployment can be guessed, or returns `undefined`. It must be accepted, because it is
 * already in use, but it deserves a warning. Quotes or a line break at its ends are part of it there.
 */
export function legacyWeakness({ secret }: LegacyKeyOptions): string | undefined {
  return secret === undefined ? undefined : secretWeakness(secret);
}

function resolveKey(
  options: LegacyKeyOptions,
  option: 'encryptionKey' | 'signatureKey',
  label: string,
  at: string,
): KeyObject {
  const explicit = options[option];
  if (explicit !== undefined) return createSecretKey(explicit);
  const { secret } = options;
  const isSecret =
    (typeof secret === 'string' && secret !== '') ||
    (secret instanceof Uint8Array && secret.length > 0) ||
    (secret instanceof KeyObject && secret.type === 'secret');
  if (isSecret) return createSecretKey(createHmac('sha256', secret).update(label).digest());
  throw secret === undefined && (options.encryptionKey ?? options.signatureKey)
    ? new InvalidOptionsError(join(at, option), 'it is missing', 'Give both keys of the pair.')
    : new InvalidOptionsError(
        join(at, 'secret'),
        secret === undefined || secret === '' ? 'it is missing' : 'must be text, a Buffer or a KeyObject',
        'Give the secret, or the encryptionKey and signatureKey, that client-sessions was configured with.',
      );
}

function assertOneOf<T extends object>(known: T, name: unknown, option: string): asserts name is keyof T {
  if (typeof name === 'string' && Object.hasOwn(known, name)) return;
  throw new InvalidOptionsError(
    option,
    'must be an algorithm of client-sessions',
    `Use one of: ${Object.keys(known).join(', ')}.`,
  );
}

function join(at: string, option: string): string {
  return at ? `${at}.${option}` : option;
}
