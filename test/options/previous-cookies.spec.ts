import { describe, expect, test } from '@jest/globals';
import { InvalidOptionsError } from '../../lib/index.js';
import { type CookieOptions, resolveCookieAttributes } from '../../lib/options/cookie-options.js';
import {
  attributesOfEarlier,
  type EarlierCookie,
  isSameCookie,
  type PreviousCookie,
} from '../../lib/options/previous-cookies.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import type { SessionOptions } from '../../lib/options/session-options.js';
import { SECRET } from '../support/secrets.js';

const earlierOf = (options: SessionOptions): readonly EarlierCookie[] =>
  resolveSessions({ secret: SECRET, name: 'cart', ...options })[0]!.earlierCookies;

describe('an earlier cookie', () => {
  const today = resolveCookieAttributes({ path: '/shop', domain: 'example.org' }, 'cart');

  test.each<[PreviousCookie, object]>([
    [{}, {}],
    [{ path: '/' }, { path: '/' }],
    [{ domain: 'example.com' }, { domain: 'example.com' }],
    [{ domain: false }, { domain: undefined }],
    [{ domain: undefined }, { domain: undefined }],
    [{ partitioned: false }, { partitioned: false }],
    [{ partitioned: true }, { partitioned: true, secure: true, sameSite: 'none' }],
    [{ name: '__Host-cart' }, { secure: true, path: '/', domain: undefined }],
  ])('%j is found as today, but for what was different', (previous, different) => {
    expect(attributesOfEarlier({ name: 'cart', ...previous }, today)).toEqual({ ...today, ...different });
  });

  test.each<[CookieOptions, CookieOptions, boolean]>([
    [{}, {}, true],
    [{}, { path: '/' }, true],
    [{}, { path: '/shop' }, false],
    [{ domain: 'example.org' }, { domain: '.Example.org' }, true],
    [{ domain: 'example.org' }, { domain: 'shop.example.org' }, false],
    [{ domain: 'example.org' }, {}, false],
    [{}, { secure: true, sameSite: 'none', partitioned: true }, false],
    [{}, { httpOnly: false, maxAge: 1, sameSite: 'strict' }, true],
  ])('is the same one for a browser by name, domain, path and partition: %j and %j', (one, other, isSame) => {
    const [a, b] = [one, other].map((options) => resolveCookieAttributes(options, 'cart'));
    expect([isSameCookie(a!, b!), isSameCookie(b!, a!)]).toEqual([isSame, isSame]);
  });

  test.each<[SessionOptions, readonly EarlierCookie[]]>([
    [{ previousNames: ['basket', 'trolley'] }, [{ name: 'basket' }, { name: 'trolley' }]],
    [
      { previousCookies: [{ path: '/shop' }, { name: 'basket' }] },
      [{ name: 'cart', path: '/shop' }, { name: 'basket' }],
    ],
    [{ previousCookies: [{ partitioned: true }] }, [{ name: 'cart', partitioned: true }]],
    [{ previousCookies: [{ domain: 'example.org' }] }, [{ name: 'cart', domain: 'example.org' }]],
    [
      { cookie: { domain: 'example.org' }, previousCookies: [{ domain: false }] },
      [{ name: 'cart', domain: false }],
    ],
    [
      { cookie: { path: '/shop' }, previousCookies: [{ path: '/shop', name: 'basket' }] },
      [{ name: 'basket', path: '/shop' }],
    ],
    [{ cookie: () => ({ path: '/shop' }), previousCookies: [{ path: '/' }] }, [{ name: 'cart', path: '/' }]],
    [
      {
        previousNames: ['basket'],
        previousCookies: Array.from({ length: 8 }, (_, i) => ({ path: `/${i}` })),
      },
      [{ name: 'basket' }, ...Array.from({ length: 8 }, (_, i) => ({ name: 'cart', path: `/${i}` }))],
    ],
    [
      { legacy: { secret: SECRET, acceptUntil: '2035-01-01', cookieName: 'old' }, previousNames: ['basket'] },
      [{ name: 'old' }, { name: 'basket' }],
    ],
    [{ legacy: { secret: SECRET, acceptUntil: '2035-01-01' } }, []],
  ])('is taken: %j', (options, earlier) => {
    expect(earlierOf(options)).toEqual(earlier);
  });

  test.each<[SessionOptions, string]>([
    [{ previousCookies: ['basket'] as never }, 'previousCookies[0]'],
    [{ previousCookies: [null] as never }, 'previousCookies[0]'],
    [{ previousCookies: [{ path: '/a' }, 7] as never }, 'previousCookies[1]'],
    [{ previousCookies: [{ name: 'a b' }] }, 'previousCookies[0].name'],
    [{ previousCookies: [{ domain: 'a b' }] }, 'previousCookies[0].domain'],
    [{ previousCookies: [{ path: 'shop' }] }, 'previousCookies[0].path'],
    [{ previousCookies: [{ path: '/;' }] }, 'previousCookies[0].path'],
    [{ previousCookies: [{ partitioned: 1 as never }] }, 'previousCookies[0].partitioned'],
    [{ previousCookies: [{}] }, 'previousCookies[0]'],
    [{ previousCookies: [{ name: 'cart' }] }, 'previousCookies[0]'],
    [{ previousCookies: [{ domain: false }] }, 'previousCookies[0]'],
    [{ previousCookies: [{ name: '__Host-cart', path: '/shop' }] }, 'previousCookies[0]'],
    [{ previousNames: ['a b'] }, 'previousNames'],
  ])('is refused: %j', (options, option) => {
    expect(() => earlierOf(options)).toThrow(InvalidOptionsError);
    expect(() => earlierOf(options)).toThrow(expect.objectContaining({ option }));
  });
});
