import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import * as common from '@nestjs/common';
import * as config from '@nestjs/config';
import * as terminus from '@nestjs/terminus';
import * as websockets from '@nestjs/websockets';
import express from 'express';
import { io, type Socket } from 'socket.io-client';
import * as connect from '../../lib/connect.js';
import * as library from '../../lib/index.js';
import { loginStoreContract } from '../../lib/store-contract.js';
import { type Platform, PLATFORMS, type Running, start, stopAll } from '../support/application.js';
import { Browser } from '../support/browser.js';
import { MemoryLogins } from '../support/memory-login-store.js';
import { SECRET } from '../support/secrets.js';
import { serve, stopServers } from '../support/server.js';
import { Clock, HOUR, MINUTE } from '../support/session.js';
import { toJavaScript } from './moving-from-others/guide.js';

const PAGE = readFileSync(new URL('../../docs/logins.md', import.meta.url), 'utf8');
const BLOCKS = [...PAGE.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code);
/** The page's files, by the name in their first line. */
const FILES: ReadonlyMap<string, string> = new Map(
  BLOCKS.flatMap((code) => {
    const name = /^\/\/ ([\w.-]+)\.ts\n/.exec(code)?.[1];
    return name === undefined ? [] : [[`./${name}.js`, code]];
  }),
);
const fromDisk = createRequire(import.meta.url);

type Modules = Readonly<Record<string, object>>;

/** Runs a block of the page, with the modules that it imports. */
function run(code: string, given: Modules, loaded = new Map<string, object>()): Record<string, unknown> {
  const exports = {};
  const require = (name: string): unknown => {
    const file = FILES.get(name);
    if (file === undefined) return given[name] ?? fromDisk(name);
    if (!loaded.has(name)) loaded.set(name, run(file, given, loaded));
    return loaded.get(name);
  };
  // oxlint-disable-next-line no-implied-eval -- It is the page's.
  new Function('exports', 'require', toJavaScript(code))(exports, require);
  return exports;
}

/** The page's own user. */
class Users {
  check(name: string, password: string): Promise<{ id: string } | undefined> {
    return Promise.resolve(password === 'tea' ? { id: name } : undefined);
  }
}
common.Injectable()(Users);

const TOKENS: Readonly<Record<string, object>> = {
  everywhere: { sub: 'ada' },
  'one login': { sub: 'ada', sid: 'of the provider' },
  'nobody in particular': { sid: 'of the provider' },
};

function modulesWith(store: MemoryLogins): Modules {
  return {
    '@nestjs/common': common,
    '@nestjs/config': config,
    '@nestjs/terminus': { ...terminus, TerminusModule: terminus.TerminusModule.forRoot({ logger: false }) },
    '@nestjs/websockets': websockets,
    express: { __esModule: true, default: express },
    ioredis: { Redis: class {} },
    'nestjs-client-sessions': library,
    'nestjs-client-sessions/connect': connect,
    'nestjs-client-sessions/redis': { redisLogins: () => store.open() },
    'nestjs-client-sessions/store-contract': { loginStoreContract },
    './users.js': { Users },
    './oidc.js': { verifyLogoutToken: (token: string) => Promise.resolve(TOKENS[token]) },
  };
}

const blockWith = (text: string): string => {
  const [code, ...others] = BLOCKS.filter((block) => block.includes(text));
  expect([text, code === undefined, others.length]).toEqual([text, false, 0]);
  return code!;
};

type Auth = library.Session<{ userId?: string; sid?: string }>;

/** The callback of an identity provider, which the page leaves to its library. */
@common.Controller()
class CallbackController {
  @common.Post('callback')
  login(@library.Session('auth') auth: Auth): void {
    auth.reset();
    auth.userId = 'ada';
    auth.sid = 'of the provider';
  }

  @common.Get('me')
  me(@library.Session('auth') auth: Auth): object {
    return { user: auth.userId ?? null };
  }
}

const { now } = Date;
const environment = { SESSION_SECRET: SECRET, REDIS_URL: 'redis://127.0.0.1:6379' };
const sockets: Socket[] = [];

beforeEach(() => void Object.assign(process.env, environment));
afterEach(async () => {
  for (const name of Object.keys(environment)) delete process.env[name];
  for (const socket of sockets.splice(0)) socket.close();
  jest.restoreAllMocks();
  await stopAll();
  stopServers();
});

function applicationOn(platform: Platform, store: MemoryLogins): Promise<Running> {
  const { AppModule } = run(FILES.get('./app.module.js')!, modulesWith(store)) as { AppModule: common.Type };
  return start(platform, { sessions: [AppModule], controllers: [CallbackController] });
}

async function loggedIn(application: Running, name = 'ada'): Promise<Browser> {
  const browser = application.browser();
  expect((await browser.post('/login', { name, password: 'tea' })).status).toBe(204);
  return browser;
}

async function userOf(browser: Browser): Promise<unknown> {
  const page = await browser.get('/me');
  return page.status === 200 ? page.json<{ user: unknown }>().user : page.status;
}

function copyOf(browser: Browser): Browser {
  const copy = new Browser(browser.origin);
  for (const [name, value] of browser.jar()) copy.setCookie(name, value);
  return copy;
}

/** The store has not answered for longer than `maxLag`. */
function goDown(store: MemoryLogins): void {
  store.isDown = true;
  jest.spyOn(Date, 'now').mockImplementation(() => now() + 6_000);
}

function connectTo(application: Running, browser: Browser): Socket {
  const extraHeaders = { cookie: browser.cookieHeader('/') };
  const socket = io(application.origin, { transports: ['websocket'], extraHeaders, reconnection: false });
  sockets.push(socket);
  return socket;
}

const once = (socket: Socket, event: string): Promise<unknown> =>
  new Promise((resolve) => void socket.once(event, resolve));

describe.each(PLATFORMS)('the application of the page on %s', (platform) => {
  test('logs in and out, and a copy of the cookie is refused afterwards', async () => {
    const application = await applicationOn(platform, new MemoryLogins());
    const stranger = application.browser();
    expect((await stranger.post('/login', { name: 'ada', password: 'coffee' })).status).toBe(401);
    const ada = await loggedIn(application);
    const copy = copyOf(ada);
    expect([await userOf(ada), await userOf(copy), await userOf(stranger)]).toEqual(['ada', 'ada', null]);
    expect((await ada.post('/logout')).status).toBe(204);
    expect([await userOf(ada), await userOf(copy)]).toEqual([null, null]);
    expect(ada.cookie('auth')).toBeUndefined();
    expect((await stranger.post('/logout')).status).toBe(204);
  });

  test('keeps the cookie if a logout cannot be stored', async () => {
    const store = new MemoryLogins();
    const ada = await loggedIn(await applicationOn(platform, store));
    store.isFull = true;
    const page = await ada.post('/logout');
    expect([page.status, page.setCookies, await userOf(ada)]).toEqual([503, [], 'ada']);
  });

  test('logs out everywhere, and everywhere else', async () => {
    const application = await applicationOn(platform, new MemoryLogins());
    const [one, two, bob] = [
      await loggedIn(application),
      await loggedIn(application),
      await loggedIn(application, 'bob'),
    ];
    expect((await one.post('/logout-elsewhere')).status).toBe(204);
    expect([await userOf(one), await userOf(two), await userOf(bob)]).toEqual(['ada', null, 'bob']);
    const copy = copyOf(one);
    expect((await one.post('/logout-everywhere')).status).toBe(204);
    expect([await userOf(one), await userOf(copy), await userOf(bob)]).toEqual([null, null, 'bob']);
    expect(one.cookie('auth')).toBeUndefined();
    expect((await one.post('/logout-everywhere')).status).toBe(401);
  });

  test("shows a visitor's own devices, and ends none of others", async () => {
    const application = await applicationOn(platform, new MemoryLogins());
    const [one, two, bob] = [
      await loggedIn(application),
      await loggedIn(application),
      await loggedIn(application, 'bob'),
    ];
    interface Device {
      readonly id: string;
      readonly isCurrent: boolean;
      readonly description: object;
    }
    const devices = (await one.get('/devices')).json<Device[]>();
    expect([devices.length, devices.filter(({ isCurrent }) => isCurrent).length]).toEqual([2, 1]);
    expect(devices[0]!.description).toEqual({ device: expect.any(String) });
    const other = devices.find(({ isCurrent }) => !isCurrent)!;
    const end = async (browser: Browser, id: string): Promise<number> =>
      (await browser.request(`/devices/${id}`, { method: 'DELETE' })).status;

    expect([await end(bob, other.id), await end(one, 'x'), await userOf(two)]).toEqual([404, 404, 'ada']);
    expect([await end(one, other.id), await userOf(two), await userOf(one)]).toEqual([204, null, 'ada']);
    expect((await two.get('/devices')).status).toBe(401);
  });

  test('asks for the password again after ten minutes', async () => {
    const ada = await loggedIn(await applicationOn(platform, new MemoryLogins()));
    expect((await ada.post('/account/delete')).status).toBe(204);
    jest.spyOn(Date, 'now').mockImplementation(() => now() + 10 * MINUTE);
    const page = await ada.post('/account/delete');
    expect([page.status, page.json()]).toMatchObject([401, { message: 'Please give your password again' }]);
  });

  test('ends logins when the identity provider says so', async () => {
    const application = await applicationOn(platform, new MemoryLogins());
    const other = await loggedIn(application);
    const visitor = application.browser();
    await visitor.post('/callback');
    const tell = async (token: string): Promise<number> => {
      const init = { body: new URLSearchParams({ logout_token: token }).toString() };
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const page = await application.browser().post('/oidc/back-channel-logout', {}, { ...init, headers });
      expect(page.headers.get('cache-control')).toBe('no-store');
      return page.status;
    };

    expect([await tell('forged'), await tell('nobody in particular')]).toEqual([400, 400]);
    expect([await userOf(visitor), await userOf(other)]).toEqual(['ada', 'ada']);
    expect([await tell('one login'), await userOf(visitor), await userOf(other)]).toEqual([200, null, 'ada']);
    expect([await tell('everywhere'), await userOf(other)]).toEqual([200, null]);
  });

  test('closes connections of a login that has ended, and no others', async () => {
    const application = await applicationOn(platform, new MemoryLogins());
    const [ada, bob] = [await loggedIn(application), await loggedIn(application, 'bob')];
    const [first, second, third] = [
      connectTo(application, ada),
      connectTo(application, ada),
      connectTo(application, bob),
    ];
    await Promise.all([first, second, third].map((socket) => once(socket, 'connect')));
    first.close();
    const closed = once(second, 'disconnect');
    await ada.post('/logout');
    expect(await closed).toBe('io server disconnect');
    expect(third.connected).toBe(true);
  });

  test('is red while the store is down, refuses logins and connections, and serves guests', async () => {
    const store = new MemoryLogins();
    const application = await applicationOn(platform, store);
    const [ada, guest] = [await loggedIn(application), application.browser()];
    const jar = ada.jar();
    expect((await guest.get('/health')).json()).toMatchObject({
      info: { logins: { status: 'up', ended: 0 } },
    });
    goDown(store);
    const health = await guest.get('/health');
    expect([health.status, health.json()]).toMatchObject([503, { error: { logins: { status: 'down' } } }]);
    const socket = connectTo(application, ada);
    expect(await once(socket, 'disconnect')).toBe('io server disconnect');
    expect([await userOf(ada), await userOf(guest), ada.jar()]).toEqual([503, null, jar]);
  });
});

test('without Nest, a logout ends the login, too', async () => {
  process.env['SESSION_SECRET'] = SECRET;
  const store = new MemoryLogins();
  const withStore = {
    ...connect,
    clientSessions: (options: library.ClientSessionsOptions) =>
      connect.clientSessions({ ...options, revocations: { store: store.open() } }),
  };
  const modules = { ...modulesWith(store), 'nestjs-client-sessions/connect': withStore };
  const { app, close } = run(FILES.get('./server.js')!, modules) as {
    app: express.Express;
    close: () => void;
  };
  const enter: express.RequestHandler = (request, response) => {
    connect.getSession<{ userId?: string }>(request, 'auth').userId ??= 'ada';
    response.end();
  };
  const look: express.RequestHandler = (request, response) =>
    void response.json({ user: connect.getSession<{ userId?: string }>(request, 'auth').userId ?? null });
  app.post('/login', enter).get('/me', look);
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const ada = new Browser(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await ada.post('/login');
    const copy = copyOf(ada);
    expect(await userOf(copy)).toBe('ada');
    expect((await ada.post('/logout')).status).toBe(204);
    expect([await userOf(ada), await userOf(copy)]).toEqual([null, null]);
  } finally {
    close();
    server.close();
    server.closeAllConnections();
  }
});

describe('without a store', () => {
  const [, braces] = /SessionOptions = (\{.*?\});/s.exec(blockWith("'12 hours', idleDuration"))!;
  const recipe = runInNewContext(`(${braces})`) as library.SessionOptions;

  async function visits(options: library.SessionOptions, clock: Clock): Promise<Browser> {
    return serve(
      ({ session }, response) => {
        const isKnown = session.user !== undefined;
        session.user ??= 'ada';
        response.end(isKnown ? 'known' : 'new');
      },
      { ...options, now: clock.now } as library.ClientSessionsOptions,
    );
  }

  test('30 minutes idle, 12 hours at most', async () => {
    const clock = new Clock();
    const browser = await visits(recipe, clock);
    const after = async (ms: number): Promise<string> => {
      clock.pass(ms);
      return (await browser.get('/')).text;
    };
    expect(await after(0)).toBe('new');
    for (let halfHours = 1; halfHours < 24; halfHours++) expect(await after(30 * MINUTE - 1)).toBe('known');
    expect(await after(HOUR / 2 + 24)).toBe('new');
    expect(await after(29 * MINUTE)).toBe('known');
    expect(await after(33 * MINUTE)).toBe('new');
  });

  test('everybody is logged out by a time', async () => {
    const clock = new Clock();
    const { session, settings } = run(blockWith('issuedAfter'), modulesWith(new MemoryLogins())) as {
      session: library.SessionOptions;
      settings: { everybodyOut?: Date };
    };
    const browser = await visits(session, clock);
    const texts = [(await browser.get('/')).text, (await browser.get('/')).text];
    clock.pass(1);
    settings.everybodyOut = new Date(clock.time);
    texts.push((await browser.get('/')).text, (await browser.get('/')).text);
    expect(texts).toEqual(['new', 'known', 'new', 'known']);
  });
});

test('a store is held against the contract', async () => {
  const tests: (() => Promise<void>)[] = [];
  const modules = {
    ...modulesWith(new MemoryLogins()),
    'node:test': { test: (_name: string, act: () => Promise<void>) => tests.push(act) },
  };
  const { holdAgainstContract } = run(blockWith('loginStoreContract'), modules) as {
    holdAgainstContract: (openEmpty: () => () => Promise<library.LoginStore>) => void;
  };
  holdAgainstContract(() => {
    const logins = new MemoryLogins();
    return () => Promise.resolve(logins.open());
  });
  expect(tests).toHaveLength(loginStoreContract.length);
  for (const act of tests) await act();
});
