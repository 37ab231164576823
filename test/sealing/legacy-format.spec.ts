import { createHash, createHmac, createSecretKey, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import ancestor from 'client-sessions';
import fc from 'fast-check';
import { InvalidOptionsError } from '../../lib/errors/invalid-options.error.js';
import {
  LegacyFormat,
  type LegacyScope,
  decodeLegacy,
  encodeLegacy,
  isLegacyText,
} from '../../lib/sealing/legacy-format.js';
import {
  type LegacyEncryptionAlgorithm,
  type LegacyKeyOptions,
  type LegacySignatureAlgorithm,
  legacyWeakness,
  resolveLegacyKeys,
} from '../../lib/sealing/legacy-keys.js';
import { createSealer } from '../../lib/sealing/create-sealer.js';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import { MigratingSealer } from '../../lib/sealing/migrating-sealer.js';
import type { Opened, Sealer } from '../../lib/sealing/sealer.js';
import { MAXIMUM_LIFETIME, type SessionRecord } from '../../lib/sealing/session-record.js';
import { effectiveExpiry, renew, standing, withOwnDuration } from '../../lib/session/lifetime.js';
import { hasReadableNames } from '../support/readable-names.js';
import { SECRET } from '../support/secrets.js';
import { cases, sized } from '../support/size.js';

interface Vector {
  readonly description: string;
  readonly options: {
    readonly cookieName: string;
    readonly secret?: string;
    readonly encryptionKeyHex?: string;
    readonly signatureKeyHex?: string;
    readonly encryptionAlgorithm: LegacyEncryptionAlgorithm;
    readonly signatureAlgorithm: LegacySignatureAlgorithm;
  };
  readonly cookie: string;
  readonly expect: { content: object; createdAt: number; duration: number } | null;
}

const { vectors } = JSON.parse(
  readFileSync(new URL('../vectors/client-sessions-0.8.0.json', import.meta.url), 'utf8'),
) as { vectors: Vector[] };

const NOW = 1_767_225_600_000;
const DAY = 86_400_000;
const HOUR = DAY / 24;
const MINUTE = HOUR / 60;
const WEAK = 'blargadeeblargblarg';
const ENCRYPTIONS = { aes128: 16, aes192: 24, aes256: 32 } as const;
const SIGNATURES = {
  sha256: [32, 32],
  'sha256-drop128': [32, 16],
  sha384: [48, 48],
  'sha384-drop192': [48, 24],
  sha512: [64, 64],
  'sha512-drop256': [64, 32],
} as const;
const ENCRYPTION_NAMES = Object.keys(ENCRYPTIONS) as LegacyEncryptionAlgorithm[];
const SIGNATURE_NAMES = Object.keys(SIGNATURES) as LegacySignatureAlgorithm[];
const COMBINATIONS = ENCRYPTION_NAMES.flatMap((encryptionAlgorithm) =>
  SIGNATURE_NAMES.map((signatureAlgorithm) => ({ encryptionAlgorithm, signatureAlgorithm })),
);

function format(options: LegacyKeyOptions = { secret: WEAK }, scope: Partial<LegacyScope> = {}): Sealer {
  return new LegacyFormat(resolveLegacyKeys(options, 'legacy'), {
    cookieName: 'session',
    duration: DAY,
    activeDuration: 0,
    now: () => NOW,
    ...scope,
  });
}

function pair(
  encryptionAlgorithm: LegacyEncryptionAlgorithm,
  signatureAlgorithm: LegacySignatureAlgorithm,
): Required<Omit<LegacyKeyOptions, 'secret'>> {
  const bytes = (label: string, length: number): Buffer =>
    createHash('shake256', { outputLength: length }).update(label).digest();
  return {
    encryptionKey: bytes(`encryption ${encryptionAlgorithm}`, ENCRYPTIONS[encryptionAlgorithm]),
    signatureKey: bytes(`signature ${signatureAlgorithm}`, SIGNATURES[signatureAlgorithm][0]),
    encryptionAlgorithm,
    signatureAlgorithm,
  };
}

function record(json: string, more: Partial<SessionRecord> = {}): SessionRecord {
  return {
    createdAt: NOW,
    startedAt: NOW,
    expiresAt: NOW + DAY,
    ownDuration: false,
    renewed: false,
    json,
    ...more,
  };
}

function opened(result: Opened): SessionRecord {
  if (!result.ok) throw new Error(`it was refused as ${result.reason}`);
  return result.record;
}

function reason(result: Opened): string {
  return result.ok ? 'opened' : result.reason;
}

/** Returns a cookie with any content and a valid signature. */
function signed(
  plaintext: string | Buffer,
  {
    createdAt = String(NOW),
    duration = String(DAY),
    encryptionSecret = WEAK,
  }: { createdAt?: string; duration?: string; encryptionSecret?: string } = {},
): string {
  const encryption = resolveLegacyKeys({ secret: encryptionSecret }, '').encryption;
  const name = plaintext.toString('latin1');
  const text = encodeLegacy(
    { encryption, signature: resolveLegacyKeys({ secret: WEAK }, '').signature },
    name.slice(0, name.indexOf('=')),
    { createdAt: NOW, duration: DAY, json: name.slice(name.indexOf('=') + 1) },
  );
  const [iv, ciphertext] = text.split('.') as [string, string];
  const mac = createHmac('sha256', createHmac('sha256', WEAK).update('cookiesession-signature').digest())
    .update(Buffer.from(iv, 'base64url'))
    .update('.')
    .update(Buffer.from(ciphertext, 'base64url'))
    .update(`.${createdAt}.${duration}`)
    .digest('base64url');
  return [iv, ciphertext, createdAt, duration, mac].join('.');
}

describe('the vectors made by client-sessions 0.8.0', () => {
  test.each(vectors.map((vector, i) => [`${i}: ${vector.description}`, vector] as const))(
    'holds for vector %s',
    (_, vector) => {
      const { cookieName, secret, encryptionKeyHex, signatureKeyHex, ...algorithms } = vector.options;
      const options: LegacyKeyOptions = encryptionKeyHex
        ? {
            encryptionKey: Buffer.from(encryptionKeyHex, 'hex'),
            signatureKey: Buffer.from(signatureKeyHex!, 'hex'),
            ...algorithms,
          }
        : { secret: secret!, ...algorithms };
      const result = format(options, { cookieName }).unseal(vector.cookie);

      if (!vector.expect) return expect(result.ok).toBe(false);
      const { content, createdAt, duration } = vector.expect;
      expect(result).toEqual({
        ok: true,
        stale: true,
        record: {
          createdAt,
          startedAt: createdAt,
          expiresAt: createdAt + duration,
          ownDuration: false,
          renewed: false,
          json: JSON.stringify(content),
        },
      });
      const iv = Buffer.from(vector.cookie.split('.')[0]!, 'base64url');
      const keys = resolveLegacyKeys(options, 'legacy');
      const cookie = { createdAt, duration, json: JSON.stringify(content) };
      expect(encodeLegacy(keys, cookieName, cookie, iv)).toBe(vector.cookie);
    },
  );

  test('has both kinds: 25 that open, and 7 that do not although client-sessions opens the 2 malleable ones', () => {
    expect(vectors.filter((vector) => vector.expect)).toHaveLength(25);
    const refused = vectors.filter((vector) => !vector.expect);
    const lenient = refused.filter(
      ({ options, cookie }) => ancestor.util.decode({ ...options }, cookie) !== undefined,
    );
    expect(refused).toHaveLength(7);
    expect(lenient.map(({ description }) => description)).toEqual([
      expect.stringContaining('MALLEABLE: leading +'),
      expect.stringContaining('MALLEABLE: standard base64'),
    ]);
  });
});

describe('cookies of both implementations', () => {
  const RUNS = sized(500, 30_000);
  const choices = [
    { options: { secret: WEAK } as LegacyKeyOptions, encrypted: 'secret' },
    { options: { secret: SECRET, signatureAlgorithm: 'sha256-drop128' } as LegacyKeyOptions },
    ...COMBINATIONS.map(({ encryptionAlgorithm, signatureAlgorithm }) => ({
      options: pair(encryptionAlgorithm, signatureAlgorithm) as LegacyKeyOptions,
    })),
  ].flatMap(({ options }) =>
    ['session', 'cart', 'session_state'].map((cookieName) => ({
      cookieName,
      theirs: { cookieName, ...options },
      ours: format(options, { cookieName }),
    })),
  );
  const content = fc.dictionary(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' }),
    { maxKeys: 5 },
  );

  test(`are the same in both directions for ${RUNS} random sessions`, () => {
    const tally = { compared: 0, different: 0 };
    const compare = (actual: unknown, expected: unknown): boolean => {
      tally.compared++;
      const same = JSON.stringify(actual) === JSON.stringify(expected);
      if (!same) tally.different++;
      return same;
    };
    fc.assert(
      fc.property(
        content,
        fc.nat(choices.length - 1),
        fc.integer({ min: 1, max: 2 ** 42 }),
        fc.integer({ min: 1, max: 2 ** 39 }),
        (session, choice, createdAt, duration) => {
          fc.pre(hasReadableNames(session));
          const { theirs, ours } = choices[choice]!;
          const json = JSON.stringify(session);
          const times = { createdAt, startedAt: createdAt, expiresAt: createdAt + duration };

          const read = ancestor.util.decode(theirs, ours.seal(record(json, times)));
          const written = opened(ours.unseal(ancestor.util.encode(theirs, session, duration, createdAt)));
          return (
            compare(read, { content: JSON.parse(json), createdAt, duration }) &&
            compare([written.json, written.createdAt, written.expiresAt], [json, createdAt, times.expiresAt])
          );
        },
      ),
      { numRuns: RUNS },
    );
    expect(tally).toEqual({ compared: 2 * RUNS, different: 0 });
  });

  test('do not open under another name, secret or algorithm', () => {
    const text = ancestor.util.encode({ cookieName: 'session', secret: WEAK }, { a: 1 }, DAY, NOW);
    expect(reason(format().unseal(text))).toBe('opened');
    expect(reason(format({ secret: WEAK }, { cookieName: 'sessio' }).unseal(text))).toBe('forged');
    expect(reason(format({ secret: WEAK }, { cookieName: 'session2' }).unseal(text))).toBe('forged');
    expect(reason(format({ secret: `${WEAK} ` }).unseal(text))).toBe('forged');
    expect(reason(format({ secret: WEAK, signatureAlgorithm: 'sha256-drop128' }).unseal(text))).toBe(
      'malformed',
    );
    for (const choice of COMBINATIONS) {
      const options = pair(choice.encryptionAlgorithm, choice.signatureAlgorithm);
      expect(reason(format(options).unseal(text))).not.toBe('opened');
    }
  });
});

describe('the strict reader', () => {
  const text = signed('session={"a":1}');
  const [iv, ciphertext, createdAt, duration, mac] = text.split('.') as [
    string,
    string,
    string,
    string,
    string,
  ];
  const withPart = (index: number, part: string): string =>
    text
      .split('.')
      .map((old, i) => (i === index ? part : old))
      .join('.');

  test('opens the cookie that the refusals below are made from', () => {
    expect(reason(format().unseal(text))).toBe('opened');
  });

  test.each([
    ['nothing', ''],
    ['four dots only', '....'],
    ['four parts', [iv, ciphertext, createdAt, duration].join('.')],
    ['six parts', `${text}.`],
    ['a sign before the time', withPart(2, `+${createdAt}`)],
    ['letters after the time', withPart(2, `${createdAt}abc`)],
    ['a space before the time', withPart(2, ` ${createdAt}`)],
    ['a fraction', withPart(3, '1e7')],
    ['a hexadecimal time', withPart(3, '0x10')],
    ['a time of 17 digits', withPart(2, '1'.repeat(17))],
    ['a negative duration', withPart(3, '-1')],
    ['no duration', withPart(3, '')],
    ['digits of another script', withPart(3, '٣')],
    ['an iv of 15 bytes', withPart(0, randomBytes(15).toString('base64url'))],
    ['an iv of 17 bytes', withPart(0, randomBytes(17).toString('base64url'))],
    ['no ciphertext', withPart(1, '')],
    ['half a block', withPart(1, randomBytes(8).toString('base64url'))],
    ['a shorter MAC', withPart(4, mac.slice(0, 42))],
    ['a MAC cut to the length of another algorithm', withPart(4, mac.slice(0, 22))],
    ['padding', `${text}=`],
    ['the other base64 alphabet', withPart(0, randomBytes(16).fill(0xfb).toString('base64').slice(0, 22))],
    ['a line end', `${text}\n`],
    ['quotes', `"${text}"`],
    ['a foreign character inside', withPart(1, `${ciphertext.slice(0, 4)}%${ciphertext.slice(4)}`)],
    ['a genuine cookie of more than 8,192 characters', signed(`session="${'a'.repeat(6100)}"`)],
  ])('refuses %s as malformed', (_, value) => {
    expect(reason(format().unseal(value))).toBe('malformed');
  });

  test.each([
    ['a leading zero in a time', withPart(2, `0${createdAt}`)],
    ['another creation time', withPart(2, String(NOW + 1))],
    ['another duration', withPart(3, String(DAY + 1))],
    ['times that are swapped', [iv, ciphertext, duration, createdAt, mac].join('.')],
    ['another iv', withPart(0, randomBytes(16).toString('base64url'))],
    ['another ciphertext', withPart(1, randomBytes(16).toString('base64url'))],
    ['another MAC', withPart(4, randomBytes(32).toString('base64url'))],
    ['a signed cookie under another encryption key', signed('session={"a":1}', { encryptionSecret: 'x' })],
    ['a signed cookie of another name', signed('cart={"a":1}')],
    ['a signed cookie of a longer name', signed('sessions={"a":1}')],
  ])('refuses %s as forged', (_, value) => {
    expect(reason(format().unseal(value))).toBe('forged');
  });

  test('refuses stray bits at the end of a part, which Node decodes to the same bytes', () => {
    // The last character of 16 encoded bytes has 2 significant bits, and that of 32 bytes has 4.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const stray = (part: string): string => part.slice(0, -1) + alphabet[alphabet.indexOf(part.at(-1)!) + 1];
    expect(Buffer.from(stray(iv), 'base64url')).toEqual(Buffer.from(iv, 'base64url'));
    expect(reason(format().unseal(withPart(0, stray(iv))))).toBe('malformed');
    expect(reason(format().unseal(withPart(4, stray(mac))))).toBe('malformed');
  });

  test('opens a cookie of exactly 8,192 characters, and none of one more', () => {
    // Times have up to 16 digits, so that every length can be had.
    const ofLength = (length: number): string => {
      for (let letters = 6000; letters < 6064; letters++) {
        const short = signed(`session="${'a'.repeat(letters)}"`, { duration: '1' });
        const digits = 1 + length - short.length;
        if (digits >= 1 && digits <= 16)
          return signed(`session="${'a'.repeat(letters)}"`, { duration: '1'.repeat(digits) });
      }
      throw new Error('no cookie has this length');
    };
    const [longest, longer] = [ofLength(8192), ofLength(8193)];
    expect([longest.length, longer.length]).toEqual([8192, 8193]);
    expect([longest, longer].map((value) => reason(format().unseal(value)))).toEqual(['opened', 'malformed']);
  });

  test('hands over content that is no object as it stands, for the session to judge', () => {
    expect(opened(format().unseal(signed('session=null'))).json).toBe('null');
    expect(opened(format().unseal(signed('session='))).json).toBe('');
  });

  test('takes exactly five parts for its own format, so that format 1 is never tried on them', () => {
    const format1 = createSealer(new KeyRing(SECRET, 'secret'), {
      purpose: 'session',
      cookieName: 'session',
    });
    expect(isLegacyText(text)).toBe(true);
    expect(isLegacyText(format1.seal(record('{}')))).toBe(false);
    expect(['', 'a', 'a.b.c.d', 'a.b.c.d.e.f', '.'.repeat(100_000)].some(isLegacyText)).toBe(false);
  });
});

describe('altered cookies', () => {
  const COOKIES = sized(20, 1_000);

  test(`are refused, every single bit of ${COOKIES} cookies`, () => {
    const tally = { flips: 0, opened: 0 };
    for (let i = 0; i < COOKIES; i++) {
      const { encryptionAlgorithm, signatureAlgorithm } = COMBINATIONS[i % COMBINATIONS.length]!;
      const sealer = format(pair(encryptionAlgorithm, signatureAlgorithm));
      const text = sealer.seal(record(JSON.stringify({ i, text: 'x'.repeat(i % 40) })));
      expect(reason(sealer.unseal(text))).toBe('opened');
      for (const altered of bitFlips(text)) {
        tally.flips++;
        if (sealer.unseal(altered).ok) tally.opened++;
      }
    }
    expect(tally.opened).toBe(0);
    expect(tally.flips).toBeGreaterThan(COOKIES * 1000);
  });

  test('are refused when cut, extended or doubled anywhere', () => {
    const sealer = format();
    const text = sealer.seal(record('{"a":1}'));
    for (let at = 0; at < text.length; at++) {
      expect(sealer.unseal(text.slice(0, at)).ok).toBe(false);
      expect(sealer.unseal(text.slice(at + 1)).ok).toBe(false);
      for (const inserted of ['A', '.', '=', ' ', '\u0000', '€']) {
        expect(sealer.unseal(text.slice(0, at) + inserted + text.slice(at)).ok).toBe(false);
      }
    }
  });

  test('never throw, whatever a client sends', () => {
    const sealer = format();
    const base64url = fc.base64String({ maxLength: 60 }).map((text) => text.replace(/[+/=]/g, '_'));
    const part = fc.oneof(base64url, fc.nat().map(String), fc.string({ unit: 'binary' }), fc.constant(''));
    const five = fc.tuple(part, part, part, part, part).map((parts) => parts.join('.'));
    const wellFormed = fc
      .tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(8), fc.nat(), fc.nat())
      .map(([bytes, blocks, created, lasts]) =>
        [
          Buffer.from(bytes).toString('base64url'),
          randomBytes(16 * blocks).toString('base64url'),
          created,
          lasts,
          randomBytes(32).toString('base64url'),
        ].join('.'),
      );
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), five, wellFormed), (text) => {
        expect(sealer.unseal(text).ok).toBe(false);
      }),
      { numRuns: cases(5_000) },
    );
  });

  test('never throw when the plaintext is not what it claims to be', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (plaintext) => {
        const result = format().unseal(signed(`session=${plaintext}`));
        expect(result.ok).toBe(true);
      }),
      { numRuns: cases(500) },
    );
  });
});

describe('keys', () => {
  const message = (options: object): string => {
    try {
      resolveLegacyKeys(options, 'legacy');
    } catch (error) {
      if (error instanceof InvalidOptionsError) return error.message;
      throw error;
    }
    return 'accepted';
  };

  test.each(COMBINATIONS)('are checked by length: $encryptionAlgorithm with $signatureAlgorithm', (names) => {
    const good = pair(names.encryptionAlgorithm, names.signatureAlgorithm);
    const { encryptionKey, signatureKey } = good;
    expect(message(good)).toBe('accepted');
    expect(message({ ...good, signatureKey: Buffer.concat([signatureKey, randomBytes(100)]) })).toBe(
      'accepted',
    );
    const bytes = encryptionKey.length;
    const exactly = `"legacy.encryptionKey": must be exactly ${bytes} bytes long for aes-${bytes * 8}-cbc`;
    expect(message({ ...good, encryptionKey: encryptionKey.subarray(1) })).toContain(
      `${exactly}, has ${bytes - 1}.`,
    );
    expect(message({ ...good, encryptionKey: Buffer.concat([encryptionKey, Buffer.of(1)]) })).toContain(
      `${exactly}, has ${bytes + 1}.`,
    );
    const hash = good.signatureAlgorithm.slice(0, 6);
    const least = `"legacy.signatureKey": must be at least ${signatureKey.length} bytes long for HMAC-${hash}`;
    expect(message({ ...good, signatureKey: signatureKey.subarray(1) })).toContain(
      `${least}, has ${signatureKey.length - 1}.`,
    );
  });

  test('are refused exactly when client-sessions refuses them', () => {
    const options = [
      {},
      { secret: '' },
      { secret: 'a' },
      { secret: Buffer.from('a') },
      { secret: createSecretKey(randomBytes(32)) },
      { secret: 'a', signatureAlgorithm: 'sha384' },
      { secret: 'a', signatureAlgorithm: 'sha512-drop256' },
      { secret: 'a', signatureAlgorithm: 'sha256-drop128' },
      { secret: 'a', encryptionAlgorithm: 'aes128' },
      { secret: 'a', encryptionAlgorithm: 'des' },
      { secret: 'a', signatureAlgorithm: 'toString' },
      { encryptionKey: Buffer.alloc(32, 1) },
      { signatureKey: Buffer.alloc(32, 1) },
      { encryptionKey: Buffer.alloc(32, 1), signatureKey: Buffer.alloc(32, 1) },
      { encryptionKey: 'a'.repeat(32), signatureKey: 'b'.repeat(32) },
      { secret: 'a', encryptionKey: Buffer.alloc(32, 1) },
      { secret: 'a', signatureKey: Buffer.alloc(32, 1) },
      { secret: 'a', encryptionKey: Buffer.alloc(32, 1), signatureKey: Buffer.alloc(32, 2) },
    ];
    const theirs = options.map((option) => {
      try {
        ancestor({ cookieName: 'session', ...option });
        return 'accepted';
      } catch {
        return 'refused';
      }
    });
    expect(options.map((option) => (message(option) === 'accepted' ? 'accepted' : 'refused'))).toEqual(
      theirs,
    );
    expect(new Set(theirs).size).toBe(2);
  });

  test('may be one of a pair beside a secret, which gives the other, as there', () => {
    for (const options of [
      { secret: 'a', encryptionKey: Buffer.alloc(32, 1) },
      { secret: 'a', signatureKey: Buffer.alloc(32, 1) },
      { secret: 'a', encryptionKey: Buffer.alloc(32, 1), signatureKey: Buffer.alloc(32, 2) },
    ]) {
      const text = ancestor.util.encode({ cookieName: 'session', ...options }, { a: 1 }, DAY, NOW);
      expect(opened(format(options).unseal(text)).json).toBe('{"a":1}');
    }
  });

  test.each([
    [
      'no secret',
      {},
      '"legacy.secret": it is missing. Give the secret, or the encryptionKey and signatureKey,',
    ],
    ['a list of secrets', { secret: ['a'] }, '"legacy.secret": must be text, a Buffer or a KeyObject. Give'],
    [
      'half a pair',
      { encryptionKey: Buffer.alloc(32) },
      '"legacy.signatureKey": it is missing. Give both keys',
    ],
    [
      'text for a key',
      { encryptionKey: 'a', signatureKey: 'b' },
      'must be a Buffer. Turn text into bytes first',
    ],
    [
      'one key for both',
      { encryptionKey: Buffer.alloc(32, 7), signatureKey: Buffer.alloc(32, 7) },
      'must be different from the encryption key. client-sessions uses two different keys',
    ],
    [
      'an unknown cipher',
      { secret: 'a', encryptionAlgorithm: 'rot13' },
      'Use one of: aes128, aes192, aes256.',
    ],
    [
      'an unknown MAC',
      { secret: 'a', signatureAlgorithm: 'md5' },
      'Use one of: sha256, sha256-drop128, sha384,',
    ],
  ])('say what to do about %s', (_, options, expected) => {
    expect(message(options)).toContain(expected);
  });

  test('of any weakness are accepted, but named', () => {
    expect(message({ secret: 'a' })).toBe('accepted');
    expect(legacyWeakness({ secret: 'a' })).toBe('must be at least 32 bytes long, has 1');
    expect(legacyWeakness({ secret: `${WEAK}-${WEAK}` })).toContain('placeholder');
    expect(legacyWeakness({ secret: SECRET })).toBeUndefined();
    for (const wrapped of [`${SECRET}\n`, `"${SECRET}"`, `SESSION_SECRET=${SECRET}`, ` ${SECRET}`])
      expect(legacyWeakness({ secret: wrapped })).toBeUndefined();
    expect(legacyWeakness(pair('aes128', 'sha256'))).toBeUndefined();
  });

  test('are not shown by what holds them', () => {
    const options = pair('aes256', 'sha512');
    const keys = resolveLegacyKeys(options, 'legacy');
    const shown = inspect([keys, format(options)], { depth: 9, showHidden: true }) + JSON.stringify(keys);
    for (const key of [options.encryptionKey, options.signatureKey]) {
      expect(shown).not.toContain(Buffer.from(key).toString('hex').slice(0, 8));
      expect(shown).not.toContain([...key.subarray(0, 4)].map((byte) => byte.toString(16)).join(' '));
    }
  });

  test('are not changed, nor are the options', () => {
    const options = Object.freeze({ secret: WEAK });
    resolveLegacyKeys(options, 'legacy');
    expect(Object.keys(options)).toEqual(['secret']);
  });
});

describe('lifetimes in the legacy format', () => {
  const lifetime = { duration: DAY, activeDuration: 0, absoluteDuration: Infinity, idleDuration: Infinity };
  const old = (duration: number, createdAt = NOW): string =>
    ancestor.util.encode({ cookieName: 'session', secret: WEAK }, { a: 1 }, duration, createdAt);

  test('end by what the cookie says and by what is configured today, whichever is earlier', () => {
    const long = opened(format().unseal(old(120 * DAY)));
    expect(effectiveExpiry(long, lifetime)).toBe(NOW + DAY);
    const short = opened(format().unseal(old(1000)));
    expect(effectiveExpiry(short, lifetime)).toBe(NOW + 1000);
  });

  test('keep what setDuration() gave them when the former configuration is known', () => {
    const sealer = format({ secret: WEAK }, { legacyDuration: 2 * DAY });
    const remembered = opened(sealer.unseal(old(30 * DAY)));
    expect(remembered.ownDuration).toBe(true);
    expect(effectiveExpiry(remembered, lifetime)).toBe(NOW + 30 * DAY);
    const ordinary = opened(sealer.unseal(old(2 * DAY)));
    expect(ordinary.ownDuration).toBe(false);
    expect(effectiveExpiry(ordinary, lifetime)).toBe(NOW + DAY);
  });

  test('fit the records of today, however long they are', () => {
    const { createdAt, expiresAt } = opened(format().unseal(old(2 ** 50)));
    expect(expiresAt - createdAt).toBe(MAXIMUM_LIFETIME);
  });

  test('come back as they were written', () => {
    const sealer = format({ secret: WEAK }, { legacyDuration: DAY, isWriting: true });
    const plain = record('{"a":1}');
    expect(sealer.unseal(sealer.seal(plain))).toEqual({ ok: true, stale: false, record: plain });
    const own = {
      ...plain,
      ...withOwnDuration(plain, 9 * DAY, NOW, {
        duration: DAY,
        activeDuration: 0,
        absoluteDuration: Infinity,
        idleDuration: Infinity,
      }),
    };
    expect(opened(sealer.unseal(sealer.seal(own)))).toEqual(own);
  });

  test.each([0, 1, MINUTE, HOUR])(
    'are as written %d ms ago, although prolonging lasts longer than they do',
    (ago) => {
      const sealer = format({ secret: WEAK }, { duration: HOUR, activeDuration: 4 * HOUR });
      expect(opened(sealer.unseal(old(HOUR, NOW - ago)))).toMatchObject({
        createdAt: NOW - ago,
        startedAt: NOW - ago,
        expiresAt: NOW - ago + HOUR,
        renewed: false,
        writtenAt: undefined,
      });
    },
  );

  test('come back after setDuration() and prolonging, too, as one duration from the same creation', () => {
    const sealer = format({ secret: WEAK }, { legacyDuration: DAY });
    const own = record('{"a":1}', { ownDuration: true, renewed: true, expiresAt: NOW + 5 * DAY });
    expect(opened(sealer.unseal(sealer.seal(own)))).toEqual({ ...own, renewed: false });
  });

  test('do not begin earlier when the configured duration has grown since', () => {
    const sealer = format({ secret: WEAK }, { duration: 9 * DAY });
    const prolonged = record('{"a":1}', { renewed: true, expiresAt: NOW + 2 * DAY });
    expect(opened(sealer.unseal(sealer.seal(prolonged)))).toEqual({ ...prolonged, renewed: false });
  });

  test('of a prolonged session go on for client-sessions and for us', () => {
    const active = { ...lifetime, activeDuration: DAY / 2 };
    const later = NOW + 0.9 * DAY;
    const scope = { activeDuration: active.activeDuration, legacyDuration: DAY, now: () => later };
    const sealer = format({ secret: WEAK }, scope);
    const plain = record('{"a":1}');
    const prolonged = { ...plain, ...renew(plain, later, active)! };
    expect(prolonged.expiresAt).toBe(NOW + 1.5 * DAY);

    const text = sealer.seal(prolonged);
    expect(ancestor.util.decode({ cookieName: 'session', secret: WEAK }, text)).toEqual({
      content: { a: 1 },
      createdAt: NOW + DAY / 2,
      duration: DAY,
    });
    const back = opened(sealer.unseal(text));
    expect(effectiveExpiry(back, active)).toBe(NOW + 1.5 * DAY);
    expect(standing(back, NOW + 1.5 * DAY - 1, active)).toBe('live');
    expect(standing(back, NOW + 1.5 * DAY, active)).toBe('expired');
  });

  test('survive the creation in the future that client-sessions gives to a prolonged session', () => {
    const options = { cookieName: 'session', secret: WEAK, duration: 1000_000, activeDuration: 900_000 };
    const first = visit(options, NOW);
    const clock = NOW + 200_000;
    const text = visit(options, clock, first);
    const cookie = ancestor.util.decode({ cookieName: 'session', secret: WEAK }, text)!;
    expect(cookie.createdAt).toBeGreaterThan(clock + 60_000);

    const times = { ...lifetime, duration: options.duration, activeDuration: options.activeDuration };
    const sealer = format({ secret: WEAK }, { ...times, now: () => clock });
    const mine = opened(sealer.unseal(text));
    expect(standing(mine, clock, times)).toBe('live');
    const later = format({ secret: WEAK }, { ...times, now: () => clock + 1_000 });
    expect(opened(later.unseal(text))).toEqual(mine);
    expect(effectiveExpiry(mine, times)).toBe(cookie.createdAt + cookie.duration);
    expect(opened(sealer.unseal(sealer.seal(mine)))).toMatchObject({
      createdAt: mine.createdAt,
      expiresAt: mine.expiresAt,
    });
  });

  test('that begin further in the future than prolonging explains are left for the session to refuse', () => {
    const times = { ...lifetime, activeDuration: 0.6 * DAY };
    const sealer = format({ secret: WEAK }, times);
    const within = opened(sealer.unseal(old(DAY, NOW + 0.2 * DAY)));
    expect(standing(within, NOW, times)).toBe('live');
    const beyond = opened(sealer.unseal(old(DAY, NOW + 0.2 * DAY + 1)));
    expect(standing(beyond, NOW, times)).toBe('future');
  });

  /** Sends a request to the middleware of client-sessions at a given time. Returns the value of its cookie. */
  function visit(options: object, now: number, cookie?: string): string {
    const request = new IncomingMessage(new Socket());
    if (cookie) request.headers.cookie = `session=${cookie}`;
    const response = new ServerResponse(request);
    jest.useFakeTimers({ now });
    try {
      ancestor({ ...options })(request, response, () => {
        const { session } = request as unknown as { session: Record<string, unknown> };
        if (cookie) void session['a'];
        else session['a'] = 1;
      });
      response.writeHead(200);
    } finally {
      jest.useRealTimers();
    }
    return /session=([^;]+)/.exec(String(response.getHeader('set-cookie')))![1]!;
  }
});

describe('two formats side by side', () => {
  const migrating = ({
    current = createSealer(new KeyRing(SECRET, 'secret'), { purpose: 'session', cookieName: 'session' }),
    legacy = format() as Sealer,
    isWritingLegacy = false,
    now = (): number => NOW,
  } = {}): MigratingSealer =>
    new MigratingSealer(current, { sealer: legacy, isWriting: isWritingLegacy, acceptUntil: NOW + 1 }, now);
  const oldText = format().seal(record('{"old":true}'));

  test('are told apart by syntax, and the old one is stale', () => {
    const sealer = migrating();
    expect(sealer.unseal(oldText)).toMatchObject({ ok: true, stale: true, record: { json: '{"old":true}' } });
    const text = sealer.seal(record('{"new":true}'));
    expect(isLegacyText(text)).toBe(false);
    expect(sealer.unseal(text)).toMatchObject({ ok: true, stale: false, record: { json: '{"new":true}' } });
  });

  test('are written one at a time: the old one until it goes off, then the new one', () => {
    let now = NOW;
    const sealer = migrating({ isWritingLegacy: true, now: () => now });
    expect(isLegacyText(sealer.seal(record('{}')))).toBe(true);
    now = NOW + 1;
    expect(isLegacyText(sealer.seal(record('{}')))).toBe(false);
  });

  test('end on the date: the old one is refused, the new one stays', () => {
    let now = NOW;
    const sealer = migrating({ now: () => now });
    const text = sealer.seal(record('{}'));
    now = NOW + 1;
    expect(sealer.unseal(oldText)).toEqual({ ok: false, reason: 'unknown-version' });
    expect(sealer.unseal(text).ok).toBe(true);
  });

  test('never fall back on each other', () => {
    const calls: string[] = [];
    const refusing = (name: string): Sealer => ({
      seal: () => '',
      unseal: () => {
        calls.push(name);
        return { ok: false, reason: 'forged' };
      },
    });
    const sealer = migrating({ current: refusing('current'), legacy: refusing('legacy') });
    sealer.unseal('a.b.c.d.e');
    sealer.unseal('a.b.c.d');
    sealer.unseal('AQID');
    expect(calls).toEqual(['legacy', 'current', 'current']);
  });

  test('share no oracle: a wrong MAC, a wrong padding and a wrong name are one refusal', () => {
    const keys = resolveLegacyKeys({ secret: WEAK }, '');
    const answers = [
      oldText.slice(0, -5) + 'AAAAA',
      signed('session={"a":1}', { encryptionSecret: 'other' }),
      signed('cart={"a":1}'),
    ].map((text) => decodeLegacy(keys, 'session', text));
    expect(answers).toEqual(['forged', 'forged', 'forged']);
  });
});

/** All texts that differ in one bit of a character, or in one bit of a decoded binary part. */
function* bitFlips(text: string): Generator<string> {
  for (let at = 0; at < text.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const code = text.charCodeAt(at) ^ (1 << bit);
      yield text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
    }
  }
  const parts = text.split('.');
  for (const index of [0, 1, 4]) {
    const bytes = Buffer.from(parts[index]!, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      yield parts.map((part, i) => (i === index ? bytes.toString('base64url') : part)).join('.');
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
  }
}
