import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { SessionEvent } from '../../lib/index.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import { CookieJar } from '../support/cookie-jar.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { type AnyRequest, serve, stopServers } from '../support/server.js';
import { Clock, HOUR, MINUTE } from '../support/session.js';

afterEach(() => {
  jest.restoreAllMocks();
  stopServers();
});

const IDLE = { duration: '12h', idleDuration: '30m' } as const;

/** A browser at https://shop.example.org. */
class Visitor {
  readonly clock = new Clock();
  readonly jar: CookieJar = new CookieJar('https://shop.example.org', this.clock.now);

  /** A site with one session called `cart`, at which this browser can fill it, add to it, look at it and leave. */
  async site(
    options: object = {},
  ): Promise<(path: string, headers?: Record<string, string>) => Promise<Answer>> {
    const handle = (request: AnyRequest, response: { end(text: string): void }): void => {
      const { pathname, searchParams } = new URL(request.url!, 'http://x');
      const { cart } = request as unknown as { cart: any };
      if (pathname === '/fill') cart.text = 'x'.repeat(Number(searchParams.get('length')));
      if (pathname === '/add') cart.items = (cart.items ?? 0) + 1;
      if (pathname === '/leave') cart.destroy();
      response.end(JSON.stringify({ length: cart.text?.length, items: cart.items }));
    };
    const given = {
      name: 'cart',
      cookieName: 'cart',
      requestKey: 'cart',
      now: this.clock.now,
      ...IDLE,
      ...options,
    };
    const { origin } = await serve(handle, given);
    return async (path, headers = {}) => {
      const cookie = this.jar.headerFor(path);
      const response = await fetch(origin + path, { headers: { ...(cookie && { cookie }), ...headers } });
      const setCookies = response.headers.getSetCookie();
      for (const header of setCookies) this.jar.store(header, path);
      return { content: await response.json(), setCookies, cookie };
    };
  }

  get names(): string[] {
    return this.jar
      .entries()
      .map(([name]) => name)
      .sort();
  }
}

interface Answer {
  readonly content: unknown;
  readonly setCookies: readonly string[];
  readonly cookie: string;
}

const namesOf = ({ setCookies }: Answer): string[] => setCookies.map((header) => header.split('=')[0]!);

describe('beside a session of several cookies', () => {
  const chunks = { onTooLarge: 'chunk', maxChunks: 3, headerBudget: false } as const;

  test('one small cookie holds its use, and all of them stay', async () => {
    const visitor = new Visitor();
    const visit = await visitor.site(chunks);
    await visit('/fill?length=7000');
    expect(visitor.names).toEqual(['cart', 'cart.1', 'cart.2']);
    for (let i = 0; i < 3; i++) {
      visitor.clock.pass(29 * MINUTE);
      const answer = await visit('/look');
      expect([answer.content, namesOf(answer)]).toEqual([{ length: 7_000 }, ['cart.r']]);
      expect(answer.setCookies[0]!.length).toBeLessThan(250);
    }
    expect(visitor.names).toEqual(['cart', 'cart.1', 'cart.2', 'cart.r']);
    await visit('/fill?length=10');
    expect(visitor.names).toEqual(['cart']);
    visitor.clock.pass(29 * MINUTE);
    expect((await visit('/look')).content).toEqual({ length: 10 });
    await visit('/leave');
    expect(visitor.names).toEqual(['cart.x']);
  });

  test('a new key is told in place, because its content has no room beside it', async () => {
    const visitor = new Visitor();
    const before = await visitor.site(chunks);
    await before('/fill?length=7000');
    const during = await visitor.site({ ...chunks, secret: [OTHER_SECRET, SECRET] });
    expect(namesOf(await during('/look'))).toEqual(['cart', 'cart.1', 'cart.2']);
    const after = await visitor.site({ ...chunks, secret: OTHER_SECRET });
    expect((await after('/look')).content).toEqual({ length: 7_000 });
  });
});

describe('companions', () => {
  test.each([
    ['__Host-cart', { secure: true, prefix: '__Host-' }],
    ['__Secure-cart', { secure: true, prefix: '__Secure-', domain: 'example.org' }],
    [
      'cart',
      { secure: true, path: '/', sameSite: 'none', partitioned: true, httpOnly: false, priority: 'high' },
    ],
  ])('of %s have its attributes, so that browsers take and clear them', async (name, cookie) => {
    const visitor = new Visitor();
    const visit = await visitor.site({ cookieName: undefined, cookie });
    const attributesOf = (header: string): string =>
      header.replace(/^[^;]*/, '').replace(/; (Expires|Max-Age)=[^;]*/g, '');
    const [own] = (await visit('/add')).setCookies;
    visitor.clock.pass(10 * MINUTE);
    const used = await visit('/look');
    expect(namesOf(used)).toEqual([`${name}.r`]);
    expect(visitor.names).toEqual([name, `${name}.r`]);
    visitor.clock.pass(29 * MINUTE);
    expect((await visit('/look')).content).toEqual({ items: 1 });
    const left = await visit('/leave');
    expect(namesOf(left)).toEqual([name, `${name}.r`, `${name}.x`]);
    expect(visitor.names).toEqual([`${name}.x`]);
    for (const header of [...used.setCookies, ...left.setCookies])
      expect(attributesOf(header)).toBe(attributesOf(own!));
  });

  test('of a session that ends with the browser do so, too, but not the names of what ended', async () => {
    const visitor = new Visitor();
    const visit = await visitor.site({ cookie: { ephemeral: true } });
    await visit('/add');
    visitor.clock.pass(10 * MINUTE);
    expect((await visit('/look')).setCookies[0]).not.toMatch(/Max-Age|Expires/);
    expect((await visit('/leave')).setCookies.at(-1)).toMatch(/^cart\.x=.*Max-Age=34560000/);
  });

  test('are not cleared where they did not arrive', async () => {
    const visitor = new Visitor();
    const visit = await visitor.site();
    expect(namesOf(await visit('/add'))).toEqual(['cart']);
    expect(namesOf(await visit('/add'))).toEqual(['cart']);
    expect(namesOf(await visit('/leave'))).toEqual(['cart', 'cart.x']);
    expect(namesOf(await visit('/leave'))).toEqual(['cart']);
  });

  test('are never swapped: what stands under one of the names is nothing under another', async () => {
    const visitor = new Visitor();
    const visit = await visitor.site();
    await visit('/add');
    visitor.clock.pass(10 * MINUTE);
    await visit('/look');
    const kept = new Map(visitor.jar.entries());
    await visit('/leave');
    const ending = visitor.jar.valueOf('cart.x')!;
    const texts = [kept.get('cart')!, kept.get('cart.r')!, ending];
    for (const content of texts) {
      for (const renewal of texts) {
        visitor.jar.clear();
        visitor.jar.store(`cart=${content}; Path=/`, '/');
        visitor.jar.store(`cart.r=${renewal}; Path=/`, '/');
        expect((await visit('/look')).content).toEqual(content === texts[0] ? { items: 1 } : {});
      }
    }
  });

  test('count in the budget of headers', async () => {
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const events: Extract<SessionEvent, { type: 'budget' }>[] = [];
    const onEvent = (event: SessionEvent): void => void (event.type === 'budget' && events.push(event));
    const visitor = new Visitor();
    const visit = await visitor.site({ headerBudget: { in: 400, out: 400 }, onEvent });
    await visit('/add');
    await visit('/leave');
    await visit('/add');
    visitor.clock.pass(10 * MINUTE);
    await visit('/look');
    events.length = 0;
    const { cookie, setCookies } = await visit('/leave');
    expect(visitor.names).toEqual(['cart.x']);
    const [arrived, written] = events;
    expect(arrived).toMatchObject({ direction: 'in', bytes: cookie.length });
    expect(arrived!.sessions).toMatchObject([{ name: 'cart', bytes: cookie.length + '; '.length }]);
    const bytes = setCookies.reduce((sum, header) => sum + header.length + 'Set-Cookie: \r\n'.length, 0);
    expect(setCookies).toHaveLength(3);
    expect(written).toMatchObject({ direction: 'out', bytes, sessions: [{ name: 'cart', bytes }] });
  });

  test('end with the session, as the browser keeps them', async () => {
    const visitor = new Visitor();
    const visit = await visitor.site();
    await visit('/add');
    visitor.clock.pass(10 * MINUTE);
    await visit('/look');
    visitor.clock.pass(12 * HOUR - 10 * MINUTE);
    expect(visitor.names).toEqual([]);
  });

  test.each(['cart.r', 'cart.x'])('keep %s from being the name of a session', (name) => {
    const sessions = [{ name: 'cart' }, { name }];
    expect(() => resolveSessions({ secret: SECRET, sessions })).toThrow(name);
  });
});
