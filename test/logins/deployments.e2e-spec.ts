import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { Controller, Get, Inject, Param, Post } from '@nestjs/common';
import { Redis } from 'ioredis';
import {
  type ClientSessionsOptions,
  defineSession,
  Logins,
  Session,
  type SessionEvent,
  type SessionOf,
} from '../../lib/index.js';
import { redisLogins } from '../../lib/redis.js';
import { PLATFORMS, type Running, start, stopAll } from '../support/application.js';
import type { Browser } from '../support/browser.js';
import { cpuTime } from '../support/cpu-time.js';
import { describeWith } from '../support/proxies.js';
import { RedisServer, stopRedis } from '../support/redis.js';
import { sized } from '../support/size.js';
import { soon } from '../support/soon.js';

interface Account {
  user?: string;
  visits?: number;
}
const Auth = defineSession<Account>('auth', { subject: ({ user }) => user });
/** The same session in the release before. */
const OldAuth = defineSession<Account>('auth');
/** A subject that no cookie could hold. */
const LongAuth = defineSession<Account>('auth', { subject: ({ user }) => user?.repeat(10_000) });
type Auth = SessionOf<typeof Auth>;

@Controller()
class Pages {
  constructor(@Inject(Logins) private readonly logins: Logins) {}

  @Get('me')
  me(@Session('auth') auth: Auth): object {
    return { user: auth.user ?? null };
  }

  @Post('login/:user')
  login(@Session('auth') auth: Auth, @Param('user') user: string): void {
    auth.reset();
    auth.user = user;
  }

  @Post('visit')
  visit(@Session('auth') auth: Auth): void {
    auth.visits = (auth.visits ?? 0) + 1;
  }

  @Post('logout')
  async logout(@Session('auth') auth: Auth): Promise<void> {
    await this.logins.end(auth);
  }

  @Post('everywhere/:user')
  async everywhere(@Param('user') user: string): Promise<void> {
    await this.logins.endAll(user);
  }

  @Get('devices/:user')
  async devices(@Param('user') user: string): Promise<object> {
    return this.logins.list(user);
  }
}

/** More than a list holds. */
const MANY = sized(1_100, 10_000);

const clients: Redis[] = [];
afterEach(async () => {
  await stopAll();
  for (const client of clients.splice(0)) client.disconnect();
});
afterAll(stopRedis);

describeWith('redis-server')('logins with Redis', () => {
  async function serve(
    redis: RedisServer,
    options: Partial<ClientSessionsOptions> = {},
    maxLag = '1 second',
  ): Promise<Running> {
    const client = new Redis(redis.port, '127.0.0.1', { retryStrategy: () => 100 }).on(
      'error',
      () => undefined,
    );
    clients.push(client);
    const revocations = { store: redisLogins(client), maxLag };
    return start(PLATFORMS[clients.length % 2]!, {
      controllers: [Pages],
      options: { sessions: [Auth], revocations, ...options },
    });
  }

  const userOf = async (browser: Browser): Promise<unknown> => {
    const page = await browser.get('/me');
    return page.status === 200 ? page.json<{ user: unknown }>().user : page.status;
  };

  async function loggedIn(application: Running, user = 'ada'): Promise<Browser> {
    const browser = application.browser();
    expect((await browser.post(`/login/${user}`)).status).toBe(201);
    return browser;
  }

  function copyOf(browser: Browser, application: Running): Browser {
    const copy = application.browser();
    for (const [name, value] of browser.jar()) copy.setCookie(name, value);
    return copy;
  }

  test('start without Redis: strangers are served, logins are a 503, and both recover', async () => {
    const redis = await RedisServer.start('--appendonly', 'yes');
    const before = await serve(redis);
    const ada = await loggedIn(before);
    await redis.kill();
    const began = performance.now();
    const application = await serve(redis);
    expect(performance.now() - began).toBeLessThan(5_000);
    const [later, guest] = [copyOf(ada, application), application.browser()];
    const page = await later.get('/me');
    expect([page.status, page.setCookies]).toEqual([503, []]);
    expect(await userOf(guest)).toBeNull();
    expect((await guest.post('/login/bob')).status).toBe(503);
    await redis.restart();
    expect(await soon(() => userOf(later), 'ada')).toBe('ada');
    expect((await guest.post('/login/bob')).status).toBe(201);
  });

  test('of two applications with different purposes end for themselves', async () => {
    const redis = await RedisServer.start();
    const [shop, forum] = [await serve(redis, { purpose: 'shop' }), await serve(redis, { purpose: 'forum' })];
    const [buyer, writer] = [await loggedIn(shop), await loggedIn(forum)];
    expect(await userOf(copyOf(buyer, forum))).toBeNull();
    await shop.browser().post('/everywhere/ada');
    await forum.app.get(Logins).catchUp();
    expect([await userOf(buyer), await userOf(writer)]).toEqual([null, 'ada']);
    expect((await writer.get('/devices/ada')).json()).toHaveLength(1);
  });

  test('of a subject of 10 kB end like all others', async () => {
    const redis = await RedisServer.start();
    const application = await serve(redis, { sessions: [LongAuth] });
    const [ada, bob] = [await loggedIn(application, 'a'), await loggedIn(application, 'b')];
    const thief = copyOf(ada, application);
    await application.app.get(Logins).endAll('a'.repeat(10_000));
    expect([await userOf(thief), await userOf(bob)]).toEqual([null, 'b']);
    expect(await redis.command('KEYS', '*')).not.toContain('aaa');
  });

  test(`${MANY} of one subject: the list is bounded, and one call ends all of them`, async () => {
    const redis = await RedisServer.start();
    // No second of a busy machine is to end it.
    const application = await serve(redis, {}, '1 minute');
    const browsers: Browser[] = [];
    for (let i = 0; i < MANY / 20; i++) {
      const many = Array.from({ length: 20 }, () => loggedIn(application));
      browsers.push((await Promise.all(many))[0]!);
    }
    const list = await application.app.get(Logins).list('ada');
    expect(list.length).toBe(1_000);
    const began = cpuTime();
    await application.app.get(Logins).endAll('ada');
    expect(cpuTime() - began).toBeLessThan(1_000);
    expect(new Set(await Promise.all(browsers.map(userOf)))).toEqual(new Set([null]));
    expect(Number(await redis.command('XLEN', 'client-sessions:facts'))).toBe(1);
  });

  describe('while servers of the release before do not know "subject" yet', () => {
    test.each([undefined, true])('and give ids to sessions: %s', async (id) => {
      const events: SessionEvent[] = [];
      const redis = await RedisServer.start();
      const before = await start('express', {
        controllers: [OldPages],
        options: { sessions: [{ ...OldAuth.options, name: 'auth', id }] },
      });
      const onEvent = (event: SessionEvent): void => void events.push(event);
      const now = await serve(redis, { onEvent });

      const old = before.browser();
      await old.post('/login/ada');
      const ofOld = copyOf(old, now);
      expect(await userOf(ofOld)).toBe('ada');
      expect((await ofOld.post('/visit')).status).toBe(201);
      expect(await userOf(ofOld)).toBe('ada');

      const ada = await loggedIn(now);
      const back = copyOf(ada, before);
      expect(await userOf(back)).toBe('ada');
      await back.post('/visit');
      const again = copyOf(back, now);
      expect(await userOf(again)).toBe('ada');
      for (const each of [again, ofOld, ada]) {
        const thief = copyOf(each, now);
        expect((await each.post('/logout')).status).toBe(201);
        expect(await userOf(each)).toBeNull();
        expect(await userOf(thief)).toBeNull();
      }
      const other = before.browser();
      await other.post('/login/ada');
      const last = copyOf(other, now);
      expect(await userOf(last)).toBe('ada');
      await now.browser().post('/everywhere/ada');
      expect(await userOf(last)).toBeNull();
    });
  });
});

@Controller()
class OldPages {
  @Get('me')
  me(@Session('auth') auth: Auth): object {
    return { user: auth.user ?? null };
  }

  @Post('login/:user')
  login(@Session('auth') auth: Auth, @Param('user') user: string): void {
    auth.reset();
    auth.user = user;
  }

  @Post('visit')
  visit(@Session('auth') auth: Auth): void {
    auth.visits = (auth.visits ?? 0) + 1;
  }
}
