import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { CookieScopes, isHidden } from '../../lib/http/cookie-scopes.js';
import { SetCookie } from '../../lib/http/set-cookie.js';
import { type CookieOptions, resolveCookieAttributes } from '../../lib/options/cookie-options.js';
import type { EarlierCookie } from '../../lib/options/previous-cookies.js';

const attributesOf = (options: CookieOptions) => resolveCookieAttributes(options, 'cart');
const requestTo = (url: string | undefined, properties: object = {}): IncomingMessage =>
  Object.assign(new IncomingMessage(new Socket()), { method: 'GET', headers: {}, url }, properties);

describe('a cookie with a path', () => {
  const isSentTo = (path: string, url: string | undefined, properties: object = {}): boolean =>
    !isHidden(new SetCookie('cart', attributesOf({ path })), requestTo(url, properties));

  test.each<[string, string]>([
    ['/', '/'],
    ['/', '/anything/at/all'],
    ['/shop', '/shop'],
    ['/shop', '/shop?next=/'],
    ['/shop', '/shop/'],
    ['/shop', '/shop/cart?id=5'],
    ['/shop/', '/shop/'],
    ['/shop/', '/shop/cart'],
  ])('%s is sent to %s', (path, url) => {
    expect(isSentTo(path, url)).toBe(true);
  });

  test.each<[string, string]>([
    ['/shop', '/'],
    ['/shop', '/shopping'],
    ['/shop', '/shop.html'],
    ['/shop', '/Shop'],
    ['/shop', '/the/shop'],
    ['/shop', '/?/shop'],
    ['/shop/', '/shop'],
    ['/shop/', '/shopping/'],
  ])('%s is not sent to %s', (path, url) => {
    expect(isSentTo(path, url)).toBe(false);
  });

  test('is sent to what the browser asked for, wherever an application is mounted', () => {
    expect(isSentTo('/shop', '/cart', { originalUrl: '/shop/cart' })).toBe(true);
    expect(isSentTo('/shop', '/shop', { originalUrl: '/cart' })).toBe(false);
  });

  test('of the whole site is sent with a request that names no path', () => {
    expect(isSentTo('/', undefined)).toBe(true);
  });

  test('is not sent from another site, whatever its SameSite is now: it may have been another', () => {
    const cookie = new SetCookie('cart', attributesOf({ sameSite: 'lax' }));
    const headers = { 'sec-fetch-site': 'cross-site' };
    expect(isHidden(cookie, requestTo('/', { headers }))).toBe(true);
  });
});

describe('the cookies that a session had earlier', () => {
  const earlier = (name: string, cookie: { path?: string; domain?: string } = {}): EarlierCookie =>
    ({ name, path: cookie.path, domain: cookie.domain }) as EarlierCookie;
  const namesIn = (scopes: CookieScopes, url: string, ...arrived: string[]): string[] =>
    scopes
      .earlierIn(requestTo(url), new Map(arrived.map((name) => [name, []])))
      .map(({ name, attributes: { path } }) => `${name} ${path}`);

  test('are those that arrived, and those that the browser hides from this path', () => {
    const scopes = new CookieScopes('cart', attributesOf({}), [
      earlier('bag'),
      earlier('basket'),
      earlier('trolley', { path: '/shop' }),
    ]);
    expect(namesIn(scopes, '/', 'basket')).toEqual(['basket /', 'trolley /shop']);
    expect(namesIn(scopes, '/shop')).toEqual([]);
  });

  test('are listed once, and without the one of today', () => {
    const scopes = new CookieScopes('cart', attributesOf({}), [
      earlier('bag'),
      earlier('cart'),
      earlier('bag'),
      earlier('bag', { path: '/shop' }),
      earlier('cart', { path: '/shop' }),
    ]);
    expect(namesIn(scopes, '/shop', 'bag', 'cart')).toEqual(['bag /', 'bag /shop', 'cart /shop']);
  });

  test('tell which names the browser may have several cookies of', () => {
    const moved = (...list: EarlierCookie[]): string[] => [
      ...new CookieScopes('cart', attributesOf({}), list).movedNames,
    ];
    expect(moved(earlier('bag'))).toEqual([]);
    expect(moved(earlier('bag'), earlier('cart', { path: '/shop' }))).toEqual(['cart']);
    expect(moved(earlier('bag'), earlier('bag', { path: '/shop' }))).toEqual(['bag']);
  });
});
