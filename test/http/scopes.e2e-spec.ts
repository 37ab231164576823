import { afterEach, describe, expect, test } from '@jest/globals';
import type { ClientSessionsOptions, CookieOptions, PreviousCookie } from '../../lib/index.js';
import type { Browser } from '../support/browser.js';
import { CookieJar } from '../support/cookie-jar.js';
import { type AnyRequest, serve, stopServers } from '../support/server.js';
import { Clock, DAY, MINUTE, SECOND } from '../support/session.js';

afterEach(stopServers);

interface Scope {
  readonly cookieName: string;
  readonly cookie: CookieOptions;
}

const scope = (cookieName: string, cookie: CookieOptions = {}): Scope => ({
  cookieName,
  cookie: { secure: true, ...cookie },
});
/** Scopes in which https://app.example.test/shop/… can have a cookie. */
const SCOPES: readonly Scope[] = [
  scope('cart'),
  scope('cart', { domain: 'example.test' }),
  scope('cart', { domain: '.App.Example.test' }),
  scope('cart', { path: '/shop' }),
  scope('cart', { path: '/shop/', domain: 'example.test' }),
  scope('basket'),
  scope('basket', { domain: 'example.test', path: '/shop' }),
  scope('__Host-cart'),
  scope('__Secure-cart', { domain: 'example.test' }),
];

const isSame = (one: Scope, other: Scope): boolean => one === other;
const shown = ({ cookieName, cookie: { domain, path } }: Scope): string =>
  [cookieName, domain && `of ${domain}`, path && `below ${path}`].filter(Boolean).join(' ');

function previous({ cookieName, cookie }: Scope): PreviousCookie {
  return { name: cookieName, domain: cookie.domain ?? false, path: cookie.path ?? '/' };
}

const handle = (request: AnyRequest, response: { end(text: string): void }): void => {
  const { pathname, searchParams } = new URL(request.url!, 'http://x');
  const session = request['own'];
  if (pathname.endsWith('/set')) session.value = searchParams.get('value');
  if (pathname.endsWith('/login')) session.regenerate();
  if (pathname.endsWith('/logout')) session.destroy();
  response.end(String(session.value));
};

/** A browser at https://app.example.test. */
class Visitor {
  readonly jar: CookieJar;

  constructor(readonly clock: Clock) {
    this.jar = new CookieJar('https://app.example.test', clock.now);
  }

  async visit(server: Browser, path: string): Promise<string> {
    const cookie = this.jar.headerFor(path);
    const response = await fetch(server.origin + path, { headers: cookie ? { cookie } : {} });
    for (const header of response.headers.getSetCookie()) this.jar.store(header, path);
    this.clock.pass(SECOND);
    return response.text();
  }
}

const deploy = (
  clock: Clock,
  { cookieName, cookie }: Scope,
  previousCookies: readonly PreviousCookie[] = [],
  more: Partial<ClientSessionsOptions> = {},
): Promise<Browser> =>
  serve(handle, {
    name: 'cart',
    requestKey: 'own',
    cookieName,
    cookie,
    previousCookies,
    duration: '120 days',
    now: clock.now,
    ...more,
  });

const pairs = SCOPES.flatMap((from) =>
  SCOPES.filter((to) => !isSame(from, to)).map((to) => [from, to] as const),
);

describe.each(pairs.map(([from, to]) => [`${shown(from)} → ${shown(to)}`, from, to] as const))(
  '%s',
  (_, from, to) => {
    test('nobody is logged out, the last write counts, and a logout is one', async () => {
      const visitor = new Visitor(new Clock());
      const before = await deploy(visitor.clock, from);
      const after = await deploy(visitor.clock, to, [previous(from)]);

      await visitor.visit(before, '/shop/set?value=old');
      expect(await visitor.visit(after, '/shop/get')).toBe('old');
      await visitor.visit(after, '/shop/set?value=new');
      expect(await visitor.visit(after, '/shop/get')).toBe('new');
      await visitor.visit(after, '/shop/login');
      expect(await visitor.visit(after, '/shop/get')).toBe('undefined');
      await visitor.visit(after, '/shop/set?value=again');
      await visitor.visit(after, '/shop/logout');
      expect(await visitor.visit(after, '/shop/get')).toBe('undefined');
      expect(visitor.jar.entries().map(([name]) => name)).toEqual([`${to.cookieName}.x`]);
    });

    test('old and new servers side by side: the last write counts', async () => {
      const visitor = new Visitor(new Clock());
      const [old, both] = [
        await deploy(visitor.clock, from, [previous(to)]),
        await deploy(visitor.clock, to, [previous(from)]),
      ];

      for (const [i, server] of [old, both, both, old, old, both, old].entries()) {
        await visitor.visit(server, `/shop/set?value=${i}`);
        expect(await visitor.visit(old, '/shop/get')).toBe(String(i));
        expect(await visitor.visit(both, '/shop/get')).toBe(String(i));
      }
      await visitor.visit(old, '/shop/logout');
      expect(await visitor.visit(both, '/shop/get')).toBe('undefined');
    });
  },
);

describe('two genuine cookies of one name', () => {
  const [host, domain] = [SCOPES[0]!, SCOPES[1]!];

  test.each([
    ['1 ms', '1 hour', 1],
    ['a second', '120 days', SECOND],
    ['10 minutes', '400 days', 10 * MINUTE],
  ])(
    'that were written %s apart in a life of %s: the later one, in any order',
    async (_, duration, apart) => {
      const clock = new Clock();
      const visitor = new Visitor(clock);
      const server = await deploy(clock, host, [], { duration: duration as '1 day' });
      const textOf = async (value: string): Promise<string> => {
        await visitor.visit(server, `/set?value=${value}`);
        return visitor.jar.valueOf('cart')!;
      };
      await textOf('begun');
      clock.pass(DAY / 48);
      const texts: string[] = [];
      for (const value of ['1', '2', '3']) {
        clock.pass(apart - SECOND);
        texts.push(await textOf(value));
      }
      for (const [a, b] of [
        [0, 1],
        [1, 0],
        [0, 2],
        [2, 0],
        [1, 2],
        [2, 1],
      ] as const) {
        const cookie = `cart=${texts[a]}; cart=${texts[b]}`;
        const page = await fetch(`${server.origin}/get`, { headers: { cookie } });
        expect(await page.text()).toBe(String(Math.max(a, b) + 1));
      }
    },
  );

  test('a server whose clock is behind still writes what counts', async () => {
    const [fast, slow] = [new Clock(), new Clock()];
    fast.pass(30 * SECOND);
    const visitor = new Visitor(fast);
    const [old, later] = [await deploy(fast, domain), await deploy(slow, host, [])];

    await visitor.visit(old, '/set?value=fast');
    await visitor.visit(old, '/set?value=fast again');
    for (const path of ['/set?value=slow', '/login', '/set?value=anew', '/set?value=last']) {
      await visitor.visit(later, path);
    }
    expect(await visitor.visit(later, '/get')).toBe('last');
    expect(await visitor.visit(old, '/get')).toBe('last');
  });

  test('of many earlier scopes, the last one is looked at, too', async () => {
    const visitor = new Visitor(new Clock());
    const server = await deploy(
      visitor.clock,
      host,
      [1, 2, 3, 4, 5].map((i) => ({ path: `/shop${'/x'.repeat(i)}` })),
    );
    const texts: string[] = [];
    for (let i = 0; i < 6; i++) {
      await visitor.visit(server, `/set?value=${i}`);
      texts.push(`cart=${visitor.jar.valueOf('cart')}`);
    }
    const page = await fetch(`${server.origin}/get`, { headers: { cookie: texts.join('; ') } });
    expect(await page.text()).toBe('5');
  });

  test('that servers write within one tick of the clock: the one that followed counts', async () => {
    const visitor = new Visitor(new Clock());
    const server = await deploy(visitor.clock, host, [], { duration: '400 days' });
    const texts: string[] = [];
    for (let i = 0; i < 4; i++) {
      await visitor.visit(server, `/set?value=${i}`);
      visitor.clock.pass(-SECOND);
      texts.push(`cart=${visitor.jar.valueOf('cart')}`);
    }
    for (const cookies of [texts, texts.toReversed()]) {
      const page = await fetch(`${server.origin}/get`, { headers: { cookie: cookies.join('; ') } });
      expect(await page.text()).toBe('3');
    }
  });

  test('are worth one warning, which names previousCookies and no value', async () => {
    const clock = new Clock();
    const visitor = new Visitor(clock);
    const warnings: string[] = [];
    const onEvent = (event: { type: string; message?: string }): void =>
      void (event.type === 'warning' && warnings.push(event.message!));
    const server = await deploy(clock, host, [], { onEvent });
    await visitor.visit(server, '/set?value=one');
    const text = visitor.jar.valueOf('cart')!;
    for (let i = 0; i < 3; i++) {
      await fetch(`${server.origin}/get`, { headers: { cookie: `cart=${text}; cart=${text}` } }).then((r) =>
        r.text(),
      );
    }
    expect(warnings).toEqual([expect.stringMatching(/^Session "cart": .*named "cart".*"previousCookies"/)]);
    expect(warnings[0]).not.toContain(text.slice(10, 20));
  });
});

describe('an earlier cookie is cleared', () => {
  const clears = async (
    path: string,
    previousCookies: PreviousCookie[],
    init: RequestInit = {},
  ): Promise<string[]> => {
    const server = await deploy(new Clock(), SCOPES[0]!, previousCookies);
    const page = await fetch(server.origin + path, init);
    await page.text();
    return page.headers.getSetCookie().filter((header) => header.includes('Max-Age=0'));
  };

  test('not if the browser would have sent it', async () => {
    expect(await clears('/shop/set?value=1', [{ domain: 'example.test' }, { path: '/shop' }])).toEqual([]);
  });

  test('if the browser could not send it, because its path is another one', async () => {
    expect(await clears('/shopping/set?value=1', [{ path: '/shop' }])).toEqual([
      expect.stringMatching(/^cart=; Path=\/shop; Expires=.*; Max-Age=0; Secure/),
      expect.stringMatching(/^cart\.r=; Path=\/shop; Expires=.*; Max-Age=0; Secure/),
    ]);
  });

  test('if the browser withheld it, whatever its SameSite was', async () => {
    const headers = { 'sec-fetch-site': 'cross-site' };
    const server = await deploy(new Clock(), scope('cart', { sameSite: 'none' }), [{ name: 'old' }]);
    const page = await fetch(`${server.origin}/logout`, { method: 'POST', headers });
    expect(page.headers.getSetCookie().map((header) => header.split('=')[0])).toEqual([
      'cart',
      'cart.r',
      'old',
      'old.r',
    ]);
  });

  test('once, however often it is listed', async () => {
    const server = await deploy(new Clock(), SCOPES[0]!, [{ name: 'old' }, { name: 'old', path: '/' }], {
      previousNames: ['old'],
    });
    const page = await fetch(`${server.origin}/set?value=1`, { headers: { cookie: 'old=x' } });
    expect(page.headers.getSetCookie().filter((header) => header.startsWith('old='))).toHaveLength(1);
  });

  test.each<[string, PreviousCookie]>([
    ['the same domain, written in another way', { domain: 'EXAMPLE.test' }],
    ['the same path', { path: '/shop' }],
    ['nothing', {}],
    ['the name only', { name: 'cart' }],
  ])('never if it is that of today: %s', async (_, cookie) => {
    const today = scope('cart', { domain: '.example.test', path: '/shop' });
    await expect(deploy(new Clock(), today, [cookie])).rejects.toThrow(
      /previousCookies\[0\].*must differ from today/,
    );
  });

  test('never by a response that does not write', async () => {
    expect(await clears('/get', [{ path: '/shop' }])).toEqual([]);
  });

  test('of a partition, with the attributes that browsers want', async () => {
    const headers = { cookie: 'cart=x' };
    expect(await clears('/set?value=1', [{ partitioned: true }], { headers })).toEqual([
      expect.stringMatching(
        /^cart=; Path=\/; Expires=.*; Max-Age=0; Secure; HttpOnly; SameSite=None; Partitioned$/,
      ),
    ]);
  });
});
