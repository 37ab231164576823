import { createCipheriv, createSecretKey, generateKeyPairSync, hkdfSync, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { InvalidOptionsError } from '../../lib/errors/invalid-options.error.js';
import { Format1 } from '../../lib/sealing/format-1.js';
import { KEY_ID_BYTES, KeyRing, lengthPrefixed } from '../../lib/sealing/key-ring.js';
import { type Secret, secretBytes } from '../../lib/sealing/secret.js';
import { Xaes256Gcm } from '../../lib/sealing/xaes-256-gcm.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';

const SCOPE = { purpose: 'session', cookieName: 'cart' };
const REMEDY =
  /^Invalid option "secret": .+\. .*Generate one with: node -p .+ and keep it outside the code\.$/;

function refusal(act: () => unknown): InvalidOptionsError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionsError);
    return error as InvalidOptionsError;
  }
  throw new Error('it was not refused');
}

describe('secrets', () => {
  test.each([
    ['undefined', undefined, 'it is missing'],
    ['null', null, 'it is missing'],
    ['empty text', '', 'it is missing'],
    ['a number', 1234567890, 'it is of type number'],
    ['an object', { secret: SECRET }, 'it is of type object'],
    ['a function', () => SECRET, 'it is of type function'],
    ['one character', 'a', 'it has 1 bytes'],
    ['31 bytes of text', SECRET.slice(0, 31), 'it has 31 bytes'],
    ['31 random bytes', randomBytes(31), 'it has 31 bytes'],
    ['a KeyObject of 16 bytes', createSecretKey(randomBytes(16)), 'it has 16 bytes'],
    ['client-sessions', 'blargadeeblargblarg-blargadeeblargblarg', 'placeholder'],
    ['express-session', 'keyboard cat, keyboard dog, keyboard cow', 'placeholder'],
    ['iron-session', 'complex_password_at_least_32_characters_long', 'placeholder'],
    ['@fastify/secure-session', 'averylogphrasebiggerthanthirtytwochars', 'placeholder'],
    ['@fastify/session', 'a secret with minimum length of 32 characters', 'placeholder'],
    ['yar', 'the-password-must-be-at-least-32-characters-long', 'placeholder'],
    ['@hapi/cookie', '!wsYhFA*C2U6nz=Bu^%A@^F#SF3&kSR6', 'placeholder'],
    ['bell', 'password-should-be-32-characters', 'placeholder'],
    ['express-openid-connect', 'a long, randomly-generated string stored in env', 'placeholder'],
    ['jwt.io', 'a-string-secret-at-least-256-bits-long', 'placeholder'],
    ['jose', 'cc7e0d44fd473002f1c42167459001140ec6389b7353f8088f4d9a95f2f596f2', 'placeholder'],
    ['h3', '80d42cfb-1cd2-462c-8f17-e3237d9027e9', 'placeholder'],
    ['a template', 'change-me-before-you-go-to-production', 'placeholder'],
    ['a template in capitals', 'CHANGE_THIS_TO_SOMETHING_VERY_PRIVATE', 'placeholder'],
    ['another template', 'your-super-secret-goes-here-1234567', 'placeholder'],
    ['a template in a Buffer', Buffer.from('replace_with_32_bytes_of_good_luck'), 'placeholder'],
    [
      'a template in a KeyObject',
      createSecretKey('replace_with_32_bytes_of_good_luck', 'utf8'),
      'placeholder',
    ],
    ['one letter over and over', 'a'.repeat(64), 'it repeats itself or counts up'],
    ['one word over and over', 'password'.repeat(4), 'it repeats itself or counts up'],
    ['digits over and over', '12345678901234567890123456789012', 'it repeats itself or counts up'],
    ['a good secret cut short, three times', SECRET.slice(0, 11).repeat(3), 'it repeats itself or counts up'],
    ['the alphabet', 'abcdefghijklmnopqrstuvwxyz0123456789', 'it repeats itself or counts up'],
    ['counting down', '9876543210zyxwvutsrqponmlkjihgfedcba', 'it repeats itself or counts up'],
    ['bytes that count', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 'it repeats itself'],
    ['all zero', Buffer.alloc(32), 'it repeats itself or counts up'],
    ['all zero but the last', Buffer.concat([Buffer.alloc(31), Buffer.of(1)]), 'it repeats itself'],
    ['two letters', 'abbababbaabbabaababbaababbabaabbab', 'it repeats itself or counts up'],
    ['four letters', 'adgjjgdaajdggdjaajgdgjadjagdajgdgjda', 'it uses too few different characters'],
  ])(
    '%s: refused with the problem and the remedy, and without the secret',
    (_name, secret: unknown, problem) => {
      const error = refusal(() => secretBytes(secret, 'secret'));

      expect(error.problem).toContain(problem);
      expect(error.message).toMatch(REMEDY);
      expect(
        piecesOf(secret, `${error.stack} ${inspect(error, { depth: Infinity, showHidden: true })}`),
      ).toEqual([]);
    },
  );

  test.each(['private', 'public'] as const)('an asymmetric key, the %s one: refused', (type) => {
    const key = generateKeyPairSync('ed25519')[`${type}Key`];

    expect(refusal(() => secretBytes(key, 'secret')).message).toBe(
      `Invalid option "secret": it is a ${type} key. Use a symmetric key made by createSecretKey().`,
    );
  });

  test.each([
    ['16 random bytes in hex, which are 32 characters', randomBytes(16).toString('hex')],
    ['32 random bytes in hex', randomBytes(32).toString('hex')],
    ['32 random bytes in base64url', randomBytes(32).toString('base64url')],
    ['32 random bytes in base64', randomBytes(32).toString('base64')],
    ['32 random bytes', randomBytes(32)],
    ['32 random bytes as Uint8Array', Uint8Array.from(randomBytes(32))],
    ['64 random bytes', randomBytes(64)],
    ['a KeyObject', createSecretKey(randomBytes(32))],
    ['a long passphrase', 'correct horse battery staple, nine lazy foxes & a violin'],
    ['a passphrase beyond ASCII', 'Größe ist Übung – été, naïve, čtyři žlutí psi'],
  ])('%s: taken byte for byte', (_name, secret) => {
    const bytes =
      typeof secret === 'string'
        ? Buffer.from(secret)
        : secret instanceof Uint8Array
          ? Buffer.from(secret)
          : secret.export();

    expect(secretBytes(secret, 'secret')).toEqual(bytes);
  });

  test('no random secret of 32 bytes is ever refused', () => {
    for (let i = 0; i < 5_000; i++) {
      const random = randomBytes(32);
      for (const secret of [random, random.toString('base64url'), random.toString('hex')]) {
        expect(() => secretBytes(secret, 'secret')).not.toThrow();
      }
    }
  });

  test('a Buffer that changes afterwards changes nothing', () => {
    const secret = randomBytes(32);
    const ring = new KeyRing(secret, 'secret');
    const text = new Format1(ring, SCOPE).seal(record());
    secret.fill(0);

    expect(new Format1(ring, SCOPE).unseal(text).ok).toBe(true);
  });
});

describe('the ring', () => {
  test('ids and keys come from the secret alone, by HKDF-SHA256', () => {
    const expand = (info: Buffer | string, length: number): Buffer =>
      Buffer.from(hkdfSync('sha256', SECRET, 'nestjs-client-sessions/1', info, length));
    const ring = new KeyRing(SECRET, 'secret');
    const key = expand(Buffer.from('key\0\x07session\0\x04cart', 'latin1'), 32);
    const [nonce, plaintext, associated] = [randomBytes(24), randomBytes(40), randomBytes(10)];

    expect(ring.ids).toEqual([expand('id', 4).toString('hex')]);
    expect(ring.keysFor(SCOPE).map(({ id }) => id)).toEqual([expand('id', 4)]);
    expect(ring.keysFor(SCOPE)[0]!.cipher.encrypt(nonce, plaintext, associated)).toEqual(
      new Xaes256Gcm(key).encrypt(nonce, plaintext, associated),
    );
  });

  test('text, its bytes and a KeyObject of them are one secret', () => {
    const ids = [SECRET, Buffer.from(SECRET), createSecretKey(SECRET, 'utf8')].map(
      (secret) => new KeyRing(secret, 'secret').ids,
    );

    expect(new Set(ids.flat()).size).toBe(1);
  });

  test('keeps the order of the secrets', () => {
    const [first, second] = [SECRET, OTHER_SECRET].map((secret) => new KeyRing(secret, 'secret').ids[0]!);

    expect(first).not.toBe(second);
    expect(new KeyRing([SECRET, OTHER_SECRET], 'secret').ids).toEqual([first, second]);
    expect(new KeyRing([OTHER_SECRET, SECRET], 'secret').ids).toEqual([second, first]);
    expect(Buffer.from(first!, 'hex')).toHaveLength(KEY_ID_BYTES);
  });

  test('the first seals, all open, and what another than the first opened is stale', () => {
    const [old, both, renewed] = [[SECRET], [OTHER_SECRET, SECRET], [OTHER_SECRET]].map(
      (secrets) => new Format1(new KeyRing(secrets, 'secret'), SCOPE),
    );
    const byOld = old!.seal(record());
    const byNew = both!.seal(record());

    expect(both!.unseal(byOld)).toMatchObject({ ok: true, stale: true });
    expect(both!.unseal(byNew)).toMatchObject({ ok: true, stale: false });
    expect(renewed!.unseal(byNew)).toMatchObject({ ok: true, stale: false });
    expect(renewed!.unseal(byOld)).toEqual({ ok: false, reason: 'unknown-key' });
    expect(old!.unseal(byNew)).toEqual({ ok: false, reason: 'unknown-key' });
  });

  test('readers first: no order of deployments in between leaves a cookie unread', () => {
    const phases = [[SECRET], [SECRET, OTHER_SECRET], [OTHER_SECRET, SECRET], [OTHER_SECRET]].map(
      (secrets) => new Format1(new KeyRing(secrets, 'secret'), SCOPE),
    );

    for (let phase = 1; phase < phases.length; phase++) {
      const [before, after] = [phases[phase - 1]!, phases[phase]!];
      expect(before.unseal(after.seal(record())).ok).toBe(true);
      // The last step waits for the longest lifetime, so that only what the middle phase sealed is still about.
      expect(after.unseal(before.seal(record())).ok).toBe(true);
    }
  });

  test.each<[string, readonly Secret[], string, RegExp]>([
    ['empty', [], 'secret', /the list is empty\. Give at least one secret, the newest first\.$/],
    ['one secret twice', [SECRET, SECRET], 'secret[1]', /the key id [\da-f]{8} of the secret at 0/],
    ['one secret twice, further down', [OTHER_SECRET, SECRET, SECRET], 'secret[2]', /of the secret at 1/],
    ['text and its bytes', [SECRET, Buffer.from(SECRET)], 'secret[1]', /of the secret at 0/],
    ['a weak one among good ones', [SECRET, 'short'], 'secret[1]', /it has 5 bytes, 32 are the least/],
    ['a missing one', [SECRET, undefined as never], 'secret[1]', /it is missing/],
  ])('%s: refused, naming the place and the remedy', (_name, secrets, option, message) => {
    const error = refusal(() => new KeyRing(secrets, 'secret'));

    expect(error.option).toBe(option);
    expect(error.message).toMatch(message);
    expect(piecesOf(SECRET, error.message)).toEqual([]);
  });

  test('a length in front of each text keeps neighbours apart', () => {
    expect(lengthPrefixed('')).toEqual(Buffer.of(0, 0));
    expect(lengthPrefixed('ä')).toEqual(Buffer.of(0, 2, 0xc3, 0xa4));
    expect(lengthPrefixed('x'.repeat(300)).subarray(0, 2)).toEqual(Buffer.of(1, 44));
  });
});

describe('nothing shows its keys', () => {
  const secret = randomBytes(32);
  const ring = new KeyRing([secret, OTHER_SECRET], 'secret');
  const keys = [secret, Buffer.from(OTHER_SECRET)].flatMap((one) => {
    const info = Buffer.from('key\0\x07session\0\x04cart', 'latin1');
    const key = Buffer.from(hkdfSync('sha256', one, 'nestjs-client-sessions/1', info, 32));
    return [one, key, subkey(one.subarray(0, 32)), subkey(key)];
  });
  const format = new Format1(ring, SCOPE);
  format.unseal(format.seal(record()));

  test.each<[string, unknown]>([
    ['KeyRing', ring],
    ['its keys', ring.keysFor(SCOPE)],
    ['Xaes256Gcm', new Xaes256Gcm(secret)],
    ['Format1', format],
  ])('%s: neither inspect nor JSON holds key bytes in any spelling', (_name, value) => {
    const shown = [
      inspect(value, { depth: Infinity, showHidden: true, maxArrayLength: null, maxStringLength: null }),
      JSON.stringify(value),
      String(value),
      JSON.stringify(Object.getOwnPropertyDescriptors(value as object)),
    ].join('\n');

    expect(keys.flatMap((key) => piecesOf(key, shown))).toEqual([]);
  });

  test('the search itself finds bytes that do show', () => {
    for (const leak of [secret, secret.toString('base64'), { deep: { down: [secret.toString('hex')] } }]) {
      const shown = inspect(leak, { depth: Infinity, maxArrayLength: null });
      expect(piecesOf(secret, shown)).not.toEqual([]);
    }
  });
});

/** K1 of the XAES specification: the block cipher of zero, doubled. Whoever knows it is halfway to the message keys. */
function subkey(key: Buffer): Buffer {
  const l = createCipheriv('aes-256-ecb', key, null)
    .setAutoPadding(false)
    .update(Buffer.alloc(16))
    .toString('hex');
  const doubled = BigInt(`0x${l}`) << 1n;
  const k1 = doubled >> 128n ? BigInt.asUintN(128, doubled) ^ 0x87n : doubled;
  return Buffer.from(k1.toString(16).padStart(32, '0'), 'hex');
}

/** Eight characters in a row of a secret that are in the text, in any usual spelling of its bytes. */
function piecesOf(secret: unknown, text: string): string[] {
  return spellings(secret).flatMap((spelling) =>
    Array.from({ length: Math.max(0, spelling.length - 7) }, (_, i) => spelling.slice(i, i + 8)).filter(
      (piece) => text.includes(piece),
    ),
  );
}

function spellings(secret: unknown): string[] {
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array)) return [];
  const bytes = Buffer.from(secret as string);
  const encodings = ['hex', 'base64', 'base64url', 'latin1', 'utf8'] as const;
  return [
    ...encodings.map((encoding) => bytes.toString(encoding)),
    bytes.toString('hex').replace(/..(?=.)/g, '$& '),
    [...bytes].join(', '),
    [...bytes].join(','),
  ];
}

function record() {
  return {
    createdAt: 1_750_000_000_000,
    startedAt: 1_750_000_000_000,
    expiresAt: 1_750_086_400_000,
    ownDuration: false,
    renewed: false,
    json: '{"a":1}',
  };
}
