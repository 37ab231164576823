import { describe, expect, test } from '@jest/globals';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import type { SessionOptions } from '../../lib/options/session-options.js';
import { SECRET } from '../support/secrets.js';

const warnings = (options: SessionOptions): readonly string[] =>
  resolveSessions({ secret: SECRET, name: 'cart', ...options })[0]!.warnings;

describe('of a cookie that outlives its session', () => {
  test.each<[string, SessionOptions, string]>([
    [
      'beside the default duration',
      { cookie: { maxAge: '30 days' } },
      `"cookie.maxAge" lets browsers keep the cookie for '30 days', ` +
        `but without setDuration() the session is over after '1 day'. ` +
        `Set duration to '30 days', or leave cookie.maxAge out.`,
    ],
    [
      'in milliseconds, as from client-sessions',
      { cookie: { maxAge: 30 * 86_400_000 }, duration: 3_600_000 },
      `Set duration to '30 days', or leave cookie.maxAge out.`,
    ],
    [
      'by one millisecond',
      { cookie: { maxAge: 86_400_001 } },
      'Set duration to 86400001, or leave cookie.maxAge out.',
    ],
    [
      'however often it is prolonged',
      { cookie: { maxAge: '3h' }, duration: '30m', activeDuration: '1h' },
      `the session is over after '2 hours'. Set duration to '3 hours'`,
    ],
    [
      'and its ceiling',
      { cookie: { maxAge: '3h' }, duration: '30m', activeDuration: '2h', absoluteDuration: '90m' },
      `the session is over after '90 minutes'. Set duration and absoluteDuration to '3 hours'`,
    ],
    [
      'but not a ceiling as high as it',
      { cookie: { maxAge: '3h' }, duration: '30m', absoluteDuration: '3h' },
      `the session is over after '30 minutes'. Set duration to '3 hours'`,
    ],
  ])('there is one warning: %s', (_title, options, message) => {
    expect(warnings(options)).toEqual([expect.stringContaining(message)]);
    expect(warnings(options)[0]).toMatch(/^Session "cart": /);
  });

  test.each<[string, SessionOptions]>([
    ['no maxAge', {}],
    ['a maxAge as long as the duration', { cookie: { maxAge: '1 day' } }],
    ['a shorter maxAge', { cookie: { maxAge: 1 }, duration: '30 days' }],
    [
      'what a prolonged session has left',
      { cookie: { maxAge: '2h' }, duration: '30m', activeDuration: '1h' },
    ],
    ['undefined', { cookie: { maxAge: undefined } }],
  ])('there is no warning for %s', (_title, options) => {
    expect(warnings(options as SessionOptions)).toEqual([]);
  });
});

describe('of more than browsers keep', () => {
  test.each<[string, SessionOptions, string]>([
    ['duration', { duration: '2 years' }, `"duration" lets browsers keep the cookie for '730 days', but`],
    ['duration', { duration: 400 * 86_400_000 + 1 }, '"duration" lets browsers'],
    [
      'cookie.maxAge',
      { duration: '2 years', cookie: { maxAge: '401 days' } },
      `"cookie.maxAge" lets browsers keep the cookie for '401 days', but`,
    ],
    [
      'activeDuration',
      { duration: '400 days', activeDuration: '201 days' },
      `"activeDuration" lets browsers keep the cookie for '402 days', but`,
    ],
    [
      'activeDuration',
      { activeDuration: '201 days' },
      `"activeDuration" lets browsers keep the cookie for '402 days', but`,
    ],
  ])('there is one warning that names %s', (_option, options, message) => {
    expect(warnings(options)).toEqual([
      expect.stringMatching(
        /400 days.*Make it shorter; every write of the cookie starts the 400 days anew\.$/,
      ),
    ]);
    expect(warnings(options)[0]).toContain(message);
  });

  test.each<[string, SessionOptions]>([
    ['400 days', { duration: '400 days' }],
    ['a cookie that ends with the browser', { duration: '2 years', cookie: { ephemeral: true } }],
    ['a shorter maxAge', { duration: '2 years', cookie: { maxAge: '400 days' } }],
    ['a ceiling', { duration: '30 days', activeDuration: '300 days', absoluteDuration: '400 days' }],
  ])('there is no warning for %s', (_title, options) => {
    expect(warnings(options)).toEqual([]);
  });

  test('both are told where both hold', () => {
    expect(warnings({ cookie: { maxAge: '500 days' } })).toEqual([
      expect.stringContaining('leave cookie.maxAge out'),
      expect.stringContaining('400 days'),
    ]);
  });
});

test('each of several sessions is named in its warnings', () => {
  const configured = resolveSessions({
    secret: SECRET,
    cookie: { maxAge: '2 days' },
    sessions: [{ name: 'a' }, { name: 'b', duration: '2 days' }, { name: 'c' }],
  });
  expect(configured.map((session) => session.warnings.map((warning) => warning.slice(0, 12)))).toEqual([
    ['Session "a":'],
    [],
    ['Session "c":'],
  ]);
});

test('a weak secret of the legacy format is one of them, without its text', () => {
  const [warning, ...others] = warnings({ legacy: { secret: 'keyboard cat', acceptUntil: '2030-01-01' } });
  expect(warning).toMatch(
    /^Session "cart": the secret of the legacy format is weak.*Choose an early "acceptUntil"\.$/,
  );
  expect(warning).not.toContain('keyboard cat');
  expect(others).toEqual([]);
});

describe('of a number that looks like seconds', () => {
  test.each(['duration', 'activeDuration', 'absoluteDuration', 'idleDuration'])('%s', (option) => {
    expect(warnings({ duration: '1 s', [option]: 3600 })).toContain(
      `Session "cart": "${option}" is 3600 ms, because numbers are milliseconds. ` +
        "If you mean seconds, write '3600 s'; if not, write '3600 ms'.",
    );
    for (const given of ['3600 s', '3600 ms', 60_000, 86_400_000, 90_500, undefined])
      expect(warnings({ duration: '1 s', [option]: given }).join()).not.toContain('If you mean seconds');
    for (const given of [59_999, 86_400, 604_800])
      expect(warnings({ duration: '1 s', [option]: given }).join()).toContain('If you mean seconds');
  });

  test('but not of 0, which turns it off', () => {
    expect(warnings({ activeDuration: 0 })).toEqual([]);
  });
});

describe('of an idle time that never counts', () => {
  const warning = `"idleDuration" has no effect: without use, the session is over after '1 day' anyway. `;

  test.each(['1 day', '2 days'])('there is one warning: %s', (idleDuration) => {
    expect(warnings({ idleDuration })).toEqual([expect.stringContaining(warning)]);
    expect(warnings({ idleDuration })[0]).toMatch(/Make it shorter than "duration", or leave it out\.$/);
  });

  test('there is none where it is shorter than the duration', () => {
    expect(warnings({ idleDuration: '23 hours' })).toEqual([]);
  });
});
