import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvalidOptionsError } from '../lib/errors/invalid-options.error.js';
import { SessionNotSerializableError } from '../lib/errors/session-not-serializable.error.js';
import { SessionTooLargeError } from '../lib/errors/session-too-large.error.js';
import { MAXIMUM_LIFETIME } from '../lib/sealing/session-record.js';
import { createSessionCodec, type SealTimes } from '../lib/session-codec.js';
import { OTHER_SECRET, SECRET } from './support/secrets.js';
import { Clock, DAY, HOUR, Workshop } from './support/session.js';
import { cases } from './support/size.js';

const clock = new Clock();
const NOW = clock.time;
const codec = createSessionCodec({ name: 'cart', secret: SECRET, now: clock.now });

describe('sealing and opening', () => {
  test('what was sealed opens, with its times', () => {
    expect(codec.unseal(codec.seal({ total: 33, items: ['tea'] }))).toEqual({
      ok: true,
      content: { total: 33, items: ['tea'] },
      createdAt: NOW,
      expiresAt: NOW + DAY,
      stale: false,
    });
  });

  test('the clock is the real one by default', () => {
    const before = Date.now();
    const real = createSessionCodec({ name: 'cart', secret: SECRET });
    const opened = real.unseal(real.seal({}));

    expect(opened).toMatchObject({ ok: true });
    expect((opened as { createdAt: number }).createdAt).toBeGreaterThanOrEqual(before);
    expect((opened as { createdAt: number }).createdAt).toBeLessThanOrEqual(Date.now());
  });

  test.each<[string, SealTimes, object]>([
    [
      'created an hour ago',
      { createdAt: NOW - HOUR },
      { ok: true, createdAt: NOW - HOUR, expiresAt: NOW - HOUR + DAY },
    ],
    ['ending in an hour', { expiresAt: NOW + HOUR }, { ok: true, createdAt: NOW, expiresAt: NOW + HOUR }],
    [
      'living longer than is configured',
      { expiresAt: NOW + 9 * DAY },
      { ok: true, expiresAt: NOW + 9 * DAY },
    ],
    [
      'both',
      { createdAt: NOW - 9 * DAY, expiresAt: NOW + 1 },
      { ok: true, createdAt: NOW - 9 * DAY, expiresAt: NOW + 1 },
    ],
    ['created a duration ago', { createdAt: NOW - DAY }, { ok: false, reason: 'expired' }],
    ['ended just now', { createdAt: NOW - 1, expiresAt: NOW }, { ok: false, reason: 'expired' }],
    ['of no length', { createdAt: NOW, expiresAt: NOW }, { ok: false, reason: 'expired' }],
    ['at the beginning of time', { createdAt: 0, expiresAt: 0 }, { ok: false, reason: 'expired' }],
    ['a minute ahead', { createdAt: NOW + 60_000 }, { ok: true, createdAt: NOW + 60_000 }],
    ['more than a minute ahead', { createdAt: NOW + 60_001 }, { ok: false, reason: 'future' }],
    [
      'the longest life',
      { expiresAt: NOW + MAXIMUM_LIFETIME },
      { ok: true, expiresAt: NOW + MAXIMUM_LIFETIME },
    ],
  ])('%s', (_name, times, expected) => {
    expect(codec.unseal(codec.seal({ a: 1 }, times))).toMatchObject(expected);
  });

  test.each<[string, SealTimes]>([
    ['NaN', { createdAt: NaN }],
    ['Infinity', { expiresAt: Infinity }],
    ['a fraction', { createdAt: NOW + 0.5 }],
    ['negative', { createdAt: -1 }],
    ['beyond 48 bits', { createdAt: 2 ** 48, expiresAt: 2 ** 48 }],
    ['ending before they begin', { createdAt: NOW, expiresAt: NOW - 1 }],
    ['a lifetime beyond 34 years', { expiresAt: NOW + MAXIMUM_LIFETIME + 1 }],
    ['text', { expiresAt: '2025-06-15' as never }],
    ['a Date', { expiresAt: new Date(NOW) as never }],
    ['null', { expiresAt: null as never }],
  ])('impossible times are refused: %s', (_name, times) => {
    expect(() => codec.seal({}, times)).toThrow(
      new InvalidOptionsError(
        'createdAt, expiresAt',
        'must be times that a session can have',
        'Give ms since epoch, the expiry after the creation and within 34 years of it.',
      ),
    );
  });

  test('the configuration of today acts on what was sealed before', () => {
    const text = codec.seal({ a: 1 });
    const short = createSessionCodec({ name: 'cart', secret: SECRET, duration: HOUR, now: () => NOW + HOUR });
    const ceiling = { name: 'cart', secret: SECRET, absoluteDuration: '1 day', now: clock.now };

    expect(short.unseal(text)).toEqual({ ok: false, reason: 'expired' });
    expect(createSessionCodec(ceiling).unseal(codec.seal({}, { expiresAt: NOW + 9 * DAY }))).toMatchObject({
      ok: true,
      expiresAt: NOW + DAY,
    });
  });

  test('what cannot be stored is typed', () => {
    expect(() => codec.seal({ total: 1n })).toThrow(expect.any(SessionNotSerializableError));
    expect(() => codec.seal({ reset: 1 })).toThrow(expect.any(SessionNotSerializableError));
    expect(() => codec.seal(new Map() as never)).toThrow(expect.any(SessionNotSerializableError));
    expect(() => codec.seal(null as never)).toThrow(expect.any(SessionNotSerializableError));
    expect(() => codec.seal({ a: 'a'.repeat(4_000) })).toThrow(expect.any(SessionTooLargeError));
  });

  test('any JSON object comes back as it was', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[^_]{1,10}$/), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 }),
        (content) => {
          fc.pre(JSON.stringify(content).length < 2_000);
          fc.pre(!['reset', 'destroy', 'setDuration', 'regenerate', 'save'].some((name) => name in content));
          const opened = codec.unseal(codec.seal(content));

          expect(opened.ok && JSON.stringify(opened.content)).toBe(JSON.stringify(content));
        },
      ),
    );
  });

  test('takes at most 80 characters beside base64url of the content, 102 with an id', () => {
    const withId = createSessionCodec({ name: 'cart', secret: SECRET, id: true });
    for (let length = 0; length <= 250; length++) {
      const content = { a: 'x'.repeat(length) };
      const base = Buffer.from(JSON.stringify(content)).toString('base64url').length;

      expect(codec.seal(content, { expiresAt: NOW + 9 * DAY }).length - base).toBeLessThanOrEqual(80);
      expect(withId.seal(content).length - base).toBeLessThanOrEqual(102);
    }
  });
});

describe('bad values', () => {
  const text = codec.seal({ a: 1 });

  test.each<[string, unknown, string]>([
    ['empty', '', 'malformed'],
    ['junk', 'no cookie', 'malformed'],
    ['giant', 'A'.repeat(100_000), 'malformed'],
    ['cut short', Buffer.from(text, 'base64url').toString('base64url', 0, 50), 'forged'],
    ['longer', `${text}AAAA`, 'forged'],
    ['another format', `Ag${text.slice(2)}`, 'unknown-version'],
    ['another secret', createSessionCodec({ name: 'cart', secret: OTHER_SECRET }).seal({}), 'unknown-key'],
    ['another name', createSessionCodec({ name: 'session', secret: SECRET }).seal({}), 'forged'],
    [
      'another purpose',
      createSessionCodec({ name: 'cart', purpose: 'staging', secret: SECRET }).seal({}),
      'forged',
    ],
    ['undefined', undefined, 'malformed'],
    ['null', null, 'malformed'],
    ['a number', 1, 'malformed'],
    ['a list of the genuine one', [text], 'malformed'],
    ['an object', { toString: () => text }, 'malformed'],
  ])('%s', (_name, value, reason) => {
    expect(codec.unseal(value as string)).toEqual({ ok: false, reason });
  });

  test('nothing makes unseal() throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.string({ unit: 'binary' }), fc.base64String()), (value) => {
        expect(codec.unseal(value as string)).toMatchObject({ ok: false });
      }),
      { numRuns: cases(2_000) },
    );
  });
});

describe('options', () => {
  test('an old secret opens, and says so', () => {
    const rotated = createSessionCodec({ name: 'cart', secret: [OTHER_SECRET, SECRET], now: clock.now });

    expect(rotated.unseal(codec.seal({ a: 1 }))).toMatchObject({ ok: true, stale: true });
    expect(rotated.unseal(rotated.seal({ a: 1 }))).toMatchObject({ ok: true, stale: false });
  });

  test('the name of the cookie counts, not that of the session', () => {
    const renamed = createSessionCodec({
      name: 'basket',
      cookieName: 'cart',
      secret: SECRET,
      now: clock.now,
    });

    expect(renamed.unseal(codec.seal({ a: 1 })).ok).toBe(true);
  });

  test('its cookies are those of the module with the same options, in both directions', () => {
    const workshop = new Workshop({ clock, id: true });
    const same = createSessionCodec({ name: 'cart', secret: SECRET, id: true, now: clock.now });
    const sealed = workshop.open(same.seal({ a: 1 }, { createdAt: NOW - HOUR }));

    expect(sealed.info()).toMatchObject({ isNew: false, createdAt: NOW - HOUR, expiresAt: NOW + DAY - HOUR });
    expect(sealed.info().id).toMatch(/^[\w-]{22}$/);
    expect(sealed.conclude()).toEqual({ type: 'keep' });
    expect(same.unseal(workshop.cookieOf({ b: 2 }))).toEqual({
      ok: true,
      content: { b: 2 },
      createdAt: NOW,
      expiresAt: NOW + DAY,
      stale: false,
    });
  });

  test.each<[string, object, string]>([
    ['no secret', { name: 'cart' }, 'secret'],
    ['a weak secret', { name: 'cart', secret: 'keyboard cat' }, 'secret'],
    ['a bad name', { name: 'a=b', secret: SECRET }, 'name'],
    ['a bad duration', { name: 'cart', secret: SECRET, duration: '1 parsec' }, 'duration'],
    ['a clock that is none', { name: 'cart', secret: SECRET, now: NOW }, 'now'],
    ['an option that is none', { name: 'cart', secret: SECRET, durration: 1 }, 'durration'],
  ])('%s: refused at once', (_name, options, option) => {
    const act = (): unknown => createSessionCodec(options as never);

    expect(act).toThrow(expect.any(InvalidOptionsError));
    expect(act).toThrow(expect.objectContaining({ option }));
  });
});
