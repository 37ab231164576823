import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { CookieJar } from './cookie-jar.js';
import { DAY, MINUTE } from './session.js';

const START = Date.UTC(2027, 0, 1, 12);
let time: number;
const now = (): number => time;
const jarAt = (origin?: string): CookieJar => new CookieJar(origin, now);

beforeEach(() => void (time = START));

describe('time', () => {
  afterEach(() => void jest.useRealTimers());

  test.each([
    ['Max-Age', 'Max-Age=60'],
    ['Expires', `Expires=${new Date(START + MINUTE).toUTCString()}`],
    ['Max-Age before Expires', 'Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60'],
  ])('is that of the given clock: %s', (_title, attributes) => {
    const jar = jarAt();
    jar.store(`a=1; Path=/; ${attributes}`, '/');
    for (time of [START, START + MINUTE / 2, START + MINUTE - 1]) {
      expect([jar.headerFor('/'), jar.valueOf('a'), jar.entries()]).toEqual(['a=1', '1', [['a', '1']]]);
    }
    time = START + MINUTE;
    expect([jar.headerFor('/'), jar.valueOf('a'), jar.entries()]).toEqual(['', undefined, []]);
  });

  test.each([0, START - 5 * 365 * DAY, START + 5 * 365 * DAY])('stands still with a clock at %d', (still) => {
    time = still;
    const jar = jarAt();
    jar.store('a=1; Path=/; Max-Age=1', '/');
    expect(jar.headerFor('/')).toBe('a=1');
    jar.store('a=; Path=/; Max-Age=0', '/');
    expect(jar.headerFor('/')).toBe('');
  });

  test("is the system's where none is given, also when that is set later", () => {
    const jar = new CookieJar();
    jest.useFakeTimers({ now: START });
    jar.store('a=1; Max-Age=60', '/');
    jest.setSystemTime(START + MINUTE - 1);
    expect(jar.headerFor('/')).toBe('a=1');
    jest.setSystemTime(START + MINUTE);
    expect(jar.headerFor('/')).toBe('');
  });

  test.each(['Max-Age=99999999999', `Max-Age=${'9'.repeat(400)}`, 'Expires=Fri, 31 Dec 9999 23:59:59 GMT'])(
    'ends after 400 days: %.30s',
    (attribute) => {
      const jar = jarAt();
      jar.store(`a=1; ${attribute}`, '/');
      jar.store('b=2', '/');
      time += 400 * DAY - 1;
      expect(jar.headerFor('/')).toBe('a=1; b=2');
      time += 1;
      expect(jar.headerFor('/')).toBe('b=2');
    },
  );
});

describe('deletion', () => {
  test.each(['Max-Age=0', 'Max-Age=-1', 'Expires=Thu, 01 Jan 1970 00:00:00 GMT'])(
    'takes the same path: %s',
    (end) => {
      const jar = jarAt();
      jar.store('a=1; Path=/shop', '/');
      jar.store(`a=; Path=/; ${end}`, '/shop');
      expect(jar.headerFor('/shop')).toBe('a=1');
      jar.store(`a=; Path=/shop; ${end}`, '/');
      expect([jar.headerFor('/shop'), jar.entries()]).toEqual(['', []]);
    },
  );

  test('leaves nothing, so that the next cookie of that name is a new one', () => {
    const jar = jarAt();
    for (const header of ['a=1', 'b=2', 'a=3']) jar.store(header, '/');
    expect(jar.headerFor('/')).toBe('a=3; b=2');
    for (const header of ['a=; Max-Age=0', 'a=4']) jar.store(header, '/');
    expect(jar.headerFor('/')).toBe('b=2; a=4');
    jar.clear();
    expect([jar.headerFor('/'), jar.entries()]).toEqual(['', []]);
  });
});

describe('a path', () => {
  test.each([
    ['/shop', true],
    ['/shop?page=2', true],
    ['/shop/', true],
    ['/shop/cart', true],
    ['/shopping', false],
    ['/Shop', false],
    ['/', false],
  ])('is matched by segments: /shop for %s is %s', (path, isSent) => {
    const jar = jarAt();
    jar.store('a=1; Path=/shop', '/');
    expect(jar.headerFor(path)).toBe(isSent ? 'a=1' : '');
  });

  test('is the folder of the request where there is none, and the longest comes first', () => {
    const jar = jarAt();
    jar.store('a=outer; Path=/', '/');
    jar.store('a=inner', '/shop/cart?a=/b/');
    expect(jar.headerFor('/shop')).toBe('a=inner; a=outer');
    expect(jar.headerFor('/')).toBe('a=outer');
  });
});

describe('size', () => {
  test('of a name and a value is 4096 bytes at most, and what is larger leaves the old one', () => {
    const jar = jarAt();
    jar.store(`name=${'x'.repeat(4092)}; Path=/; HttpOnly; SameSite=Lax`, '/');
    expect(jar.valueOf('name')).toHaveLength(4092);
    jar.store('name=old; Path=/', '/');
    jar.store(`name=${'x'.repeat(4093)}; Path=/`, '/');
    expect(jar.headerFor('/')).toBe('name=old');
  });
});

describe('refusals', () => {
  test.each([
    ['__Host-a=1; Path=/; Secure; Domain=example.org', /__Host prefix/],
    ['__Host-a=1; Path=/', /__Host prefix/],
    ['__Host-a=1; Path=/shop; Secure', /__Host prefix/],
    ['__Host-a=1; Secure', /__Host prefix/],
    ['__Secure-a=1; Path=/', /__Secure prefix/],
    ['a=1; Domain=example.com', /not in this host's domain/],
    ['a=1; Domain=other.shop.example.org', /not in this host's domain/],
    ['a=1; Domain=org', /public suffix/],
    ['no cookie', /holds no cookie/],
    ['=1', /holds no cookie/],
  ])('are loud: %s', (header, message) => {
    const jar = jarAt('https://shop.example.org');
    expect(() => jar.store(header, '/')).toThrow(message);
    expect(jar.entries()).toEqual([]);
  });

  test.each([
    'http://127.0.0.1:3000',
    'http://localhost:3000',
    'http://[::1]:3000',
    'https://shop.example.org',
  ])('do not meet what is Secure, from %s', (origin) => {
    const jar = jarAt(origin);
    jar.store('__Host-a=1; Path=/; Secure', '/');
    jar.store('__Secure-b=2; Secure', '/');
    expect(jar.headerFor('/')).toBe('__Host-a=1; __Secure-b=2');
  });

  test('meet what is Secure where the way is not', () => {
    expect(() => jarAt('http://shop.example.org').store('a=1; Secure', '/')).toThrow(
      /not a secure connection/,
    );
  });
});

test('cookies of a domain and of a host of it are two', () => {
  const jar = jarAt('https://shop.example.org');
  jar.store('a=host; Path=/', '/');
  jar.store('a=domain; Path=/; Domain=example.org', '/');
  expect(jar.headerFor('/')).toBe('a=host; a=domain');
});
