import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvalidOptionsError } from '../../lib/errors/invalid-options.error.js';
import { decodeRecord, encodeRecord, MAXIMUM_LIFETIME } from '../../lib/sealing/session-record.js';
import { milliseconds } from '../../lib/session/duration.js';
import {
  begin,
  effectiveExpiry,
  type Lifetime,
  renew,
  resolveLifetime,
  type SessionTimes,
  standing,
  withOwnDuration,
} from '../../lib/session/lifetime.js';
import { DAY, HOUR, MINUTE, SECOND } from '../support/session.js';
import { cases } from '../support/size.js';

const NOW = Date.UTC(2025, 5, 15, 12);

describe('durations', () => {
  test.each<[number | string, number]>([
    [0, 0],
    [1, 1],
    [1500.4, 1500],
    [MAXIMUM_LIFETIME, MAXIMUM_LIFETIME],
    ['250ms', 250],
    ['1 millisecond', 1],
    ['30 milliseconds', 30],
    ['45s', 45 * SECOND],
    ['1 sec', SECOND],
    ['2 seconds', 2 * SECOND],
    ['15m', 15 * MINUTE],
    ['15 min', 15 * MINUTE],
    ['15 minutes', 15 * MINUTE],
    ['6h', 6 * HOUR],
    ['1 hr', HOUR],
    ['12 Hours', 12 * HOUR],
    ['1d', DAY],
    ['1 day', DAY],
    ['120 days', 120 * DAY],
    ['2w', 14 * DAY],
    ['1 week', 7 * DAY],
    ['1y', 365 * DAY],
    ['34 years', 34 * 365 * DAY],
    ['1.5 h', 90 * MINUTE],
    [' 10 m ', 10 * MINUTE],
  ])('%p is %i ms', (duration, ms) => {
    expect(milliseconds(duration, 'duration')).toBe(ms);
  });

  test.each<[unknown, string]>([
    [NaN, 'must be a duration, got NaN'],
    [Infinity, 'must be a duration, got Infinity'],
    [-1, 'must be a duration, got -1'],
    [MAXIMUM_LIFETIME + 1, 'must be a duration, got 1099511627776'],
    ['', 'must be a duration, got ""'],
    [' ', 'must be a duration, got " "'],
    ['1', 'must be a duration, got "1"'],
    ['1000', 'must be a duration, got "1000"'],
    ['1 parsec', 'must be a duration, got "1 parsec"'],
    ['1 month', 'must be a duration, got "1 month"'],
    ['1M', 'must be a duration, got "1M"'],
    ['1.5 M ', 'must be a duration, got "1.5 M "'],
    ['-1 day', 'must be a duration, got "-1 day"'],
    ['1 day 2 hours', 'must be a duration, got "1 day 2 hours"'],
    ['day', 'must be a duration, got "day"'],
    ['1e3 s', 'must be a duration, got "1e3 s"'],
    ['1,5 h', 'must be a duration, got "1,5 h"'],
    ['.5 h', 'must be a duration, got ".5 h"'],
    ['0x10 s', 'must be a duration, got "0x10 s"'],
    ['35 years', 'must be a duration, got "35 years"'],
    ['NaN', 'must be a duration, got "NaN"'],
    [null, 'must be a duration, got null'],
    [undefined, 'must be a duration, got a value of type undefined'],
    [true, 'must be a duration, got true'],
    [10n, 'must be a duration, got 10n'],
    [{}, 'must be a duration, got a value of type object'],
    [[1000], 'must be a duration, got a value of type object'],
    [new Date(1000), 'must be a duration, got a value of type object'],
  ])('%p is refused, with the remedy', (duration, problem) => {
    expect(() => milliseconds(duration, 'cookie.maxAge')).toThrow(
      new InvalidOptionsError(
        'cookie.maxAge',
        problem,
        "Give milliseconds as a number, or text such as '15m', '1 day' or '120 days', up to 34 years.",
      ),
    );
  });

  test('no text makes it throw anything else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{1,400}(\.\d+)? ?[a-z]{0,8}$/)), (text) => {
        try {
          expect(milliseconds(text, 'duration')).toBeLessThanOrEqual(MAXIMUM_LIFETIME);
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidOptionsError);
        }
      }),
      { numRuns: cases(2_000) },
    );
  });
});

describe('options', () => {
  test('one day, never prolonged, without a ceiling by default', () => {
    expect(resolveLifetime({})).toEqual({
      duration: DAY,
      activeDuration: 0,
      absoluteDuration: Infinity,
      idleDuration: Infinity,
    });
  });

  test('text and numbers become ms', () => {
    expect(resolveLifetime({ duration: '1h', activeDuration: 5_000, absoluteDuration: '2 days' })).toEqual({
      duration: HOUR,
      activeDuration: 5_000,
      absoluteDuration: 2 * DAY,
      idleDuration: Infinity,
    });
  });

  test('a ceiling as high as the duration is allowed', () => {
    expect(resolveLifetime({ duration: HOUR, absoluteDuration: HOUR }).absoluteDuration).toBe(HOUR);
  });

  test.each<[string, object, string]>([
    ['duration', { duration: 0 }, 'must be more than 0 ms'],
    ['duration', { duration: 0.4 }, 'must be more than 0 ms'],
    ['duration', { duration: NaN }, 'must be a duration, got NaN'],
    ['activeDuration', { activeDuration: -1 }, 'must be a duration, got -1'],
    ['absoluteDuration', { absoluteDuration: 'soon' }, 'must be a duration, got "soon"'],
    [
      'absoluteDuration',
      { duration: '2h', absoluteDuration: '1h' },
      'must not be shorter than "duration", which it limits',
    ],
    [
      'absoluteDuration',
      { absoluteDuration: '23 h' },
      'must not be shorter than "duration", which it limits',
    ],
  ])('%s of %j is refused', (option, options, problem) => {
    expect(() => resolveLifetime(options)).toThrow(expect.objectContaining({ option, problem }));
  });
});

describe('a table of lives', () => {
  const hour: Lifetime = {
    duration: HOUR,
    activeDuration: 0,
    absoluteDuration: Infinity,
    idleDuration: Infinity,
  };
  const sliding: Lifetime = {
    duration: HOUR,
    activeDuration: 10 * MINUTE,
    absoluteDuration: 3 * HOUR,
    idleDuration: Infinity,
  };
  const fresh: SessionTimes = {
    createdAt: NOW,
    startedAt: NOW,
    expiresAt: NOW + HOUR,
    ownDuration: false,
    renewed: false,
  };
  const renewed = { ...fresh, expiresAt: NOW + 2 * HOUR, renewed: true };
  const own = { ...fresh, expiresAt: NOW + 2 * HOUR, ownDuration: true };

  test.each<[string, SessionTimes, Lifetime, number]>([
    ['as configured', fresh, hour, HOUR],
    ['sealed for longer than is configured now', { ...fresh, expiresAt: NOW + DAY }, hour, HOUR],
    ['sealed for less than is configured now', { ...fresh, expiresAt: NOW + MINUTE }, hour, MINUTE],
    ['renewed, beyond the duration', renewed, sliding, 2 * HOUR],
    ['renewed, but renewing is configured no more', renewed, hour, HOUR],
    ['renewed, but beyond the ceiling', { ...renewed, expiresAt: NOW + DAY }, sliding, 3 * HOUR],
    ['a duration of its own, longer', own, hour, 2 * HOUR],
    ['a duration of its own, shorter', { ...own, expiresAt: NOW + MINUTE }, hour, MINUTE],
    ['a duration of its own, beyond the ceiling', { ...own, expiresAt: NOW + DAY }, sliding, 3 * HOUR],
    ['a duration of its own, created late', { ...own, startedAt: NOW - 2 * HOUR }, sliding, HOUR],
  ])('%s', (_name, times, lifetime, left) => {
    const end = NOW + left;

    expect(effectiveExpiry(times, lifetime)).toBe(end);
    expect(standing(times, NOW, lifetime)).toBe('live');
    expect(standing(times, end - 1, lifetime)).toBe('live');
    expect(standing(times, end, lifetime)).toBe('expired');
    expect(standing(times, end + 100 * DAY, lifetime)).toBe('expired');
  });

  test('clocks may differ by 60 seconds, not a millisecond more', () => {
    const ahead = (ms: number): SessionTimes => begin(NOW + ms, hour);

    expect(standing(ahead(60_000), NOW, hour)).toBe('live');
    expect(standing(ahead(60_001), NOW, hour)).toBe('future');
    expect(standing({ ...ahead(60_001), expiresAt: NOW - 1 }, NOW, hour)).toBe('future');
  });

  test.each<[string, SessionTimes, Lifetime, number, number | undefined]>([
    ['not configured', fresh, hour, 59 * MINUTE, undefined],
    ['enough time is left', fresh, sliding, 50 * MINUTE, undefined],
    ['a millisecond less is left', fresh, sliding, 50 * MINUTE + 1, HOUR + 10 * MINUTE],
    ['at the last moment', fresh, sliding, HOUR - 1, HOUR + 10 * MINUTE],
    ['once more', renewed, sliding, 2 * HOUR - 1, 2 * HOUR + 10 * MINUTE],
    [
      'up to the ceiling',
      { ...renewed, expiresAt: NOW + 3 * HOUR - MINUTE },
      sliding,
      3 * HOUR - 2 * MINUTE,
      3 * HOUR,
    ],
    ['at the ceiling', { ...renewed, expiresAt: NOW + 3 * HOUR }, sliding, 3 * HOUR - 1, undefined],
    ['a duration of its own', { ...own, expiresAt: NOW + MINUTE }, sliding, 0, 11 * MINUTE],
  ])('prolonging: %s', (_name, times, lifetime, after, left) => {
    const result = renew(times, NOW + after, lifetime);

    expect(result).toEqual(
      left === undefined
        ? undefined
        : { ...times, expiresAt: NOW + left, renewed: true, writtenAt: NOW + after },
    );
  });

  test('activeDuration above duration prolongs once, and leaves the creation where it is', () => {
    const lifetime: Lifetime = {
      duration: HOUR,
      activeDuration: DAY,
      absoluteDuration: Infinity,
      idleDuration: Infinity,
    };
    const times = renew(begin(NOW, lifetime), NOW + 1, lifetime)!;

    expect(times).toEqual({ ...fresh, expiresAt: NOW + HOUR + DAY, renewed: true, writtenAt: NOW + 1 });
    expect(standing(times, NOW + 1, lifetime)).toBe('live');
    expect(renew(times, NOW + 2, lifetime)).toBeUndefined();
  });

  test('a session in use for decades ends where no cookie can say more', () => {
    const lifetime = resolveLifetime({ duration: '20 years', activeDuration: '20 years' });
    const times = begin(NOW, lifetime);
    const renewed = renew(times, NOW + DAY, lifetime)!;

    expect(renewed.expiresAt).toBe(NOW + MAXIMUM_LIFETIME);
    expect(renew(renewed, NOW + MAXIMUM_LIFETIME - 1, lifetime)).toBeUndefined();
  });

  test('setDuration moves the creation, but the ceiling counts from the start', () => {
    const first = withOwnDuration(fresh, 2 * HOUR, NOW + 2 * HOUR, sliding);

    expect(first).toEqual({ ...own, createdAt: NOW + 2 * HOUR, expiresAt: NOW + 4 * HOUR });
    expect(effectiveExpiry(first, sliding)).toBe(NOW + 3 * HOUR);
    expect(effectiveExpiry(withOwnDuration(first, DAY, NOW + 3 * HOUR - 1, sliding), sliding)).toBe(
      NOW + 3 * HOUR,
    );
  });

  test('a session begins without a duration of its own, and has one only if that exceeds the configured one', () => {
    expect(begin(NOW, hour)).toEqual(fresh);
    const owns = [HOUR - 1, HOUR, HOUR + 1].map((ms) => withOwnDuration(fresh, ms, NOW, hour).ownDuration);
    expect(owns).toEqual([false, false, true]);
  });

  test('a session in steady use for ten times its ceiling dies on time', () => {
    let times = begin(NOW, sliding);
    let diedAt: number | undefined;
    for (let after = 0; after <= 10 * 3 * HOUR; after += MINUTE) {
      if (standing(times, NOW + after, sliding) === 'live') {
        expect(diedAt).toBeUndefined();
        times = renew(times, NOW + after, sliding) ?? times;
      } else diedAt ??= after;
    }

    expect(diedAt).toBe(3 * HOUR);
  });

  test('so does one that calls setDuration all the time', () => {
    let times = begin(NOW, sliding);
    let diedAt: number | undefined;
    for (let after = 0; after <= 10 * 3 * HOUR; after += MINUTE) {
      if (standing(times, NOW + after, sliding) === 'live')
        times = withOwnDuration(times, DAY, NOW + after, sliding);
      else diedAt ??= after;
    }

    expect(diedAt).toBe(3 * HOUR);
  });

  test('without a ceiling, a session in steady use goes on, and one left alone does not', () => {
    const endless = { ...sliding, absoluteDuration: Infinity, idleDuration: Infinity };
    let times = begin(NOW, endless);
    for (let after = 0; after <= 30 * DAY; after += 9 * MINUTE) {
      expect(standing(times, NOW + after, endless)).toBe('live');
      times = renew(times, NOW + after, endless) ?? times;
    }

    expect(times.createdAt).toBe(NOW);
    expect(standing(times, NOW + 30 * DAY + 20 * MINUTE, endless)).toBe('expired');
  });

  test('a shortened configuration acts on what was sealed before', () => {
    const long: Lifetime = {
      duration: 120 * DAY,
      activeDuration: 0,
      absoluteDuration: Infinity,
      idleDuration: Infinity,
    };
    const times = begin(NOW, long);

    expect(standing(times, NOW + 2 * HOUR, long)).toBe('live');
    expect(standing(times, NOW + 2 * HOUR, hour)).toBe('expired');
    expect(standing(times, NOW + 59 * MINUTE, hour)).toBe('live');
    expect(standing(own, NOW + 90 * MINUTE, { ...hour, absoluteDuration: HOUR })).toBe('expired');
  });
});

describe('a configuration that was shortened', () => {
  const long: Lifetime = {
    duration: 30 * DAY,
    activeDuration: 30 * DAY,
    absoluteDuration: Infinity,
    idleDuration: Infinity,
  };
  const short: Lifetime = {
    duration: HOUR,
    activeDuration: 10 * MINUTE,
    absoluteDuration: Infinity,
    idleDuration: Infinity,
  };
  const begun = begin(NOW, long);
  const prolonged = renew(begun, NOW + 1, long)!;
  const later = (times: SessionTimes, days: number): SessionTimes => renew(times, NOW + days * DAY, long)!;

  test.each<[string, SessionTimes]>([
    ['begun', begun],
    ['prolonged once', prolonged],
    ['prolonged twice', later(prolonged, 40)],
    ['prolonged at the last moment', renew(begun, begun.expiresAt - 1, long)!],
    ['given a duration that does not exceed the configured one', withOwnDuration(begun, 30 * DAY, NOW, long)],
    ['given a shorter duration, and prolonged', renew(withOwnDuration(begun, DAY, NOW, long), NOW, long)!],
    ['given a longer duration, and prolonged', later(withOwnDuration(begun, 40 * DAY, NOW, long), 15)],
  ])('reaches sessions that were %s', (_name, times) => {
    const lastUse = times.writtenAt ?? times.createdAt;
    const end = effectiveExpiry(times, short);

    expect(effectiveExpiry(times, long)).toBe(times.expiresAt);
    expect(end).toBeLessThanOrEqual(Math.max(times.createdAt + HOUR, lastUse + 20 * MINUTE));
    for (let day = 1; day < 100; day++) {
      const now = Math.max(lastUse, NOW) + day * DAY;
      expect(standing(times, now, short)).toBe('expired');
    }
  });

  test('is not exceeded but by setDuration() with more than was configured, and then by absoluteDuration', () => {
    const remembered = withOwnDuration(begun, 60 * DAY, NOW, long);

    expect(effectiveExpiry(remembered, short)).toBe(NOW + 60 * DAY);
    expect(effectiveExpiry(remembered, { ...short, absoluteDuration: 2 * HOUR })).toBe(NOW + 2 * HOUR);
  });

  test('leaves those alone that were used as it allows', () => {
    expect(standing(prolonged, NOW + 59 * MINUTE, short)).toBe('live');
    expect(standing(later(prolonged, 40), NOW + 40 * DAY + 19 * MINUTE, short)).toBe('live');
  });

  test('does not reach further than it did when it is sealed and opened in between', () => {
    const times = later(prolonged, 40);
    const opened = decodeRecord(encodeRecord({ ...times, json: '{}' }))!;

    expect(effectiveExpiry(opened, short) - effectiveExpiry(times, short)).toBeLessThan(1_000);
    expect(standing(opened, NOW + 40 * DAY + 21 * MINUTE, short)).toBe('expired');
  });
});

describe('whatever the configuration', () => {
  const span = fc.integer({ min: 1, max: MAXIMUM_LIFETIME });
  const lifetimes: fc.Arbitrary<Lifetime> = fc
    .record({
      duration: span,
      activeDuration: fc.oneof(fc.constant(0), span),
      beyond: fc.option(fc.integer({ min: 0, max: 10 * DAY }), { nil: Infinity }),
    })
    .map(({ duration, activeDuration, beyond }) => ({
      duration,
      activeDuration,
      absoluteDuration: duration + beyond,
      idleDuration: Infinity,
    }));
  /** What happens to a session: time passes, and it is used or given a duration of its own. */
  const lives = fc.array(fc.record({ pass: fc.nat(100 * DAY), own: fc.option(span, { nil: undefined }) }), {
    maxLength: 30,
  });

  test('a session that begins is live', () => {
    fc.assert(
      fc.property(lifetimes, (lifetime) => {
        expect(standing(begin(NOW, lifetime), NOW, lifetime)).toBe('live');
      }),
    );
  });

  test('no life goes beyond the ceiling, no use shortens it, and all times can be sealed', () => {
    fc.assert(
      fc.property(lifetimes, lives, (lifetime, life) => {
        let now = NOW;
        let times = begin(now, lifetime);
        for (const { pass, own } of life) {
          now += pass;
          if (standing(times, now, lifetime) !== 'live') return;
          const before = effectiveExpiry(times, lifetime);
          times = renew(times, now, lifetime) ?? times;
          expect(effectiveExpiry(times, lifetime)).toBeGreaterThanOrEqual(before);
          if (own !== undefined) times = withOwnDuration(times, own, now, lifetime);

          expect(times.startedAt).toBe(NOW);
          expect(times.createdAt).toBeLessThanOrEqual(now);
          expect(effectiveExpiry(times, lifetime)).toBeLessThanOrEqual(NOW + lifetime.absoluteDuration);
          const { writtenAt, ...exact } = times;
          const decoded = decodeRecord(encodeRecord({ ...times, json: '{}' }))!;
          expect(decoded).toMatchObject(exact);
          const isLater = (decoded.writtenAt ?? 0) - (writtenAt ?? 0);
          expect(isLater).toBeGreaterThanOrEqual(0);
          expect(isLater).toBeLessThanOrEqual(Math.ceil((times.expiresAt - times.createdAt) / 2 ** 24));
        }
      }),
      { numRuns: cases(1_000) },
    );
  });

  test('a session that goes on being used under one configuration ends by what is sealed', () => {
    fc.assert(
      fc.property(lifetimes, lives, (lifetime, life) => {
        let now = NOW;
        let times = begin(now, lifetime);
        for (const { pass } of life) {
          now += pass;
          if (standing(times, now, lifetime) !== 'live') return;
          times = renew(times, now, lifetime) ?? times;
          times = decodeRecord(encodeRecord({ ...times, json: '{}' }))!;
          expect(effectiveExpiry(times, lifetime)).toBe(times.expiresAt);
        }
      }),
      { numRuns: cases(1_000) },
    );
  });

  test('a renewed session is not renewed again at once', () => {
    fc.assert(
      fc.property(lifetimes, fc.nat(MAXIMUM_LIFETIME), (lifetime, pass) => {
        const times = begin(NOW, lifetime);
        const renewed =
          standing(times, NOW + pass, lifetime) === 'live' && renew(times, NOW + pass, lifetime);
        fc.pre(Boolean(renewed));

        expect(renew(renewed as SessionTimes, NOW + pass, lifetime)).toBeUndefined();
      }),
    );
  });
});
