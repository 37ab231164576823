import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, jest, test } from '@jest/globals';
import ancestor from 'client-sessions';
import fc from 'fast-check';
import type { LegacyUtilOptions } from '../lib/legacy-util.js';
import { clientSessions } from '../lib/client-sessions.js';
import { InvalidOptionsError } from '../lib/errors/invalid-options.error.js';
import { hasReadableNames } from './support/readable-names.js';
import { cases } from './support/size.js';

const { util } = clientSessions;
const theirs = ancestor.util;
const OPTIONS: LegacyUtilOptions = { cookieName: 'session', secret: 'blargadeeblargblarg' };
const NOW = 1_767_225_600_000;
const DAY = 86_400_000;

const ENCRYPTION_ALGORITHMS = ['aes128', 'aes192', 'aes256'] as const;
const SIGNATURE_ALGORITHMS = [
  'sha256',
  'sha256-drop128',
  'sha384',
  'sha384-drop192',
  'sha512',
  'sha512-drop256',
] as const;

const someOptions: fc.Arbitrary<LegacyUtilOptions> = fc
  .record({
    cookieName: fc.constantFrom('session', 'cart', '__Host-id'),
    secret: fc.option(fc.string({ minLength: 1, unit: 'grapheme' }), { nil: undefined }),
    encryption: fc.nat(2),
    signatureAlgorithm: fc.constantFrom(...SIGNATURE_ALGORITHMS),
    seed: fc.nat(),
  })
  .map(({ cookieName, secret, encryption, signatureAlgorithm, seed }) => {
    if (secret !== undefined) return { cookieName, secret, signatureAlgorithm };
    const bytes = (label: string): Buffer => createHash('sha512').update(`${label}${seed}`).digest();
    return {
      cookieName,
      encryptionKey: bytes('encryption').subarray(0, 16 + 8 * encryption),
      signatureKey: bytes('signature'),
      encryptionAlgorithm: ENCRYPTION_ALGORITHMS[encryption]!,
      signatureAlgorithm,
    };
  });

describe('clientSessions.util', () => {
  test('encodes what client-sessions decodes, and decodes what it encodes, to the same results', () => {
    const content = fc.jsonValue({ stringUnit: 'grapheme' }).filter(hasReadableNames);
    const duration = fc.oneof(fc.constant(undefined), fc.integer({ min: 1, max: 2 ** 45 }));
    const createdAt = fc.integer({ min: 1, max: 2 ** 48 });
    fc.assert(
      fc.property(someOptions, content, duration, createdAt, (options, session, lasts, created) => {
        const expected = {
          content: JSON.parse(JSON.stringify(session)) as unknown,
          createdAt: created,
          duration: lasts ?? DAY,
        };
        const ours = util.encode(options, session, lasts, created);
        const other = theirs.encode({ ...options }, session, lasts, created);
        for (const text of [ours, other]) {
          expect(util.decode(options, text)).toEqual(expected);
          expect(theirs.decode({ ...options }, text)).toEqual(expected);
        }
      }),
      { numRuns: cases(1_000) },
    );
  });

  test('computes the MACs of client-sessions', () => {
    const bytes = fc.uint8Array({ maxLength: 80 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(
        someOptions,
        bytes,
        bytes,
        fc.nat(),
        fc.nat(),
        (options, iv, ciphertext, lasts, created) => {
          // There computeHmac() works only with what encode() has written into the options.
          const setUp = { ...options };
          theirs.encode(setUp, {});
          const mac = util.computeHmac(options, iv, ciphertext, lasts, created);
          expect(Buffer.isBuffer(mac)).toBe(true);
          expect(mac.equals(theirs.computeHmac(setUp, iv, ciphertext, lasts, created))).toBe(true);
        },
      ),
      { numRuns: cases(1_000) },
    );
  });

  test.each(SIGNATURE_ALGORITHMS)(
    'computes a MAC of %s with nothing but a signature key of any length',
    (name) => {
      for (const length of [1, 32, 64, 200]) {
        const options = { signatureKey: randomBytes(length), signatureAlgorithm: name };
        const [iv, ciphertext] = [randomBytes(16), randomBytes(64)];
        expect(util.computeHmac(options, iv, ciphertext, DAY, NOW)).toEqual(
          theirs.computeHmac({ ...options }, iv, ciphertext, DAY, NOW),
        );
        expect(util.computeHmac(options, 'iv', 'text', DAY, NOW)).toEqual(
          theirs.computeHmac({ ...options }, 'iv', 'text', DAY, NOW),
        );
      }
    },
  );

  test.each([
    ['nothing', [undefined, undefined], DAY, NOW],
    ['zeros', [0, 0], DAY, NOW],
    ['null and NaN', [null, NaN], DAY, NOW],
    ['numbers', [1000, 5], 1000, 5],
    ['numbers as text', ['1000', '5'], 1000, 5],
  ])('takes %s for the times as client-sessions does', (_, [lasts, created], duration, createdAt) => {
    jest.useFakeTimers({ now: NOW });
    try {
      const ours = util.encode(OPTIONS, {}, lasts as number, created as number);
      const other = theirs.encode({ ...OPTIONS }, {}, lasts, created);
      expect(util.decode(OPTIONS, ours)).toEqual({ content: {}, createdAt, duration });
      expect(util.decode(OPTIONS, other)).toEqual({ content: {}, createdAt, duration });
    } finally {
      jest.useRealTimers();
    }
  });

  test.each([
    ['a negative duration', -1, 5],
    ['a fraction', 1.5, 5],
    ['an infinite duration', Infinity, 5],
    ['a time beyond all clocks', 5, 1e21],
    ['text that is no time', 'soon', 5],
  ])(
    'refuses %s, with which client-sessions writes a cookie that no strict reader opens',
    (_, lasts, created) => {
      expect(() => util.encode(OPTIONS, {}, lasts as number, created)).toThrow(InvalidOptionsError);
      expect(util.decode(OPTIONS, theirs.encode({ ...OPTIONS }, {}, lasts, created))).toBeUndefined();
    },
  );

  test('decodes expired and future cookies, as there, because it judges no times', () => {
    for (const createdAt of [1, NOW * 5]) {
      expect(util.decode(OPTIONS, util.encode(OPTIONS, { a: 1 }, 1, createdAt))).toEqual({
        content: { a: 1 },
        createdAt,
        duration: 1,
      });
    }
  });

  test('answers undefined to everything that is not genuine, also where client-sessions throws', () => {
    const genuine = theirs.encode({ ...OPTIONS }, { a: 1 }, DAY, NOW);
    const half = { cookieName: 'session', secret: 'blargadeeblargblarg', encryptionKey: randomBytes(32) };
    const wrongKey = theirs.encode({ ...half }, { a: 1 }, DAY, NOW);
    expect(() => theirs.decode({ ...OPTIONS }, wrongKey)).toThrow('decrypt');
    const [iv = '', ...rest] = genuine.split('.');
    for (const text of [
      '',
      'a',
      'a.b.c.d.e',
      `${genuine}.`,
      genuine.slice(1),
      wrongKey,
      theirs.encode({ ...OPTIONS, cookieName: 'other' }, { a: 1 }),
      theirs.encode({ ...OPTIONS, secret: 'other' }, { a: 1 }),
      theirs.encode({ ...OPTIONS }, undefined),
      [`${iv}=`, ...rest].join('.'),
      undefined,
      null,
      5,
      {},
      Buffer.from(genuine),
    ]) {
      expect(util.decode(OPTIONS, text as string)).toBeUndefined();
    }
    expect(util.decode(OPTIONS, genuine)?.content).toEqual({ a: 1 });
  });

  test('leaves the options alone, frozen or not', () => {
    const options = Object.freeze({ ...OPTIONS });
    const text = util.encode(options, {});
    expect(util.decode(options, text)?.content).toEqual({});
    expect(util.computeHmac(options, 'iv', 'text', 1, 2)).toHaveLength(32);
    expect(options).toEqual({ cookieName: 'session', secret: 'blargadeeblargblarg' });
  });

  test.each([
    ['no name', { secret: 'a' }, 'Invalid option "cookieName": it is missing.'],
    ['no secret', { cookieName: 'a' }, 'Invalid option "secret": it is missing. Give the secret,'],
    ['an unknown algorithm', { ...OPTIONS, signatureAlgorithm: 'md5' }, 'Use one of: sha256,'],
  ])('says what to do about %s', (_, options, message) => {
    expect(() => util.encode(options as LegacyUtilOptions, {})).toThrow(message);
    expect(() => util.decode(options as LegacyUtilOptions, 'a')).toThrow(message);
  });

  test('refuses content that JSON cannot carry', () => {
    const circular: Record<string, unknown> = {};
    circular['self'] = circular;
    for (const content of [undefined, () => 1, Symbol('a'), circular, { big: 1n }]) {
      expect(() => util.encode(OPTIONS, content)).toThrow(TypeError);
    }
  });

  test('cannot be changed by one part of an application for another', () => {
    expect(Object.isFrozen(util)).toBe(true);
  });
});
