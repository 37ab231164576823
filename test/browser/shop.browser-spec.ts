import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect } from '@jest/globals';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { createSessionCodec } from 'nestjs-client-sessions';
import { createShop } from '../../sample/shop/src/create-shop.js';
import { SECRET } from '../support/secrets.js';
import { useChromium } from './support/chromium.js';
import { promised } from './support/promised.js';
import { serveApplication, serveHtml, type Site } from './support/servers.js';
import { answerOf, Visitor } from './support/visitor.js';

const SCHEMES = ['http', 'https'] as const;

let shop: NestExpressApplication;
let site: Site;

const home = process.cwd();
let folder: string;

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
  process.env['SESSION_SECRET'] = SECRET;
  shop = await createShop();
  site = await serveApplication(shop);
});

afterEach(() => shop.close());

/** What the browser holds, opened. */
async function content(visitor: Visitor, name: string): Promise<Record<string, unknown> | undefined> {
  const cookie = await visitor.cookie(name);
  const opened = cookie && createSessionCodec({ name, secret: SECRET }).unseal(cookie.value);
  return opened?.ok ? opened.content : undefined;
}

async function buy(visitor: Visitor, origin: string, ...teas: string[]): Promise<void> {
  await visitor.open(origin);
  for (const tea of teas) await visitor.click(`button[value="${tea}"]`);
}

async function login(visitor: Visitor, origin: string): Promise<void> {
  await visitor.open(`${origin}/login`);
  await visitor.page.fill('#name', 'ada');
  await visitor.page.fill('#password', 'lovelace');
  await visitor.click('form[action="/login"] button');
}

/** Goes back two pages, and returns which they were. Neither may show an account. */
async function backFrom(visitor: Visitor): Promise<string[]> {
  const shown: string[] = [];
  for (let steps = 0; steps < 2; steps++) {
    await visitor.page.goBack();
    shown.push(new URL(visitor.page.url()).pathname);
    expect(await visitor.text()).not.toMatch(/Log out ada|Your orders/);
  }
  return shown;
}

describe('the shop', () => {
  const chromium = useChromium({ backForwardCache: true });

  describe.each(SCHEMES)('on %s://localhost', (scheme) => {
    promised(
      'sells two teas, keeps the next cart after logout, and Back shows nothing of the account',
      async () => {
        const origin = site[scheme]();
        const visitor = await chromium.visitor();
        await buy(visitor, origin, 'sencha', 'hibiscus');
        expect(await content(visitor, 'cart')).toEqual({ items: { sencha: 1, hibiscus: 1 } });

        await login(visitor, origin);
        expect(visitor.page.url()).toBe(`${origin}/cart`);
        await visitor.click('form[action="/orders"] button');
        expect(visitor.page.url()).toBe(`${origin}/orders`);
        expect(await visitor.text()).toContain('2 × 100 g');
        expect((await visitor.names()).filter((name) => !name.endsWith('.x'))).toEqual(['session']);

        await buy(visitor, origin, 'oolong');
        await visitor.open(`${origin}/orders`);
        const logout = await visitor.click('form[action="/logout"] button');
        expect(logout.setCookies).toContainEqual(expect.stringMatching(/^session=; .*Max-Age=0/));
        expect(await content(visitor, 'session')).toEqual({ csrf: expect.any(String) });
        expect(await content(visitor, 'cart')).toEqual({ items: { oolong: 1 } });
        const isSecure = scheme === 'https';
        for (const cookie of await visitor.jar()) {
          expect(cookie).toMatchObject({ secure: isSecure, httpOnly: true, sameSite: 'Lax' });
        }

        const shown = await backFrom(visitor);
        expect(shown).toContain('/orders');
        return `cookies ${isSecure ? 'Secure' : 'without Secure'}; Back to ${shown.join(', ')}: nobody is logged in`;
      },
    );
  });
});

describe('the shop, without a back/forward cache', () => {
  const chromium = useChromium();

  promised('logs out one device, and then all of them', async () => {
    const origin = site.http();
    const desk = await chromium.visitor();
    const elsewhere = async (): Promise<Visitor> => Visitor.in(await desk.context.browser()!.newContext());
    const [phone, tablet] = [await elsewhere(), await elsewhere()];
    for (const visitor of [phone, tablet, desk]) await login(visitor, origin);
    await phone.open(`${origin}/orders`);
    const own = phone.page.locator('main li', { hasText: /^\s*This device/ }).locator('input[name="id"]');
    await desk.open(`${origin}/orders`);
    await desk.click(`main li:has(input[value="${await own.inputValue()}"]) button`);
    await phone.open(`${origin}/orders`);
    expect(await phone.text()).toContain('Log in to see this page.');
    await tablet.open(`${origin}/orders`);
    expect(await tablet.text()).toContain('Log out everywhere');

    await tablet.click('form[action="/devices/end-all"] button');
    for (const visitor of [desk, tablet]) {
      await visitor.open(`${origin}/orders`);
      expect(await visitor.text()).toContain('Log in to see this page.');
    }
    await Promise.all([phone, tablet].map(({ context }) => context.close()));
    return 'one device at once, then every device: all have to log in again';
  });

  promised('shows nothing of the account after logout', async () => {
    const origin = site.http();
    const visitor = await chromium.visitor();
    await login(visitor, origin);
    await visitor.click('form[action="/logout"] button');
    const shown = await backFrom(visitor);
    expect(shown).toContain('/orders');
    return `Back to ${shown.join(', ')}: asked again, nobody is logged in`;
  });

  promised('obeys no form of another site', async () => {
    const origin = site.http();
    const visitor = await chromium.visitor();
    await buy(visitor, origin, 'sencha');
    await login(visitor, origin);
    const before = [await visitor.cookie('session'), await visitor.cookie('cart')];
    expect(before).toEqual([expect.anything(), expect.anything()]);

    const actions = ['/cart/items', '/cart/empty', '/login', '/logout', '/orders', '/devices/end-all'];
    const attack = (action: string): string =>
      `<form method="post" action="${origin}${action}">
        <input name="product" value="assam"><input name="name" value="grace">
        <input name="password" value="hopper"><button>Win a prize</button>
      </form>`;
    const foreign = await serveHtml(Object.fromEntries(actions.map((action) => [action, attack(action)])));
    for (const action of actions) {
      await visitor.open(foreign.http('127.0.0.1') + action);
      const [response] = await Promise.all([
        visitor.page.waitForResponse((each) => each.request().method() === 'POST'),
        visitor.page.waitForEvent('domcontentloaded'),
        visitor.page.click('button'),
      ]);
      const { status, setCookies } = await answerOf(response);
      const headers = await response.request().allHeaders();
      expect([status, setCookies]).toEqual([403, []]);
      expect([headers['sec-fetch-site'], headers['cookie']]).toEqual(['cross-site', undefined]);
      expect([await visitor.cookie('session'), await visitor.cookie('cart')]).toEqual(before);
    }
    await visitor.open(origin);
    expect(await visitor.text()).toContain('Log out ada');
    return `${actions.length} attacks: sent without the cookie, 403, no Set-Cookie, still logged in`;
  });
});
