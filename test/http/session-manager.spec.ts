import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { LoginsUnavailableError } from '../../lib/errors/logins-unavailable.error.js';
import { noteHandshake } from '../../lib/http/handshake.js';
import { SessionManager } from '../../lib/http/session-manager.js';
import type { ClientSessionsOptions } from '../../lib/options/client-sessions-options.js';
import type { SecretList } from '../../lib/sealing/secret-entry.js';
import type { SessionEvent } from '../../lib/session/session-event.js';
import { MemoryLogins } from '../support/memory-login-store.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { Clock, DAY, HOUR } from '../support/session.js';

const silent = {
  log: () => undefined,
  debug: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const running: SessionManager[] = [];

afterEach(() => {
  for (const manager of running.splice(0)) manager.close();
});

function start(options: Partial<ClientSessionsOptions> = {}): {
  manager: SessionManager;
  events: SessionEvent[];
} {
  const events: SessionEvent[] = [];
  const onEvent = (event: SessionEvent): void => void events.push(event);
  const given = { secret: SECRET, ...options, onEvent } as ClientSessionsOptions;
  const manager = new SessionManager(given, silent);
  running.push(manager);
  return { manager, events };
}

/** Secrets that a test delivers when it likes. */
class Stream {
  readonly observers = new Set<Parameters<Stream['subscribe']>[0]>();

  subscribe(observer: { next: (secrets: SecretList) => void; error: (error: unknown) => void }) {
    this.observers.add(observer);
    return { unsubscribe: () => void this.observers.delete(observer) };
  }

  next(secrets: SecretList): void {
    for (const observer of this.observers) observer.next(secrets);
  }
}

const keysIn = (events: readonly SessionEvent[]) => events.filter(({ type }) => type === 'keys');
const warningsIn = (events: readonly SessionEvent[]) => events.filter(({ type }) => type === 'warning');

describe('the keys in force', () => {
  test('are told once for all sessions of the same secrets', () => {
    const { events, manager } = start({
      sessions: [{ name: 'a' }, { name: 'b', secret: OTHER_SECRET }, { name: 'c' }],
    });
    const [a, b] = manager.options;
    expect(keysIn(events)).toEqual([
      { type: 'keys', sessions: ['a', 'c'], keyIds: a!.keyIds },
      { type: 'keys', sessions: ['b'], keyIds: b!.keyIds },
    ]);
    expect(a!.keyIds).not.toEqual(b!.keyIds);
  });

  test('are told again when none of them may seal any more', () => {
    const clock = new Clock();
    const secret = [{ secret: SECRET, expires: new Date(clock.time + HOUR) }];
    const { events, manager } = start({ name: 'a', secret, now: clock.now });
    expect(keysIn(events)).toEqual([{ type: 'keys', sessions: ['a'], keyIds: [expect.any(String)] }]);
    clock.pass(HOUR);
    const request = new IncomingMessage(new Socket());
    const response = new ServerResponse(request);
    manager.attach(request, response).get('a')['user'] = 'ada';
    response.writeHead(200);
    expect(keysIn(events).slice(1)).toEqual([
      { type: 'keys', sessions: ['a'], keyIds: [], isSealing: false },
    ]);
  });

  test('are told when they arrive, and whenever they are replaced', async () => {
    const secret = new Stream();
    const { events, manager } = start({ name: 'a', secret });
    expect(manager.ready).toBeInstanceOf(Promise);
    expect(events).toEqual([]);
    secret.next(SECRET);
    await manager.ready;
    expect(keysIn(events)).toHaveLength(1);
    secret.next([OTHER_SECRET, SECRET]);
    expect(keysIn(events)).toHaveLength(2);
    expect(manager.options[0]!.keyIds).toHaveLength(2);
  });

  test('are there at once if nothing has to be waited for', () => {
    expect(start().manager.ready).toBeUndefined();
    expect(start({ secret: () => SECRET }).manager.ready).toBeUndefined();
  });

  test('stay if a new list is unfit, which is told with the sessions', () => {
    const secret = new Stream();
    const { events } = start({ secret, sessions: [{ name: 'a' }, { name: 'b' }] });
    secret.next(SECRET);
    secret.next('short');
    expect(events.at(-1)).toEqual({
      type: 'keys-failed',
      sessions: ['a', 'b'],
      error: expect.objectContaining({ code: 'ERR_INVALID_OPTIONS' }),
    });
  });

  test('that expire too early are warned of in the name of the session that lives longest, once for each list', () => {
    const [secret, clock] = [new Stream(), new Clock()];
    const { events } = start({
      secret,
      now: clock.now,
      sessions: [
        { name: 'short', duration: '1h' },
        { name: 'long', duration: '7d' },
        { name: 'as-long', duration: '7d' },
      ],
    });
    const list = [
      { secret: SECRET, notBefore: new Date(clock.time - HOUR) },
      { secret: OTHER_SECRET, expires: new Date(clock.time + DAY) },
    ];
    secret.next(list);
    expect(warningsIn(events)).toEqual([
      {
        type: 'warning',
        session: 'long',
        message: expect.stringMatching(
          /^Session "long": key .* expires at .*, because they live up to '7 days'/,
        ),
      },
    ]);
    secret.next(SECRET);
    expect(warningsIn(events)).toHaveLength(1);
  });

  test('are told again when one of them expires, without warnings of what is left of the same list', () => {
    const clock = new Clock();
    const [inAnHour, tomorrow] = [new Date(clock.time + HOUR), new Date(clock.time + DAY)];
    const secret = [
      { secret: SECRET, expires: tomorrow },
      { secret: OTHER_SECRET, notBefore: inAnHour },
      { secret: [...SECRET].toReversed().join(''), expires: inAnHour },
    ];
    const { events, manager } = start({ name: 'a', secret, now: clock.now });
    const warnings = warningsIn(events);
    expect(warnings.length).toBeGreaterThan(0);
    clock.pass(HOUR);
    const request = new IncomingMessage(new Socket());
    const response = new ServerResponse(request);
    manager.attach(request, response).get('a')['user'] = 'ada';
    response.writeHead(200);
    expect(keysIn(events)).toHaveLength(2);
    expect(warningsIn(events)).toEqual(warnings);
  });
});

describe('secrets that never come', () => {
  test('make the start fail, and nothing is followed any more', async () => {
    const [stream, store] = [new Stream(), new MemoryLogins()];
    const fails = async (): Promise<SecretList> => Promise.reject(new Error('no connection'));
    const { manager } = start({
      sessions: [
        { name: 'a', secret: stream },
        { name: 'b', secret: fails },
        { name: 'c', secret: SECRET, subject: () => 'ada' },
      ],
      revocations: { store: store.open() },
    });
    await expect(manager.ready).rejects.toMatchObject({ name: 'SecretsUnavailableError' });
    expect(stream.observers.size).toBe(0);
    await expect(manager.logins.catchUp()).rejects.toThrow(LoginsUnavailableError);
  });

  test('do not end the process before anybody awaits them', async () => {
    const unhandled: unknown[] = [];
    const listen = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', listen);
    start({ secret: async () => Promise.reject(new Error('no connection')) });
    await setImmediate();
    await setImmediate();
    process.off('unhandledRejection', listen);
    expect(unhandled).toEqual([]);
  });
});

describe('the sessions of a configuration', () => {
  test('are warned of by name, each in its own words', () => {
    const { events } = start({
      sessions: [{ name: 'a' }, { name: 'b', duration: '1h', cookie: { maxAge: '2h' } }],
    });
    expect(warningsIn(events)).toEqual([
      { type: 'warning', session: 'b', message: expect.stringContaining('"cookie.maxAge"') },
    ]);
  });

  test('are found by name, and the first one without a name', () => {
    const { manager } = start({ sessions: [{ name: 'a' }, { name: 'b' }] });
    expect([manager.optionsOf().name, manager.optionsOf('a').name, manager.optionsOf('b').name]).toEqual([
      'a',
      'a',
      'b',
    ]);
    expect(manager.cookiesOf('b').options.name).toBe('b');
    expect(() => manager.optionsOf('c')).toThrow(/"c"/);
  });

  test('need their names once the default is withdrawn', () => {
    const { manager } = start({ name: 'a' });
    const sessions = () => manager.attach(new IncomingMessage(new Socket()));
    expect(manager.hasDefault).toBe(true);
    expect(sessions().get(undefined)).toBeDefined();
    manager.withdrawDefault();
    expect(manager.hasDefault).toBe(false);
    expect(() => sessions().get(undefined)).toThrow(/must be named/);
    expect(sessions().get('a')).toBeDefined();
    // Nest makes what can be injected for the default session in any case.
    expect(manager.optionsOf().name).toBe('a');
  });

  test('may have a cookie of another configuration, which is named then', () => {
    const { manager } = start({ name: 'a', cookieName: 'sid' });
    const { manager: other } = start({ name: 'b', cookieName: 'b', previousNames: ['sid'] });
    expect(manager.cookieSharedWith(other)).toBe('sid');
    expect(manager.cookieSharedWith(start({ name: 'c', cookieName: 'c' }).manager)).toBeUndefined();
  });

  test('are properties of requests, too, however often they are attached', () => {
    const { manager } = start({ sessions: [{ name: 'a' }, { name: 'b', requestKey: 'basket' }] });
    const request = new IncomingMessage(new Socket()) as IncomingMessage & Record<string, unknown>;
    const sessions = manager.attachWithProperties(request);
    expect(manager.attachWithProperties(request)).toBe(sessions);
    expect(request['basket']).toBe(sessions.get('b'));
  });

  test('are logins only if one of them has a subject', async () => {
    const { manager } = start();
    await expect(manager.logins.endAll('ada')).rejects.toThrow(/subject/);
    const store = new MemoryLogins();
    const { manager: other } = start({ subject: () => 'ada', revocations: { store: store.open() } });
    expect(other.ready).toBeInstanceOf(Promise);
    await other.ready;
    expect(other.cookiesOf(other.options[0]!.name).session.logins).toBeDefined();
    await other.logins.endAll('ada');
    expect(store.facts).toHaveLength(1);
  });

  test('are over with their secrets and logins', async () => {
    const [secret, store] = [new Stream(), new MemoryLogins()];
    const { manager } = start({ secret, subject: () => 'ada', revocations: { store: store.open() } });
    secret.next(SECRET);
    await manager.ready;
    manager.close();
    expect(secret.observers.size).toBe(0);
    await expect(manager.logins.catchUp()).rejects.toThrow(LoginsUnavailableError);
  });
});

describe('a handshake', () => {
  const requestTo = (server: object): IncomingMessage =>
    Object.assign(new IncomingMessage(new Socket()), { socket: Object.assign(new Socket(), { server }) });

  test('has the sessions of all managers that serve its server or its gateway', () => {
    const [first, second] = [start({ name: 'a' }).manager, start({ name: 'b', requestKey: 'b' }).manager];
    const [server, gateway] = [{}, {}];
    first.serveHandshakesOf(server);
    second.serveHandshakesOf(server);
    second.serveHandshakesOf(server);
    const sessions = SessionManager.attachToHandshake(requestTo(server))!;
    expect([sessions.get('a'), sessions.get('b')]).toEqual([{}, {}]);
    expect(() => (sessions.get('a')['user'] = 'ada')).toThrow(/not extensible/);
    expect(Object.keys(server)).toEqual([]);

    second.serveHandshakesOf(gateway);
    const request = requestTo({});
    noteHandshake({}, request, gateway);
    expect(SessionManager.attachToHandshake(request)!.get('b')).toEqual({});
  });

  test('has none where nobody serves it', () => {
    expect(SessionManager.attachToHandshake(requestTo({}))).toBeUndefined();
    expect(SessionManager.attachToHandshake(new IncomingMessage(new Socket()))).toBeUndefined();
  });
});
