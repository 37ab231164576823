import { execFile } from 'node:child_process';
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Controller, Get, Param } from '@nestjs/common';
import {
  type ClientSessionsModuleOptions,
  createSessionCodec,
  type ResealReason,
  Session,
  SESSION_ACTIVITY_CHANNEL,
  type SessionActivity,
  type SessionOptions,
} from '../../lib/index.js';
import { CompiledProgram } from '../support/compiled-program.js';
import { PLATFORMS, start, stopAll } from '../support/application.js';
import type { Browser } from '../support/browser.js';
import { leaksOf } from '../support/leaks.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { serve, stopServers } from '../support/server.js';
import { Clock, HOUR, MINUTE, Workshop } from '../support/session.js';

const HOSTS = [...PLATFORMS, 'bare http'] as const;
type Host = (typeof HOSTS)[number];
type Cart = Session<{ items?: string[] }>;

const PRIVATE = 'mango-chutney';

const ACTS: Readonly<Record<string, (cart: Cart) => void>> = {
  look: (cart) => void cart.items,
  add: (cart) => void (cart.items ??= []).push(PRIVATE),
  'add-in-steps': (cart) => {
    for (let i = 0; i < 3; i++) {
      (cart.items ??= []).push(PRIVATE);
      cart.save();
    }
  },
  undo: (cart) => {
    (cart.items ??= []).push(PRIVATE);
    cart.save();
    cart.items.pop();
  },
  reset: (cart) => cart.reset(['items']),
  prolong: (cart) => cart.setDuration(2 * HOUR),
  destroy: (cart) => cart.destroy(),
  'destroy-and-add': (cart) => {
    cart.destroy();
    cart.items = [PRIVATE];
  },
  'look-twice': (cart) => cart.reload(),
  'add-too-much': (cart) => void (cart.items = ['x'.repeat(5_000)]),
};

@Controller()
class CartController {
  @Get(':act')
  act(@Param('act') act: string, @Session('cart') cart: Cart) {
    ACTS[act]?.(cart);
  }
}

/** Serves every act under its name. */
async function serveOn(host: Host, options: Partial<SessionOptions> & { now?: () => number } = {}) {
  const own = { name: 'cart', cookieName: 'cart', requestKey: 'cart', secret: SECRET, ...options };
  if (host === 'bare http') return serve(({ url, cart }) => ACTS[url!.slice(1)]?.(cart as Cart), own);
  const running = await start(host, {
    controllers: [CartController],
    options: own as ClientSessionsModuleOptions,
  });
  return running.browser();
}

let heard: SessionActivity[] = [];
const listener = (event: unknown): void => void heard.push(event as SessionActivity);

beforeEach(() => {
  heard = [];
  subscribe(SESSION_ACTIVITY_CHANNEL, listener);
});
afterEach(async () => {
  unsubscribe(SESSION_ACTIVITY_CHANNEL, listener);
  jest.restoreAllMocks();
  await stopAll();
  stopServers();
});

/** Returns what is published while a visitor does something. */
async function activityOf(browser: Browser, act: string): Promise<SessionActivity[]> {
  heard = [];
  const { status } = await browser.get(`/${act}`);
  expect(status).toBe(act === 'add-too-much' ? 500 : 200);
  return heard;
}

async function typesOf(browser: Browser, act: string): Promise<string[]> {
  return (await activityOf(browser, act)).map(({ type }) => type);
}

/** Lets a visitor of one deployment come to the next one. */
function move(from: Browser, to: Browser): void {
  for (const [name, value] of from.jar()) to.setCookie(name, value);
}

const keyIdOf = (secret: string): string =>
  Buffer.from(createSessionCodec({ name: 'cart', secret }).seal({}), 'base64url').toString('hex', 1, 5);

const SEAL = { format: 1, keyId: keyIdOf(SECRET) };
const NEXT_SEAL = { format: 1, keyId: keyIdOf(OTHER_SECRET) };

describe.each(HOSTS)('activity on %s', (host) => {
  test('tells the whole life of a session', async () => {
    const browser = await serveOn(host);
    const bytes = () => browser.jar().reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    const opened = { type: 'opened', session: 'cart', version: 1, isRemembered: false, ...SEAL };

    expect(await activityOf(browser, 'look')).toEqual([]);
    expect(await activityOf(browser, 'add')).toEqual([
      { type: 'created', session: 'cart', hadSession: false },
      { type: 'written', session: 'cart', bytes: bytes(), ...SEAL },
    ]);
    expect(await activityOf(browser, 'look')).toEqual([opened]);
    expect(await activityOf(browser, 'look')).toEqual([{ ...opened, isRemembered: true }]);
    expect(await activityOf(browser, 'add')).toEqual([
      { ...opened, isRemembered: true },
      { type: 'written', session: 'cart', bytes: bytes(), ...SEAL },
    ]);
    expect(await activityOf(browser, 'reset')).toEqual([
      opened,
      { type: 'created', session: 'cart', hadSession: true },
      { type: 'written', session: 'cart', bytes: bytes(), ...SEAL },
    ]);
    expect(await activityOf(browser, 'destroy')).toEqual([
      opened,
      { type: 'destroyed', session: 'cart', hadSession: true },
    ]);
    expect(await activityOf(browser, 'destroy')).toEqual([
      { type: 'destroyed', session: 'cart', hadSession: false },
    ]);
  });

  test.each<[string, readonly string[]]>([
    ['add-in-steps', ['opened', 'written']],
    ['undo', ['opened']],
    ['prolong', ['opened', 'written']],
    ['destroy-and-add', ['opened', 'created', 'written']],
    ['look-twice', ['opened', 'opened']],
    ['add-too-much', ['opened']],
  ])('says what the response has, however often it was sealed: %s', async (act, expected) => {
    const browser = await serveOn(host);
    await browser.get('/add');
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    expect(await typesOf(browser, act)).toEqual(expected);
  });

  test('knows no memo where there is none', async () => {
    const browser = await serveOn(host, { memo: 0 });
    await browser.get('/add');
    await browser.get('/look');
    expect(await activityOf(browser, 'look')).toEqual([
      { type: 'opened', session: 'cart', version: 1, isRemembered: false, ...SEAL },
    ]);
  });

  test('tells a renewal apart from a change', async () => {
    const clock = new Clock();
    const browser = await serveOn(host, { duration: HOUR, activeDuration: 30 * MINUTE, now: clock.now });
    await browser.get('/add');
    expect(await typesOf(browser, 'look')).toEqual(['opened']);
    clock.pass(40 * MINUTE);
    expect(await typesOf(browser, 'look')).toEqual(['opened', 'renewed', 'written']);
    expect(await typesOf(browser, 'add')).toEqual(['opened', 'written']);
    clock.pass(30 * MINUTE);
    expect(await typesOf(browser, 'add')).toEqual(['opened', 'renewed', 'written']);
    clock.pass(15 * MINUTE);
    expect(await typesOf(browser, 'reset')).toEqual(['opened', 'created', 'written']);
  });

  test('has the new key beside the old one when a cookie is sealed anew', async () => {
    const before = await serveOn(host);
    await before.get('/add');
    const after = await serveOn(host, { secret: [OTHER_SECRET, SECRET] });
    move(before, after);
    expect(await activityOf(after, 'look')).toEqual([
      { type: 'opened', session: 'cart', version: 1, isRemembered: false, ...SEAL },
      { type: 'resealed', session: 'cart', reasons: ['key'] },
      { type: 'written', session: 'cart', bytes: expect.any(Number), ...NEXT_SEAL },
    ]);
    expect(await typesOf(after, 'look')).toEqual(['opened']);
  });

  test('holds no content, no cookie and no secret', async () => {
    const browser = await serveOn(host, { id: true });
    heard = [];
    const cookies: string[] = [];
    for (const act of ['add', 'look', 'add-in-steps', 'reset', 'destroy-and-add', 'destroy']) {
      await browser.get(`/${act}`);
      if (browser.cookie('cart')) cookies.push(browser.cookie('cart')!);
    }
    expect(heard.length).toBeGreaterThan(10);
    const text = JSON.stringify(heard);
    expect(cookies).toHaveLength(5);
    // The first bytes of a cookie are the same for all, and stand in the clear: version and key id.
    expect(leaksOf([SECRET, PRIVATE, ...cookies.map((cookie) => cookie.slice(8))], text)).toEqual([]);
    expect(Object.keys(Object.assign({}, ...heard) as object).sort()).toEqual(
      ['bytes', 'format', 'hadSession', 'isRemembered', 'keyId', 'session', 'type', 'version'].sort(),
    );
  });
});

describe('the reasons to seal anew', () => {
  const LEGACY = { secret: SECRET, acceptUntil: '2099-01-01' };
  const defaults = { currency: 'EUR' };
  const version2 = { version: 2, migrate: { 1: (content: object) => ({ ...content, n: 1 }) } };

  test.each<[ResealReason[], Partial<SessionOptions>, Partial<SessionOptions>]>([
    [['key'], {}, { secret: [OTHER_SECRET, SECRET] }],
    [['format'], { legacy: { ...LEGACY, write: true } }, { legacy: LEGACY }],
    [['format'], { legacy: LEGACY }, { legacy: { ...LEGACY, write: true } }],
    [['version'], {}, version2],
    [['content'], {}, { schema: schemaThatRefuses('items'), onInvalid: () => ({ n: 1 }) }],
    [['earlier-cookie'], { cookieName: 'basket' }, { previousNames: ['basket'] }],
    [['key', 'content'], {}, { secret: [OTHER_SECRET, SECRET], defaults }],
    [
      ['key', 'version', 'earlier-cookie'],
      { cookieName: 'basket' },
      { secret: [OTHER_SECRET, SECRET], ...version2, previousNames: ['basket'], id: true },
    ],
  ])('%j', async (reasons, earlier, later) => {
    const before = await serveOn('bare http', { duration: HOUR, ...earlier });
    await before.get('/add');
    const after = await serveOn('bare http', { duration: HOUR, ...later });
    move(before, after);
    const events = await activityOf(after, 'look');
    expect(events.map(({ type }) => type)).toEqual(['opened', 'resealed', 'written']);
    expect(events[1]).toEqual({ type: 'resealed', session: 'cart', reasons });
    const seals = events.filter((event) => 'format' in event).map(({ format }) => format);
    const isLegacy = [earlier, later].map(({ legacy }) => legacy?.write === true);
    expect(seals).toEqual(isLegacy.map((is) => (is ? 'legacy' : 1)));
    for (const event of events) {
      if ('format' in event) expect('keyId' in event).toBe(event.format !== 'legacy');
    }
  });

  test('are not asked for when the application changes the session, or begins it anew', async () => {
    const before = await serveOn('bare http');
    await before.get('/add');
    const options = { secret: [OTHER_SECRET, SECRET] };
    for (const [act, expected] of [
      ['add', ['opened', 'written']],
      ['prolong', ['opened', 'written']],
      ['reset', ['opened', 'created', 'written']],
    ] as const) {
      const after = await serveOn('bare http', options);
      move(before, after);
      expect(await typesOf(after, act)).toEqual(expected);
    }
  });

  test('stand beside a renewal', async () => {
    const clock = new Clock();
    const times = { duration: HOUR, activeDuration: 30 * MINUTE, now: clock.now };
    const before = await serveOn('bare http', times);
    await before.get('/add');
    clock.pass(40 * MINUTE);
    const after = await serveOn('bare http', { ...times, secret: [OTHER_SECRET, SECRET] });
    move(before, after);
    expect(await typesOf(after, 'look')).toEqual(['opened', 'renewed', 'resealed', 'written']);

    // The session's own cookie ends before its renewal, which holds the content, too.
    const latest = await serveOn('bare http', { ...times, secret: [SECRET, OTHER_SECRET] });
    latest.setCookie('cart.r', after.cookie('cart.r')!);
    const events = await activityOf(latest, 'look');
    expect(events.filter(({ type }) => type === 'resealed')).toEqual([
      { type: 'resealed', session: 'cart', reasons: ['key'] },
    ]);
  });

  function schemaThatRefuses(key: string): NonNullable<SessionOptions['schema']> {
    const issues = [{ message: 'must not be there', path: [key] }];
    const validate = (value: unknown) => (key in (value as object) ? { issues } : { value });
    return { '~standard': { version: 1, vendor: 'test', validate } };
  }
});

describe('what does not reach the browser', () => {
  test('is not told as written: something replaced the hook on the head', async () => {
    const events: string[] = [];
    const browser = await serve(
      ({ session }, response) => {
        session.n = 1;
        response.writeHead = ServerResponse.prototype.writeHead;
        response.end('done');
      },
      { onEvent: ({ type }) => void events.push(type) },
    );
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    expect((await browser.get('/')).setCookies).toEqual([]);
    expect(events).toContain('lost');
    expect(heard).toEqual([]);
  });

  test('of a handshake and after the head only the opening is told', async () => {
    const workshop = new Workshop();
    workshop.openReadOnly(workshop.cookieOf({ n: 1 })).end();
    expect(heard.map(({ type }) => type)).toEqual(['opened']);

    const browser = await serve((request, response) => {
      if (request.url === '/set') request.session.n = 1;
      response.write('head');
      request.session.n = 2;
      response.end();
    });
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    await browser.get('/set');
    expect(await typesOf(browser, 'look')).toEqual(['opened']);
  });
});

describe('a session', () => {
  test('that ended before it was reloaded is not replaced by the next one', () => {
    const workshop = new Workshop({ duration: HOUR });
    const state = workshop.open(workshop.cookieOf({ n: 1 }));
    workshop.clock.pass(2 * HOUR);
    state.reload();
    state.object['n'] = 2;
    state.announce(state.conclude(), 100);
    expect(heard).toEqual([
      expect.objectContaining({ type: 'opened' }),
      { type: 'created', session: 'cart', hadSession: false },
      { type: 'written', session: 'cart', bytes: 100, ...SEAL },
    ]);
  });

  test('that is over is not followed any more, because that would keep what its cookie held', () => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ n: 1 }));
    expect(state.isFollowed).toBe(true);
    state.conclude();
    state.end();
    expect(state.isFollowed).toBe(false);
  });
});

describe('several sessions', () => {
  test('are told one by one, with the bytes of each', async () => {
    const sessions = [{ name: 'cart' }, { name: 'user' }, { name: 'unused' }];
    const browser = await serve(
      ({ cart, user }) => {
        cart.items = ['x'.repeat(500)];
        user.name = 'ada';
      },
      { cookieName: undefined, sessions } as object,
    );
    await browser.get('/');
    const sizes = heard.flatMap((event) => (event.type === 'written' ? [[event.session, event.bytes]] : []));
    expect(sizes).toEqual(['cart', 'user'].map((name) => [name, name.length + browser.cookie(name)!.length]));
  });

  test('of an earlier name that is cleared have no bytes', async () => {
    const before = await serveOn('bare http', { cookieName: 'basket' });
    await before.get('/add');
    const after = await serveOn('bare http', { previousNames: ['basket'] });
    move(before, after);
    const bytesOf = (name: string): number => name.length + after.cookie(name)!.length;
    const [, , renewed] = await activityOf(after, 'look');
    expect(after.jar().map(([name]) => name)).toEqual(['basket', 'cart.r']);
    expect(renewed).toMatchObject({ type: 'written', bytes: bytesOf('cart.r') });
    const [, written] = await activityOf(after, 'add');
    expect(after.jar().map(([name]) => name)).toEqual(['cart']);
    expect(written).toMatchObject({ type: 'written', bytes: bytesOf('cart') });
  });
});

describe('subscribers', () => {
  test('that are not there cost no event: nothing is published, and nothing is described', async () => {
    unsubscribe(SESSION_ACTIVITY_CHANNEL, listener);
    const publish = jest.spyOn(channel(SESSION_ACTIVITY_CHANNEL), 'publish');
    const browser = await serveOn('bare http');
    for (const act of ['add', 'look', 'reset', 'destroy']) await browser.get(`/${act}`);
    expect(publish).not.toHaveBeenCalled();
  });

  test('that come while a request is under way hear of the next one', () => {
    unsubscribe(SESSION_ACTIVITY_CHANNEL, listener);
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ n: 1 }));
    subscribe(SESSION_ACTIVITY_CHANNEL, listener);
    expect(state.isFollowed).toBe(false);
    state.object['n'] = 2;
    state.announce(state.conclude(), 100);
    expect(heard).toEqual([]);
    expect(workshop.open().isFollowed).toBe(true);
  });

  test('that throw do not disturb the response; Node raises their error afterwards', async () => {
    const program = await CompiledProgram.compile('test/cluster/worker/main.ts');
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [
        '--input-type=module',
        '--eval',
        subscriberThatThrows(program.pathOf('lib/connect.ts')),
      ]);
      expect(JSON.parse(stdout)).toEqual({
        statuses: [200, 200],
        cookies: [1, 0],
        bodies: ['1', '1'],
        // One for `created` and `written` each, and one for `opened`.
        raised: ['of the subscriber', 'of the subscriber', 'of the subscriber'],
      });
    } finally {
      await program.remove();
    }
  });

  function subscriberThatThrows(library: string): string {
    return `
      import { createServer } from 'node:http';
      import { subscribe } from 'node:diagnostics_channel';
      import { clientSessions, SESSION_ACTIVITY_CHANNEL } from ${JSON.stringify(library)};
      const raised = [];
      process.on('uncaughtException', ({ message }) => raised.push(message));
      subscribe(SESSION_ACTIVITY_CHANNEL, () => { throw new Error('of the subscriber'); });
      const sessions = clientSessions({ cookieName: 'session', secret: ${JSON.stringify(SECRET)} });
      const server = createServer((request, response) => sessions(request, response, () => {
        request.session.n ??= 1;
        response.end(String(request.session.n));
      }));
      await new Promise((done) => server.listen(0, '127.0.0.1', done));
      const url = 'http://127.0.0.1:' + server.address().port;
      const first = await fetch(url);
      const cookie = first.headers.getSetCookie()[0].split(';')[0];
      const second = await fetch(url, { headers: { cookie } });
      const bodies = [await first.text(), await second.text()];
      const cookies = [first, second].map(({ headers }) => headers.getSetCookie().length);
      console.log(JSON.stringify({ statuses: [first.status, second.status], cookies, bodies, raised }));
      server.close();
      server.closeAllConnections();
    `;
  }
});
