import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { maxHeaderSize } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import type { SqliteLoginStore } from '../../lib/logins/sqlite-store.js';
import { chunkNamesOf } from '../../lib/options/chunk-options.js';
import type { ClientSessionsOptions } from '../../lib/options/client-sessions-options.js';
import { frozenCopy } from '../../lib/options/frozen-copy.js';
import { resolveHeaderLimits } from '../../lib/options/header-limits.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import { cookieNamesOf, ownNamesOf, type ResolvedSession } from '../../lib/options/resolved-session.js';
import { resolveRevocations } from '../../lib/options/revocation-options.js';
import { defineSession, nameOf } from '../../lib/options/session-definition.js';
import type { SessionOptions } from '../../lib/options/session-options.js';
import { MemoryLogins } from '../support/memory-login-store.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { DAY } from '../support/session.js';

const resolve = (options: SessionOptions & ClientSessionsOptions = {}): ResolvedSession =>
  resolveSessions({ secret: SECRET, name: 'cart', ...options })[0]!;
const legacy = { secret: OTHER_SECRET, acceptUntil: '2200-01-01' };

describe('what is at its limit is taken:', () => {
  test.each<[string, SessionOptions & ClientSessionsOptions]>([
    ['a purpose of 256 characters', { purpose: 'x'.repeat(256) }],
    ['no memo', { memo: 0 }],
    ['two chunks', { onTooLarge: 'chunk', maxChunks: 2 }],
    ['five chunks', { onTooLarge: 'chunk', maxChunks: 5 }],
    ['no domains', { cookieDomains: [], cookie: { prefix: '__Host-', secure: true } }],
    ['a subject of undefined', { subject: undefined }],
  ])('%s', (_title, options) => {
    expect(() => resolve(options)).not.toThrow();
  });
});

describe('chunks', () => {
  const warningsOf = (options: SessionOptions): readonly string[] => resolve(options).warnings;

  test('are warned of where Node takes no header with all of them', () => {
    expect(maxHeaderSize).toBe(16_384);
    expect(warningsOf({ onTooLarge: 'chunk', maxChunks: 3 })).toEqual([]);
    expect(warningsOf({ onTooLarge: 'error', maxChunks: 5 })).toEqual([]);
    for (const maxChunks of [4, 5]) {
      expect(warningsOf({ onTooLarge: 'chunk', maxChunks })).toEqual([
        expect.stringMatching(
          /^Session "cart": [45] full cookies.*--max-http-header-size=32768, or lower "maxChunks"\.$/,
        ),
      ]);
    }
  });

  test('have names that follow the name of the cookie', () => {
    expect(chunkNamesOf('cart')).toEqual(['cart', 'cart.1', 'cart.2', 'cart.3', 'cart.4']);
  });

  test('and companions are cookies of the session, under each of its names', () => {
    const options = { previousNames: ['basket'], previousCookies: [{ path: '/shop' }] };
    expect(ownNamesOf(resolve(options))).toEqual(['cart', 'basket']);
    expect(cookieNamesOf(resolve(options))).toEqual([
      'cart',
      'basket',
      'cart.r',
      'cart.x',
      'basket.r',
      'basket.x',
    ]);
    expect(cookieNamesOf(resolve({ ...options, onTooLarge: 'chunk' }))).toEqual([
      ...chunkNamesOf('cart'),
      ...chunkNamesOf('basket'),
      'cart.r',
      'cart.x',
      'basket.r',
      'basket.x',
    ]);
  });
});

describe('the header budget', () => {
  test.each<[unknown, unknown]>([
    [undefined, { in: 8_192, out: 4_096 }],
    [{}, { in: 8_192, out: 4_096 }],
    [{ in: 1 }, { in: 1, out: 4_096 }],
    [
      { in: undefined, out: 9_000 },
      { in: 8_192, out: 9_000 },
    ],
    [false, undefined],
  ])('of %j is %j', (given, limits) => {
    expect(resolveHeaderLimits(given)).toEqual(limits);
  });
});

describe('revocations', () => {
  test('have a lag of five seconds, and refuse logins while the store is down, by default', () => {
    expect(resolveRevocations()).toEqual({
      openStore: expect.any(Function),
      ownsStore: true,
      maxLag: 5_000,
      whenStoreIsDown: 'refuse',
      describe: undefined,
    });
  });

  test('take a store, which is not closed, and everything else as it is given', () => {
    const store = new MemoryLogins();
    const describeLogin = jest.fn();
    const policy = resolveRevocations({
      store: store as never,
      maxLag: '1 second',
      whenStoreIsDown: 'accept',
      describe: describeLogin as never,
    });
    expect(policy).toMatchObject({ ownsStore: false, maxLag: 1_000, whenStoreIsDown: 'accept' });
    expect(policy.openStore()).toBe(store);
    expect(policy.describe).toBe(describeLogin);
    expect(resolveRevocations({ maxLag: '10 minutes' }).maxLag).toBe(600_000);
  });

  test('are kept in a file of SQLite below the working directory, by default', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'revocations-'));
    const before = process.cwd();
    process.chdir(folder);
    try {
      const store = resolveRevocations().openStore() as SqliteLoginStore;
      process.chdir(before);
      await store.read(undefined);
      store.close();
      expect(existsSync(join(folder, '.client-sessions/logins.sqlite'))).toBe(true);
    } finally {
      process.chdir(before);
      rmSync(folder, { recursive: true });
    }
  });

  test('may be given where one of several sessions is a login', () => {
    const sessions = [{ name: 'cart' }, { name: 'auth', subject: () => 'ada' }];
    expect(resolveSessions({ secret: SECRET, sessions, revocations: {} })).toHaveLength(2);
  });
});

describe('a login', () => {
  test.each<[SessionOptions, number]>([
    [{}, 400 * DAY],
    [{ duration: '30 days' }, 400 * DAY],
    [{ duration: '2 years' }, 730 * DAY],
    [{ absoluteDuration: '60 days' }, 60 * DAY],
  ])('with %j ends after %d ms at the latest', (options, absoluteDuration) => {
    expect(resolve({ ...options, subject: () => 'ada' }).options.absoluteDuration).toBe(absoluteDuration);
    expect(resolve(options).options.absoluteDuration).toBe(
      options.absoluteDuration === undefined ? Infinity : absoluteDuration,
    );
  });
});

describe('the legacy format', () => {
  test('has the durations that are given, or that of the session while it is written', () => {
    const durationOf = (options: SessionOptions): unknown => resolve(options).legacy!.legacyDuration;
    expect(durationOf({ legacy })).toBeUndefined();
    expect(durationOf({ legacy: { ...legacy, duration: '2 days' } })).toBe(2 * DAY);
    expect(durationOf({ legacy: { ...legacy, duration: 0 } })).toBe(0);
    expect(durationOf({ legacy: { ...legacy, write: true }, duration: '3 days' })).toBe(3 * DAY);
    expect(durationOf({ legacy: { ...legacy, write: true, duration: '2 days' } })).toBe(2 * DAY);
  });

  test('is read under its own name, and under that of the session without its prefix', () => {
    const namesOf = (options: SessionOptions): unknown =>
      resolve(options).earlierCookies.map(({ name }) => name);
    expect(namesOf({ legacy })).toEqual([]);
    expect(namesOf({ legacy: { ...legacy, cookieName: 'old' } })).toEqual(['old']);
    expect(namesOf({ legacy, cookie: { prefix: '__Host-', secure: true } })).toEqual(['cart']);
  });

  test('is read no more after its end, which is a warning', () => {
    const time = Date.UTC(2030, 0, 1);
    const warningsOf = (acceptUntil: number, secret = OTHER_SECRET): readonly string[] =>
      resolve({ legacy: { secret, acceptUntil }, now: () => time }).warnings;
    expect(warningsOf(time + 1)).toEqual([]);
    for (const end of [time, time - DAY]) {
      expect(warningsOf(end, 'keyboard cat')).toEqual([
        expect.stringMatching(
          /^Session "cart": .*\d{4}-\d\d-\d\d.* get a fresh session\. Remove "legacy", or/,
        ),
      ]);
    }
  });

  test('is JSON while it is written, also with a schema', () => {
    const validate = (value: object): object => ({ value });
    const schema = { '~standard': { version: 1, vendor: 'test', validate } } as never;
    const written = resolve({ schema, legacy: { ...legacy, write: true } });
    expect(() => written.model.write({ at: new Date(0) })).toThrow('its class');
    expect(resolve({ schema, legacy }).model.write({ at: new Date(0) })).toContain('$date');
    expect(resolve({ codec: 'structured' }).model.write({ at: new Date(0) })).toContain('$date');
  });
});

describe('cookie attributes', () => {
  test('come from the last function, and from all objects', () => {
    const first = () => ({ path: '/first' });
    const last = () => ({ path: '/last' });
    const options = {
      cookie: { httpOnly: false },
      sessions: [{ name: 'cart', cookie: first }],
      overrides: { cart: { cookie: last } },
    };
    const [session] = resolveSessions({ secret: SECRET, ...options });
    expect(session!.options.cookie).toMatchObject({ httpOnly: false, path: '/' });
    expect(session!.requestAttributes!.of({} as never)).toMatchObject({ httpOnly: false, path: '/last' });
    expect(resolve({ cookie: { httpOnly: false } }).requestAttributes).toBeUndefined();
  });
});

describe('messages', () => {
  test('name the session where there are several, and no session where there is one', () => {
    expect(() => resolve({ duration: 0 })).toThrow('Invalid option "duration": must');
    expect(() => resolveSessions({ secret: SECRET, sessions: [{ name: 'a', duration: 0 }] })).toThrow(
      'Invalid option "duration" of session "a": must',
    );
  });

  test('of a request key name whose property it is', () => {
    expect(() => resolve({ requestKey: 'toString' })).toThrow('JavaScript');
    expect(() => resolve({ requestKey: 'url' })).toThrow('Node');
  });

  test('of unknown overrides list all sessions', () => {
    const sessions = [{ name: 'a' }, { name: 'b' }];
    expect(() => resolveSessions({ secret: SECRET, sessions, overrides: { c: {} } })).toThrow(
      'one of: a, b.',
    );
  });

  test('are not made of errors of the application', () => {
    const defaults = {
      get items(): never {
        throw new RangeError('of the application');
      },
    };
    expect(() => resolveSessions({ secret: SECRET, sessions: [{ name: 'a', defaults }] })).toThrow(
      RangeError,
    );
  });

  test.each([undefined, null, 7, {}])('tell who names a session by %p that it may not exist yet', (given) => {
    expect(() => nameOf(given)).toThrow(TypeError);
    expect(() => nameOf(given)).toThrow(
      /must be a name or a definition, got .*the definition does not exist yet: move it into a file of its own\.$/,
    );
  });

  test('are not needed where a session is named', () => {
    expect([nameOf('cart'), nameOf(defineSession('cart'))]).toEqual(['cart', 'cart']);
  });
});

describe('issuedAfter', () => {
  const asked = (issuedAfter: SessionOptions['issuedAfter']): (() => [time: number, problems: string[]]) => {
    const session = resolve({ issuedAfter });
    return () => {
      const problems: string[] = [];
      return [session.issuedAfter((problem) => problems.push(problem)), problems];
    };
  };

  test.each([undefined, () => undefined, () => null as never])('is before everything: %p', (given) => {
    expect(asked(given)()).toEqual([-Infinity, []]);
  });

  test('of a function that rejects later is refused at once, and its rejection is nobody’s', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const later = (): never => Promise.reject(new Error('later')) as never;
    expect(() => resolve({ issuedAfter: later })).toThrow('at once');
    await new Promise(setImmediate);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('of a function that fails stays as it was, with a complaint each time', () => {
    let time: Date | undefined = new Date(DAY * 10_000);
    const ask = asked(() => time!);
    time = new Date(NaN);
    for (let i = 0; i < 2; i++)
      expect(ask()).toEqual([DAY * 10_000, [expect.stringMatching(/"issuedAfter".*Mend the function\.$/)]]);
    time = undefined;
    expect(ask()).toEqual([-Infinity, []]);
  });
});

describe('a frozen copy', () => {
  test('is as odd as what it was made of', () => {
    const hidden = Symbol('hidden');
    const read = jest.fn(() => 1);
    const bare = Object.assign(Object.create(null) as object, { a: [1, null, undefined] });
    const odd = Object.defineProperties(
      { bare, list: Object.assign([1], { extra: 2 }), [hidden]: { deep: true } },
      { getter: { get: read, enumerable: true }, secret: { value: {}, enumerable: false } },
    );
    const copy = frozenCopy(odd) as typeof odd & { getter: number; secret: object };
    expect(Reflect.ownKeys(copy)).toEqual(Reflect.ownKeys(odd));
    expect(read).not.toHaveBeenCalled();
    expect(Object.getPrototypeOf(copy.bare)).toBe(null);
    expect(copy.list).toEqual(odd.list);
    expect([copy.list.length, Object.keys(copy.list)]).toEqual([1, ['0', 'extra']]);
    for (const part of [copy, copy.bare, copy.list, copy[hidden], copy.secret])
      expect(Object.isFrozen(part)).toBe(true);
    expect(Object.isFrozen(odd.bare)).toBe(false);
  });

  test('holds twice what was held twice', () => {
    const shared = { a: 1 };
    const copy = frozenCopy({ one: shared, other: [shared] });
    expect(copy.one).toBe(copy.other[0]);
    expect(copy.one).not.toBe(shared);
  });

  test.each([null, undefined, 7, 'text', Symbol('x'), () => 1, new (class Own {})(), new Map()])(
    'of %p is itself',
    (value) => {
      expect(frozenCopy(value)).toBe(value);
      expect(Object.isFrozen(frozenCopy({ value }))).toBe(true);
    },
  );
});
