import { afterEach, describe, expect, test } from '@jest/globals';
import { createSessionCodec, InvalidOptionsError, SessionTooLargeError } from '../../lib/index.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import type { Browser } from '../support/browser.js';
import { SECRET } from '../support/secrets.js';
import { type AnyRequest, serve, stopServers } from '../support/server.js';
import { sized } from '../support/size.js';

afterEach(stopServers);

/** Lengths of content that take so many cookies. */
const LENGTHS = [0, 900, 4_000, 7_000] as const;

function start(options: object = {}, received: string[] = []): Promise<Browser> {
  const handle = (request: AnyRequest, response: { end(text: string): void }): void => {
    const { pathname, searchParams } = new URL(request.url!, 'http://x');
    const { cart } = request as unknown as { cart: any };
    received.push(request.headers.cookie ?? '');
    if (pathname === '/set') Object.assign(cart, { mark: searchParams.get('mark') });
    if (pathname === '/set') cart.text = 'x'.repeat(Number(searchParams.get('length')));
    if (pathname === '/out') cart.destroy();
    response.end(JSON.stringify({ mark: cart.mark, length: cart.text?.length }));
  };
  return serve(handle, { cookieName: 'cart', onTooLarge: 'chunk', ...options });
}

const namesIn = (browser: Browser): string[] =>
  browser
    .jar()
    .map(([name]) => name)
    .sort();
const namesOf = (count: number): string[] => ['cart', 'cart.1', 'cart.2', 'cart.3', 'cart.4'].slice(0, count);

async function resize(browser: Browser, count: number, mark: string): Promise<void> {
  if (count === 0) await browser.get('/out');
  else await browser.get(`/set?mark=${mark}&length=${LENGTHS[count]}`);
}

async function expectSize(
  browser: Browser,
  count: number,
  mark: string,
  hasEnded: boolean = false,
): Promise<void> {
  expect(namesIn(browser)).toEqual([...namesOf(count), ...(hasEnded ? ['cart.x'] : [])]);
  const expected = count === 0 ? {} : { mark, length: LENGTHS[count] };
  expect((await browser.get('/')).json()).toEqual(expected);
}

/** A cookie more holds no more characters than this. */
const MOST_IN_ONE_COOKIE = 4_096;
const SIZES = [0, 1, 2, 3];
/** All orders of so many sizes. */
const ordersOf = (steps: number): readonly (readonly number[])[] =>
  steps === 0 ? [[]] : ordersOf(steps - 1).flatMap((order) => SIZES.map((size) => [...order, size]));
const orders = ordersOf(sized(3, 4));

describe('a session of several cookies', () => {
  test(`loses nothing in ${orders.length} orders of sizes, and leaves no cookie of it behind`, async () => {
    const browser = await start();
    for (const [i, order] of orders.entries()) {
      browser.clear();
      let hasEnded = false;
      for (const [step, count] of order.entries()) {
        await resize(browser, count, `${i}-${step}`);
        hasEnded ||= count === 0 && step > 0 && order[step - 1]! > 0;
        await expectSize(browser, count, `${i}-${step}`, hasEnded);
      }
    }
  });

  test('takes the fewest cookies, and every length around the borders comes back', async () => {
    const browser = await start();
    for (const [border, count] of [
      [LENGTHS[1], 1],
      [LENGTHS[2], 2],
      [LENGTHS[3], 3],
    ] as const) {
      const isFit = async (length: number): Promise<boolean> =>
        (await browser.get(`/set?mark=mmmm&length=${length}`)).status === 200 &&
        namesIn(browser).length === count;
      let [fits, exceeds] = [border as number, border + MOST_IN_ONE_COOKIE];
      while (exceeds - fits > 1) {
        const between = (fits + exceeds) >> 1;
        if (await isFit(between)) fits = between;
        else exceeds = between;
      }
      for (let length = fits - 3; length <= fits; length++) {
        await browser.get(`/set?mark=${length}&length=${length}`);
        expect(namesIn(browser)).toEqual(namesOf(count));
        expect((await browser.get('/')).json()).toEqual({ mark: String(length), length });
      }
      for (const [name, value] of browser.jar()) expect(name.length + value.length).toBeLessThanOrEqual(4096);
      expect(Math.max(...browser.jar().map(([name, value]) => name.length + value.length))).toBeGreaterThan(
        4090,
      );
    }
  }, 180_000);

  test('of more than maxChunks is an error, and the browser keeps what it has', async () => {
    const browser = await start({ maxChunks: 2 });
    await resize(browser, 2, 'kept');
    const page = await browser.get(`/set?mark=lost&length=${LENGTHS[3]}`);
    expect(page.status).toBe(500);
    await expectSize(browser, 2, 'kept');
  });

  test('is read with a lower maxChunks than it was written with', async () => {
    const browser = await start();
    await resize(browser, 3, 'three');
    const lower = await start({ maxChunks: 2 });
    const page = await fetch(lower.origin, { headers: { cookie: browser.cookieHeader('/') } });
    expect(await page.json()).toEqual({ mark: 'three', length: LENGTHS[3] });
  });

  test("leaves other code's cookies of such names alone", async () => {
    const browser = await start();
    const cookie = 'cart.1=foreign-value; cart.2=12345678; cart.3=1234567~x';
    const page = await fetch(`${browser.origin}/set?mark=a&length=1`, { headers: { cookie } });
    expect(page.headers.getSetCookie().map((header) => header.split('=')[0])).toEqual(['cart']);
  });

  test('of an earlier path is cleared as a whole where the browser did not send it', async () => {
    const browser = await start({ previousCookies: [{ path: '/shop' }] });
    for (const cookie of ['other=1', 'cart=x']) {
      const headers = (await fetch(`${browser.origin}/out`, { headers: { cookie } })).headers.getSetCookie();
      const namesAt = (path: string): string[] =>
        headers.filter((header) => header.includes(`Path=${path};`)).map((header) => header.split('=')[0]!);
      expect(namesAt('/shop')).toEqual([...namesOf(5), 'cart.r']);
      expect(namesAt('/')).toEqual(namesOf(1));
    }
  });

  test('moves from an earlier name, domain or path as a whole', async () => {
    const browser = await start({ cookieName: 'basket', requestKey: 'cart' });
    await resize(browser, 3, 'moved');
    const moved = await start({ previousNames: ['basket'] });
    const page = await fetch(`${moved.origin}/set?mark=there&length=10`, {
      headers: { cookie: browser.cookieHeader('/') },
    });
    expect(await page.json()).toEqual({ mark: 'there', length: 10 });
    const cleared = page.headers.getSetCookie().filter((header) => header.includes('Max-Age=0'));
    expect(cleared.map((header) => header.split('=')[0])).toEqual(['basket', 'basket.1', 'basket.2']);
  });
});

describe('chunks that do not belong together', () => {
  /** The cookies of a session of three, by name. */
  const chunksOf = async (browser: Browser, mark: string): Promise<Map<string, string>> => {
    await resize(browser, 3, mark);
    return new Map(browser.jar());
  };
  const headerOf = (cookies: Iterable<[string, string]>): string =>
    [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const read = async (browser: Browser, cookie: string): Promise<unknown> =>
    (await fetch(browser.origin, { headers: { cookie } })).json();

  test('strays of another generation, and odd names, are ignored', async () => {
    const browser = await start();
    const old = await chunksOf(browser, 'old');
    await resize(browser, 2, 'new');
    const now = new Map(browser.jar());
    const strays: [string, string][] = [
      ['cart.2', old.get('cart.2')!],
      ['cart.3', 'x'],
      ['cart.4', ''],
      ['cart.5', old.get('cart.1')!],
      ...['cart.01', 'cart.-1', 'cart.1.1', 'cart.', 'cart.1e0', 'Cart.1'].map((name): [string, string] => [
        name,
        old.get('cart.1')!.slice(0, 20),
      ]),
    ];
    const expected = { mark: 'new', length: LENGTHS[2] };
    expect(await read(browser, headerOf([...strays, ...now]))).toEqual(expected);
    expect(await read(browser, headerOf([...now, ...strays]))).toEqual(expected);
    // The browser has both chunks of a name, for example with another path.
    expect(await read(browser, headerOf([['cart.1', old.get('cart.1')!], ...now]))).toEqual(expected);
    expect(await read(browser, headerOf([...now, ['cart.1', old.get('cart.1')!]]))).toEqual(expected);
  });

  test.each<[string, (mine: Map<string, string>, other: Map<string, string>) => Iterable<[string, string]>]>([
    ['a missing chunk', (mine) => (mine.delete('cart.1'), mine)],
    ['a missing last chunk', (mine) => (mine.delete('cart.2'), mine)],
    ['a chunk of another generation or session', (mine, other) => mine.set('cart.1', other.get('cart.1')!)],
    ['a first chunk of another one', (mine, other) => mine.set('cart', other.get('cart')!)],
    [
      'two chunks exchanged',
      (mine) => new Map(mine).set('cart.1', mine.get('cart.2')!).set('cart.2', mine.get('cart.1')!),
    ],
    ['a lower count', (mine) => mine.set('cart', mine.get('cart')!.replace(/^3/, '2'))],
    [
      'a higher count',
      (mine) => mine.set('cart', mine.get('cart')!.replace(/^3/, '4')).set('cart.3', mine.get('cart.2')!),
    ],
    ['six chunks', (mine) => mine.set('cart', mine.get('cart')!.replace(/^3/, '6'))],
    ['no number', (mine) => mine.set('cart', mine.get('cart')!.replace(/^3/, ''))],
    ['one chunk', (mine) => mine.set('cart', mine.get('cart')!.replace(/^3/, '1'))],
    ['a part cut off', (mine) => mine.set('cart.2', mine.get('cart.2')!.slice(0, -4))],
    ['an empty beginning', (mine) => mine.set('cart', '3~')],
    ['a bare beginning', (mine) => new Map([['cart', mine.get('cart')!]])],
  ])('%s: a fresh session', async (_, change) => {
    const refused: unknown[] = [];
    const onEvent = (event: { type: string }): void => void (event.type === 'refused' && refused.push(event));
    const [mine, other] = [await start({ onEvent }), await start()];
    const cookies = headerOf(change(await chunksOf(mine, 'mine'), await chunksOf(other, 'other')));
    expect(await read(mine, cookies)).toEqual({});
    expect(refused).toHaveLength(1);
  });

  test('a header full of chunks costs little', async () => {
    const codec = createSessionCodec({ name: 'cart', secret: SECRET });
    const text = codec.seal({ a: 1 });
    const browser = await start();
    const junk = Array.from({ length: 1_000 }, (_, i) => `cart.${i}=5~`).join('; ');
    expect(await read(browser, `${junk}; cart=${text}`)).toEqual({});
    const many = Array.from({ length: 200 }, () => 'cart=5~AAAAAAAAAAAAAAAAAAAA; cart.1=AAAAAAAA~AA').join(
      '; ',
    );
    expect(await read(browser, many)).toEqual({});
  });
});

describe('the options of chunks', () => {
  const resolve = (options: object) => () =>
    resolveSessions({ secret: SECRET, cookieName: 'cart', ...options });

  test.each<[object, string]>([
    [{ onTooLarge: 'split' }, 'onTooLarge'],
    [{ onTooLarge: true }, 'onTooLarge'],
    [{ onTooLarge: 'chunk', maxChunks: 1 }, 'maxChunks'],
    [{ onTooLarge: 'chunk', maxChunks: 6 }, 'maxChunks'],
    [{ onTooLarge: 'chunk', maxChunks: 2.5 }, 'maxChunks'],
    [{ onTooLarge: 'chunk', maxChunks: '3' }, 'maxChunks'],
    [
      { onTooLarge: 'chunk', legacy: { secret: 'abc', write: true, acceptUntil: '2030-01-01' } },
      'onTooLarge',
    ],
  ])('%j is refused', (options, option) => {
    expect(resolve(options)).toThrow(InvalidOptionsError);
    expect(resolve(options)).toThrow(`"${option}"`);
  });

  test('a session may not be named like a chunk of another one', () => {
    const sessions = [{ name: 'cart', onTooLarge: 'chunk' as const }, { name: 'cart.1' }];
    expect(() => resolveSessions({ secret: SECRET, sessions })).toThrow(
      /"onTooLarge".*"cart\.1", which can be a chunk/,
    );
    expect(() =>
      resolveSessions({ secret: SECRET, sessions: [{ name: 'cart' }, { name: 'cart.1' }] }),
    ).not.toThrow();
  });

  test.each([
    [2, 0],
    [3, 0],
    [4, 1],
    [5, 1],
  ])('maxChunks %i: %i warnings that Node refuses such headers', (maxChunks, count) => {
    const { warnings } = resolve({ onTooLarge: 'chunk', maxChunks })()[0]!;
    expect(warnings.filter((warning) => warning.includes('--max-http-header-size'))).toHaveLength(count);
  });

  test('the error says how much fits', () => {
    const codec = createSessionCodec({ name: 'cart', secret: SECRET, onTooLarge: 'chunk' });
    expect(() => codec.seal({ text: 'x'.repeat(9_500) })).toThrow(SessionTooLargeError);
    expect(() => codec.seal({ text: 'x'.repeat(9_500) })).toThrow(/take \d+ bytes.*keep 12\d{3}/);
  });
});
