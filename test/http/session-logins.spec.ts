import { randomBytes } from 'node:crypto';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { InvalidOptionsError } from '../../lib/errors/invalid-options.error.js';
import { LoginStoreError } from '../../lib/errors/login-store.error.js';
import { LoginsUnavailableError } from '../../lib/errors/logins-unavailable.error.js';
import { startSecrets } from '../../lib/http/secret-sources.js';
import { SessionCookies } from '../../lib/http/session-cookies.js';
import { type SessionLogins, startLogins } from '../../lib/http/session-logins.js';
import { resolveRevocations, type RevocationOptions } from '../../lib/options/revocation-options.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import type { SessionOptions } from '../../lib/options/session-options.js';
import type { SecretList } from '../../lib/sealing/secret-entry.js';
import type { SessionRecord } from '../../lib/sealing/session-record.js';
import type { LoginRules } from '../../lib/session/login-rules.js';
import { redisLogins } from '../../lib/redis.js';
import type { SessionContent } from '../../lib/session/content.js';
import type { SessionEvent } from '../../lib/session/session-event.js';
import { SessionState } from '../../lib/session/session-state.js';
import { MemoryLogins } from '../support/memory-login-store.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { soon } from '../support/soon.js';
import { Clock, DAY, HOUR } from '../support/session.js';

const running: SessionLogins[] = [];

afterEach(() => {
  for (const logins of running.splice(0)) logins.close();
});

interface Started {
  readonly logins: SessionLogins;
  readonly rules: LoginRules;
  readonly rulesOf: (name: string) => LoginRules;
  /** Begins a session with this content. */
  readonly begin: (name: string, content: object) => SessionContent;
  readonly events: SessionEvent[];
}

interface StartOptions {
  readonly secret?: SecretList;
  readonly purpose?: string;
  readonly store?: MemoryLogins;
  readonly clock?: Clock;
  readonly subject?: (content: { userId?: unknown }) => unknown;
  /** Sessions in front of it. */
  readonly others?: readonly SessionOptions[];
  readonly behind?: readonly SessionOptions[];
  readonly revocations?: RevocationOptions;
  readonly ownsStore?: boolean;
}

/** Starts the logins of a session, and of others. */
function start({
  secret = SECRET,
  purpose,
  store = new MemoryLogins(),
  clock = new Clock(),
  subject = ({ userId }) => userId,
  others = [],
  behind = [],
  revocations = {},
  ownsStore = false,
}: StartOptions = {}): Started {
  const events: SessionEvent[] = [];
  const login = { name: 'login', subject, duration: '1h', secret, purpose } as SessionOptions;
  const sessions = resolveSessions({ now: clock.now, sessions: [...others, login, ...behind] });
  const sources = startSecrets(sessions);
  const policy = resolveRevocations({ store: store.open(), ...revocations });
  const logins = startLogins(sessions, sources, { ...policy, ownsStore }, (event) => events.push(event))!;
  running.push(logins);
  const rulesOf = (name: string): LoginRules => {
    const own = sessions.find(({ options }) => options.name === name)!;
    return logins.rulesOf(own, sources.get(own)!)!;
  };
  const begin = (name: string, content: object): SessionContent => {
    const own = sessions.find(({ options }) => options.name === name)!;
    const cookies = new SessionCookies(own, sources.get(own)!, () => undefined, { logins });
    const { object } = new SessionState(cookies.session, cookies.candidatesAmong(new Map()));
    return Object.assign(object, content);
  };
  return { logins, rules: rulesOf('login'), rulesOf, begin, events };
}

const recordOf = (generation?: Buffer): SessionRecord =>
  ({ id: randomBytes(16), generation }) as SessionRecord;

describe('the subject of a session', () => {
  test.each<[unknown, string]>([
    ['ada', 'ada'],
    [5, '5'],
    [0, '0'],
    [-1.5, '-1.5'],
  ])('%j is %j', (userId, subject) => {
    expect(start().rules.subjectOf({ userId })).toBe(subject);
  });

  test.each([undefined, null, ''])('%j is nobody', (userId) => {
    const { rules } = start();
    expect(rules.subjectOf({ userId })).toBeUndefined();
    expect(rules.loginIn({ userId }, recordOf())).toBeUndefined();
  });

  test.each([[Number.NaN], [Infinity], [true], [false], [5n], [{}], [['ada']], [Symbol('ada')]])(
    '%p is none that could be ended',
    (userId) => {
      const { rules } = start();
      expect(() => rules.subjectOf({ userId })).toThrow(TypeError);
      expect(() => rules.subjectOf({ userId })).toThrow(
        /^The "subject" function of session "login" must return .*, got .*\. Return the id of the user, or undefined/,
      );
    },
  );

  test('that is promised is refused, and its rejection is not felt', async () => {
    const { rules } = start({ subject: async () => Promise.reject(new Error('no such user')) });
    const unhandled: unknown[] = [];
    const listen = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', listen);
    expect(() => rules.subjectOf({})).toThrow(TypeError);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });

  test('is asked of sessions that have one only', () => {
    const { logins } = start({ others: [{ name: 'cart', secret: OTHER_SECRET }] });
    const sessions = resolveSessions({ name: 'cart', secret: OTHER_SECRET });
    const sources = startSecrets(sessions);
    expect(logins.rulesOf(sessions[0]!, sources.get(sessions[0]!)!)).toBeUndefined();
    expect(
      startLogins(
        sessions,
        sources,
        resolveRevocations({ store: new MemoryLogins().open() }),
        () => undefined,
      ),
    ).toBeUndefined();
  });
});

describe('a login', () => {
  test('is refused until the store has been read', async () => {
    const { logins, rules } = start();
    const login = rules.loginIn({ userId: 'ada' }, recordOf(randomBytes(12)))!;
    expect(() => rules.isEnded(login)).toThrow(LoginsUnavailableError);
    expect(() => rules.generationOf('ada')).toThrow(LoginsUnavailableError);
    await logins.ready;
    expect(rules.isEnded(login)).toBe(false);
    expect(rules.generationOf('ada')).toBeInstanceOf(Buffer);
  });

  test('has the generation that it was sealed with, or the first one', async () => {
    const { logins, rules } = start();
    await logins.ready;
    const [sealed, unsealed] = [recordOf(randomBytes(12)), recordOf()];
    expect(rules.loginIn({ userId: 'ada' }, sealed)).toEqual({
      subject: 'ada',
      id: sealed.id,
      generation: sealed.generation,
    });
    expect(rules.loginIn({ userId: 'ada' }, unsealed)).toEqual({
      subject: 'ada',
      id: unsealed.id,
      generation: rules.generationOf('ada'),
    });
  });

  test('ends with all logins of its subject, and new ones have another generation', async () => {
    const { logins, rules } = start();
    await logins.ready;
    const [first, other] = [rules.generationOf('ada'), rules.generationOf('grace')];
    const login = rules.loginIn({ userId: 'ada' }, recordOf(first))!;
    expect(rules.nextGenerationOf(login)).toEqual(first);
    expect(rules.hasEnded(login)).toBe(false);
    await logins.logins.endAll('ada');
    expect([rules.isEnded(login), rules.hasEnded(login)]).toEqual([true, true]);
    expect(rules.generationOf('ada')).not.toEqual(first);
    expect(rules.generationOf('grace')).toEqual(other);
  });

  test('from before "subject" was configured ends with the secret of then, too', async () => {
    const store = new MemoryLogins();
    const before = start({ store, secret: OTHER_SECRET });
    await before.logins.ready;
    await before.logins.logins.endAll('ada');
    const { logins, rules } = start({ store, secret: [SECRET, OTHER_SECRET] });
    await logins.ready;
    const isEnded = (userId: string): boolean => rules.isEnded(rules.loginIn({ userId }, recordOf())!);
    expect([isEnded('ada'), isEnded('grace')]).toEqual([true, false]);
  });

  test('stays ended for as long as any session can live', async () => {
    const [store, clock] = [new MemoryLogins(), new Clock()];
    const others = [
      { name: 'long', secret: SECRET, subject: () => 'x', duration: '1d', absoluteDuration: '30d' },
      { name: 'short', secret: SECRET, subject: () => 'x', duration: '1h', absoluteDuration: '2h' },
    ] as const;
    const { logins } = start({ store, clock, others });
    await logins.ready;
    await logins.logins.endAll('ada');
    expect(store.facts.length).toBeGreaterThan(0);
    for (const { until } of store.facts) expect(until).toBeGreaterThanOrEqual(clock.time + 30 * DAY);
  });

  test('is listed with the description of the request that began it, which the store cannot read', async () => {
    const [store, clock] = [new MemoryLogins(), new Clock()];
    const describeRequest = ({ headers }: IncomingMessage): object => ({ device: headers['user-agent'] });
    const { logins, rules } = start({ store, clock, revocations: { describe: describeRequest } });
    await logins.ready;
    const login = rules.loginIn({ userId: 'ada' }, recordOf(rules.generationOf('ada')))!;
    const request = Object.assign(new IncomingMessage(new Socket()), {
      headers: { 'user-agent': 'a phone' },
    });
    const latestEnd = clock.time + DAY;
    const begun = { ...login, startedAt: clock.time, expiresAt: clock.time + HOUR, latestEnd };
    logins.logins.began(begun, request);
    rules.used(begun);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await logins.logins.list('ada')).toEqual([
      expect.objectContaining({
        id: login.id.toString('base64url'),
        description: { device: 'a phone' },
      }),
    ]);
    expect(await logins.logins.list('grace')).toEqual([]);
    expect(store.calls.touch).toBe(1);
  });

  test('is listed with the key that seals by the clock of the sessions', async () => {
    const clock = new Clock();
    const secret = [{ secret: SECRET, expires: new Date(clock.time + DAY) }];
    const { logins, rules, events } = start({ clock, secret });
    await logins.ready;
    const login = rules.loginIn({ userId: 'ada' }, recordOf(rules.generationOf('ada')))!;
    const times = { startedAt: clock.time, expiresAt: clock.time + HOUR, latestEnd: clock.time + HOUR };
    logins.logins.began({ ...login, ...times }, undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await logins.logins.list('ada')).toHaveLength(1);
    expect(events).toEqual([]);
  });
});

describe('several sessions that can be logins', () => {
  const Staff: SessionOptions = {
    name: 'staff',
    purpose: 'staff',
    secret: OTHER_SECRET,
    duration: '1h',
    subject: ({ userId }) => userId as string,
  };
  const loginOf = (rules: LoginRules) =>
    rules.loginIn({ userId: 'ada' }, recordOf(rules.generationOf('ada')))!;

  test.each([
    ['a new one in front', {}, { others: [Staff] }],
    ['a new one behind', {}, { behind: [Staff] }],
    ['another order', { others: [Staff] }, { behind: [Staff] }],
    ['the others gone', { others: [Staff] }, {}],
  ])('%s: all that began before is ended', async (_name, earlier, later) => {
    const store = new MemoryLogins();
    const before = start({ store, ...earlier });
    await before.logins.ready;
    const login = loginOf(before.rules);
    const after = start({ store, ...later });
    await after.logins.ready;
    await after.logins.logins.endAll('ada');
    expect(after.rules.isEnded(login)).toBe(true);
    await before.logins.logins.catchUp();
    expect(before.rules.isEnded(login)).toBe(true);
  });

  test.each([
    ['a new one in front', {}, { others: [Staff] }],
    ['another order', { others: [Staff] }, { behind: [Staff] }],
  ])('%s: what was listed before stays listed, with its description', async (_name, earlier, later) => {
    const [store, clock] = [new MemoryLogins(), new Clock()];
    const revocations = { describe: () => 'a phone' };
    const before = start({ store, clock, revocations, ...earlier });
    await before.logins.ready;
    const times = { startedAt: clock.time, expiresAt: clock.time + HOUR, latestEnd: clock.time + DAY };
    before.logins.logins.began({ ...loginOf(before.rules), ...times }, undefined);
    await new Promise((resolve) => setImmediate(resolve));
    const after = start({ store, clock, ...later });
    await after.logins.ready;
    expect(await after.logins.logins.list('ada')).toEqual([
      expect.objectContaining({ description: 'a phone' }),
    ]);
  });

  test('end at once, each under its own secret and purpose', async () => {
    const { logins, rulesOf } = start({ others: [Staff] });
    await logins.ready;
    const [user, staff] = [rulesOf('login'), rulesOf('staff')].map((rules) => loginOf(rules)) as [
      ReturnType<typeof loginOf>,
      ReturnType<typeof loginOf>,
    ];
    expect(user.generation).not.toEqual(staff.generation);
    await logins.logins.endAll('ada');
    expect([rulesOf('login').isEnded(user), rulesOf('staff').isEnded(staff)]).toEqual([true, true]);
  });
});

describe('a session whose login is to end', () => {
  test('is left as it is if it is one of another configuration, because its login ends elsewhere', async () => {
    const [{ logins }, other] = [start(), start()];
    await Promise.all([logins.ready, other.logins.ready]);
    const session = other.begin('login', { userId: 'ada' });
    const refusal = expect.objectContaining({
      name: 'TypeError',
      message:
        'The session must be one of the configuration that these Logins belong to. Call those of its own ' +
        'configuration: Nest injects them where that ClientSessionsModule.forRoot() is imported, ' +
        'and the middleware of clientSessions() has them as "logins"',
    });
    await expect(logins.logins.end(session)).rejects.toEqual(refusal);
    await expect(logins.logins.endAll('ada', { except: session })).rejects.toEqual(refusal);
    expect(() => logins.logins.onEnd(session, () => undefined)).toThrow(refusal);
    expect({ ...session }).toEqual({ userId: 'ada' });
    await other.logins.logins.end(session);
    expect({ ...session }).toEqual({});
  });

  test('is only destroyed if it can be no login', async () => {
    const store = new MemoryLogins();
    const { logins, begin } = start({ store, behind: [{ name: 'cart', secret: SECRET }] });
    await logins.ready;
    const session = begin('cart', { items: 3 });
    await logins.logins.end(session);
    expect({ ...session }).toEqual({});
    expect(store.facts).toEqual([]);
  });
});

describe('the store', () => {
  test('is closed at the end by who has opened it', () => {
    const [own, given] = [new MemoryLogins(), new MemoryLogins()];
    start({ store: own, ownsStore: true }).logins.close();
    start({ store: given }).logins.close();
    expect([own.calls.close, given.calls.close]).toEqual([1, 0]);
  });

  test('need not be one that can be closed', () => {
    const store = new MemoryLogins().open();
    Object.defineProperty(store, 'close', { value: undefined });
    const { logins } = start({ revocations: { store }, ownsStore: true });
    expect(() => logins.close()).not.toThrow();
  });

  test('is not read any more after the end', async () => {
    const store = new MemoryLogins();
    const { logins } = start({ store });
    await logins.ready;
    logins.close();
    await expect(logins.logins.catchUp()).rejects.toThrow(LoginsUnavailableError);
  });

  test.each([
    ['NOAUTH Authentication required.', 'is not logged in to Redis'],
    ['WRONGPASS invalid username-password pair', 'has a wrong user or password for Redis'],
    ["NOPERM User shop has no permissions to run the 'xrange' command", 'may not run a command'],
  ])('says why it does not answer, in words of its own: %s', async (message, reason) => {
    const store = redisLogins({
      call: async () => Promise.reject(new Error(message)),
    });
    const { logins, events } = start({ revocations: { store, maxLag: '1 second' } });
    await logins.ready;
    const down = { type: 'down', reason, remedy: expect.stringMatching(/^Give the .*\.$/) };
    const isTold = async (): Promise<boolean> => {
      await nextTurn();
      return events.some(({ type }) => type === 'logins');
    };
    await soon(isTold, true);
    expect(events).toContainEqual({ type: 'logins', report: down });
    await expect(logins.logins.endAll('ada')).rejects.toThrow(`: their store ${reason}. Cookies are kept`);
  });

  test('that can never work says so at once', async () => {
    const store = new MemoryLogins().open();
    store.read = async () =>
      Promise.reject(new LoginStoreError('is made of stone', 'Give another one.', true));
    const { logins } = start({ revocations: { store } });
    await logins.ready;
    expect(logins.refusal).toBeInstanceOf(InvalidOptionsError);
    expect(logins.refusal!.message).toBe(
      'Invalid option "revocations.store": is made of stone. Give another one.',
    );
  });

  test('that can work later does not', async () => {
    const store = new MemoryLogins();
    store.isDown = true;
    const { logins } = start({ store, revocations: { maxLag: '1 second' } });
    await logins.ready;
    expect(logins.refusal).toBeUndefined();
  });

  test('that has lost what it was told is reported', async () => {
    const store = new MemoryLogins();
    const { logins, events } = start({ store });
    await logins.ready;
    await logins.logins.endAll('ada');
    store.lose();
    await logins.logins.catchUp();
    expect(events).toContainEqual({ type: 'logins', report: { type: 'lost' } });
  });
});
