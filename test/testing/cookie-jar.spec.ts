import { describe, expect, test } from '@jest/globals';
import { Cookie, CookieJar as ToughJar } from 'tough-cookie';
import { CookieJar } from '../../lib/testing/cookie-jar.js';
import { cookieDate } from '../../lib/testing/cookie-date.js';
import { Chance } from '../support/chance.js';
import { DAY, SECOND } from '../support/session.js';

const START = Date.UTC(2027, 0, 1);
const HOSTS = [
  'example.org',
  'shop.example.org',
  'a.shop.example.org',
  'example.com',
  '127.0.0.1',
  'localhost',
];
const PATHS = ['/', '/shop', '/shop/', '/shop/cart', '/shopping', '/shop/cart/1'];
/** tough-cookie takes a cookie with a domain and one without it for the same, so they have different names here. */
const NAMES = ['a', 'b', '__Host-a', '__Secure-b'];
const WIDE_NAMES = ['c', '__Host-c', '__Secure-c'];
const DOMAINS = [
  '',
  'example.org',
  '.example.org',
  'SHOP.example.org',
  'org',
  'example.com',
  '127.0.0.1',
  'ample.org',
];
const LIFETIMES = ['', '; Max-Age=30', '; Max-Age=0', '; Max-Age=-5', '; Max-Age=x', '; Max-Age=99999999999'];

function pick<T>(chance: Chance, values: readonly T[]): T {
  return values[chance.between(0, values.length - 1)]!;
}

function randomHeader(chance: Chance, now: number): string {
  const expires = chance.coin
    ? `; Expires=${new Date(now + chance.between(-60, 60) * SECOND).toUTCString()}`
    : '';
  const isWide = chance.coin;
  return (
    `${pick(chance, isWide ? WIDE_NAMES : NAMES)}=${chance.between(0, 9)}` +
    (chance.coin ? `; Path=${pick(chance, [...PATHS, 'x'])}` : '') +
    (isWide ? `; Domain=${pick(chance, DOMAINS)}` : '') +
    (chance.coin ? pick(chance, LIFETIMES) : expires) +
    (chance.coin ? '; Secure' : '') +
    (chance.coin ? '; HttpOnly; SameSite=Lax' : '')
  );
}

/** The same store made by tough-cookie, with the clock of a test. All its requests are secure. */
class Reference {
  readonly #jar = new ToughJar(undefined, {
    looseMode: false,
    prefixSecurity: 'silent',
    rejectPublicSuffixes: true,
  });

  store(header: string, url: URL, now: number): void {
    const cookie = Cookie.parse(header);
    if (!cookie) return;
    if (cookie.isPersistent()) {
      const end = Math.min(cookie.expiryTime(new Date(now))!, now + 400 * DAY);
      Object.assign(cookie, { maxAge: null, expires: new Date(Math.max(end, 0)) });
    }
    this.#jar.setCookieSync(cookie, secure(url), { now: new Date(now), ignoreError: true });
  }

  headerFor(url: URL, now: number): string {
    const found = this.#jar.getCookiesSync(secure(url), { expire: false, sort: true });
    return found
      .filter((cookie) => cookie.expiryTime()! > now)
      .map((cookie) => cookie.cookieString())
      .join('; ');
  }
}

function secure({ host, pathname }: URL): string {
  return `https://${host}${pathname}`;
}

describe('the jar of a test browser', () => {
  test('sends what tough-cookie sends, after whatever was set', () => {
    const chance = new Chance(11);
    let sent = 0;
    for (let round = 0; round < 400; round++) {
      const [own, reference] = [new CookieJar(), new Reference()];
      const log: string[] = [];
      let now = START;
      for (let i = 0; i < 12; i++) {
        const url = new URL(`http://${pick(chance, HOSTS)}${pick(chance, PATHS)}`);
        const header = randomHeader(chance, now);
        log.push(`${url.href} ${header}`);
        own.store(header, url, now);
        reference.store(header, url, now);
        now += chance.between(0, 20) * SECOND;
        const asked = new URL(`http://${pick(chance, HOSTS)}${pick(chance, PATHS)}`);
        const expected = reference.headerFor(asked, now);
        expect({ log, asked: asked.href, cookie: own.headerFor(asked, now) }).toEqual({
          log,
          asked: asked.href,
          cookie: expected,
        });
        if (expected) sent += 1;
      }
    }
    expect(sent).toBeGreaterThan(500);
  });

  const url = new URL('http://shop.example.org/cart');
  const kept = (header: string): string => {
    const jar = new CookieJar();
    jar.store(header, url, START);
    return jar.headerFor(url, START);
  };

  test('keeps and sends Secure cookies over http', () => {
    expect(kept('a=1; Secure')).toBe('a=1');
    expect(kept('__Host-a=1; Secure; Path=/')).toBe('__Host-a=1');
  });

  test.each([
    // tough-cookie does not know yet that case does not count.
    ['__hOST-a=1; Path=/', 'its prefix needs "Secure"'],
    ['__Host-a=1; Path=/', 'its prefix needs "Secure"'],
    ['__Host-a=1; Secure; Path=/cart', 'its prefix needs "Path=/"'],
    ['__Host-a=1; Secure; Path=/; Domain=example.org', 'its prefix needs "Path=/"'],
    ['a=1; Domain=example.com', 'its domain "example.com" is not that of "shop.example.org"'],
    ['a=1; Domain=org', 'its domain "org" is that of many sites'],
    [`a=${'x'.repeat(4096)}`, 'it has more than 4096 bytes'],
    ['=1', 'no cookie with a name'],
    ['a=\u0007', 'no cookie with a name'],
  ])('drops %j, and says why', (header, reason) => {
    const jar = new CookieJar();
    expect(jar.store(header, url, START)).toContain(reason);
    expect(jar.headerFor(url, START)).toBe('');
  });

  test('keeps the place of a cookie that is set again', () => {
    const jar = new CookieJar();
    for (const header of ['a=1', 'b=1', 'a=2']) jar.store(header, url, START);
    expect(jar.headerFor(url, START)).toBe('a=2; b=1');
  });

  test('keeps a cookie of 4096 bytes', () => {
    expect(kept(`a=${'x'.repeat(4095)}`)).toHaveLength(4097);
  });

  test('keeps cookies of one name apart by path, domain and partition', () => {
    const jar = new CookieJar();
    for (const attributes of ['', '; Domain=example.org', '; Path=/cart', '; Secure; Partitioned'])
      jar.store(`a=1${attributes}`, url, START);
    expect(jar.headerFor(url, START)).toBe('a=1; a=1; a=1; a=1');
    jar.store('a=; Max-Age=0; Domain=example.org', url, START);
    expect(jar.headerFor(url, START)).toBe('a=1; a=1; a=1');
  });

  test('keeps no cookie for more than 400 days', () => {
    const jar = new CookieJar();
    jar.store('a=1; Max-Age=99999999999', url, START);
    expect(jar.headerFor(url, START + 400 * DAY - 1)).toBe('a=1');
    expect(jar.headerFor(url, START + 400 * DAY)).toBe('');
  });
});

test.each([
  ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ['Thu, 01-Jan-1970 00:00:01 GMT', 1000],
  ['Wed Jun  9 10:18:14 2021', Date.UTC(2021, 5, 9, 10, 18, 14)],
  ['9 jun 21 10:18:14', Date.UTC(2021, 5, 9, 10, 18, 14)],
  ['9 jun 99 1:2:3', Date.UTC(1999, 5, 9, 1, 2, 3)],
  ['31 Feb 2021 10:18:14', undefined],
  ['9 Jun 2021 24:00:00', undefined],
  ['9 Jun 1600 10:00:00', undefined],
  ['soon', undefined],
])('the date %j is read as browsers do', (text, time) => {
  expect(cookieDate(text)).toBe(time);
});
