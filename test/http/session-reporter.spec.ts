import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { InvalidOptionsError } from '../../lib/errors/invalid-options.error.js';
import { SecretsUnavailableError } from '../../lib/errors/secrets-unavailable.error.js';
import { SessionExposedError } from '../../lib/errors/session-exposed.error.js';
import { SessionInvalidError } from '../../lib/errors/session-invalid.error.js';
import {
  createReporter,
  SESSION_EVENTS_CHANNEL,
  type SessionLogger,
} from '../../lib/http/session-reporter.js';
import type { LoginReport } from '../../lib/session/login-report.js';
import type { SessionEvent } from '../../lib/session/session-event.js';

const REFUSED: SessionEvent = { type: 'refused', session: 'cart', reason: 'malformed' };

const lines: string[] = [];
const logger: SessionLogger = {
  debug: (message) => void lines.push(`debug: ${message}`),
  log: (message) => void lines.push(`log: ${message}`),
  warn: (message) => void lines.push(`warn: ${message}`),
  error: (message) => void lines.push(`error: ${message}`),
};

afterEach(() => void (lines.length = 0));

describe('a listener that fails', () => {
  const fault = new TypeError('its own');
  test.each<[string, () => unknown]>([
    [
      'at once',
      () => {
        throw fault;
      },
    ],
    ['later', async () => Promise.reject(fault)],
    // oxlint-disable-next-line unicorn/no-thenable -- what is tested
    ['by a thenable', () => ({ then: (_done: unknown, fail: (error: unknown) => void) => fail(fault) })],
    [
      'by a thenable that throws',
      () => ({
        // oxlint-disable-next-line unicorn/no-thenable -- what is tested
        get then() {
          throw fault;
        },
      }),
    ],
  ])('%s is logged, and never felt', async (_way, listener) => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    createReporter(logger, listener as () => void)(REFUSED);
    await setImmediate();
    await setImmediate();
    process.off('unhandledRejection', unhandled);

    expect(unhandled).not.toHaveBeenCalled();
    expect(lines).toEqual([
      'debug: Refused a cookie of session "cart": malformed',
      'error: onEvent threw TypeError: its own',
    ]);
  });

  test.each<[string, unknown]>([
    ['text', 'no'],
    ['nothing', undefined],
    [
      'an error that cannot be looked at',
      Object.defineProperty(new Error('x'), 'message', {
        get: () => {
          throw fault;
        },
      }),
    ],
  ])('with %s is logged, too', (_what, thrown) => {
    createReporter(logger, () => {
      throw thrown;
    })(REFUSED);
    expect(lines.at(-1)).toBe('error: onEvent threw no reason given');
  });

  test('that answers well leaves no trace', async () => {
    createReporter(logger, (async () => 1) as () => void)(REFUSED);
    await setImmediate();
    expect(lines).toHaveLength(1);
  });
});

test('a logger that fails is not felt, and the listener hears of the event nevertheless', () => {
  const heard: SessionEvent[] = [];
  const broken = Object.fromEntries(
    ['debug', 'log', 'warn', 'error'].map((level) => [
      level,
      () => {
        throw new Error('disk full');
      },
    ]),
  ) as unknown as SessionLogger;
  const report = createReporter(broken, (event) => {
    heard.push(event);
    throw new Error('and so does it');
  });
  expect(() => report(REFUSED)).not.toThrow();
  expect(heard).toEqual([REFUSED]);
});

describe('the log', () => {
  test.each<[string, SessionEvent, RegExp]>([
    [
      'keys',
      { type: 'keys', sessions: ['a', 'b'], keyIds: ['1', '2', '3'] },
      /^log: Key 1 seals the sessions: a, b; 2, 3 open, too$/,
    ],
    ['one key', { type: 'keys', sessions: ['a'], keyIds: ['1'] }, /^log: Key 1 seals the sessions: a$/],
    [
      'keys that only open',
      { type: 'keys', sessions: ['a'], keyIds: ['1'], isSealing: false },
      /^error: No key may seal sessions a, .* Key 1 opens\. Put a secret in front/,
    ],
    [
      'no keys',
      { type: 'keys', sessions: ['a'], keyIds: [], isSealing: false },
      /^error: No key may seal sessions a, .* yet\. Put a secret in front/,
    ],
    [
      'a bad list',
      {
        type: 'keys-failed',
        sessions: ['a'],
        error: new InvalidOptionsError('secret[1]', 'it is short', 'Generate one.'),
      },
      /the last ones stay in force: InvalidOptionsError: Invalid option "secret\[1\]": it is short\. Generate one\.$/,
    ],
    [
      'a fault',
      {
        type: 'keys-failed',
        sessions: ['a'],
        error: new SecretsUnavailableError('secret', Object.assign(new Error('s3cret'), { code: 'ENOENT' })),
      },
      /the last ones stay in force: Error \(ENOENT\)$/,
    ],
    [
      'a withheld session',
      { type: 'withheld', session: 'a' },
      /^warn: The session "a" was not stored: .*another site.*"crossSite"/,
    ],
    [
      'refused content',
      {
        type: 'refused',
        session: 'a',
        reason: 'schema',
        version: 1,
        issues: [
          { path: 'user.name', message: 'ada is taken' },
          { path: '', message: 'x' },
        ],
      },
      /^warn: Refused the content of session "a", version 1: schema \(user\.name, content\)$/,
    ],
    [
      'two cookies of one name',
      { type: 'duplicate', session: 'a', count: 2 },
      /^debug: The browser sent 2 genuine cookies of session "a"$/,
    ],
    [
      'a Cookie header',
      {
        type: 'budget',
        direction: 'in',
        bytes: 6000,
        limit: 8192,
        sessions: [
          { name: 'cart', bytes: 5000, keys: ['items', 'notes'] },
          { name: 'user', bytes: 1000, keys: [] },
        ],
      },
      /^warn: The Cookie header .* 6000 .* 8192\. Sessions: "cart" 5000 bytes \(items, notes\); "user" 1000 bytes\. /,
    ],
    [
      'Set-Cookie headers',
      { type: 'budget', direction: 'out', bytes: 4097, limit: 4096, sessions: [] },
      /^warn: The Set-Cookie headers of a response have 4097 bytes, the budget is 4096\. /,
    ],
  ])('of %s', (_what, event, expected) => {
    createReporter(logger)(event);
    expect(lines).toEqual([expect.stringMatching(expected)]);
  });

  test('warns of a budget once, until another session is the largest or it is exceeded; listeners hear of each', () => {
    const heard: SessionEvent[] = [];
    const report = createReporter(logger, (event) => heard.push(event));
    const budget = (direction: 'in' | 'out', bytes: number, ...names: string[]): void =>
      report({
        type: 'budget',
        direction,
        bytes,
        limit: 4096,
        sessions: names.map((name) => ({ name, bytes, keys: [] })),
      });
    budget('out', 3000, 'cart');
    budget('out', 3001, 'cart');
    budget('out', 4097, 'cart');
    budget('out', 4098, 'cart');
    budget('in', 3000, 'cart');
    budget('out', 3000, 'cart', 'user');
    budget('out', 3000, 'user', 'cart');
    expect(heard).toHaveLength(7);
    expect(lines.map((line) => line.split(':')[0])).toEqual([
      'warn',
      'debug',
      'warn',
      'debug',
      'warn',
      'debug',
      'warn',
    ]);
  });

  test('warns of the budget of a few sessions a few times only, whatever clients send', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const report = createReporter(logger);
    const orders = names.reduce<string[][]>(
      (shorter, name) =>
        shorter.flatMap((order) => [
          order,
          ...order.map((_, i) => order.toSpliced(i, 0, name)),
          [...order, name],
        ]),
      [[]],
    );
    for (const order of orders) {
      const sessions = order.map((name) => ({ name, bytes: 9_000, keys: [] }));
      report({ type: 'budget', direction: 'in', bytes: 9_000, limit: 8_192, sessions });
    }
    expect(orders.length).toBe(326);
    expect(lines.filter((line) => line.startsWith('warn'))).toHaveLength(names.length + 1);
  });

  test.each<[string, unknown, string]>([
    [
      'an error',
      Object.assign(new RangeError('hunter2 is too long'), { code: 'E_LONG' }),
      'RangeError (E_LONG)',
    ],
    [
      'an error with a name that quotes',
      Object.assign(new Error('x'), { name: 'the value hunter2' }),
      'no name',
    ],
    ['text', 'hunter2', 'no name'],
  ])('of a loss by %s of somebody else tells its name and its code alone', (_what, error, reason) => {
    createReporter(logger)({ type: 'lost', session: 'cart', error: error as SessionInvalidError });
    expect(lines).toEqual([
      `error: A change of session "cart" was lost: ${reason}. ` +
        'The error may quote content, so only onEvent receives it.',
    ]);
  });

  test('of a loss says where a schema objected, and nothing that it said', () => {
    const cause = new Error('the value was hunter2');
    const error = new SessionInvalidError('cart', [{ path: 'a.b', message: 'hunter2 is no number' }], {
      cause,
    });
    createReporter(logger)({ type: 'lost', session: 'cart', error });
    expect(lines.join()).toContain('its schema refuses a.b.');
    expect(lines.join()).not.toContain('hunter2');
    expect(error.issues).toEqual([{ path: 'a.b', message: 'hunter2 is no number' }]);
  });
});

describe('what happens to the store of logins', () => {
  test.each<[LoginReport, string]>([
    [{ type: 'down', reason: 'Error (ECONNREFUSED)' }, 'error: '],
    [
      { type: 'down', reason: 'is not logged in to Redis', remedy: 'Give it a password.' },
      'error: Logins are refused with 503, because their store is not logged in to Redis. Give it a password.',
    ],
    [{ type: 'back' }, 'log: The store of logins answers again'],
    [{ type: 'lost' }, 'error: The store of logins has lost facts. They are put back.'],
    [{ type: 'restored', facts: 3 }, 'log: The store of logins has 3 lost facts again'],
    [
      { type: 'newer', until: 1 },
      'error: The store of logins holds facts of a newer release, so logins are refused.',
    ],
    [{ type: 'rubbish' }, 'warn: The store of logins holds something else, which is ignored.'],
    [
      { type: 'failed', what: 'list', reason: 'Error (EPIPE)' },
      'warn: Logins: list failed (Error (EPIPE)). Nobody is affected',
    ],
  ])('is logged in its own words: %j', (report, line) => {
    createReporter(logger)({ type: 'logins', report });
    expect(lines).toEqual([expect.stringContaining(line)]);
  });
});

test('subscribers of the channel hear of every event', () => {
  const heard: unknown[] = [];
  const listen = (event: unknown): void => void heard.push(event);
  subscribe(SESSION_EVENTS_CHANNEL, listen);
  createReporter(logger)(REFUSED);
  unsubscribe(SESSION_EVENTS_CHANNEL, listen);
  createReporter(logger)(REFUSED);
  expect(heard).toEqual([REFUSED]);
});

test('a warning is told once, and others are told, too', () => {
  const heard: SessionEvent[] = [];
  const report = createReporter(logger, (event) => heard.push(event));
  for (const message of ['one', 'two', 'one']) report({ type: 'warning', session: 'cart', message });
  expect(lines).toEqual(['warn: one', 'warn: two']);
  expect(heard).toHaveLength(2);
});

describe('what an operator is to do', () => {
  const lineOf = (event: SessionEvent): string => {
    createReporter(logger)(event);
    return lines.join();
  };
  const session = 'cart';
  const sessions = [{ name: 'cart', bytes: 5_000, keys: [] }];
  const budget = { type: 'budget', direction: 'in', bytes: 8_192, limit: 8_192 } as const;

  test.each<[string, SessionEvent, RegExp]>([
    [
      'a withheld session',
      { type: 'withheld', session },
      /browser withheld its cookie.* call reset\(\), or set "crossSite" to 'store'\.$/,
    ],
    [
      'full headers of sessions',
      { ...budget, sessions },
      /Proxies .* too large\. Keep less in these sessions, and/,
    ],
    [
      'full headers of others',
      { ...budget, sessions: [] },
      /No session takes a part of it\. Proxies .* Remove other cookies of this site, or raise "headerBudget"\.$/,
    ],
    [
      'no key',
      { type: 'keys', sessions: ['cart'], keyIds: ['1', '2'], isSealing: false },
      /each key was revoked, has expired, or may not be used yet\. Key 1, 2 opens\. Put a secret in front/,
    ],
    [
      'no key at all',
      { type: 'keys', sessions: ['cart', 'user'], keyIds: [], isSealing: false },
      /^error: No key may seal sessions cart, user, .* used yet\. Put a secret in front/,
    ],
    [
      'a replaced change',
      { type: 'overwritten', session },
      /^debug: A change of session "cart" replaced another/,
    ],
    [
      'refused content',
      { type: 'refused', session, reason: 'migration', version: 2 },
      /^warn: Refused the content of session "cart", version 2: migration$/,
    ],
    [
      'logins that are down',
      { type: 'logins', report: { type: 'down', reason: 'Error (ECONNREFUSED)' } },
      /^error: Logins are refused with 503, .*\(Error \(ECONNREFUSED\)\)\. Start it again\.$/,
    ],
    [
      'a loss',
      {
        type: 'lost',
        session,
        error: new SessionInvalidError(session, [{ path: 'a', message: 'x' }]),
        remedy: 'Call save() before.',
      },
      /^error: (.|\n)*refuses a\.(.|\n)*\n\s+at (.|\n)*\nCall save\(\) before\.$/,
    ],
    [
      'an exposed session, which has no remedy of its own',
      {
        type: 'exposed',
        session,
        error: new SessionExposedError(session, 'Vary: Cookie'),
        remedy: 'x',
      } as SessionEvent,
      /^error: .*SessionExposedError: (.|\n)*[^x]$/,
    ],
    [
      'secrets that do not come',
      { type: 'keys-failed', sessions: ['cart', 'user'], error: new SessionInvalidError(session, []) },
      /^error: New secrets of sessions cart, user could not be loaded/,
    ],
  ])('about %s is said', (_what, event, expected) => {
    expect(lineOf(event)).toMatch(expected);
  });

  test('about an error without a stack is its message', () => {
    const error = new SessionInvalidError(session, [{ path: 'a.b', message: 'x' }]);
    delete error.stack;
    expect(lineOf({ type: 'lost', session, error })).toBe(`error: ${error.message}`);
  });

  test('about headers is said anew when they are beyond the budget, and not when they reach it', () => {
    const report = createReporter(logger);
    for (const bytes of [8_000, 8_192, 8_193]) report({ ...budget, bytes, sessions });
    expect(lines.map((line) => line.split(':')[0])).toEqual(['warn', 'debug', 'warn']);
  });
});
