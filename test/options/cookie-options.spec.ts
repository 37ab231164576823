import { describe, expect, test } from '@jest/globals';
import { InvalidOptionsError } from '../../lib/index.js';
import {
  acceptableAttributes,
  type CookieAttributes,
  type CookieOptions,
  assertCookieName,
  assertDomain,
  assertPath,
  plainDomain,
  prefixedName,
  resolveCookieAttributes,
} from '../../lib/options/cookie-options.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import { SECRET } from '../support/secrets.js';

const attributes = (options: CookieOptions, name = 'cart'): CookieAttributes =>
  resolveCookieAttributes(options, name);

/** The option that is refused, and the remedy. */
function refused(act: () => unknown): [option: string, remedy: string] {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionsError);
    const { option, problem, remedy } = error as InvalidOptionsError;
    expect(problem).toMatch(/^must .*[^. ]$/);
    return [option, remedy];
  }
  throw new Error('it was accepted');
}

describe('the prefix of a cookie', () => {
  test.each<[CookieOptions, string]>([
    [{}, 'cart'],
    [{ prefix: false, secure: true }, 'cart'],
    [{ prefix: '__Host-' }, '__Host-cart'],
    [{ prefix: '__Secure-' }, '__Secure-cart'],
    [{ prefix: 'auto' }, 'cart'],
    [{ prefix: 'auto', secure: false }, 'cart'],
    [{ prefix: 'auto', secure: 'auto' }, 'cart'],
    [{ prefix: 'auto', secure: true }, '__Host-cart'],
    [{ prefix: 'auto', secureProxy: true }, '__Host-cart'],
    [{ prefix: 'auto', secure: true, path: '/' }, '__Host-cart'],
    [{ prefix: 'auto', secure: true, path: '/shop' }, 'cart'],
    [{ prefix: 'auto', secure: true, domain: 'example.org' }, 'cart'],
  ])('%j makes the name %s', (options, name) => {
    expect(prefixedName('cart', options, false)).toBe(name);
  });

  test('is none for a cookie that may have a domain for some requests', () => {
    expect(prefixedName('cart', { prefix: 'auto', secure: true }, true)).toBe('cart');
    expect(prefixedName('cart', { prefix: '__Secure-' }, true)).toBe('__Secure-cart');
    const [option, remedy] = refused(() => prefixedName('cart', { prefix: '__Host-' }, true));
    expect(option).toBe('cookie.prefix');
    expect(remedy).toMatch(/'__Secure-'.*"cookieDomains"/);
  });

  test.each(['__host-', 'host', true, null, ''])('%p is none that browsers know', (prefix) => {
    const [option, remedy] = refused(() => prefixedName('cart', { prefix: prefix as never }, false));
    expect(option).toBe('cookie.prefix');
    expect(remedy).toContain("'__Host-'");
  });

  test.each(['__Host-cart', '__secure-cart', '__HTTP-cart', '__Host-Http-cart'])(
    'is not put before the one of %s',
    (name) => {
      expect(prefixedName(name, {}, false)).toBe(name);
      const [option, remedy] = refused(() => prefixedName(name, { prefix: 'auto' }, false));
      expect(option).toBe('cookie.prefix');
      expect(remedy).toMatch(/Leave one/);
    },
  );

  test('leaves the session and the property of the request their names', () => {
    const [session] = resolveSessions({
      secret: SECRET,
      name: 'cart',
      cookie: { prefix: 'auto', secure: true },
    });
    expect(session!.options).toMatchObject({ name: 'cart', requestKey: 'cart', cookieName: '__Host-cart' });
  });

  test.each<[string, Partial<CookieAttributes>]>([
    ['__Host-cart', { secure: true, path: '/', domain: undefined, httpOnly: false }],
    ['__Host-Http-cart', { secure: true, path: '/', domain: undefined, httpOnly: true }],
    ['__Http-cart', { secure: true, path: '/shop', domain: 'example.org', httpOnly: true }],
    ['__Secure-cart', { secure: true, path: '/shop', domain: 'example.org', httpOnly: false }],
    ['__SECURE-cart', { secure: true, path: '/shop', domain: 'example.org', httpOnly: false }],
    ['cart', { secure: 'auto', path: '/shop', domain: 'example.org', httpOnly: false }],
    ['cart__Host-', { secure: 'auto', path: '/shop', domain: 'example.org', httpOnly: false }],
  ])('%s demands attributes, also of a cookie that is cleared', (name, demanded) => {
    const today = attributes({ path: '/shop', domain: 'example.org', httpOnly: false });
    expect(acceptableAttributes(today, name)).toEqual({ ...today, ...demanded });
  });

  test.each<[string, CookieOptions]>([
    ['__Host-cart', { secure: true }],
    ['__Host-cart', { secure: true, path: '/' }],
    ['__Host-cart', { secureProxy: true, httpOnly: false }],
    ['__Secure-cart', { secure: true, path: '/shop', domain: 'example.org', httpOnly: false }],
    ['__Http-cart', { secure: true, path: '/shop', domain: 'example.org' }],
    ['__Host-Http-cart', { secure: true }],
  ])('%s is taken with %j', (name, options) => {
    expect(attributes(options, name).secure).toBe(true);
  });

  test.each<[string, CookieOptions, string]>([
    ['__Host-Http-cart', { secure: true, httpOnly: false }, 'cookie.httpOnly'],
    ['__Host-Http-cart', { secure: true, path: '/shop' }, 'cookie.path'],
    ['__Host-Http-cart', { secure: true, domain: 'example.org' }, 'cookie.domain'],
    ['__Host-cart', { secure: true, path: '/shop' }, 'cookie.path'],
    ['__Http-cart', {}, 'cookie.secure'],
    ['__Http-cart', { secure: false }, 'cookie.secure'],
  ])('%s is refused with %j', (name, options, option) => {
    expect(refused(() => attributes(options, name))[0]).toBe(option);
  });
});

describe('attributes that belong together', () => {
  test.each<CookieOptions>([
    { sameSite: 'none', secure: true },
    { sameSite: 'none', secureProxy: true },
    { sameSite: 'none', secure: true, partitioned: true },
    { partitioned: false },
    { ephemeral: true },
    { ephemeral: false, maxAge: 1 },
    { secure: 'auto' },
    { secure: 'auto', secureProxy: false },
    { secure: false },
  ])('%j is taken', (options) => {
    expect(attributes(options)).toMatchObject({
      sameSite: options.sameSite ?? 'lax',
      secure: options.secureProxy || (options.secure ?? 'auto'),
      partitioned: options.partitioned ?? false,
    });
  });

  test.each<[CookieOptions, string, RegExp]>([
    [{ sameSite: 'none', secure: 'auto' }, 'cookie.sameSite', /cookie\.secure to true/],
    [{ sameSite: 'none', secure: false }, 'cookie.sameSite', /cookie\.secure to true/],
    [{ partitioned: true, sameSite: 'strict', secure: true }, 'cookie.partitioned', /sameSite to 'none'/],
    [{ partitioned: true, secure: false }, 'cookie.partitioned', /cookie\.secure to true/],
  ])('%j is refused', (options, option, remedy) => {
    const [refusedOption, given] = refused(() => attributes(options));
    expect(refusedOption).toBe(option);
    expect(given).toMatch(remedy);
  });
});

test('a name of 256 characters and a path of 1,024 are taken, and one more is not', () => {
  expect(() => assertCookieName('c'.repeat(256))).not.toThrow();
  expect(refused(() => assertCookieName('c'.repeat(257)))[0]).toBe('cookieName');
  expect(() => assertPath(`/${'a'.repeat(1_023)}`, 'path')).not.toThrow();
  expect(refused(() => assertPath(`/${'a'.repeat(1_024)}`, 'path'))[0]).toBe('path');
  expect(refused(() => assertPath(['/shop'], 'path'))[0]).toBe('path');
});

describe('the domain of a cookie', () => {
  test.each([
    ['example.org', 'example.org'],
    ['.example.org', 'example.org'],
    ['Example.ORG', 'example.org'],
    ['.Shop.Example.ORG', 'shop.example.org'],
    ['', ''],
  ])('%j is %j for browsers', (domain, plain) => {
    expect(plainDomain(domain)).toBe(plain);
  });

  const long = `${'abcd.'.repeat(50)}abcd`;
  test.each([
    'localhost',
    'example.org',
    '.example.org',
    'a-b.example.org',
    'EXAMPLE.org',
    '1.example',
    long,
  ])('%s is one', (domain) => {
    expect(() => assertDomain(domain, 'domain')).not.toThrow();
  });

  test.each([
    `${long}e`,
    '',
    '.',
    'a..b',
    '-a.example',
    'a-.example',
    'a b',
    'a;b',
    'a.example\n',
    'ä.example',
    'https://a.example',
    null,
    7,
    ['a.example'],
  ])('%p is none', (domain) => {
    const [option, remedy] = refused(() => assertDomain(domain, 'domain'));
    expect(option).toBe('domain');
    expect(remedy).toContain("'example.org'");
  });
});
