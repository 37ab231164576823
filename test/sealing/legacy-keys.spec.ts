import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { type LegacyKeyOptions, resolveLegacyKeys } from '../../lib/sealing/legacy-keys.js';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const REMEDY =
  'Give the secret, or the encryptionKey and signatureKey, that client-sessions was configured with.';

describe('a secret of the legacy format', () => {
  test.each<[string, unknown, string]>([
    ['that is missing', undefined, 'it is missing'],
    ['without a character', '', 'it is missing'],
    // HMAC takes an empty key, and then anybody could sign.
    ['without a byte', Buffer.alloc(0), 'must be text, a Buffer or a KeyObject'],
    ['that is a private key', privateKey, 'must be text, a Buffer or a KeyObject'],
    ['that is a public key', publicKey, 'must be text, a Buffer or a KeyObject'],
    ['that is a number', 7, 'must be text, a Buffer or a KeyObject'],
    ['that is null', null, 'must be text, a Buffer or a KeyObject'],
  ])('%s is refused', (_title, secret, problem) => {
    expect(() => resolveLegacyKeys({ secret } as LegacyKeyOptions, 'legacy')).toThrow(
      `Invalid option "legacy.secret": ${problem}. ${REMEDY}`,
    );
  });

  test.each<[string, LegacyKeyOptions['secret']]>([
    ['text', 'a secret'],
    ['a Buffer', Buffer.from('a secret')],
    ['a Uint8Array', new TextEncoder().encode('a secret')],
    ['a KeyObject', createSecretKey(Buffer.from('a secret'))],
  ])('means the same as %s', (_title, secret) => {
    const { encryption, signature } = resolveLegacyKeys({ secret }, 'legacy');
    const expected = resolveLegacyKeys({ secret: 'a secret' }, 'legacy');
    expect(encryption.key.equals(expected.encryption.key)).toBe(true);
    expect(signature.key.equals(expected.signature.key)).toBe(true);
    expect(encryption.key.equals(signature.key)).toBe(false);
  });
});

describe('keys of the legacy format', () => {
  const [encryptionKey, signatureKey] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

  test.each<[string, object, string]>([
    [
      'the signature key of a pair is missing',
      { encryptionKey },
      '"legacy.signatureKey": it is missing. Give both keys of the pair.',
    ],
    [
      'the encryption key of a pair is missing',
      { signatureKey },
      '"legacy.encryptionKey": it is missing. Give both keys of the pair.',
    ],
    [
      'the secret beside a key is not one',
      { encryptionKey, secret: '' },
      `"legacy.secret": it is missing. ${REMEDY}`,
    ],
    [
      'a key is text',
      { encryptionKey: 'x'.repeat(32), signatureKey },
      '"legacy.encryptionKey": must be a Buffer. ' +
        "Turn text into bytes first, e.g. Buffer.from(text, 'base64').",
    ],
    [
      'the cipher needs another length',
      { secret: 'a secret', encryptionAlgorithm: 'aes128' },
      'A key derived from "secret" has 32 bytes and fits aes256.',
    ],
    [
      'the MAC needs another length',
      { secret: 'a secret', signatureAlgorithm: 'sha512' },
      'A key derived from "secret" has 32 bytes and fits sha256 and sha256-drop128.',
    ],
    [
      'a cipher is unknown',
      { secret: 'a secret', encryptionAlgorithm: 'toString' },
      '"legacy.encryptionAlgorithm": must be an algorithm of client-sessions. Use one of: aes128,',
    ],
    [
      'a cipher is not named by text',
      { secret: 'a secret', encryptionAlgorithm: ['aes256'] },
      '"legacy.encryptionAlgorithm": must be an algorithm of client-sessions. Use one of: aes128,',
    ],
    [
      'a MAC is unknown',
      { secret: 'a secret', signatureAlgorithm: 'md5' },
      '"legacy.signatureAlgorithm": must be an algorithm of client-sessions. Use one of: sha256,',
    ],
    [
      'both keys are the same',
      { encryptionKey, signatureKey: encryptionKey },
      '"legacy.signatureKey": must be different from the encryption key. ',
    ],
  ])('%s: refused, with the remedy', (_title, options, message) => {
    expect(() => resolveLegacyKeys(options as LegacyKeyOptions, 'legacy')).toThrow(message);
  });

  test('have their names alone where no option holds them', () => {
    expect(() => resolveLegacyKeys({}, '')).toThrow(`Invalid option "secret": it is missing. ${REMEDY}`);
  });
});
