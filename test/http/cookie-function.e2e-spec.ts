import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { type ClientSessionsOptions, type CookieOptions, SessionCookieError } from '../../lib/index.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import type { Browser } from '../support/browser.js';
import { SECRET } from '../support/secrets.js';
import { type AnyRequest, serve, stopServers } from '../support/server.js';

afterEach(stopServers);

const TENANTS: Readonly<Record<string, CookieOptions>> = {
  'a.example': { domain: 'a.example' },
  'shop.b.example': { domain: '.B.example', sameSite: 'strict' },
  'path.example': { path: '/shop', ephemeral: true },
  'c.example': {},
};
const tenantOf = ({ headers }: IncomingMessage): CookieOptions => TENANTS[String(headers['x-host'])]!;

function handle(request: AnyRequest, response: { end(text: string): void }): void {
  request['other'].seen = true;
  try {
    request['cart'].seen = true;
    response.end('ok');
  } catch (error) {
    const { name, message } = error as Error;
    response.end(`${name}: ${message} ${String(error instanceof SessionCookieError)}`);
  }
}

const start = (cookie: ClientSessionsOptions['cookie'], more: object = {}): Promise<Browser> =>
  serve(handle, {
    cookieName: undefined,
    cookie: { secure: true },
    sessions: [
      { name: 'other' },
      { name: 'cart', cookie, cookieDomains: ['a.example', 'b.example'], ...more },
    ],
  } as Partial<ClientSessionsOptions>);

const cookiesAt = async (
  browser: Browser,
  host: string,
): Promise<{ text: string; own: string[]; other: string[] }> => {
  const page = await browser.get('/', { headers: { 'x-host': host } });
  const attributes = page.setCookies.map((header) =>
    header.replace(/=[^;]*/, '').replace(/; Expires=[^;]*/, ''),
  );
  return {
    text: page.text,
    own: attributes.filter((each) => each.startsWith('cart')),
    other: attributes.filter((each) => each.startsWith('other')),
  };
};

describe('attributes that depend on the request', () => {
  test.each([
    ['a.example', 'cart; Path=/; Domain=a.example; Max-Age=86400; Secure; HttpOnly; SameSite=Lax'],
    ['shop.b.example', 'cart; Path=/; Domain=.B.example; Max-Age=86400; Secure; HttpOnly; SameSite=Strict'],
    ['path.example', 'cart; Path=/shop; Secure; HttpOnly; SameSite=Lax'],
    ['c.example', 'cart; Path=/; Max-Age=86400; Secure; HttpOnly; SameSite=Lax'],
  ])('%s: %s', async (host, header) => {
    const browser = await serve(handle, {
      cookieName: undefined,
      sessions: [
        { name: 'other' },
        { name: 'cart', cookie: tenantOf, cookieDomains: ['A.example', 'b.example'] },
      ],
      cookie: { secure: true },
    } as Partial<ClientSessionsOptions>);
    const page = await fetch(browser.origin, { headers: { 'x-host': host } });
    const [own] = page.headers.getSetCookie().filter((each) => each.startsWith('cart'));
    expect(own!.replace(/=[^;]*/, '').replace(/; Expires=[^;]*/, '')).toBe(header);
  });

  test('are asked for once per request and session, and not for requests that use no session', async () => {
    const asked = jest.fn(tenantOf);
    const browser = await serve(
      (request, response) => {
        if (request.url === '/twice') request['cart'].n = [request['cart'].n, request['cart'].n].length;
        response.end();
      },
      { cookieName: 'cart', cookie: asked, cookieDomains: ['a.example'] },
    );
    const visit = (path: string): Promise<Response> =>
      fetch(browser.origin + path, { headers: { 'x-host': 'a.example' } });
    await visit('/');
    expect(asked).toHaveBeenCalledTimes(0);
    await visit('/twice');
    expect(asked).toHaveBeenCalledTimes(1);
  });

  test('that change later change nothing that was written before', async () => {
    const shared: CookieOptions = { path: '/one' };
    const browser = await start(() => shared);
    await cookiesAt(browser, 'x');
    expect((await fetch(browser.origin)).headers.getSetCookie().at(-1)).toContain('Path=/one');
    shared.path = '/two';
    expect((await fetch(browser.origin)).headers.getSetCookie().at(-1)).toContain('Path=/two');
  });

  test('earlier cookies are as the tenant has them today', async () => {
    const browser = await start(tenantOf, { previousCookies: [{ domain: false }, { path: '/old' }] });
    const headers = { 'x-host': 'a.example', cookie: 'cart=x' };
    const cleared = (await fetch(browser.origin, { headers })).headers
      .getSetCookie()
      .filter((each) => each.startsWith('cart=;'))
      .map((each) => each.replace(/; Expires.*/, ''));
    expect(cleared).toEqual(['cart=; Path=/', 'cart=; Path=/old; Domain=a.example']);
    // A tenant without a domain has no such earlier cookie: it would be today's.
    const other = await fetch(browser.origin, { headers: { ...headers, 'x-host': 'c.example' } });
    expect(other.headers.getSetCookie().filter((each) => each.startsWith('cart=;'))).toHaveLength(1);
  });

  test.each<[string, (request: IncomingMessage) => unknown, RegExp]>([
    ['throws', () => JSON.parse('x'), /threw SyntaxError\. Let it return/],
    [
      'throws what it was sent',
      ({ headers }) => {
        throw new Error(headers.cookie);
      },
      /threw Error\. Let it/,
    ],
    ['returns nothing', () => undefined, /must return an object/],
    ['returns a promise', () => Promise.resolve({}), /must return an object, and at once/],
    [
      'returns a promise that fails',
      () => Promise.reject(new Error('top-secret')),
      /must return an object, and at once/,
    ],
    ['returns a query', () => Object.create(Promise.resolve()), /must return an object, and at once/],
    ['returns a list', () => [], /must return an object/],
    [
      'returns a getter that throws',
      () => ({
        get domain() {
          throw new Error('top-secret');
        },
      }),
      /threw Error\./,
    ],
    ['returns a big integer', () => ({ maxAge: 5n }), /threw TypeError\./],
    [
      'returns a cycle',
      () => {
        const own: any = {};
        own.path = own;
        return own;
      },
      /threw TypeError\./,
    ],
    [
      'returns a proxy that throws',
      () =>
        new Proxy(
          {},
          {
            ownKeys() {
              throw new Error('top-secret');
            },
          },
        ),
      /threw Error\./,
    ],
    ['uses its own session', (request) => (request as any).cart.attributes, /must not use its own session/],
    [
      'returns a domain of 2,000 characters',
      () => ({ domain: `${'a.'.repeat(1_000)}example` }),
      /must be a domain/,
    ],
    ['returns an unknown option', () => ({ expires: 1 }), /"cookie\.expires": it is not a known option/],
    ['returns a prefix', () => ({ prefix: '__Host-' }), /must not return a prefix/],
    ['returns an invalid path', () => ({ path: 'x;y' }), /"cookie\.path": it must be a path/],
    [
      'returns SameSite=None without Secure',
      () => ({ sameSite: 'none', secure: false }),
      /must not be 'none' without Secure/,
    ],
    ['returns a domain that is not listed', () => ({ domain: 'evil.example' }), /"cookieDomains" lists/],
    ['returns a parent of a listed domain', () => ({ domain: 'example' }), /"cookieDomains" lists/],
    ['returns a child of a listed domain', () => ({ domain: 'x.a.example' }), /"cookieDomains" lists/],
    ['returns a header in a domain', () => ({ domain: 'a.example\r\nSet-Cookie: x=1' }), /must be a domain/],
  ])('a function that %s: a typed error, and no other cookie changes', async (_, cookie, message) => {
    const browser = await start(cookie as () => CookieOptions);
    const headers = { cookie: 'cart=top-secret-cookie-value' };
    for (let i = 0; i < 2; i++) {
      const page = await fetch(browser.origin, { headers });
      const text = await page.text();
      expect(text).toMatch(message);
      expect(text).toMatch(/^SessionCookieError: The "cookie" function of session "cart".* true$/);
      expect(text).not.toContain('top-secret');
      expect(page.headers.getSetCookie().map((each) => each.split('=')[0])).toEqual(['other']);
    }
  });

  test('a function that throws leaves nothing behind on the response', async () => {
    const listeners: number[] = [];
    const browser = await serve(
      (request, response) => {
        const before = response.listenerCount('close');
        for (let i = 0; i < 15; i++) expect(() => request['cart'].n).toThrow(SessionCookieError);
        listeners.push(response.listenerCount('close') - before);
      },
      { cookieName: 'cart', cookie: () => JSON.parse('x') as object },
    );
    await browser.get('/');
    expect(listeners).toEqual([0]);
  });

  test('a client that makes up hosts fills no memory and breaks nothing', async () => {
    const browser = await start(({ url }: IncomingMessage) => ({ path: url! }));
    for (let i = 0; i < 1_100; i++) {
      const page = await fetch(`${browser.origin}/${i}`);
      expect(page.headers.getSetCookie().at(-1)).toContain(`Path=/${i};`);
    }
  });
});

describe('cookie.prefix', () => {
  const nameWith = (cookie: object, more: object = {}): string =>
    resolveSessions({ secret: SECRET, name: 'cart', cookie, ...more })[0]!.options.cookieName;

  test.each<[object, string]>([
    [{ prefix: '__Host-', secure: true }, '__Host-cart'],
    [{ prefix: '__Secure-', secure: true, domain: 'example.org', path: '/x' }, '__Secure-cart'],
    [{ prefix: 'auto', secure: true }, '__Host-cart'],
    [{ prefix: 'auto', secureProxy: true }, '__Host-cart'],
    [{ prefix: 'auto', secure: true, path: '/', partitioned: true, sameSite: 'none' }, '__Host-cart'],
    [{ prefix: 'auto' }, 'cart'],
    [{ prefix: 'auto', secure: 'auto' }, 'cart'],
    [{ prefix: 'auto', secure: true, path: '/shop' }, 'cart'],
    [{ prefix: 'auto', secure: true, domain: 'example.org' }, 'cart'],
    [{ prefix: false, secure: true }, 'cart'],
  ])('%j: %s', (cookie, name) => expect(nameWith(cookie)).toBe(name));

  test('none of the host where a function may return a domain', () => {
    const domains = { cookieDomains: ['example.org'] };
    expect(nameWith({ prefix: 'auto', secure: true }, domains)).toBe('cart');
    expect(nameWith({ prefix: '__Secure-', secure: true }, domains)).toBe('__Secure-cart');
    expect(() => nameWith({ prefix: '__Host-', secure: true }, domains)).toThrow('"cookie.prefix"');
  });

  test('does not change where legacy cookies are looked for', () => {
    const legacy = { secret: 'a legacy secret', acceptUntil: '2100-01-01' };
    const cookie = { prefix: '__Host-', secure: true };
    const [session] = resolveSessions({
      secret: SECRET,
      name: 'cart',
      cookie,
      legacy,
    } as ClientSessionsOptions);
    expect([session!.legacy!.cookieName, session!.earlierCookies]).toEqual(['cart', [{ name: 'cart' }]]);
    expect(() => nameWith(cookie, { legacy: { ...legacy, write: true } })).toThrow('"legacy.cookieName"');
  });

  test('the session and the property of the request keep their names', () => {
    const cookie = { prefix: '__Host-' as const, secure: true };
    expect(resolveSessions({ secret: SECRET, cookieName: 'cart', cookie })[0]!.options).toMatchObject({
      name: 'cart',
      requestKey: 'cart',
      cookieName: '__Host-cart',
    });
  });

  test.each<[object, string, string]>([
    [{ prefix: '__Host-' }, 'cart', 'cookie.secure'],
    [{ prefix: '__Host-', secure: true, domain: 'example.org' }, 'cart', 'cookie.domain'],
    [{ prefix: '__Host-', secure: true, path: '/x' }, 'cart', 'cookie.path'],
    [{ prefix: '__Secure-', secure: 'auto' }, 'cart', 'cookie.secure'],
    [{ prefix: '__Host-', secure: true }, '__Host-cart', 'cookie.prefix'],
    [{ prefix: 'auto', secure: true }, '__secure-cart', 'cookie.prefix'],
    [{ prefix: '__host-', secure: true }, 'cart', 'cookie.prefix'],
    [{ prefix: true, secure: true }, 'cart', 'cookie.prefix'],
  ])('%j for %s stops the application', (cookie, cookieName, option) => {
    expect(() => resolveSessions({ secret: SECRET, cookieName, cookie })).toThrow(`"${option}"`);
  });

  test('an unprefixed cookie moves, and is cleared', async () => {
    const show = (request: AnyRequest, response: { end(text: string): void }): void => {
      request['cart'].n = (request['cart'].n ?? 0) + 1;
      response.end(String(request['cart'].n));
    };
    const cookie = { secure: true };
    const before = await serve(show, { cookieName: 'cart', cookie });
    const after = await serve(show, {
      cookieName: 'cart',
      cookie: { ...cookie, prefix: '__Host-' },
      previousNames: ['cart'],
    });
    const old = (await fetch(before.origin)).headers.getSetCookie()[0]!.split(';')[0]!;
    const page = await fetch(after.origin, { headers: { cookie: old } });
    expect(await page.text()).toBe('2');
    expect(page.headers.getSetCookie().map((each) => each.replace(/=[^;]*.*/, ''))).toEqual([
      '__Host-cart',
      'cart',
    ]);
  });
});
