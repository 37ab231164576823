import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { SessionOptions } from '../../lib/index.js';
import { CookieJar } from '../support/cookie-jar.js';
import { type AnyRequest, serve, stopServers } from '../support/server.js';
import { Clock, MINUTE, SECOND } from '../support/session.js';

afterEach(stopServers);

const GUIDE = readFileSync(new URL('../../docs/moving-a-cookie.md', import.meta.url), 'utf8');

/** The options of the guide's steps: what stands in the braces of each block. */
const [learn, write] = [...GUIDE.matchAll(/SessionOptions = (\{.*?\n\});/gs)].map(
  ([, code]) => runInNewContext(`(${code})`) as SessionOptions,
);
const before: SessionOptions = { name: 'session', cookie: { domain: 'example.org', secure: true } };
const after: SessionOptions = { name: 'session', cookie: { secure: true, prefix: '__Host-' } };

type Act = (session: any) => void;

class Visitor {
  readonly #jar: CookieJar;

  constructor(readonly clock: Clock) {
    this.#jar = new CookieJar('https://shop.example.org', clock.now);
  }

  /** Visits a server with these options. @returns the session's user afterwards */
  async visit(options: SessionOptions, act: Act = () => undefined): Promise<unknown> {
    const handle = (request: AnyRequest, response: { end(text: string): void }): void => {
      act(request['session']);
      response.end(JSON.stringify({ user: request['session'].user }));
    };
    const server = await serve(handle, {
      cookieName: undefined,
      now: this.clock.now,
      ...options,
    } as SessionOptions);
    const cookie = this.#jar.headerFor('/');
    const response = await fetch(server.origin, { headers: cookie ? { cookie } : {} });
    for (const header of response.headers.getSetCookie()) this.#jar.store(header, '/');
    this.clock.pass(SECOND);
    stopServers();
    return (JSON.parse(await response.text()) as { user?: string }).user;
  }

  get names(): string[] {
    return this.#jar.entries().map(([name]) => name);
  }
}

const login: Act = (session) => {
  session.reset();
  session.user = 'ada';
};
const logout: Act = (session) => void session.destroy();

describe('the guide to moving a cookie', () => {
  test('has the two steps that are tested here', () => {
    expect([learn, write]).toEqual([
      expect.objectContaining({ previousCookies: [{ name: '__Host-session', domain: false }] }),
      expect.objectContaining({ previousCookies: [{ name: 'session', domain: 'example.org' }] }),
    ]);
  });

  test('followed step by step, nobody is logged out, and no session is left behind', async () => {
    const visitor = new Visitor(new Clock());
    await visitor.visit(before, login);
    for (const step of [before, learn!, write!, after]) {
      expect(await visitor.visit(step)).toBe('ada');
      await visitor.visit(step, (session) => (session.visits = (session.visits ?? 0) + 1));
    }
    expect(visitor.names).toEqual(['__Host-session']);
    await visitor.visit(after, logout);
    expect(visitor.names).toEqual(['__Host-session.x']);
  });

  const deployments: [string, readonly SessionOptions[]][] = [
    ['the first', [before, learn!]],
    ['the second', [learn!, write!]],
    ['the third', [write!, after]],
  ];

  test.each(deployments)(
    '%s deployment: old and new servers in any order keep logins and logouts',
    async (_, servers) => {
      for (let order = 0; order < 64; order++) {
        const visitor = new Visitor(new Clock());
        const at = (visit: number): SessionOptions => servers[(order >> visit) & 1]!;
        await visitor.visit(servers[0]!, login);
        expect(await visitor.visit(at(0))).toBe('ada');
        await visitor.visit(at(1), (session) => (session.user = 'grace'));
        expect(await visitor.visit(at(2))).toBe('grace');
        // Before the third deployment no session of the first step is left.
        if (servers[1] === after) continue;
        await visitor.visit(at(3), logout);
        expect(await visitor.visit(at(4))).toBeUndefined();
        expect(await visitor.visit(at(5), login)).toBe('ada');
      }
    },
    60_000,
  );

  test('without previousCookies, a logout comes undone after the next one', async () => {
    const visitor = new Visitor(new Clock());
    const moved: SessionOptions = { name: 'session', cookie: { secure: true } };
    await visitor.visit(before, login);
    await visitor.visit(moved, (session) => (session.visits = 1));
    await visitor.visit(moved, logout);
    expect(await visitor.visit(moved)).toBeUndefined();
    visitor.clock.pass(10 * MINUTE);
    await visitor.visit(moved, (session) => (session.user = 'grace'));
    await visitor.visit(moved, logout);
    expect(await visitor.visit(moved)).toBe('ada');
  });
});
