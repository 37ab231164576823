import { describe, expect, test } from '@jest/globals';
import { defineSession, InvalidOptionsError, RequireSession } from '../../lib/index.js';
import type { ClientSessionsOptions } from '../../lib/options/client-sessions-options.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import { SECRET } from '../support/secrets.js';
import type { ModuleOptionName } from '../../lib/options/option-names.js';
import type { ClientSessionsModuleExtras } from '../../lib/nest/client-sessions-module-options.js';
import { type Equals, expectType } from '../types/expect.js';

// The messages know the module's own options by name, in a place where its type is not known.
expectType<Equals<Exclude<keyof ClientSessionsModuleExtras, 'sessions'>, ModuleOptionName>>();

/** What the options are refused with. */
function refusal(options: object): InvalidOptionsError {
  try {
    resolveSessions(options as ClientSessionsOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionsError);
    return error as InvalidOptionsError;
  }
  throw new Error('they were accepted');
}

const COOKIE_OPTIONS = [
  'secure',
  'httpOnly',
  'sameSite',
  'maxAge',
  'path',
  'domain',
  'ephemeral',
  'partitioned',
  'priority',
  'secureProxy',
];

/** Options of other libraries, and what the remedy has to name. */
const ELSEWHERE: readonly [option: string, remedy: RegExp][] = [
  ['resave', /Leave it out.*changed/],
  ['saveUninitialized', /Leave it out.*changed/],
  ['store', /Leave it out.*no store/],
  ['rolling', /"activeDuration"/],
  ['genid', /"id: true"/],
  ['idGenerator', /"id: true"/],
  ['unset', /destroy\(\)/],
  ['proxy', /Leave it out.*trust/],
  ['keys', /"secret"/],
  ['signed', /Leave it out.*sealed/],
  ['overwrite', /Leave it out/],
  ['password', /"secret"/],
  ['ttl', /"duration" instead, in milliseconds/],
  ['cookieOptions', /"cookie"/],
  ['sessionName', /"name"/],
  ['key', /"secret".*"cookieName"/],
  ['salt', /Leave it out/],
  ['expiry', /"duration" instead, in milliseconds/],
  ['expires', /"duration" instead, in milliseconds/],
  ['session', /beside the other options/],
  ['encryptionKey', /inside "legacy"/],
  ['signatureAlgorithm', /inside "legacy"/],
];

describe('an unknown option', () => {
  test.each(COOKIE_OPTIONS)('%s outside "cookie" belongs inside', (option) => {
    expect(refusal({ secret: SECRET, [option]: true })).toMatchObject({
      option,
      remedy: expect.stringContaining('Write it inside "cookie"'),
    });
    const sessions = [{ name: 'a', [option]: true }];
    expect(refusal({ secret: SECRET, sessions })).toMatchObject({
      option: `sessions[0].${option}`,
      remedy: expect.stringContaining('Write it inside "cookie"'),
    });
  });

  test.each(ELSEWHERE)('%s of another library is told in terms of this one', (option, remedy) => {
    const { option: at, remedy: told, message } = refusal({ secret: SECRET, [option]: SECRET });
    expect(message).not.toContain(SECRET);
    expect(at).toBe(option);
    expect(told).toMatch(remedy);
    expect(told).not.toContain('Use one of');
    expect(told).toMatch(/^[A-Z].*[^.]\.$/);
    expect(
      refusal({ secret: SECRET, sessions: [{ name: 'a' }], overrides: { a: { [option]: 1 } } }),
    ).toMatchObject({ option: `overrides.a.${option}`, remedy: told });
  });

  test.each(['name', 'secret', 'duration', 'crossSite'])('%s inside "cookie" belongs outside', (option) => {
    expect(refusal({ secret: SECRET, cookie: { [option]: 'x' } })).toMatchObject({
      option: `cookie.${option}`,
      remedy: 'Write it outside "cookie".',
    });
  });

  test('expires inside "cookie" is called "maxAge" here', () => {
    expect(refusal({ secret: SECRET, cookie: { expires: new Date() } }).remedy).toContain('"maxAge"');
  });

  test.each(['now', 'onEvent', 'overrides', 'sessions'])('%s of one session belongs to all', (option) => {
    expect(refusal({ secret: SECRET, sessions: [{ name: 'a', [option]: () => 1 }] })).toMatchObject({
      option: `sessions[0].${option}`,
      remedy: 'Write it beside "sessions", because it belongs to all sessions.',
    });
  });

  test.each(['isGlobal', 'forRoutes', 'exclude'])('%s belongs to the module', (option) => {
    expect(refusal({ secret: SECRET, [option]: true }).remedy).toContain('forRoot()');
  });

  test.each<[title: string, options: object, problem: string, remedy: RegExp]>([
    [
      'of a cookie, at a session',
      { httpOnly: true },
      'is not a known option',
      /^Write it inside "cookie"\.$/,
    ],
    ['of a session, in a cookie', { cookie: { duration: 1 } }, 'does not belong here', /^Write it outside/],
    [
      'of all, in a session',
      { sessions: [{ name: 'a', now: Date.now }] },
      'does not belong here',
      /^Write it beside/,
    ],
    ['of nothing, at all', { nothing: 1 }, 'is not a known option', /^Use one of: name, /],
    [
      'of nothing, in a session',
      { sessions: [{ nothing: 1 }] },
      'is not a known option',
      /^Use one of: name, /,
    ],
    [
      'of all, in legacy',
      { legacy: { now: Date.now } },
      'is not a known option',
      /^Use one of: [^.]*acceptUntil/,
    ],
    ['of a cookie, in legacy', { legacy: { httpOnly: true } }, 'is not a known option', /^Use one of: /],
    [
      'maxAge, at a session',
      { maxAge: 1 },
      'is not a known option',
      /^Write it inside "cookie", or "duration" for how/,
    ],
    ['expires, at a session', { expires: 1 }, 'is not a known option', /^Write "duration" instead/],
    ['expires, in a cookie', { cookie: { expires: 1 } }, 'is not a known option', /^Write "maxAge" instead/],
  ])('%s: what is wrong and the remedy', (_title, options, problem, remedy) => {
    expect(refusal({ secret: SECRET, ...options })).toMatchObject({
      problem,
      remedy: expect.stringMatching(remedy),
    });
  });

  test('a definition that was spread is told how to be changed', () => {
    const sessions = [{ ...defineSession('cart', { duration: '2h' }), duration: '1h' }];
    expect(refusal({ secret: SECRET, sessions }).remedy).toContain('"overrides"');
  });

  test.each([
    ['duraton', 'duration'],
    ['cookiename', 'cookieName'],
    ['requestKeys', 'requestKey'],
    ['secrt', 'secret'],
    ['ID', 'id'],
  ])('%s is recognised as %s', (option, meant) => {
    expect(refusal({ secret: SECRET, [option]: 1 })).toMatchObject({
      option,
      remedy: expect.stringMatching(new RegExp(`^Did you mean "${meant}"\\? If not, use one of: name, `)),
    });
  });

  test('one of legacy, or of a decorator, is recognised, too', () => {
    expect(refusal({ secret: SECRET, legacy: { secret: SECRET, writes: true } }).remedy).toMatch(
      /^Did you mean "write"\?/,
    );
    expect(() => RequireSession(() => true, { freshwithin: '1 day' } as object)).toThrow(
      /Did you mean "freshWithin"\?/,
    );
  });

  test.each(['constructor', 'toString', 'hasOwnProperty', 'valueOf', 'x', 'idem', 'raw'])(
    '%s that was never heard of is answered with the list of those there are',
    (option) => {
      expect(refusal({ secret: SECRET, [option]: 1 })).toMatchObject({
        option,
        remedy: expect.stringMatching(/^Use one of: name, .*crossSite.*, now\.$/),
      });
      expect(refusal({ secret: SECRET, cookie: { [option]: 1 } })).toMatchObject({
        option: `cookie.${option}`,
        remedy: expect.stringMatching(/^Use one of: path, /),
      });
    },
  );
});
