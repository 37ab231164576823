import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { LoginsUnavailableError, type Session, SESSION_ACTIVITY_CHANNEL } from '../../lib/index.js';
import { RequestSessions } from '../../lib/http/request-sessions.js';
import { SessionManager } from '../../lib/http/session-manager.js';
import type { ClientSessionsOptions } from '../../lib/options/client-sessions-options.js';
import type { SessionEvent } from '../../lib/session/session-event.js';
import { ofSessions } from '../support/events.js';
import { MemoryLogins } from '../support/memory-login-store.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { Clock, HOUR, MINUTE } from '../support/session.js';

const silent = {
  log: () => undefined,
  debug: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly sessions: RequestSessions;
}

/** Sessions of one configuration, and what they report. */
class Site {
  readonly events: SessionEvent[] = [];
  readonly manager: SessionManager;

  constructor(options: Partial<ClientSessionsOptions> = {}) {
    const name = options.sessions ? {} : { name: 'cart', cookieName: 'cart' };
    const given = { secret: SECRET, ...name, ...options } as ClientSessionsOptions;
    const onEvent = ofSessions((event) => this.events.push(event));
    this.manager = new SessionManager({ ...given, onEvent }, silent);
  }

  visit(properties: object = {}): Visit {
    const request = Object.assign(new IncomingMessage(new Socket()), {
      method: 'GET',
      url: '/',
      ...properties,
    });
    const response = new ServerResponse(request);
    return { request, response, sessions: this.manager.attach(request, response) };
  }

  /** The Cookie header of a browser that has a session with this content. */
  cookieWith(content: object, name?: string): string {
    const { response, sessions } = this.visit();
    Object.assign(sessions.get(name), content);
    response.writeHead(200);
    return cookieHeaderOf(response);
  }
}

/** The Cookie header of a browser that got this response and had nothing before. */
function cookieHeaderOf(response: ServerResponse): string {
  return cookiesOf(response)
    .map((header) => header.split(';')[0])
    .join('; ');
}

const cookiesOf = (response: ServerResponse): string[] =>
  [response.getHeader('set-cookie') ?? []].flat().map(String);
const withCookie = (cookie: string): object => ({ headers: { cookie } });
const types = ({ events }: Site): string[] => events.map(({ type }) => type);

describe('the head of a response', () => {
  test('is that of the application, if no session was used', () => {
    const { response } = new Site().visit();
    response.writeHead(200, { 'Cache-Control': 'public' });
    expect(response.getHeaders()).toEqual({});
  });

  test('tells caches of the cookie that it depends on, if a session was read', () => {
    const { response, sessions } = new Site().visit();
    expect(sessions.get(undefined)['user']).toBeUndefined();
    response.writeHead(200);
    expect(response.getHeaders()).toEqual({ vary: 'Cookie', 'cache-control': 'private' });
  });

  test('keeps all caches from what was written, once', () => {
    const { response, sessions } = new Site().visit();
    sessions.get(undefined)['user'] = 'ada';
    response.writeHead(200);
    expect(response.getHeaders()).toMatchObject({ vary: 'Cookie', 'cache-control': 'private, no-store' });
    expect(cookiesOf(response)).toEqual([expect.stringMatching(/^cart=/)]);
    expect(sessions.prepareHead(200)).toBeUndefined();
    expect(cookiesOf(response)).toHaveLength(1);
  });

  test.each<[ClientSessionsOptions['cache'], string | undefined]>([
    ['no-store', 'private, no-store'],
    ['private', 'private'],
    [false, undefined],
  ])('says of what was read under cache %j: %j', (cache, expected) => {
    const { response, sessions } = new Site({ cache } as Partial<ClientSessionsOptions>).visit();
    void sessions.get(undefined);
    response.writeHead(200);
    expect(response.getHeader('cache-control')).toBe(expected);
    expect(response.getHeader('vary')).toBe('Cookie');
  });

  test('says what the strictest of the sessions demands', () => {
    const site = new Site({
      sessions: [
        { name: 'a', cache: false },
        { name: 'b', cache: 'private' },
        { name: 'c', cache: 'no-store' },
      ],
    });
    const controlOf = (...names: string[]): unknown => {
      const { response, sessions } = site.visit();
      for (const name of names) void sessions.get(name);
      response.writeHead(200);
      return response.getHeader('cache-control');
    };
    expect([controlOf('a'), controlOf('a', 'b'), controlOf('b', 'c', 'a')]).toEqual([
      undefined,
      'private',
      'private, no-store',
    ]);
  });

  test.each<[string, ClientSessionsOptions['cache'], boolean, RegExp]>([
    ['written', 'private', true, /its cookie is in a response .* says private, no-store/],
    ['read under no-store', 'no-store', false, /although its "cache" is 'no-store'.*says private, no-store/],
    ['read', 'private', false, /serves it to other visitors.*Say private instead of public/],
  ])('that shared caches were asked to keep is warned of: %s', (_what, cache, isWritten, message) => {
    const site = new Site({ cache } as Partial<ClientSessionsOptions>);
    const { response, sessions } = site.visit();
    const session = sessions.get(undefined);
    if (isWritten) session['user'] = 'ada';
    response.writeHead(200, { 'Cache-Control': 'public, max-age=60' });
    expect(site.events).toEqual([
      { type: 'warning', session: 'cart', message: expect.stringMatching(message) },
    ]);
  });
});

describe('a session that cannot be stored', () => {
  const answerOf = (status: number, isSaved = false): [number, Site] => {
    const site = new Site();
    const { response, sessions } = site.visit();
    sessions.get(undefined)['text'] = 'x'.repeat(5_000);
    if (isSaved) expect(() => sessions.save()).toThrow(/browsers keep 4096/);
    response.writeHead(status);
    expect(cookiesOf(response)).toEqual([]);
    return [response.statusCode, site];
  };

  test.each([
    [200, 500],
    [302, 500],
    [399, 500],
    [400, 400],
    [404, 404],
    [503, 503],
  ])('is no success: %i becomes %i', (status, sent) => {
    const [code, site] = answerOf(status);
    expect(code).toBe(sent);
    expect(types(site)).toEqual(['lost']);
  });

  test('leaves the status alone if save() has told of it', () => {
    expect(answerOf(200, true)[0]).toBe(200);
  });

  test('does not keep another one from being stored', () => {
    const site = new Site({ sessions: [{ name: 'a' }, { name: 'b' }] });
    const { response, sessions } = site.visit();
    sessions.get('a')['text'] = 'x'.repeat(5_000);
    sessions.get('b')['user'] = 'ada';
    response.writeHead(200);
    expect([response.statusCode, cookiesOf(response).length]).toEqual([500, 1]);
  });

  test('is not told of by save() once the head was sent', () => {
    const { response, sessions } = new Site().visit();
    const session = sessions.get(undefined);
    response.writeHead(200);
    session['text'] = 'x'.repeat(5_000);
    expect(() => sessions.save()).not.toThrow();
  });

  test('is not told of by save() once the head has passed the hook by', () => {
    const { response, sessions } = new Site().visit();
    sessions.get(undefined)['text'] = 'x'.repeat(5_000);
    ServerResponse.prototype.writeHead.call(response, 200);
    expect(() => sessions.save()).not.toThrow();
  });

  test('is not told of by save() where there is no response', () => {
    const request = Object.assign(new IncomingMessage(new Socket()), { method: 'GET' });
    const sessions = new Site().manager.attach(request);
    void sessions.get(undefined);
    expect(() => sessions.save()).not.toThrow();
  });
});

describe('a response whose head was sent before a session was read', () => {
  const exposures = (cache: unknown, headers: object, method = 'GET', isEnded = false): string[] => {
    const site = new Site({ cache } as Partial<ClientSessionsOptions>);
    const { response, sessions } = site.visit({ method });
    response.writeHead(200, headers as Record<string, string>);
    if (isEnded) response.end();
    void sessions.get(undefined);
    return site.events.map((event) => (event.type === 'exposed' ? event.error.message : event.type));
  };

  test.each<[unknown, object, RegExp]>([
    ['private', {}, /may serve to others: .*without "Vary: Cookie"/],
    [false, { 'Cache-Control': 'public' }, /may serve to others: .*without "Vary: Cookie"/],
    ['no-store', { Vary: 'Cookie' }, /may keep: .*without "Cache-Control: no-store"/],
  ])('exposes it under cache %j if it says %j', (cache, headers, message) => {
    expect(exposures(cache, headers)).toEqual([expect.stringMatching(message)]);
    expect(exposures(cache, headers, 'HEAD')).toEqual([expect.stringMatching(message)]);
  });

  test.each<[unknown, object]>([
    ['private', { Vary: 'Cookie' }],
    ['no-store', { 'Cache-Control': 'no-store' }],
  ])('exposes nothing under cache %j if it says %j', (cache, headers) => {
    expect(exposures(cache, headers)).toEqual([]);
  });

  test.each(['POST', 'PUT', 'DELETE'])('exposes nothing to %s, which caches do not keep', (method) => {
    expect(exposures('private', {}, method)).toEqual([]);
  });

  test('exposes nothing if it has ended', () => {
    expect(exposures('private', {}, 'GET', true)).toEqual([]);
  });

  test('does not store what is changed then, and tells of it at the end', () => {
    const site = new Site();
    const { response, sessions } = site.visit({ method: 'POST' });
    response.writeHead(200);
    sessions.get(undefined)['user'] = 'ada';
    response.emit('close');
    expect(types(site)).toEqual(['lost']);
    expect(cookiesOf(response)).toEqual([]);
  });

  test('takes no change any more after it was closed', () => {
    const { response, sessions } = new Site().visit({ method: 'POST' });
    response.writeHead(200);
    response.destroy();
    Object.defineProperty(response, 'closed', { value: true });
    const session = sessions.get(undefined);
    expect(() => (session['user'] = 'ada')).toThrow(/not extensible/);
  });
});

describe('a head that Node refuses', () => {
  test.each<[string, number, string]>([
    ['status', 0, 'OK'],
    ['statusMessage', 200, 'two\nlines'],
  ])(
    'for its %s, is followed by that of the error, with all that was changed until then',
    (what, status, message) => {
      const site = new Site({ sessions: [{ name: 'cart' }, { name: 'auth' }, { name: 'unused' }] });
      const { response, sessions } = site.visit();
      sessions.get('cart')['items'] = ['tea'];
      expect(() => response.writeHead(status, message)).toThrow(what);
      response.statusMessage = '';
      (sessions.get('cart') as Session).reset(['items']);
      sessions.get('cart')['seen'] = true;
      sessions.get('auth')['error'] = 'yes';
      response.writeHead(500);
      response.emit('close');
      expect(types(site)).toEqual([]);
      const { sessions: later } = site.visit({ headers: { cookie: cookieHeaderOf(response) } });
      expect([later.get('cart'), later.get('auth')]).toEqual([
        { items: ['tea'], seen: true },
        { error: 'yes' },
      ]);
      expect(cookiesOf(response)).toHaveLength(2);
    },
  );

  test('has sent nothing, so that what is taken back then is not sent either', () => {
    const site = new Site();
    const { response, sessions } = site.visit();
    const session = sessions.get(undefined) as Session;
    session['user'] = 'ada';
    expect(() => response.writeHead(200, 'two\nlines')).toThrow('statusMessage');
    session.reload();
    response.statusMessage = '';
    response.writeHead(500);
    expect(cookiesOf(response)).toEqual([]);
  });

  test('is followed by nothing where the connection is cut: the change is lost as ever', () => {
    const site = new Site();
    const { response, sessions } = site.visit();
    sessions.get(undefined)['items'] = ['tea'];
    expect(() => response.writeHead(0)).toThrow('status');
    response.emit('close');
    expect(types(site)).toEqual([]);
  });
});

describe('a response whose head passes the hook by', () => {
  const passBy = (options: Partial<ClientSessionsOptions>, isChanged: boolean, headers = {}): Site => {
    const site = new Site(options);
    const { response, sessions } = site.visit();
    const session = sessions.get(undefined);
    if (isChanged) session['user'] = 'ada';
    ServerResponse.prototype.writeHead.call(response, 200, headers);
    response.emit('close');
    response.emit('close');
    return site;
  };

  test('loses changes, and says so', () => {
    const site = passBy({}, true);
    expect(types(site)).toEqual(['lost']);
  });

  test('exposes what was read, if caches may keep it', () => {
    expect(types(passBy({}, false))).toEqual(['exposed']);
    expect(types(passBy({}, false, { Vary: 'Cookie' }))).toEqual([]);
    expect(types(passBy({ cache: 'no-store' }, false, { Vary: 'Cookie' }))).toEqual(['exposed']);
  });

  test('that never came tells of nothing', () => {
    const site = new Site();
    const { response, sessions } = site.visit();
    sessions.get(undefined)['user'] = 'ada';
    response.emit('close');
    expect(types(site)).toEqual([]);
  });
});

describe('a request from another site', () => {
  const fromElsewhere = (headers: object = {}): object => ({
    method: 'POST',
    headers: { 'sec-fetch-site': 'cross-site', ...headers },
  });
  const begin = (site: Site, properties: object): string[] => {
    const { response, sessions } = site.visit(properties);
    sessions.get(undefined)['user'] = 'ada';
    response.writeHead(200);
    return cookiesOf(response);
  };

  test('begins no session, since the browser may have one', () => {
    const site = new Site();
    expect(begin(site, fromElsewhere())).toEqual([]);
    expect(types(site)).toEqual(['withheld']);
  });

  test.each<[string, Partial<ClientSessionsOptions>, object]>([
    ['the configuration says so', { crossSite: 'store' }, {}],
    ['the browser sends the cookie everywhere', { cookie: { sameSite: 'none', secure: true } }, {}],
    ['the browser has sent a cookie', {}, { cookie: 'cart=rubbish' }],
    ['the browser has sent a renewal', {}, { cookie: 'cart.r=rubbish' }],
  ])('begins one if %s', (_why, options, headers) => {
    const site = new Site(options);
    expect(begin(site, fromElsewhere(headers))).not.toEqual([]);
    expect(types(site)).not.toContain('withheld');
  });

  test('by a link begins one that is Lax, and none that is Strict', () => {
    const link = { ...fromElsewhere(), method: 'GET' };
    expect(begin(new Site(), link)).not.toEqual([]);
    expect(begin(new Site({ cookie: { sameSite: 'strict' } }), link)).toEqual([]);
  });
});

describe('without a response that is sent', () => {
  test.each<[string, (site: Site) => RequestSessions]>([
    ['a request alone', ({ manager }) => manager.attach(new IncomingMessage(new Socket()))],
    [
      'a handshake of a WebSocket',
      (site) => site.visit({ upgrade: true, headers: { upgrade: 'websocket' } }).sessions,
    ],
  ])('sessions can be read only: %s', (_what, sessionsOf) => {
    const sessions = sessionsOf(new Site());
    expect(() => (sessions.get(undefined)['user'] = 'ada')).toThrow(/not extensible/);
    expect(sessions.isAnswered).toBe(false);
  });

  test('a session is opened anew when it has ended meanwhile', () => {
    const clock = new Clock();
    const site = new Site({ duration: '1h', now: clock.now });
    const cookie = site.cookieWith({ user: 'ada' });
    const request = Object.assign(new IncomingMessage(new Socket()), withCookie(cookie));
    const sessions = site.manager.attach(request);
    const first = sessions.get(undefined);
    clock.pass(MINUTE);
    expect(sessions.get(undefined)).toBe(first);
    clock.pass(HOUR);
    expect(sessions.get(undefined)).not.toBe(first);
    expect({ ...sessions.get(undefined) }).toEqual({});
  });

  test('a request is answered when its whole response has left', () => {
    const { response, sessions } = new Site().visit();
    expect(sessions.isAnswered).toBe(false);
    Object.defineProperty(response, 'writableFinished', { value: true });
    expect(sessions.isAnswered).toBe(true);
  });
});

describe('sessions of several configurations', () => {
  const two = (isInnermost?: boolean): [RequestSessions, RequestSessions, string] => {
    const [outer, inner] = [new Site(), new Site({ name: 'user', cookieName: 'user' })];
    const cookie = `${outer.cookieWith({ of: 'cart' })}; ${inner.cookieWith({ of: 'user' })}`;
    const { request, response, sessions } = outer.visit(withCookie(cookie));
    expect(sessions.get('cart')['of']).toBe('cart');
    const joined = inner.manager.attach(request, response, isInnermost);
    return [sessions, joined, String(joined.get(undefined)['of'])];
  };

  test('are one for a request, and all are found', () => {
    const [sessions, joined] = two();
    expect(joined).toBe(sessions);
    expect([joined.get('cart')['of'], joined.get('user')['of']]).toEqual(['cart', 'user']);
  });

  test('mean the first one without a name, or the innermost', () => {
    expect([two()[2], two(false)[2], two(true)[2]]).toEqual(['cart', 'cart', 'user']);
  });

  test('of an application are attached to a request when it asks for them, behind those of an inner one', () => {
    const [outer, inner] = [new Site(), new Site({ name: 'user', cookieName: 'user' })];
    const outside = Object.create(IncomingMessage.prototype) as object;
    const inside = Object.create(outside) as object;
    const attached: string[] = [];
    RequestSessions.attachWhenAsked(outside, (request) => {
      attached.push('outer');
      return outer.manager.attach(request, undefined, true);
    });
    RequestSessions.attachWhenAsked(inside, (request) => {
      attached.push('inner');
      return inner.manager.attach(request, undefined, true);
    });
    const request = Object.setPrototypeOf(new IncomingMessage(new Socket()), inside) as IncomingMessage;
    expect(attached).toEqual([]);
    const sessions = RequestSessions.of(request)!;
    expect(sessions.get(undefined)).toBe(sessions.get('user'));
    expect(sessions.get('cart')).not.toBe(sessions.get('user'));
    expect(RequestSessions.of(request)).toBe(sessions);
    expect(attached).toEqual(['outer', 'inner']);
  });

  test('of one application, configured twice, are both attached', () => {
    const [one, two] = [new Site(), new Site({ name: 'user', cookieName: 'user' })];
    const requests = Object.create(IncomingMessage.prototype) as object;
    for (const { manager } of [one, two])
      RequestSessions.attachWhenAsked(requests, (request) => manager.attach(request));
    const request = Object.setPrototypeOf(new IncomingMessage(new Socket()), requests) as IncomingMessage;
    const sessions = RequestSessions.of(request)!;
    expect([sessions.get('cart'), sessions.get('user')]).toHaveLength(2);
  });

  test('are none on a request that nobody has given any', () => {
    expect(RequestSessions.of(new IncomingMessage(new Socket()))).toBeUndefined();
  });
});

describe('the responses of an application, whose heads are prepared alike', () => {
  /** A visit whose response inherits the hook, as on Express. */
  const visitTo = (site: Site): Visit => {
    const visit = site.visit();
    const responses = Object.create(ServerResponse.prototype) as ServerResponse;
    RequestSessions.prepareHeadsOfAll(responses);
    Object.setPrototypeOf(visit.response, responses);
    return visit;
  };

  test('carry the sessions of their requests, without a hook of their own', () => {
    const { response, sessions } = visitTo(new Site());
    sessions.get(undefined)['user'] = 'ada';
    expect(Object.hasOwn(response, 'writeHead')).toBe(false);
    response.writeHead(200);
    expect(cookiesOf(response)).toEqual([expect.stringMatching(/^cart=/)]);
  });

  test('say nothing of sessions that nobody has used', () => {
    const { response } = visitTo(new Site());
    response.writeHead(200, { 'Cache-Control': 'public' });
    expect(response.getHeaders()).toEqual({ 'cache-control': 'public' });
  });

  test('need no request', () => {
    const { response } = visitTo(new Site());
    Object.defineProperty(response, 'req', { value: undefined });
    expect(() => response.writeHead(201)).not.toThrow();
    expect(response.statusCode).toBe(201);
  });
});

describe('a login', () => {
  const site = (store: MemoryLogins, clock: Clock): Site =>
    new Site({
      subject: ({ userId }) => userId as string | undefined,
      revocations: { store: store.open() },
      now: clock.now,
    });

  test('is listed when it begins, and not with every answer to it', async () => {
    const [store, clock] = [new MemoryLogins(), new Clock()];
    const own = site(store, clock);
    await own.manager.ready;
    const cookie = own.cookieWith({ userId: 'ada' });
    const notes = async (): Promise<number> => {
      await setImmediate();
      return store.calls.note;
    };
    expect(await notes()).toBe(1);

    const { response, sessions } = own.visit(withCookie(cookie));
    sessions.get(undefined)['items'] = 1;
    response.writeHead(200);
    expect(cookiesOf(response)).not.toEqual([]);
    expect(await notes()).toBe(1);

    own.cookieWith({ items: 1 });
    expect(await notes()).toBe(1);
    expect(types(own)).toEqual([]);
    own.manager.close();
  });

  test('that ends before it was sealed is not listed', async () => {
    const [store, clock] = [new MemoryLogins(), new Clock()];
    const own = site(store, clock);
    await own.manager.ready;
    const { response, sessions } = own.visit(withCookie(own.cookieWith({ items: 1 })));
    const session = sessions.get(undefined) as Session;
    session['userId'] = 'ada';
    session.save();
    session.destroy();
    response.writeHead(200);
    await setImmediate();
    expect(store.calls.note).toBe(0);
    own.manager.close();
  });
});

describe('a session that a new secret seals anew', () => {
  const clock = new Clock();
  const written = (options: Partial<ClientSessionsOptions>, passed = MINUTE): (string | undefined)[] => {
    const cookie = new Site({ secret: OTHER_SECRET, now: clock.now }).cookieWith({ user: 'ada' });
    const site = new Site({ secret: [SECRET, OTHER_SECRET], now: clock.now, ...options });
    clock.pass(passed);
    const { response, sessions } = site.visit(withCookie(cookie));
    expect(sessions.get(undefined)['user']).toBe('ada');
    response.writeHead(200);
    return cookiesOf(response).map((header) => header.split('=')[0]);
  };

  test('is written beside itself if both fit into a request, and in place if not', () => {
    expect(written({})).toEqual(['cart.r']);
    expect(written({ headerBudget: { in: 200, out: 4_096 } })).toEqual(['cart']);
  });

  test('is written in place as long as legacy servers, which know that cookie only, are served', () => {
    const legacy = () => ({
      secret: 'a legacy secret of the old servers',
      cookieName: 'cart',
      acceptUntil: new Date(clock.time + HOUR),
      write: true,
    });
    const options = { duration: '12h' } as const;
    expect(written({ ...options, legacy: legacy() }, HOUR - 1)).toEqual(['cart']);
    expect(written({ ...options, legacy: legacy() }, HOUR)).toEqual(['cart.r']);
    expect(written({ ...options, legacy: { ...legacy(), write: false } })).toEqual(['cart.r']);
  });
});

describe('what subscribers hear of a response', () => {
  test('is what it says of the session, with the bytes that the browser keeps', () => {
    const heard: unknown[] = [];
    const listen = (activity: unknown): void => void heard.push(activity);
    subscribe(SESSION_ACTIVITY_CHANNEL, listen);
    const cookie = new Site().cookieWith({ user: 'ada' });
    unsubscribe(SESSION_ACTIVITY_CHANNEL, listen);
    expect(heard).toEqual([
      expect.objectContaining({ type: 'created' }),
      expect.objectContaining({ type: 'written', bytes: cookie.length - '='.length }),
    ]);
  });
});

test('a response is watched once, however many sessions are used', () => {
  const site = new Site({ sessions: [{ name: 'a' }, { name: 'b' }] });
  const { response, sessions } = site.visit();
  const before = response.listenerCount('close');
  void sessions.get('a');
  void sessions.get('b');
  expect(response.listenerCount('close')).toBe(before + 1);
});

test('a change that came too late is told even if the session has ended and was opened anew', () => {
  const clock = new Clock();
  const site = new Site({ duration: '1h', now: clock.now });
  const { response, sessions } = site.visit(withCookie(site.cookieWith({ user: 'ada' })));
  const session = sessions.get(undefined);
  response.writeHead(200, { Vary: 'Cookie' });
  session['user'] = 'grace';
  clock.pass(2 * HOUR);
  expect(sessions.get(undefined)).not.toBe(session);
  expect(types(site)).toEqual(['lost', 'refused']);
});

test('a session that began too early is refused, and a rule that fails is warned of', () => {
  const clock = new Clock();
  const cookie = new Site({ now: clock.now }).cookieWith({ user: 'ada' });
  clock.pass(MINUTE);
  const contentOf = (issuedAfter: () => Date): object => {
    const site = new Site({ now: clock.now, issuedAfter });
    return { ...site.visit(withCookie(cookie)).sessions.get(undefined), events: types(site) };
  };
  expect(contentOf(() => new Date(clock.time))).toEqual({ events: ['refused'] });
  expect(contentOf(() => new Date(clock.time - HOUR))).toEqual({ user: 'ada', events: [] });
  let calls = 0;
  const broken = (): Date => {
    if (calls++ > 0) throw new Error('no connection');
    return new Date(clock.time - HOUR);
  };
  expect(contentOf(broken)).toMatchObject({ events: expect.arrayContaining(['warning']) });
});

describe('headers that are nearly full', () => {
  const SESSIONS = { sessions: [{ name: 'small' }, { name: 'large' }, { name: 'none' }] } as const;

  test('of a request are told with the sessions in them, the largest first', () => {
    const filler = new Site(SESSIONS);
    const small = filler.cookieWith({ a: 1 }, 'small');
    const large = filler.cookieWith({ text: 'x'.repeat(500) }, 'large');
    const header = `${small}; ${large}`;
    const site = new Site({ ...SESSIONS, headerBudget: { in: header.length, out: 100_000 } });
    const { response, sessions } = site.visit(withCookie(header));
    void sessions.get('large');
    response.writeHead(200);
    expect(site.events).toEqual([
      {
        type: 'budget',
        direction: 'in',
        bytes: header.length,
        limit: header.length,
        sessions: [
          { name: 'large', bytes: large.length + 2, keys: ['text'] },
          { name: 'small', bytes: small.length + 2, keys: [] },
        ],
      },
    ]);
  });

  test('of a response are told if a session was written, and not otherwise', () => {
    const site = new Site({ ...SESSIONS, headerBudget: { in: 100_000, out: 100 } });
    const read = site.visit();
    void read.sessions.get('large');
    read.response.writeHead(200, { 'Set-Cookie': `theirs=${'x'.repeat(200)}` });
    expect(site.events).toEqual([]);

    const { response, sessions } = site.visit();
    sessions.get('large')['text'] = 'x'.repeat(500);
    response.writeHead(200);
    const [header] = cookiesOf(response);
    const bytes = `Set-Cookie: ${header}\r\n`.length;
    expect(site.events).toEqual([
      {
        type: 'budget',
        direction: 'out',
        bytes,
        limit: 100,
        sessions: [{ name: 'large', bytes, keys: ['text'] }],
      },
    ]);
  });
});

test('a session that cannot be opened is not watched for', () => {
  const cookie = (): never => {
    throw new Error('no tenant');
  };
  const subject = ({ userId }: { userId?: string }) => userId;
  const store = new MemoryLogins();
  const revocations = { store: store.open() };
  const site = new Site({
    sessions: [
      { name: 'cart', cookie },
      { name: 'auth', subject },
    ],
    revocations,
  });
  const { response, sessions } = site.visit({
    headers: { cookie: new Site({ name: 'auth', cookieName: 'auth' }).cookieWith({ userId: 'ada' }) },
  });
  for (let i = 0; i < 20; i++) {
    expect(() => sessions.get('cart')).toThrow('"cookie" function');
    expect(() => sessions.get('auth')).toThrow(LoginsUnavailableError);
  }
  expect(response.listenerCount('close')).toBe(0);
  site.manager.close();
});

test('logins that nobody has configured cannot be asked for', async () => {
  const { sessions } = new Site().visit();
  await expect(sessions.catchUp(undefined)).rejects.toThrow(/subject/);
});

test('a request without headers, as of a double, has empty sessions', () => {
  const request = { method: 'GET' } as IncomingMessage;
  const sessions = new Site().manager.attach(request);
  expect({ ...sessions.get(undefined) }).toEqual({});
});
