import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals';
import {
  type BeforeApplicationShutdown,
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  Injectable,
  Param,
  Post,
  Req,
} from '@nestjs/common';
import {
  type ClientSessionsOptions,
  defineSession,
  InvalidOptionsError,
  Logins,
  RequireSession,
  Session,
  type SessionEvent,
  type SessionOf,
  sqliteLoginStore,
} from '../../lib/index.js';
import { PLATFORMS, type Running, start, stopAll } from '../support/application.js';
import type { Browser } from '../support/browser.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { MemoryLogins } from '../support/memory-login-store.js';
import { soon } from '../support/soon.js';

const Auth = defineSession<{ user?: string; visits?: number }>('auth', { subject: ({ user }) => user });
const Cart = defineSession<{ items?: number }>('cart');
const HOUR = 3_600_000;
type Auth = SessionOf<typeof Auth>;
type Cart = SessionOf<typeof Cart>;

@Controller()
class Pages {
  constructor(@Inject(Logins) private readonly logins: Logins) {}

  @Get('me')
  me(@Session(Auth) auth: Auth): object {
    return { user: auth.user ?? null };
  }

  @Post('login/:user')
  login(@Session(Auth) auth: Auth, @Param('user') user: string): void {
    auth.reset();
    auth.user = user;
  }

  @Post('unflushed-login')
  unflushedLogin(@Req() request: { auth: Auth }): void {
    request.auth.user = 'ada';
  }

  @Post('visit')
  visit(@Session(Auth) auth: Auth): void {
    auth.visits = (auth.visits ?? 0) + 1;
  }

  static slow = gate();

  @Post('slow')
  async slow(@Session(Auth) auth: Auth): Promise<void> {
    Pages.slow.arrive();
    await Pages.slow.released;
    auth.visits = (auth.visits ?? 0) + 1;
  }

  @Post('slow/:step')
  async slowStep(@Session(Auth) auth: Auth, @Param('step') step: string): Promise<void> {
    if (step === 'reset, saved') {
      auth.reset(['user']);
      auth.save();
    }
    Pages.slow.arrive();
    await Pages.slow.released;
    if (step === 'reset') auth.reset(['user']);
    if (step === 'login') auth.reset();
    if (step === 'reload') auth.reload();
    auth.user ??= 'ada';
  }

  @Post('step-up')
  stepUp(@Session(Auth) auth: Auth): void {
    auth.reset(['user']);
  }

  @Post('soft-logout')
  softLogout(@Session(Auth) auth: Auth): void {
    delete auth.user;
  }

  @Post('soft-login')
  softLogin(@Session(Auth) auth: Auth): void {
    auth.user = 'ada';
  }

  @Post('cart')
  add(@Session(Cart) cart: Cart): object {
    cart.items = (cart.items ?? 0) + 1;
    return { items: cart.items };
  }

  @Post('logout')
  async logout(@Session(Auth) auth: Auth): Promise<void> {
    await this.logins.end(auth);
  }

  @Post('forgetful-logout')
  async forgetfulLogout(@Session(Auth) auth: Auth): Promise<void> {
    auth.destroy();
    await this.logins.end(auth);
  }

  @Post('everywhere')
  async everywhere(@Session(Auth) auth: Auth): Promise<void> {
    await this.logins.endAll(auth.user!);
  }

  @Post('elsewhere')
  async elsewhere(@Session(Auth) auth: Auth): Promise<void> {
    await this.logins.endAll(auth.user!, { except: auth });
  }

  @Post(['elsewhere-and-everywhere', 'elsewhere-and-everywhere/:then'])
  async elsewhereAndEverywhere(@Session(Auth) auth: Auth, @Param('then') then?: string): Promise<void> {
    await this.logins.endAll(auth.user!, { except: auth });
    await this.logins.endAll(auth.user!);
    if (then === 'step-up') auth.reset(['user']);
    if (then === 'login') {
      auth.reset();
      auth.user = 'ada';
    }
  }

  @Post('elsewhere-and-end/:first')
  async elsewhereAndEnd(@Session(Auth) auth: Auth, @Param('first') first: string): Promise<void> {
    const [own] = await this.logins.list(auth.user!);
    await this.logins.endAll(auth.user!, { except: auth });
    if (first === 'step-up') auth.reset(['user']);
    await this.logins.endById(own!.id);
  }

  @Post('as-somebody-else')
  async asSomebodyElse(@Session(Auth) auth: Auth): Promise<void> {
    const { user } = auth;
    auth.user = 'bob';
    await this.logins.endAll(user!);
    await this.logins.endAll('bob', { except: auth });
    auth.user = user;
  }

  @Get('devices')
  devices(@Session(Auth) auth: Auth): Promise<object> {
    return this.logins.list(auth.user!);
  }

  @Post('end')
  @HttpCode(204)
  async end(@Body() { id }: { id: string }): Promise<void> {
    await this.logins.endById(id);
  }

  @RequireSession(Auth, ({ user }) => user !== undefined, { consistency: 'store' })
  @Get('exact')
  exact(): string {
    return 'in';
  }

  @RequireSession(Auth, ({ user }) => user !== undefined, { freshWithin: '10 minutes' })
  @Get('fresh')
  fresh(): string {
    return 'in';
  }

  @Get('health')
  health(): object {
    return this.logins.health();
  }
}

afterEach(async () => {
  jest.restoreAllMocks();
  await stopAll();
});

describe.each(PLATFORMS)('logins on %s', (platform) => {
  const events: SessionEvent[] = [];

  async function serve(store: MemoryLogins, options: Partial<ClientSessionsOptions> = {}): Promise<Running> {
    events.length = 0;
    const revocations = {
      store: store.open(),
      describe: ({ headers }: { headers: Record<string, unknown> }) => ({ agent: headers['user-agent'] }),
    };
    const onEvent = (event: SessionEvent): void => void events.push(event);
    return start(platform, {
      controllers: [Pages],
      options: { sessions: [Auth, Cart], revocations, onEvent, ...options },
    });
  }

  async function loggedIn(application: Running, user = 'ada'): Promise<Browser> {
    const browser = application.browser();
    expect((await browser.post(`/login/${user}`)).status).toBe(201);
    return browser;
  }

  const userOf = async (browser: Browser): Promise<unknown> => {
    const page = await browser.get('/me');
    return page.status === 200 ? page.json<{ user: unknown }>().user : page.status;
  };

  /** Another browser with the same cookies, like a thief, or another tab that was restored. */
  function copyOf(browser: Browser, application: Running): Browser {
    const copy = application.browser();
    for (const [name, value] of browser.jar()) copy.setCookie(name, value);
    return copy;
  }

  test('a copy of the cookie is refused after the end, also by other servers and by later ones', async () => {
    const store = new MemoryLogins();
    const [here, there] = [await serve(store), await serve(store)];
    const ada = await loggedIn(here);
    const thief = copyOf(ada, here);
    const abroad = copyOf(ada, there);
    expect(await Promise.all([thief, abroad].map(userOf))).toEqual(['ada', 'ada']);

    expect((await ada.post('/logout')).status).toBe(201);
    expect([await userOf(ada), await userOf(thief)]).toEqual([null, null]);
    expect((await abroad.get('/exact')).status).toBe(401);
    expect(await userOf(abroad)).toBeNull();
    expect(await userOf(copyOf(thief, await serve(store)))).toBeNull();
    expect(events).toContainEqual({ type: 'refused', session: 'auth', reason: 'ended' });
  });

  test('what ended under a shorter absoluteDuration stays ended when it is longer again', async () => {
    let time = Date.UTC(2026, 0, 1);
    const store = new MemoryLogins();
    const serveFor = (hours: number): Promise<Running> => {
      const overrides = { auth: { duration: `${hours} hours`, absoluteDuration: `${hours} hours` } };
      return serve(store, { overrides, now: () => time });
    };
    const before = await serveFor(12);
    const ada = await loggedIn(before);
    time += HOUR / 2;
    const shorter = await serveFor(1);
    const here = copyOf(ada, shorter);
    expect(await userOf(here)).toBe('ada');
    await here.post('/logout');
    time += 4 * HOUR;
    expect(await userOf(copyOf(ada, shorter))).toBeNull();
    await loggedIn(shorter).then((other) => other.post('/logout'));
    expect(await userOf(copyOf(ada, await serveFor(12)))).toBeNull();
  });

  test('a session that was destroyed before it was ended has ended all the same', async () => {
    const application = await serve(new MemoryLogins());
    const ada = await loggedIn(application);
    const thief = copyOf(ada, application);
    await ada.post('/forgetful-logout');
    expect(await userOf(thief)).toBeNull();
  });

  test('"everywhere" ends all of one subject and nobody else, and "elsewhere" keeps the one who asks', async () => {
    const application = await serve(new MemoryLogins());
    const [one, two, bob] = [
      await loggedIn(application),
      await loggedIn(application),
      await loggedIn(application, 'bob'),
    ];
    const before = copyOf(one, application);
    expect((await one.post('/elsewhere')).status).toBe(201);
    expect([await userOf(one), await userOf(two), await userOf(bob)]).toEqual(['ada', null, 'bob']);
    expect(await userOf(before)).toBeNull();

    const again = await loggedIn(application);
    expect(await userOf(again)).toBe('ada');
    await one.post('/everywhere');
    expect([await userOf(one), await userOf(again), await userOf(bob)]).toEqual([null, null, 'bob']);
    expect(await userOf(await loggedIn(application))).toBe('ada');
  });

  test('"elsewhere" keeps nobody whose logins were all ended before the response was sent', async () => {
    const application = await serve(new MemoryLogins());
    const ada = await loggedIn(application);
    expect((await ada.post('/elsewhere-and-everywhere')).status).toBe(201);
    expect(await userOf(ada)).toBeNull();
  });

  test.each(['at-once', 'step-up'])(
    'that are let go on while all others end can be ended before the answer: %s',
    async (first) => {
      const ada = await loggedIn(await serve(new MemoryLogins()));
      expect((await ada.post(`/elsewhere-and-end/${first}`)).status).toBe(201);
      expect(await userOf(ada)).toBeNull();
    },
  );

  test('do not go on because the login of another subject does', async () => {
    const ada = await loggedIn(await serve(new MemoryLogins()));
    expect((await ada.post('/as-somebody-else')).status).toBe(201);
    expect(await userOf(ada)).toBeNull();
  });

  test.each([
    ['a login that begins after that stands', 'login', 'ada'],
    ['a session that begins anew with the same login does not', 'step-up', null],
  ])('... and %s', async (_, then, user) => {
    const ada = await loggedIn(await serve(new MemoryLogins()));
    expect((await ada.post(`/elsewhere-and-everywhere/${then}`)).status).toBe(201);
    expect(await userOf(ada)).toBe(user);
  });

  test('are listed with what was said of their requests, and end one by one', async () => {
    const application = await serve(new MemoryLogins());
    const [one, two] = [await loggedIn(application), await loggedIn(application)];
    const list = (await one.get('/devices')).json<{ id: string; description: object }[]>();
    expect(list).toHaveLength(2);
    expect(list[0]).toMatchObject({ description: { agent: expect.any(String) }, began: expect.any(Number) });

    for (const { id } of list) expect((await one.post('/end', { id })).status).toBe(204);
    expect([await userOf(one), await userOf(two)]).toEqual([null, null]);
  });

  test('an end that cannot be stored is a 503, and nothing has ended', async () => {
    const store = new MemoryLogins();
    const application = await serve(store);
    const ada = await loggedIn(application);
    store.isFull = true;
    const page = await ada.post('/logout');
    expect([page.status, page.setCookies]).toEqual([503, []]);
    expect(await userOf(ada)).toBe('ada');
  });

  test('while the store is down, logins are a 503 that keeps cookies, and it ends by itself', async () => {
    const store = new MemoryLogins();
    const application = await serve(store);
    const [ada, guest] = [await loggedIn(application), application.browser()];
    const jar = ada.jar();
    store.isDown = true;
    const { now } = Date;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + 6_000);

    for (const path of ['/me', '/exact', '/fresh']) {
      const page = await ada.get(path);
      expect([page.status, page.setCookies]).toEqual([503, []]);
    }
    expect((await ada.post('/visit')).status).toBe(503);
    for (const path of ['/login/bob', '/unflushed-login']) {
      const page = await guest.post(path);
      expect([page.status, page.setCookies]).toEqual([503, []]);
    }
    expect(ada.jar()).toEqual(jar);
    expect((await ada.post('/cart')).json()).toEqual({ items: 1 });
    expect(await userOf(guest)).toBeNull();
    expect((await guest.get('/health')).json()).toMatchObject({ logins: { status: 'down' } });

    store.isDown = false;
    expect(await soon(() => userOf(ada), 'ada')).toBe('ada');
    expect((await guest.get('/health')).json()).toMatchObject({ logins: { status: 'up' } });
  });

  test('by name, logins are accepted while the store is down', async () => {
    const store = new MemoryLogins();
    const revocations = { store: store.open(), whenStoreIsDown: 'accept' } as const;
    const ada = await loggedIn(await serve(store, { revocations }));
    store.isDown = true;
    const { now } = Date;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + 60_000);
    expect(await userOf(ada)).toBe('ada');
  });

  test('a step that needs a fresh login is refused later, until the next login', async () => {
    let time = Date.UTC(2026, 0, 1);
    const application = await serve(new MemoryLogins(), { now: () => time });
    const ada = await loggedIn(application);
    time += 10 * 60_000;
    expect((await ada.get('/fresh')).text).toBe('in');
    time += 1;
    expect([(await ada.get('/fresh')).status, await userOf(ada)]).toEqual([401, 'ada']);
    await ada.post('/visit');
    expect((await ada.get('/fresh')).status).toBe(401);
    await ada.post('/login/ada');
    expect((await ada.get('/fresh')).text).toBe('in');
  });

  test('a login that goes on after reset() stays the same, also where nobody has heard of its end', async () => {
    const store = new MemoryLogins();
    const [here, there] = [await serve(store), await serve(store)];
    const ada = await loggedIn(here);
    await ada.post('/step-up');
    expect(await userOf(ada)).toBe('ada');
    expect((await ada.get('/devices')).json()).toHaveLength(1);

    const abroad = copyOf(ada, there);
    await ada.post('/logout');
    await abroad.post('/step-up');
    expect((await abroad.get('/exact')).status).toBe(401);
    expect(await userOf(abroad)).toBeNull();
  });

  test('a login without reset() does not end with one that the session was before', async () => {
    const application = await serve(new MemoryLogins());
    const ada = await loggedIn(application);
    const [{ id }] = (await ada.get('/devices')).json<[{ id: string }]>();
    await ada.post('/soft-logout');
    await ada.post('/end', { id });
    await ada.post('/soft-login');
    expect(await userOf(ada)).toBe('ada');
  });

  test('content of which "subject" can say nothing is refused with a warning, and not an error', async () => {
    const before = await serve(new MemoryLogins());
    const ada = await loggedIn(before);
    const nested = defineSession<{ user?: { id: string } }>('auth', {
      subject: ({ user }) => user!.id.slice(0),
    });
    const after = await serve(new MemoryLogins(), { sessions: [nested, Cart] });
    expect(await userOf(copyOf(ada, after))).toBeNull();
    expect(events).toContainEqual({ type: 'refused', session: 'auth', reason: 'content' });
    const warnings = events.filter(({ type }) => type === 'warning');
    expect(JSON.stringify(warnings)).toContain('\\"subject\\" failed for genuine content (TypeError)');
    expect(JSON.stringify(events)).not.toContain('ada');
  });

  test.each([
    ['that resolves', () => Promise.resolve('ada')],
    ['that rejects', () => Promise.reject(new Error('the database is down'))],
  ])('a "subject" that returns a promise %s is refused, and ends no process', async (_what, subject) => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const later = defineSession<{ user?: string }>('auth', { subject: subject as never });
    const application = await serve(new MemoryLogins(), { sessions: [later, Cart] });
    expect((await application.browser().post('/login/ada')).status).toBe(500);
    await new Promise(setImmediate);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('a login that was sealed anew under a new secret ends when its first secret is gone', async () => {
    const store = new MemoryLogins();
    const ada = await loggedIn(await serve(store));
    const between = copyOf(ada, await serve(store, { secret: [OTHER_SECRET, SECRET] }));
    await between.post('/visit');
    const after = await serve(store, { secret: OTHER_SECRET });
    const [later, other] = [copyOf(between, after), await loggedIn(after)];
    expect(await userOf(later)).toBe('ada');
    await other.post('/everywhere');
    expect(await userOf(later)).toBeNull();
  });

  test('a request that changes its session while all logins of the subject end does not go on', async () => {
    const application = await serve(new MemoryLogins());
    const [ada, other] = [await loggedIn(application), await loggedIn(application)];
    const { arrived, goOn } = (Pages.slow = gate());
    const slow = ada.post('/slow');
    await arrived;
    await other.post('/everywhere');
    goOn();
    expect((await slow).status).toBe(201);
    expect(await userOf(ada)).toBeNull();
  });

  test.each([
    ['reset', '/logout', null],
    ['reset', '/everywhere', null],
    ['reset, saved', '/logout', null],
    ['reset, saved', '/everywhere', null],
    ['login', '/logout', 'ada'],
    ['login', '/everywhere', 'ada'],
    ['reload', '/logout', 'ada'],
    ['reload', '/everywhere', 'ada'],
  ])('a request with %p that is under way while its login ends by %s leaves %p', async (step, end, user) => {
    const application = await serve(new MemoryLogins());
    const ada = await loggedIn(application);
    const thief = copyOf(ada, application);
    const { arrived, goOn } = (Pages.slow = gate());
    const slow = ada.post(`/slow/${step}`);
    await arrived;
    await thief.post(end);
    goOn();
    expect((await slow).status).toBe(201);
    expect(await userOf(ada)).toBe(user);
  });

  test('sessions from before "subject" was configured end with all others', async () => {
    const store = new MemoryLogins();
    const before = await start(platform, {
      controllers: [Old],
      options: { sessions: [{ name: 'auth', id: true }, Cart] },
    });
    const ada = before.browser();
    await ada.post('/old/ada');
    const application = await serve(store);
    const [later, other] = [copyOf(ada, application), await loggedIn(application)];
    expect(await userOf(later)).toBe('ada');
    await other.post('/everywhere');
    expect(await userOf(later)).toBeNull();
    const rotated = await serve(store, { secret: [OTHER_SECRET, SECRET] });
    expect(await userOf(copyOf(ada, rotated))).toBeNull();
  });
});

@Controller('old')
class Old {
  @Post(':user')
  login(@Session('auth') auth: Session<{ user?: string }>, @Param('user') user: string): void {
    auth.user = user;
  }
}

/** Lets a test hold a request until something else has happened. */
function gate(): Record<'arrive' | 'goOn', () => void> & Record<'arrived' | 'released', Promise<void>> {
  let [arrive, goOn] = [(): void => undefined, (): void => undefined];
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const released = new Promise<void>((resolve) => (goOn = resolve));
  return { arrive, arrived, goOn, released };
}

describe('a store that can never work', () => {
  const folder = mkdtempSync(join(tmpdir(), 'logins-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'file');
  writeFileSync(file, 'no database, but something else that is longer than its header has to be'.repeat(20));

  test.each([
    [file, /: is a file that is no SQLite database\. Give it a `path` of its own\.$/],
    [join(file, 'logins.sqlite'), /: cannot write to its SQLite database\. Give the process the right .*\.$/],
    [folder, /: cannot write to its SQLite database\. Give the process the right .*\.$/],
  ])('stops the start at once, and no message has the path: %#', async (path, message) => {
    const store = sqliteLoginStore({ path });
    const began = performance.now();
    const started = start('express', {
      options: { sessions: [Auth], revocations: { store, maxLag: '1 minute' } },
    });
    const error = await started.then(
      () => undefined,
      (thrown: unknown) => thrown as InvalidOptionsError,
    );
    expect(error).toBeInstanceOf(InvalidOptionsError);
    expect(error).toMatchObject({ option: 'revocations.store', message: expect.stringMatching(message) });
    expect(error!.message).not.toContain(path);
    expect(performance.now() - began).toBeLessThan(30_000);
  });

  test('may lie in a folder that is not there yet', async () => {
    const store = sqliteLoginStore({ path: join(folder, 'new', 'newer', 'logins.sqlite') });
    const application = await start('express', { options: { sessions: [Auth], revocations: { store } } });
    expect(application.app.get(Logins).health().logins.status).toBe('up');
    await store.close?.();
  });
});

test('logins are followed for as long as an application waits for its last requests', async () => {
  const store = new MemoryLogins().open();
  const read = jest.spyOn(store, 'read');
  let isFollowed: boolean | undefined;
  @Injectable()
  class LoadBalancer implements BeforeApplicationShutdown {
    async beforeApplicationShutdown(): Promise<void> {
      const earlier = read.mock.calls.length;
      const isRead = async (): Promise<boolean> => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return read.mock.calls.length > earlier + 1;
      };
      isFollowed = await soon(isRead, true);
    }
  }
  const application = await start('express', {
    providers: [LoadBalancer],
    options: { sessions: [Auth], revocations: { store } },
  });
  await application.close();
  expect(isFollowed).toBe(true);
});
