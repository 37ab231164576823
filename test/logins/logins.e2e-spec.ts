import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import express from 'express';
import { fastify } from 'fastify';
import { LoginStoreError } from '../../lib/errors/login-store.error.js';
import { clientSessions, getSession, LoginsUnavailableError } from '../../lib/index.js';
import { PLATFORMS, start, stopAll } from '../support/application.js';
import { Browser } from '../support/browser.js';
import { MemoryLogins } from '../support/memory-login-store.js';
import { SECRET } from '../support/secrets.js';
import { serve, stopServers } from '../support/server.js';
import { MAX_LAG, SimulatedProcess } from './simulated-process.js';
import { SimulatedStore, Timeline } from './simulated-store.js';

const PASSWORD = 'hunter2';

afterEach(async () => {
  stopServers();
  jest.restoreAllMocks();
  await stopAll();
});

function refuse(): never {
  const cause = Object.assign(new Error(`redis://:${PASSWORD}@host`), { code: 'ECONNREFUSED' });
  throw new LoginsUnavailableError('Logins cannot be checked', cause);
}

@Controller()
class AccountController {
  @Get('account')
  account(): never {
    return refuse();
  }
}

describe('an application that cannot check logins answers 503 without a filter', () => {
  test.each(PLATFORMS)('in Nest on %s', async (platform) => {
    const { origin } = await start(platform, { controllers: [AccountController] });
    const response = await fetch(`${origin}/account`);
    expect(response.status).toBe(503);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.text()).not.toContain(PASSWORD);
  });

  test('in Express', async () => {
    const server = express().set('env', 'test').get('/account', refuse).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const response = await fetch(`http://127.0.0.1:${port}/account`);
      expect(response.status).toBe(503);
      expect(await response.text()).not.toContain(PASSWORD);
    } finally {
      server.close();
    }
  });

  test('in Fastify', async () => {
    const app = fastify();
    app.get('/account', refuse);
    const origin = await app.listen({ host: '127.0.0.1', port: 0 });
    const response = await fetch(`${origin}/account`);
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain(PASSWORD);
    await app.close();
  });
});

test('@nestjs/terminus takes health() as an indicator: red while the store is down', async () => {
  const timeline = new Timeline();
  const store = new SimulatedStore(timeline);
  const { logins, follower } = new SimulatedProcess(timeline, store);
  @Controller()
  class HealthController {
    constructor(private readonly health: HealthCheckService) {}

    @Get('health')
    check(): Promise<unknown> {
      return this.health.check([() => logins.health()]);
    }
  }
  const { origin } = await start('express', {
    controllers: [HealthController],
    imports: [TerminusModule.forRoot({ logger: false })],
  });
  const ask = async (): Promise<[number, object]> => {
    const response = await fetch(`${origin}/health`);
    return [response.status, (await response.json()) as object];
  };
  await timeline.pass(300);
  expect(await ask()).toMatchObject([200, { status: 'ok', info: { logins: { status: 'up' } } }]);
  store.state = 'dead';
  await timeline.pass(MAX_LAG + 300);
  expect(await ask()).toMatchObject([
    503,
    { status: 'error', error: { logins: { status: 'down', ended: 0 } } },
  ]);
  store.state = 'up';
  await timeline.pass(300);
  expect(await ask()).toMatchObject([200, { status: 'ok' }]);
  follower.stop();
});

test('a session of another configuration is refused, because its login ends elsewhere', async () => {
  const [shop, staff] = ['shop', 'staff'].map((cookieName) =>
    clientSessions({
      cookieName,
      secret: SECRET,
      subject: ({ user }: { user?: string }) => user,
      revocations: { store: new MemoryLogins().open() },
    }),
  ) as [ReturnType<typeof clientSessions>, ReturnType<typeof clientSessions>];
  const app = express().set('env', 'test').use(shop, staff);
  app.post('/login', (request, response) => {
    getSession<{ user?: string }>(request, 'staff').user = 'ada';
    response.end();
  });
  app.get('/', (request, response) => response.json(getSession(request, 'staff')));
  app.post('/logout/:by', (request, response, next) => {
    const { logins } = request.params.by === 'shop' ? shop : staff;
    logins.end(getSession(request, 'staff')).then(() => response.end(), next);
  });
  app.post('/elsewhere', (request, response, next) => {
    const except = getSession(request, 'staff');
    shop.logins.endAll('ada', { except }).then(() => response.end(), next);
  });
  app.post('/watched', (request, response) => {
    shop.logins.onEnd(getSession(request, 'staff'), () => undefined);
    response.end();
  });
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    const ada = new Browser(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    await ada.post('/login');
    for (const path of ['/logout/shop', '/elsewhere', '/watched']) {
      const { status, text } = await ada.post(path);
      expect([status, text]).toEqual([500, expect.stringMatching(/must be one of the configuration/)]);
    }
    expect((await ada.get('/')).json()).toEqual({ user: 'ada' });
    expect((await ada.post('/logout/staff')).status).toBe(200);
    expect((await ada.get('/')).json()).toEqual({});
  } finally {
    for (const each of [shop, staff]) each.close();
    server.close();
  }
});

test('with a store that can never work, guests are served, and logins are a 503 that says why', async () => {
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const store = new MemoryLogins().open();
  store.read = async () => Promise.reject(new LoginStoreError('is made of stone', 'Give another one.', true));
  const subject = ({ user }: { user?: string }): string | undefined => user;
  const thrown: unknown[] = [];
  const visit = async (path: string, options: object): Promise<unknown> => {
    const browser = await serve(
      (request, response) => {
        try {
          request[path === '/' ? 'cart' : 'auth'].user = 'ada';
          if (path !== '/') request['auth'].save();
        } catch (error) {
          thrown.push(error);
          response.statusCode = (error as LoginsUnavailableError).status;
        }
      },
      { cookieName: undefined, sessions: [{ name: 'cart' }, { name: 'auth', subject }], ...options },
    );
    return [(await browser.get(path)).status, (await browser.get(path)).status];
  };
  expect(await visit('/', { revocations: { store } })).toEqual([200, 200]);
  expect(await visit('/login', { revocations: { store } })).toEqual([503, 503]);
  expect(thrown[0]).toBeInstanceOf(LoginsUnavailableError);
});
