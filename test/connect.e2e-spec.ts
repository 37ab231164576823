import { inspect } from 'node:util';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import express from 'express';
import { clientSessions, createSessionCodec, getSessionInfo, type SessionEvent } from '../lib/index.js';
import { type AnyRequest, serve, stopServers } from './support/server.js';
import { ofSessions } from './support/events.js';
import { OTHER_SECRET, SECRET } from './support/secrets.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 1);

/** A clock that only moves when it is told to. */
function clock(): { now: () => number; pass: (ms: number) => void } {
  let time = START;
  return { now: () => time, pass: (ms) => (time += ms) };
}

const codec = createSessionCodec({ cookieName: 'session', secret: SECRET });
const open = (value: string | undefined) =>
  codec.unseal(value!) as { content: Record<string, unknown>; createdAt: number };

/** Runs what a URL like `/?set` names. */
function actions(map: Record<string, (request: AnyRequest) => unknown>) {
  return (request: AnyRequest, response: { end: (text: string) => void }): void => {
    const result = map[request.url!.slice(1)]?.(request);
    response.end(JSON.stringify(result ?? null));
  };
}

let log: jest.SpiedFunction<typeof console.error>;
const silence = () => (log = jest.spyOn(console, 'error').mockImplementation(() => undefined));

afterEach(() => {
  stopServers();
  jest.restoreAllMocks();
});

/** Rows of the table of client-sessions' behaviours; the numbers are the rows. */
describe('kept from client-sessions', () => {
  test('1: no options and no secret throw, with the remedy', () => {
    expect(() => clientSessions(undefined as never)).toThrow(/secret/);
    expect(() => clientSessions({ cookieName: 'session' })).toThrow(/"secret": it is missing.*randomBytes/s);
  });

  test('2: the cookie is called session_state by default, requestKey names the property', async () => {
    const browser = await serve(actions({ set: (request) => (request['mine'].a = 1) }), {
      cookieName: undefined,
      requestKey: 'mine',
    });
    await browser.get('/set');
    expect(browser.cookie('session_state')).toBeDefined();
  });

  test('3: 24 hours from the first cookie, whatever is changed in between', async () => {
    const { now, pass } = clock();
    const browser = await serve(
      actions({ set: (r) => (r['session'].n = now()), get: (r) => r['session'].n }),
      { now },
    );
    await browser.get('/set');
    pass(23 * HOUR);
    const { setCookies } = await browser.get('/set');
    expect(setCookies[0]).toContain('Max-Age=3600;');
    pass(HOUR - 1);
    expect((await browser.get('/get')).json()).toBe(START + 23 * HOUR);
    pass(1);
    expect((await browser.get('/get')).json()).toBeNull();
  });

  test('4: activeDuration prolongs on use when less is left, under the ceiling', async () => {
    const { now, pass } = clock();
    const browser = await serve(actions({ set: (r) => (r['session'].n = 1), get: (r) => r['session'].n }), {
      now,
      duration: HOUR,
      activeDuration: HOUR / 2,
      absoluteDuration: 2 * HOUR,
    });
    await browser.get('/set');
    pass(HOUR / 4);
    expect((await browser.get('/get')).setCookies).toEqual([]);
    let alive = HOUR / 4;
    for (; (await browser.get('/get')).json() === 1; alive += HOUR / 4) pass(HOUR / 4);
    expect(alive).toBe(2 * HOUR);
  });

  test('10 and 11: several sessions side by side on bare http, whose cookies are not interchangeable', async () => {
    const browser = await serve(
      actions({
        set: (r) => ((r['session'].a = 1), (r['cart'].b = 2)),
        get: (r) => [r['session'], r['cart']],
      }),
      { cookieName: 'session' },
      { cookieName: 'cart' },
    );
    expect((await browser.get('/set')).setCookies.map((cookie) => cookie.split('=')[0])).toEqual([
      'session',
      'cart',
    ]);
    expect((await browser.get('/get')).json()).toEqual([{ a: 1 }, { b: 2 }]);
    browser.setCookie('cart', browser.cookie('session')!);
    expect((await browser.get('/get')).json()).toEqual([{ a: 1 }, {}]);
  });

  test('12: untouched it is never opened and never written, even if it is garbage', async () => {
    const events: SessionEvent[] = [];
    const browser = await serve(actions({ get: (r) => r['session'] }), {
      onEvent: ofSessions((event) => events.push(event)),
    });
    browser.setCookie('session', 'garbage');
    expect((await browser.get('/nothing')).setCookies).toEqual([]);
    expect(events).toEqual([]);
    expect((await browser.get('/get')).setCookies).toEqual([]);
    expect(events).toEqual([{ type: 'refused', session: 'session', reason: 'malformed' }]);
  });

  test('13: the same middleware twice is once; a foreign property is refused loudly', async () => {
    const once = clientSessions({ cookieName: 'session', secret: SECRET });
    const app = express();
    app.use(once, once);
    app.get('/', (request, response) => void response.json(((request as AnyRequest)['session'].a = 1)));
    expect(await through(app)).toMatchObject({ status: 200, cookies: 1 });

    const foreign = express();
    foreign.use((request, _response, next) => (((request as AnyRequest)['session'] = {}), next()), once);
    foreign.use((error: Error, _request: unknown, response: any, _next: unknown) =>
      response.status(500).send(error.message),
    );
    expect(await through(foreign)).toMatchObject({
      status: 500,
      text: expect.stringContaining('choose another "requestKey"'),
    });
  });

  test('14: a fresh session has no keys, and shows its content only', async () => {
    const browser = await serve(
      actions({
        get: ({ session }) => [
          Object.keys(session),
          session.nothing === undefined,
          JSON.stringify(session),
          inspect(session),
        ],
        filled: ({ session }) => {
          session.a = { b: 1 };
          const seen: string[] = [];
          for (const key in session) seen.push(key);
          return [seen, JSON.stringify(session), inspect(session), { ...session }];
        },
      }),
    );
    expect((await browser.get('/get')).json()).toEqual([[], true, '{}', 'Session {}']);
    expect((await browser.get('/filled')).json()).toEqual([
      ['a'],
      '{"a":{"b":1}}',
      'Session { a: { b: 1 } }',
      { a: { b: 1 } },
    ]);
  });

  test('15 and 16: assigning replaces the content, before the first read, too', async () => {
    const browser = await serve(
      actions({
        set: (r) => (r['session'] = { a: 1, b: 2 }),
        replace: (r) => (r['session'] = Object.freeze({ c: 3 })),
        itself: (r) => ((r['session'].d = 4), (r['session'] = r['session'])),
        same: (r) => {
          const held = r['session'];
          r['session'] = { e: 5 };
          return held === r['session'] && held.e;
        },
        wrong: (r) => {
          const wrong = [1, 'text', null, [], undefined, true];
          return wrong.map((value) => {
            try {
              r['session'] = value;
            } catch (error) {
              return (error as Error).name;
            }
          });
        },
        get: (r) => r['session'],
      }),
    );
    await browser.get('/set');
    await browser.get('/replace');
    expect((await browser.get('/get')).json()).toEqual({ c: 3 });
    await browser.get('/itself');
    expect((await browser.get('/get')).json()).toEqual({ c: 3, d: 4 });
    expect((await browser.get('/same')).json()).toBe(5);
    expect((await browser.get('/wrong')).json()).toEqual(Array(6).fill('TypeError'));
    expect((await browser.get('/get')).json()).toEqual({ e: 5 });
  });

  test('17: one Set-Cookie for what changed, none for reading and for write-then-undo', async () => {
    const browser = await serve(
      actions({
        set: (r) => (r['session'].list = [{ n: 1 }]),
        nested: (r) => (r['session'].list[0].n = 2),
        remove: (r) => delete r['session'].list,
        undo: (r) => ((r['session'].list[0].n = 9), (r['session'].list[0].n = 2)),
        get: (r) => r['session'].list,
      }),
    );
    const written = async (path: string): Promise<number> => (await browser.get(path)).setCookies.length;
    expect([await written('/set'), await written('/get'), await written('/nested')]).toEqual([1, 0, 1]);
    expect([await written('/undo'), await written('/remove'), await written('/remove')]).toEqual([0, 1, 0]);
  });

  test('23: reset keeps the named keys and nothing else, and names what ended', async () => {
    const { now, pass } = clock();
    const browser = await serve(
      actions({
        set: (r) => (r['session'] = { a: 1, csrf: 'x' }),
        reset: (r) => r['session'].reset(['csrf']),
        get: (r) => r['session'],
      }),
      { now },
    );
    await browser.get('/set');
    pass(HOUR);
    const { setCookies } = await browser.get('/reset');
    expect(setCookies.map((header) => header.split('=')[0])).toEqual(['session', 'session.x']);
    expect(setCookies[0]).toContain('Max-Age=86400;');
    expect((await browser.get('/get')).json()).toEqual({ csrf: 'x' });
  });

  test('24 and 25: setDuration changes this session only, keeps its content, and refuses bad durations', async () => {
    const { now, pass } = clock();
    const browser = await serve(
      actions({
        set: (r) => (r['session'].a = 1),
        long: (r) => r['session'].setDuration(7 * DAY),
        brief: (r) => r['session'].setDuration('1h', true),
        persistent: (r) => r['session'].setDuration('1h', false),
        wrong: (r) => r['session'].setDuration(NaN),
        get: (r) => [r['session'], getSessionInfo(r['session']).createdAt],
      }),
      { now },
    );
    await browser.get('/set');
    pass(HOUR);
    expect((await browser.get('/long')).setCookies[0]).toContain('Max-Age=604800;');
    expect((await browser.get('/get')).json()).toEqual([{ a: 1 }, START + HOUR]);
    pass(6 * DAY);
    expect((await browser.get('/get')).json<unknown[]>()[0]).toEqual({ a: 1 });
    expect((await browser.get('/brief')).setCookies[0]).not.toMatch(/Expires|Max-Age/);
    expect((await browser.get('/set')).setCookies).toEqual([]);
    browser.setCookie('other', '1');
    expect((await browser.get('/persistent')).setCookies[0]).toContain('Max-Age=3600;');
    expect(await browser.get('/wrong')).toMatchObject({
      status: 500,
      text: expect.stringContaining('must be a duration, got NaN'),
    });

    browser.clear();
    expect((await browser.get('/set')).setCookies[0]).toContain('Max-Age=86400;');
  });

  test('26: expires is creation plus duration; with maxAge, it is now plus maxAge; ephemeral has none', async () => {
    const { now, pass } = clock();
    const handler = actions({ set: (r) => (r['session'].n = now()) });
    const [plain, maxAge, ephemeral] = [
      await serve(handler, { now, duration: '2h' }),
      await serve(handler, { now, cookie: { maxAge: '30 days' } }),
      await serve(handler, { now, cookie: { ephemeral: true } }),
    ];
    await plain.get('/set');
    pass(HOUR);
    expect((await plain.get('/set')).setCookies[0]).toContain(
      'Expires=Thu, 01 Jan 2026 02:00:00 GMT; Max-Age=3600',
    );
    expect((await maxAge.get('/set')).setCookies[0]).toContain(
      'Expires=Sat, 31 Jan 2026 01:00:00 GMT; Max-Age=2592000',
    );
    expect((await ephemeral.get('/set')).setCookies[0]).not.toMatch(/Expires|Max-Age/);
  });

  test('34: text survives byte by byte', async () => {
    const text = 'žluťoučký kůň 🐎 \uFFFD \u2028 "\\ \0';
    const browser = await serve(actions({ set: (r) => (r['session'].t = text), get: (r) => r['session'].t }));
    await browser.get('/set');
    expect((await browser.get('/get')).json()).toBe(text);
  });
});

describe('mended', () => {
  test('5 and 9: weak secrets, and names that cannot be set, do not start', () => {
    expect(() => clientSessions({ secret: 'a' })).toThrow(/must be at least 32 bytes long, has 1\./);
    expect(() => clientSessions({ secret: SECRET, cookieName: 'a=b' })).toThrow(
      /must be the name of a cookie/,
    );
  });

  test('5: an array of secrets is a rotation: the first seals, all open, what was sealed before lives on', async () => {
    const handler = actions({
      set: (r) => (r['session'].a = 1),
      get: (r) => r['session'].a,
      more: (r) => (r['session'].b = 2),
    });
    const before = await serve(handler, { secret: OTHER_SECRET });
    await before.get('/set');
    const after = await serve(handler, { secret: [SECRET, OTHER_SECRET] });
    after.setCookie('session', before.cookie('session')!);
    const page = await after.get('/get');
    expect([page.json(), page.setCookies.length]).toEqual([1, 1]);
    expect((await after.get('/get')).setCookies).toEqual([]);
    const dropped = await serve(handler, { secret: SECRET });
    for (const [name, value] of after.jar()) dropped.setCookie(name, value);
    expect((await dropped.get('/get')).json()).toBe(1);
    await after.get('/more');
    expect(after.jar().map(([name]) => name)).toEqual(['session']);
    expect(open(after.cookie('session'))).toMatchObject({ ok: true, content: { a: 1, b: 2 } });
  });

  test('7: options are left as they were, frozen ones too', async () => {
    const options = Object.freeze({
      cookieName: 'session',
      secret: SECRET,
      cookie: Object.freeze({ path: '/' }),
    });
    const browser = await serve(actions({ set: (r) => r['session'].setDuration(5000, true) }), options);
    expect((await browser.get('/set')).setCookies).toHaveLength(1);
  });

  test('18: destroy deletes the cookie in the browser, with the attributes it was set with', async () => {
    const browser = await serve(
      actions({
        set: (r) => (r['session'].a = 1),
        destroy: (r) => r['session'].destroy(),
        again: (r) => (r['session'].destroy(), (r['session'].b = 2)),
        get: (r) => r['session'],
      }),
      { cookie: { path: '/', sameSite: 'strict' } },
    );
    await browser.get('/set');
    expect((await browser.get('/destroy')).setCookies).toEqual([
      'session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly; SameSite=Strict',
      expect.stringMatching(
        /^session\.x=[\w-]+; Path=\/; Expires=.* GMT; Max-Age=34560000; HttpOnly; SameSite=Strict$/,
      ),
    ]);
    expect(browser.cookie('session')).toBeUndefined();
    await browser.get('/again');
    expect((await browser.get('/get')).json()).toEqual({ b: 2 });
  });

  test('19: Set-Cookie headers of others are kept, set in whatever way', async () => {
    const browser = await serve((request, response) => {
      request['session'].a = 1;
      response.setHeader('Set-Cookie', 'first=1');
      response.writeHead(200, { 'Set-Cookie': ['second=2'] });
    });
    const { setCookies } = await browser.get('/');
    expect(setCookies.map((cookie) => cookie.split('=')[0])).toEqual(['first', 'second', 'session']);
  });

  test.each<[string, unknown, string]>([
    ['BigInt', 10n, 'ERR_SESSION_NOT_SERIALIZABLE'],
    [
      'a cycle',
      Object.assign(
        {},
        {
          get self(): unknown {
            return this;
          },
        },
      ),
      'ERR_SESSION_NOT_SERIALIZABLE',
    ],
    ['a function', () => 1, 'ERR_SESSION_NOT_SERIALIZABLE'],
    ['a Date', new Date(0), 'ERR_SESSION_NOT_SERIALIZABLE'],
    ['a Map', new Map(), 'ERR_SESSION_NOT_SERIALIZABLE'],
    ['10 kB', 'x'.repeat(10_000), 'ERR_SESSION_TOO_LARGE'],
  ])('20, 21, 22, 36: %s is a 500, reported once, and nothing else is lost', async (_title, value, code) => {
    silence();
    const events: SessionEvent[] = [];
    const browser = await serve(
      (request, response) => {
        if (request.url === '/get') return response.end(JSON.stringify(request['session']));
        if (request.url === '/bad') request['session'].bad = value;
        else request['session'].good = 1;
        response.setHeader('Set-Cookie', 'other=1');
        response.end('body');
      },
      { onEvent: ofSessions((event) => events.push(event)) },
    );
    await browser.get('/good');
    const page = await browser.get('/bad');
    expect([page.status, page.text, page.setCookies]).toEqual([500, 'body', ['other=1']]);
    const remedy = expect.stringMatching(/^Call save\(\)/);
    const error = expect.objectContaining({ code });
    expect(events).toEqual([{ type: 'lost', session: 'session', error, remedy }]);
    expect(log).toHaveBeenCalledTimes(1);
    expect((await browser.get('/get')).json()).toEqual({ good: 1 });
  });

  test('27 and 28: a shortened duration acts on legacy cookies; a cookie from the future is refused', async () => {
    const { now, pass } = clock();
    const handler = actions({
      set: (r) => (r['session'].a = 1),
      get: (r) => getSessionInfo(r['session']).refused ?? r['session'].a,
    });
    const long = await serve(handler, { now, duration: '30 days' });
    await long.get('/set');
    const short = await serve(handler, { now, duration: '1h' });
    short.setCookie('session', long.cookie('session')!);
    pass(HOUR - 1);
    expect((await short.get('/get')).json()).toBe(1);
    pass(1);
    expect((await short.get('/get')).json()).toBe('expired');
    pass(-2 * HOUR);
    short.setCookie('session', long.cookie('session')!);
    expect((await short.get('/get')).json()).toBe('future');
  });

  test('29: Secure follows TLS by default; over plain http, one warning names the cause', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const browser = await serve(actions({ set: (r) => (r['session'].n = Math.random()) }), {
      cookie: { secure: true },
    });
    expect((await browser.get('/set')).setCookies[0]).toContain('; Secure');
    expect(warn).not.toHaveBeenCalled();
    for (let i = 0; i < 3; i++) await throughHost(browser.origin, 'shop.example');
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]![0]).toMatch(/plain http.*trust proxy/);
  });

  test('32: content that is no object is refused as a value', () => {
    // Such cookies cannot be made with this package; see the sealing tests for ones made by hand.
    for (const content of [null, [], 'text', 1])
      expect(() => codec.seal(content as never)).toThrow(/not a plain object/);
  });

  test('35: of several cookies of one name the genuine one counts, in any order', async () => {
    const browser = await serve(actions({ get: (r) => r['session'].a }));
    const genuine = codec.seal({ a: 1 });
    const forged = genuine.slice(0, -5) + 'AAAAA';
    for (const header of [
      `session=${genuine}; session=${forged}`,
      `session=x; session=${forged}; session=${genuine}`,
    ]) {
      expect((await browser.get('/get', { headers: { cookie: header } })).json()).toBe(1);
    }
  });
});

describe('too late', () => {
  test('a change after the head is reported when the response is over, and the process lives', async () => {
    silence();
    const lost = new Promise<SessionEvent>((resolve) => {
      void serve(
        (request, response) => {
          const { session } = request;
          response.write('head is out');
          session.a = 1;
          response.end();
        },
        { onEvent: ofSessions(resolve) },
      ).then((browser) => browser.get('/'));
    });
    expect(await lost).toMatchObject({ type: 'lost', error: { code: 'ERR_SESSION_TOO_LATE' } });
    expect(log.mock.calls[0]![0]).toMatch(/Change sessions before the first byte/);
  });

  test('so is one to a session that was first touched then', async () => {
    silence();
    const lost = new Promise<SessionEvent>((resolve) => {
      void serve(
        (request, response) => {
          response.write('head is out');
          request['session'].a = 1;
          response.end();
        },
        { onEvent: ofSessions((event) => event.type === 'lost' && resolve(event)) },
      ).then((browser) => browser.get('/'));
    });
    const event = await lost;
    expect(event).toMatchObject({ type: 'lost', error: { code: 'ERR_SESSION_TOO_LATE' } });
    expect((event as { error: Error }).error.message).toMatch(/after the response head had been sent/);
  });

  test.each<[string, Record<string, string>, number]>([
    ['without a word to caches', {}, 1],
    ['that varies by something else', { Vary: 'Accept, Cookies' }, 1],
    ['that public caches may keep', { 'Cache-Control': 'public, max-age=60' }, 1],
    ['that varies by cookie', { Vary: 'Accept, Cookie' }, 0],
    ['that varies by everything', { Vary: '*' }, 0],
    ['for this browser alone', { 'Cache-Control': 'max-age=60, private' }, 0],
    ['for nobody to keep', { 'Cache-Control': 'no-store' }, 0],
  ])('a session that is first read after a head %s: %#', async (_title, headers, count) => {
    silence();
    const events: SessionEvent[] = [];
    const browser = await serve(
      (request, response) => {
        response.writeHead(200, headers);
        response.write('head is out');
        response.end(String(request['session'].a));
      },
      { onEvent: ofSessions((event) => events.push(event)) },
    );
    const page = await browser.get('/', { headers: { cookie: 'session=rubbish' } });
    expect(page.text).toBe('head is outundefined');
    expect(events).toMatchObject([
      { type: 'refused', reason: 'malformed' },
      ...Array.from({ length: count }, () => ({ type: 'exposed', error: { code: 'ERR_SESSION_EXPOSED' } })),
    ]);
    const [, exposed] = events as { error: Error }[];
    if (count) expect(exposed!.error.message).toMatch(/without "Vary: Cookie".*before the first byte/);
  });
});

test('secrets that could not be loaded are asked for again, until they can', async () => {
  let asked = 0;
  const secret = (): Promise<string> =>
    ++asked < 3 ? Promise.reject(new Error('vault is sealed')) : Promise.resolve(SECRET);
  const browser = await serve(actions({ set: (r) => (r['session'].a = 1) }), { secret });
  const statuses = [];
  for (let i = 0; i < 5; i++) statuses.push((await browser.get('/set')).status);
  expect([statuses, asked]).toEqual([[500, 500, 200, 200, 200], 3]);
});

describe('caches', () => {
  test('a read session varies by cookie; a written one overrides public; each with a warning', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const browser = await serve((request, response) => {
      if (request.url !== '/none') void request['session'].a;
      if (request.url === '/set') request['session'].a = 1;
      response.setHeader('Vary', 'Accept');
      response.writeHead(200, { 'Cache-Control': 'public, max-age=60' });
    });
    const headers = async (path: string) => {
      const page = await browser.get(path);
      return [page.headers.get('vary'), page.headers.get('cache-control')];
    };
    expect(await headers('/none')).toEqual(['Accept', 'public, max-age=60']);
    for (let i = 0; i < 2; i++)
      expect(await headers('/get')).toEqual(['Accept, Cookie', 'public, max-age=60']);
    expect(await headers('/set')).toEqual(['Accept, Cookie', 'private, no-store']);
    expect(warn.mock.calls.flat()).toEqual([
      expect.stringMatching(/was read for.*disregards "Vary: Cookie"/),
      expect.stringMatching(/its cookie is in a response/),
    ]);
  });
});

/** One request to an Express application on a free port. */
async function through(
  app: ReturnType<typeof express>,
): Promise<{ status: number; text: string; cookies: number }> {
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const response = await fetch(`http://127.0.0.1:${port}/`);
  const text = await response.text();
  server.close();
  return { status: response.status, text, cookies: response.headers.getSetCookie().length };
}

/** A request under another Host than fetch would send. */
async function throughHost(origin: string, host: string): Promise<void> {
  const { get } = await import('node:http');
  await new Promise((resolve) =>
    get(`${origin}/set`, { headers: { host } }, (answer) => answer.resume().on('end', resolve as never)),
  );
}
