import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createSessionCodec, Logins } from 'nestjs-client-sessions';
import { Catalogue } from '../../sample/shop/src/catalogue.service.js';
import { createShop } from '../../sample/shop/src/create-shop.js';
import { SESSIONS } from '../../sample/shop/src/sessions.js';
import { Browser, type Page } from '../support/browser.js';
import { testOnNest12 } from '../support/nest.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';

const open = new Set<INestApplication>();
const home = process.cwd();
let folder: string;
let app: NestExpressApplication;

/** The shop keeps its logins in the folder where it is started. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shop-'));
  process.chdir(folder);
});

afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  process.env.SESSION_SECRET = SECRET;
  delete process.env.REDIS_URL;
  delete process.env.NODE_ENV;
  delete process.env.PORT;
  app = await openShop();
});

afterEach(async () => {
  jest.restoreAllMocks();
  await Promise.all([...open].map((shop) => shop.close()));
  open.clear();
});

async function openShop(): Promise<NestExpressApplication> {
  const shop = await createShop();
  open.add(shop);
  await shop.listen(0, '127.0.0.1');
  return shop;
}

function originOf(shop: INestApplication): string {
  return `http://127.0.0.1:${(shop.getHttpServer().address() as AddressInfo).port}`;
}

/** A visitor who fills in the forms of the page at hand. */
class Visitor {
  page!: Page;
  browser: Browser;

  private constructor(shop: INestApplication) {
    this.browser = new Browser(originOf(shop));
  }

  static async enter(shop: INestApplication = app): Promise<Visitor> {
    const visitor = new Visitor(shop);
    await visitor.open('/');
    return visitor;
  }

  async open(path: string): Promise<void> {
    this.page = await this.browser.get(path);
  }

  /** Sends the form of an action with its token, and follows the redirect. */
  async send(action: string, fields: Record<string, string> = {}): Promise<Page> {
    const form = new RegExp(
      `<form method="post" action="${action}">\\s*<input[^>]*name="csrf" value="([^"]+)"`,
    );
    const csrf = form.exec(this.page.text)?.[1];
    if (!csrf) throw new Error(`The page has no form for ${action}`);
    return this.sendBare(action, { csrf, ...fields });
  }

  /** Sends fields without a form, as another site would. */
  async sendBare(action: string, fields: Record<string, string>): Promise<Page> {
    const answer = await this.browser.request(action, { method: 'POST', body: new URLSearchParams(fields) });
    const location = answer.headers.get('location');
    if (location) await this.open(location.replace(/#.*/, ''));
    else this.page = answer;
    return answer;
  }

  async login(name = 'ada', password = 'lovelace'): Promise<Page> {
    await this.open('/login');
    return this.send('/login', { name, password });
  }

  /** What the browser really holds. */
  content(name: (typeof SESSIONS)[number]['name']): Record<string, unknown> | undefined {
    const value = this.browser.cookie(name);
    const opened =
      value === undefined ? undefined : createSessionCodec({ name, secret: SECRET }).unseal(value);
    return opened?.ok ? opened.content : undefined;
  }

  /** What the panel says about it. */
  panel(name: string): { size: string; sealed?: string; opened?: string; setCookie?: string; text: string } {
    const text = new RegExp(`<section class="card" id="panel-${name}">(.*?)</section>`, 's').exec(
      this.page.text,
    )![1]!;
    const box = (kind: string): string | undefined => {
      const found = new RegExp(`<pre class="${kind}"[^>]*>(.*?)</pre>`, 's').exec(text)?.[1];
      return found === undefined ? undefined : plain(found);
    };
    const size = plain(/<p class="size">(.*?)<\/p>/s.exec(text)![1]!);
    return { size, sealed: box('sealed'), opened: box('opened'), setCookie: box('set-cookie'), text };
  }
}

/** The text of some HTML, as a browser shows it. */
function plain(html: string): string {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name]!);
}

describe('the cart', () => {
  test('is filled, changed and emptied', async () => {
    const visitor = await Visitor.enter();
    expect(visitor.browser.cookie('cart')).toBeUndefined();

    const answer = await visitor.send('/cart/items', { product: 'sencha' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/#sencha']);
    await visitor.send('/cart/items', { product: 'sencha' });
    await visitor.send('/cart/items', { product: 'hibiscus' });
    expect(visitor.content('cart')).toEqual({ items: { sencha: 2, hibiscus: 1 } });

    await visitor.open('/cart');
    expect(visitor.page.text).toContain('<b>€28.50</b>');
    await visitor.send('/cart/items/sencha', { quantity: '1' });
    await visitor.send('/cart/items/hibiscus', { quantity: '0' });
    expect(visitor.content('cart')).toEqual({ items: { sencha: 1 } });
    expect(visitor.page.text).toContain('<b>€11.80</b>');

    await visitor.send('/cart/note', { note: ' For Tom ' });
    expect(visitor.content('cart')).toEqual({ items: { sencha: 1 }, note: 'For Tom' });

    await visitor.send('/cart/empty');
    expect(visitor.browser.cookie('cart')).toBeUndefined();
    expect(visitor.page.text).toContain('It is empty.');
  });

  test('is kept for 120 days, the login for one', async () => {
    const visitor = await Visitor.enter();
    expect(visitor.page.setCookies).toEqual([
      expect.stringMatching(/^session=.*; Max-Age=86400; HttpOnly; SameSite=Lax$/),
    ]);
    const { setCookies } = await visitor.send('/cart/items', { product: 'sencha' });
    expect(setCookies).toEqual([
      expect.stringMatching(/^cart=.*; Max-Age=10368000; HttpOnly; SameSite=Lax$/),
    ]);
  });

  test.each([
    ['tea that does not exist', '/cart/items', { product: 'coffee' }, 404],
    ['name that every object has', '/cart/items', { product: 'constructor' }, 404],
    ['tea without a name', '/cart/items', {}, 404],
    ['quantity that is no number', '/cart/items/sencha', { quantity: 'some' }, 400],
  ])('knows no %s', async (_, action, fields, status) => {
    const visitor = await Visitor.enter();
    await visitor.send('/cart/items', { product: 'sencha' });
    await visitor.open('/cart');
    const csrf = /name="csrf" value="([^"]+)"/.exec(visitor.page.text)![1]!;
    expect((await visitor.sendBare(action, { csrf, ...fields })).status).toBe(status);
    expect(visitor.content('cart')).toEqual({ items: { sencha: 1 } });
  });

  test('that outgrows its cookie is refused with the numbers, and stays as it was', async () => {
    const visitor = await Visitor.enter();
    await visitor.send('/cart/items', { product: 'sencha' });
    await visitor.open('/cart');
    const { status, text, setCookies } = await visitor.send('/cart/note', { note: 'x'.repeat(5000) });
    expect([status, setCookies]).toEqual([413, []]);
    expect(text).toMatch(/the cart would take \d{4} bytes, and a browser keeps 4096/);
    expect(visitor.content('cart')).toEqual({ items: { sencha: 1 } });
    expect(visitor.panel('cart').opened).not.toContain('note');
  });

  test('survives a restart of the server with the same secret, and no other', async () => {
    const visitor = await Visitor.enter();
    await visitor.send('/cart/items', { product: 'oolong' });
    await visitor.login();
    await app.close();

    const [jar, same] = [visitor.browser, await openShop()];
    const returning = await Visitor.enter(same);
    for (const name of ['session', 'cart']) returning.browser.setCookie(name, jar.cookie(name)!);
    await returning.open('/cart');
    expect(returning.page.text).toContain('Milk Oolong');
    expect(returning.page.text).toContain('Log out ada');
    expect(returning.panel('cart').text).toContain('longer ago than this server remembers');

    process.env.SESSION_SECRET = OTHER_SECRET;
    const stranger = await Visitor.enter(await openShop());
    for (const name of ['session', 'cart']) stranger.browser.setCookie(name, jar.cookie(name)!);
    await stranger.open('/cart');
    expect(stranger.page.text).toContain('It is empty.');
    expect(stranger.page.text).not.toContain('Log out');
  });
});

describe('login', () => {
  test('keeps the cart, and begins a new session with a new token', async () => {
    const visitor = await Visitor.enter();
    await visitor.send('/cart/items', { product: 'sencha' });
    const { csrf } = visitor.content('session')!;
    const sealed = visitor.browser.cookie('session');

    const answer = await visitor.login();
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/cart']);
    expect(visitor.content('session')).toEqual({ csrf: expect.any(String), user: 'ada' });
    expect(visitor.content('session')!.csrf).not.toBe(csrf);
    expect(visitor.browser.cookie('session')).not.toBe(sealed);
    expect(visitor.content('cart')).toEqual({ items: { sencha: 1 } });
    expect(visitor.page.text).toContain('Log out ada');
  });

  test.each([
    ['a wrong password', { name: 'ada', password: 'hopper' }],
    ['an unknown name', { name: 'tom', password: 'lovelace' }],
    ['neither', {}],
    ['a name without a password', { name: 'tom' }],
    ['lists in place of texts', { 'name[]': 'ada', 'password[]': 'lovelace' }],
  ])('refuses %s', async (_, credentials) => {
    const visitor = await Visitor.enter();
    await visitor.open('/login');
    expect((await visitor.send('/login', credentials as Record<string, string>)).status).toBe(401);
    expect(visitor.content('session')).not.toHaveProperty('user');
    expect((await visitor.login()).status).toBe(303);
  });

  test('ends with a logout, and the cart stays', async () => {
    const visitor = await Visitor.enter();
    await visitor.send('/cart/items', { product: 'sencha' });
    await visitor.login();
    await visitor.send('/logout');
    expect(Object.keys(visitor.content('session')!)).toEqual(['csrf']);
    expect(visitor.page.text).not.toContain('Log out');
    expect(visitor.content('cart')).toEqual({ items: { sencha: 1 } });
    await visitor.open('/orders');
    expect(visitor.page.status).toBe(401);
  });

  test('opens the orders, which are closed to everybody else', async () => {
    const visitor = await Visitor.enter();
    await visitor.open('/orders');
    expect(visitor.page.status).toBe(401);
    expect(visitor.page.text).toContain('Log in to see this page.');
    await visitor.send('/login', { name: 'grace', password: 'hopper' });
    expect([visitor.page.status, visitor.page.text]).toEqual([
      200,
      expect.stringContaining('There are none yet.'),
    ]);

    await visitor.open('/');
    await visitor.send('/cart/items', { product: 'assam' });
    await visitor.open('/cart');
    await visitor.send('/orders');
    expect(visitor.content('session')).toMatchObject({ orders: [{ pieces: 1, total: 690 }] });
    expect(visitor.page.text).toContain('<b>€6.90</b>');
    expect(visitor.browser.cookie('cart')).toBeUndefined();
  });
});

describe('devices', () => {
  /** The ids in the list of the page at hand, the own one first. */
  function devicesOf({ page }: Visitor): { own: string | undefined; others: string[] } {
    const devices = [
      ...page.text.matchAll(/<span class="name">\s*([^<]*?) <small>since.*?name="id" value="([^"]+)"/gs),
    ];
    const own = devices.find(([, name]) => name === 'This device')?.[2];
    return { own, others: devices.map(([, , id]) => id!).filter((id) => id !== own) };
  }

  /** Looks at the orders until the list holds so many devices: a login is listed soon. */
  async function lookFor(visitor: Visitor, count: number): Promise<ReturnType<typeof devicesOf>> {
    for (let i = 0; i < 50; i++) {
      await visitor.open('/orders');
      const { own, others } = devicesOf(visitor);
      if (own && others.length === count - 1) break;
    }
    return devicesOf(visitor);
  }

  async function loggedIn(name: string, password: string): Promise<Visitor> {
    const visitor = await Visitor.enter();
    await visitor.login(name, password);
    return visitor;
  }

  beforeEach(() => app.get(Logins).endAll('ada'));

  test('are listed for their user alone, and log each other out', async () => {
    const [one, two, grace] = [
      await loggedIn('ada', 'lovelace'),
      await loggedIn('ada', 'lovelace'),
      await loggedIn('grace', 'hopper'),
    ];
    const { others } = await lookFor(one, 2);
    expect(others).toEqual([(await lookFor(two, 2)).own]);

    await grace.open('/orders');
    expect((await grace.send('/devices/end', { id: others[0]! })).status).toBe(404);
    await two.open('/orders');
    expect(two.page.status).toBe(200);

    await one.send('/devices/end', { id: others[0]! });
    expect(devicesOf(one)).toEqual({ own: expect.any(String), others: [] });
    await two.open('/orders');
    expect([two.page.status, two.page.text]).toEqual([
      401,
      expect.stringContaining('Log in to see this page.'),
    ]);
  });

  test('are all logged out by one button, and no copy of a cookie opens the orders after that', async () => {
    const [one, two] = [await loggedIn('ada', 'lovelace'), await loggedIn('ada', 'lovelace')];
    const thief = await Visitor.enter();
    thief.browser.setCookie('session', one.browser.cookie('session')!);
    await one.send('/devices/end-all');
    expect(one.page.text).toContain('<h1>Log in</h1>');
    for (const visitor of [one, two, thief]) {
      await visitor.open('/orders');
      expect(visitor.page.status).toBe(401);
    }
  });

  test('that was logged out stays so, whoever has a copy of its cookie', async () => {
    const one = await loggedIn('ada', 'lovelace');
    const thief = await Visitor.enter();
    thief.browser.setCookie('session', one.browser.cookie('session')!);
    await thief.open('/orders');
    expect(thief.page.status).toBe(200);
    await one.send('/logout');
    await thief.open('/orders');
    expect(thief.page.status).toBe(401);
  });

  test('are not known while the store is down: a page says so, and nothing is lost', async () => {
    const visitor = await loggedIn('ada', 'lovelace');
    const jar = visitor.browser.jar();
    const { now } = performance;
    let passed = 0;
    // However often the store answers meanwhile, its last answer is a minute old.
    jest.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + (passed += 60_000));
    await visitor.open('/orders');
    expect([visitor.page.status, visitor.page.setCookies]).toEqual([503, []]);
    expect(visitor.page.text).toContain('We cannot check your login right now.');
    jest.restoreAllMocks();
    await visitor.open('/orders');
    expect([visitor.page.status, visitor.browser.jar()]).toEqual([200, jar]);
  });
});

describe('forms', () => {
  test.each([
    '/cart/items',
    '/cart/items/sencha',
    '/cart/note',
    '/cart/empty',
    '/login',
    '/logout',
    '/orders',
    '/devices/end',
    '/devices/end-all',
  ])('%s takes nothing without the token of the session', async (action) => {
    const visitor = await Visitor.enter();
    await visitor.send('/cart/items', { product: 'sencha' });
    await visitor.login();
    const before = [visitor.content('session'), visitor.content('cart')];
    const fields = { product: 'sencha', quantity: '5', note: 'x', name: 'grace', password: 'hopper' };
    const other = (await Visitor.enter()).content('session')!.csrf as string;
    for (const csrf of [undefined, '', 'x', other]) {
      const { status, text } = await visitor.sendBare(
        action,
        csrf === undefined ? fields : { ...fields, csrf },
      );
      expect([status, text]).toEqual([403, expect.stringContaining('The form is out of date.')]);
    }
    expect([visitor.content('session'), visitor.content('cart')]).toEqual(before);
  });

  test.each<Record<string, string>>([{}, { 'sec-fetch-site': 'cross-site' }])(
    'of another site, which come without the cookie, take nobody’s session away: %j',
    async (headers) => {
      const visitor = await Visitor.enter();
      await visitor.login();
      for (const action of ['/cart/items', '/login', '/logout', '/orders']) {
        const answer = await fetch(originOf(app) + action, {
          method: 'POST',
          headers,
          body: new URLSearchParams({ product: 'sencha', csrf: 'undefined' }),
        });
        expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []]);
      }
    },
  );

  // Before, Nest hands such errors of its body parser to filters as they are.
  testOnNest12('too long to be read are refused without an error of the server', async () => {
    const visitor = await Visitor.enter();
    const { status, text } = await visitor.sendBare('/cart/note', { note: 'x'.repeat(200_000) });
    expect([status, text]).toEqual([413, expect.stringContaining('request entity too large')]);
  });
});

describe('pages', () => {
  const EVIL = `<script>alert("x")</script>'&`;

  test('show names, notes, paths and messages as text', async () => {
    const catalogue = app.get(Catalogue);
    const evil = { id: '"><i>', name: EVIL, description: EVIL, price: 1, colour: EVIL };
    Object.assign(catalogue, { products: [evil, ...catalogue.products] });
    const visitor = await Visitor.enter();
    const seen = [visitor.page];
    await visitor.send('/cart/items', { product: evil.id });
    await visitor.open('/cart');
    await visitor.send('/cart/note', { note: EVIL });
    seen.push(visitor.page);
    await visitor.open(`/${EVIL}`);
    seen.push(visitor.page);
    await visitor.login(EVIL);
    seen.push(visitor.page);
    expect(seen.map(({ status }) => status)).toEqual([200, 200, 404, 401]);
    for (const { text } of seen) {
      expect(text).not.toMatch(/<script>|<i>|alert\("/);
      expect(text.match(/<script/g)).toHaveLength(1);
    }
    expect(plain(seen[0]!.text)).toContain(EVIL);
    expect(visitor.content('cart')).toMatchObject({ note: EVIL });
    expect(plain(seen[1]!.text).split(EVIL)).toHaveLength(3);
    expect(seen[1]!.text).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39;&amp;</textarea>');
    expect(plain(seen[3]!.text)).toContain(`That is not the password of "${EVIL}".`);
  });

  test('run no script and load nothing but their own', async () => {
    const { page } = await Visitor.enter();
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*script-src 'self';/);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('x-powered-by')).toBeNull();
    expect(page.text).not.toMatch(/ style=| on[a-z]+=/);
  });

  test.each([
    ['/shop.css', 'text/css'],
    ['/countdown.js', 'text/javascript'],
    ['/leaf.svg', 'image/svg+xml'],
  ])('find %s, which touches no session', async (path, type) => {
    const { status, headers, setCookies } = await new Browser(originOf(app)).get(path);
    expect([status, headers.get('content-type')?.split(';')[0], setCookies]).toEqual([200, type, []]);
    expect(headers.get('vary')).toBeNull();
  });
});

describe('the panel', () => {
  test('shows what the first page itself has set', async () => {
    const visitor = await Visitor.enter();
    const { size, sealed, opened, setCookie, text } = visitor.panel('session');
    const held = visitor.browser.cookie('session')!;
    expect(sealed).toBe(held);
    expect(size).toMatch(new RegExp(`^${'session'.length + held.length} of 4096 bytes \\d\\.\\d %$`));
    expect(text).toContain(`<meter max="4096" high="3481.6" value="${'session'.length + held.length}">`);
    expect(JSON.parse(opened!)).toEqual(visitor.content('session'));
    expect(setCookie).toBe(visitor.page.setCookies[0]);
    expect(text).toContain('with this page');
    expect(text).toMatch(/isNew<\/dt>\s*<dd>true</);

    const cart = visitor.panel('cart');
    expect(cart.size).toBe('0 of 4096 bytes 0.0 %');
    expect(cart.text).toContain('There is no such cookie now.');
    expect([cart.sealed, cart.opened, cart.setCookie]).toEqual([undefined, undefined, undefined]);
  });

  test('shows what the answer to a form has set before', async () => {
    const visitor = await Visitor.enter();
    const answer = await visitor.send('/cart/items', { product: 'sencha' });
    const held = visitor.browser.cookie('cart')!;
    const { size, sealed, opened, setCookie, text } = visitor.panel('cart');
    expect(visitor.page.setCookies).toEqual([]);
    expect([sealed, setCookie]).toEqual([held, answer.setCookies[0]]);
    expect(size).toContain(`${'cart'.length + held.length} of 4096 bytes`);
    expect(JSON.parse(opened!)).toEqual({ items: { sencha: 1 } });
    expect(text).toContain('before this page');
    expect(text).toMatch(/isNew<\/dt>\s*<dd>false</);
    const unsealed = createSessionCodec({ name: 'cart', secret: SECRET }).unseal(held);
    const expiry = unsealed.ok && unsealed.createdAt + 120 * 86_400_000;
    expect(text).toContain(`<time datetime="${new Date(Number(expiry)).toISOString()}">`);
  });

  test('shows the header that deleted a cookie', async () => {
    const visitor = await Visitor.enter();
    await visitor.send('/cart/items', { product: 'sencha' });
    await visitor.open('/cart');
    await visitor.send('/cart/empty');
    const { size, setCookie } = visitor.panel('cart');
    expect(size).toBe('0 of 4096 bytes 0.0 %');
    expect(setCookie).toMatch(/^cart=; Path=\/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0;/);
  });

  test('shows that a forged cookie does not open, and stays until something is stored', async () => {
    const visitor = await Visitor.enter();
    visitor.browser.setCookie('cart', 'forged');
    await visitor.open('/');
    const { size, text } = visitor.panel('cart');
    expect([visitor.page.status, size]).toEqual([200, '10 of 4096 bytes 0.2 %']);
    expect(text).toContain('It does not open: malformed.');
    expect(visitor.page.setCookies).toEqual([]);

    await visitor.send('/cart/items', { product: 'sencha' });
    expect(visitor.content('cart')).toEqual({ items: { sencha: 1 } });
  });

  test('shows one visitor nothing of another', async () => {
    const [ada, grace] = [await Visitor.enter(), await Visitor.enter()];
    await ada.send('/cart/items', { product: 'sencha' });
    await grace.open('/');
    expect(grace.page.text).not.toContain(ada.browser.cookie('cart'));
    expect(grace.panel('cart').setCookie).toBeUndefined();
  });
});

describe('main.ts', () => {
  /** Runs it as Node does, and says what it told the operator. */
  async function main(env: Record<string, string>): Promise<{ out: string; err: string; exitCode: unknown }> {
    Object.assign(process.env, { SESSION_SECRET: '', ...env });
    const [log, error] = [jest.spyOn(console, 'log'), jest.spyOn(console, 'error')];
    for (const method of [log, error]) method.mockImplementation(() => undefined);
    process.exitCode = undefined;
    await jest.isolateModulesAsync(async () => {
      const { NestFactory } = await import('@nestjs/core');
      const create = jest.spyOn(NestFactory, 'create');
      await import('../../sample/shop/src/main.js');
      const [outcome] = await Promise.allSettled(
        create.mock.results.map(({ value }) => value as Promise<INestApplication>),
      );
      if (outcome?.status === 'fulfilled') open.add(outcome.value);
    });
    const { exitCode } = process;
    process.exitCode = undefined;
    return { out: log.mock.calls.flat().join('\n'), err: error.mock.calls.flat().join('\n'), exitCode };
  }

  test('opens the shop on loopback, and says where and what a missing secret means', async () => {
    const { out, err, exitCode } = await main({ PORT: '0' });
    expect(out).toMatch(/The shop is open: http:\/\/127\.0\.0\.1:\d+/);
    expect(out).toContain('will not survive a restart');
    expect([err, exitCode]).toEqual(['', undefined]);
  });

  test('does not speak of the secret when there is one', async () => {
    const { out } = await main({ PORT: '0', SESSION_SECRET: SECRET });
    expect(out).toMatch(/^\s*The shop is open: \S+\s*$/);
  });

  test.each([
    [
      'production without a secret',
      { NODE_ENV: 'production' },
      /^\s*SESSION_SECRET is not set.*Generate one with: node -p .*\s*$/,
    ],
    ['a weak secret', { SESSION_SECRET: 'a' }, /^\s*Invalid option "secret".*Generate one with: .*\s*$/],
    [
      'a port that is none',
      { PORT: 'http' },
      /^\s*PORT is "http"\. Give a number from 0 to 65535, such as 3000\.\s*$/,
    ],
  ])('refuses %s in one line, with exit code 1', async (_, env, message) => {
    const { out, err, exitCode } = await main({ PORT: '0', ...env });
    expect([out, exitCode]).toEqual(['', 1]);
    expect(err).toMatch(message);
  });

  test('says what to do when the port is in use', async () => {
    const { port } = app.getHttpServer().address() as AddressInfo;
    const { err, exitCode } = await main({ PORT: String(port) });
    expect(err.trim()).toBe(
      `Port ${port} is in use. Stop the program that uses it, or choose another: PORT=3001 npm start`,
    );
    expect(exitCode).toBe(1);
  });
});
