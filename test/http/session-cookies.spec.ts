import { type IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import ancestor from 'client-sessions';
import type { ClientSessionsOptions } from '../../lib/options/client-sessions-options.js';
import type { CookieOptions } from '../../lib/options/cookie-options.js';
import type { SessionOptions } from '../../lib/options/session-options.js';
import { HeaderBudget } from '../../lib/http/header-budget.js';
import { linkFrameworkRequest } from '../../lib/http/secure-request.js';
import { createReporter } from '../../lib/http/session-reporter.js';
import { SessionSet } from '../../lib/http/session-set.js';
import { createSealer } from '../../lib/sealing/create-sealer.js';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import type { SessionEvent } from '../../lib/session/session-event.js';
import type { SessionOutcome } from '../../lib/session/session-outcome.js';
import { SessionState } from '../../lib/session/session-state.js';
import { SECRET } from '../support/secrets.js';
import { startSessions } from '../support/session.js';

type Platform = 'express' | 'fastify' | 'bare';

const PROXIED = { 'x-forwarded-proto': 'https', host: 'shop.example' };
const WRITTEN: SessionOutcome = { type: 'write', text: 'text', expiresAt: 86_400_000, ephemeral: undefined };

function requestOf(platform: Platform, headers: object, protocol = 'http'): IncomingMessage {
  const request = Object.assign(new IncomingMessage(new Socket()), {
    headers: headers as IncomingHttpHeaders,
  });
  if (platform === 'express') Object.assign(request, { app: () => undefined, res: {}, protocol });
  if (platform === 'fastify') linkFrameworkRequest(request, { protocol });
  return request;
}

function closed(request: IncomingMessage): IncomingMessage {
  request.socket.destroy();
  return request;
}

/** What was warned of while cookies were written in answer to requests, and the last Set-Cookie. */
function write(
  cookie: CookieOptions,
  ...requests: readonly IncomingMessage[]
): { warnings: string[]; header: string } {
  const events: SessionEvent[] = [];
  const logged: string[] = [];
  const log = (message: string): void => void logged.push(message);
  const report = createReporter({ log, debug: log, warn: log, error: log }, (event) => events.push(event));
  const [session] = startSessions({ name: 'cart', secret: SECRET, cookie, now: () => 0 }, report);
  const headers = requests.flatMap((request) =>
    session!.headersFor(WRITTEN, session!.scopesFor(request), request, new Map()),
  );
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
  expect(logged).toEqual(warnings);
  return { warnings, header: headers.at(-1)! };
}

describe('a TLS proxy that nobody trusts', () => {
  test.each<[Platform, RegExp]>([
    ['express', /app\.set\("trust proxy", 1\).*Or set cookie\.secure to true\.$/],
    [
      'fastify',
      /new FastifyAdapter\(\{ trustProxy: \[its addresses\] \}\).*Or set cookie\.secure to true\.$/,
    ],
    ['bare', /Set cookie\.secure to true\.$/],
  ])('is worth one warning on %s, with the remedy for it', (platform, remedy) => {
    const { warnings, header } = write(
      {},
      requestOf(platform, PROXIED),
      requestOf(platform, { forwarded: 'proto="https"' }),
      requestOf(platform, { 'x-forwarded-ssl': 'on' }),
    );
    expect(header).not.toContain('Secure');
    expect(warnings).toEqual([expect.stringMatching(remedy)]);
    expect(warnings[0]).toMatch(/^Session "cart": a proxy says.*written without Secure/);
  });

  test('is told of where a request has no connection of its own', () => {
    const request = Object.assign(requestOf('bare', PROXIED), { socket: undefined });
    expect(write({}, request as object as IncomingMessage).warnings).toHaveLength(1);
  });

  test('is told of without any header', () => {
    const hostile = 'https, <script>evil.example';
    const { warnings } = write({}, requestOf('bare', { 'x-forwarded-proto': hostile, host: hostile }));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).not.toContain('evil');
  });

  test('never recommends on Fastify to trust a number of proxies, or everybody', () => {
    const all = [
      ...write({}, requestOf('fastify', PROXIED)).warnings,
      ...write({ secure: true }, requestOf('fastify', { host: 'shop.example' })).warnings,
    ];
    expect(all).toHaveLength(2);
    for (const message of all) {
      expect(message).toContain('trustProxy: [');
      expect(message).not.toMatch(/trustProxy(?!: \[)/);
    }
  });

  test.each<[string, CookieOptions, IncomingMessage]>([
    ['is trusted by Express', {}, requestOf('express', PROXIED, 'https')],
    ['is trusted by Fastify', {}, requestOf('fastify', PROXIED, 'https')],
    ['is not there', {}, requestOf('express', { host: 'shop.example' })],
    ['says that the browser came without TLS', {}, requestOf('bare', { 'x-forwarded-proto': 'http' })],
    ['does not matter, as Secure is off', { secure: false }, requestOf('bare', PROXIED)],
    ['does not matter, as Secure is on', { secure: true }, requestOf('bare', PROXIED)],
    ['does not matter, as secureProxy is on', { secureProxy: true }, requestOf('express', PROXIED)],
    ['is gone, with its connection', {}, closed(requestOf('bare', PROXIED))],
  ])('is no matter when it %s', (_title, cookie, request) => {
    expect(write(cookie, request).warnings).toEqual([]);
  });

  test('is no matter for who writes nothing', () => {
    const events: SessionEvent[] = [];
    const [session] = startSessions({ name: 'cart', secret: SECRET }, (event) => events.push(event));
    const request = requestOf('bare', PROXIED);
    expect(session!.headersFor({ type: 'keep' }, session!.scopesFor(request), request, new Map())).toEqual(
      [],
    );
    expect(events).toEqual([]);
  });
});

describe('Secure over plain http', () => {
  test.each<[Platform, RegExp]>([
    ['express', /app\.set\("trust proxy", 1\)/],
    ['fastify', /trustProxy: \[its addresses\]/],
    [
      'bare',
      /let it send X-Forwarded-Proto: https, because there is no framework with its own "trust proxy"\. /,
    ],
  ])('is worth one warning on %s, with the remedy for it', (platform, remedy) => {
    const request = requestOf(platform, { host: 'shop.example' });
    const { warnings, header } = write({ secure: true }, request, request);
    expect(header).toContain('; Secure');
    expect(warnings).toEqual([expect.stringMatching(remedy)]);
    expect(warnings[0]).toMatch(
      /plain http, and there browsers drop the cookie\. .*without TLS, set cookie\.secure to "auto"\.$/i,
    );
  });

  test('is no matter on localhost', () => {
    expect(write({ secure: true }, requestOf('bare', { host: 'localhost:3000' })).warnings).toEqual([]);
  });
});

describe('a site that is served over TLS and over plain http', () => {
  const over = (protocol: string, headers: object = { host: 'shop.example' }) =>
    requestOf('express', headers, protocol);
  const MIXED =
    /over plain http\. A browser that has .* no effect\. Redirect plain http to https\..*X-Forwarded-Proto/;

  test('is warned of once, when plain http follows', () => {
    const { warnings, header } = write({}, over('https'), over('http'), over('http'), over('https'));
    expect(header).toContain('; Secure');
    expect(warnings).toEqual([expect.stringMatching(MIXED)]);
  });

  test.each<[string, CookieOptions, object, object, number]>([
    ['on other ports', {}, { host: 'shop.example:8443' }, { host: 'SHOP.example:8080' }, 1],
    ['on HTTP/2', {}, { ':authority': 'shop.example' }, { host: 'shop.example' }, 1],
    [
      'on hosts that share the cookie',
      { domain: 'shop.example' },
      { host: 'a.shop.example' },
      { host: 'b.shop.example' },
      1,
    ],
    ['on hosts that share nothing', {}, { host: 'shop.example' }, { host: 'b.shop.example' }, 0],
    [
      'on localhost, where browsers replace it',
      {},
      { host: 'localhost:3001' },
      { host: 'localhost:3000' },
      0,
    ],
    ['with Secure everywhere', { secure: true }, { host: 'shop.example' }, { host: 'localhost' }, 0],
    ['with Secure nowhere', { secure: false }, { host: 'shop.example' }, { host: 'shop.example' }, 0],
  ])('%s', (_title, cookie, secure, plain, count) => {
    expect(write(cookie, over('https', secure), over('http', plain)).warnings).toHaveLength(count);
  });

  test('is no matter where plain http comes first, until it comes again', () => {
    expect(write({}, over('http'), over('http'), over('https')).warnings).toEqual([]);
    expect(write({}, over('http'), over('https'), over('http')).warnings).toHaveLength(1);
  });

  test('is told of as an untrusted proxy where a proxy says so', () => {
    const { warnings } = write({}, over('https'), over('http', PROXIED));
    expect(warnings).toEqual([expect.stringMatching(/does not trust the proxy/)]);
  });

  test('is remembered for a limited number of hosts, because anybody can name any', () => {
    const strangers = Array.from({ length: 200 }, (_, i) => over('https', { host: `${i}.example` }));
    expect(write({}, ...strangers, over('http', { host: '99.example' })).warnings).toHaveLength(1);
    expect(write({}, ...strangers, over('http', { host: '100.example' })).warnings).toHaveLength(0);
  });
});

describe('an earlier name with a prefix', () => {
  const clearing = (name: string, cookie: CookieOptions): string => {
    const [session] = startSessions({
      name: 'cart',
      secret: SECRET,
      cookie,
      previousNames: [name],
      now: () => 0,
    });
    const arrived = new Map([[name, ['text']]]);
    const request = requestOf('bare', { host: 'localhost' });
    const headers = session!.headersFor({ type: 'delete' }, session!.scopesFor(request), request, arrived);
    const [content, renewal] = [`${name}=`, `${name}.r=`].map((start) => {
      const header = headers.find((each) => each.startsWith(start))!;
      return header.slice(header.indexOf(';'));
    });
    expect(renewal).toBe(content);
    return content!;
  };

  test.each<[string, CookieOptions, string]>([
    ['__Host-cart', {}, 'Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax'],
    ['__Host-cart', { path: '/shop', secure: false }, 'Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax'],
    [
      '__Host-cart',
      { domain: 'example.org', secure: true },
      'Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax',
    ],
    ['__host-cart', { httpOnly: false }, 'Path=/; Max-Age=0; Secure; SameSite=Lax'],
    [
      '__Secure-cart',
      { path: '/shop', domain: 'example.org' },
      'Path=/shop; Domain=example.org; Max-Age=0; Secure; HttpOnly; SameSite=Lax',
    ],
    ['__Http-cart', { httpOnly: false }, 'Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax'],
    [
      '__Host-Http-cart',
      { httpOnly: false, path: '/shop' },
      'Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax',
    ],
    ['basket', { path: '/shop' }, 'Path=/shop; Max-Age=0; HttpOnly; SameSite=Lax'],
  ])('%s, beside %j, is cleared in the way that browsers accept', (name, cookie, attributes) => {
    expect(clearing(name, cookie).replace(/ Expires=[^;]*;/, '')).toBe(`; ${attributes}`);
  });
});

describe('the cookies of one session that are opened', () => {
  const [MOST, MOST_OF_THREE_EARLIER] = [9, 12];
  const textsOf = (name: string): string[] => ['a', 'b', 'c', 'd'].map((text) => `${name}-${text}`);

  /** What is opened if the browser sends four cookies of each name. */
  function openedOf(earlier: readonly string[]): string[][] {
    const [session] = startSessions({ name: 'cart', secret: SECRET, previousNames: earlier });
    const { contents, endings, renewals } = session!.candidatesAmong(
      new Map(session!.names.map((name) => [name, textsOf(name)])),
    );
    return [contents, endings, renewals].map((each) => each.map(({ text }) => text));
  }

  test('are limited, and notes of ended sessions come before renewals', () => {
    expect(openedOf([])).toEqual([
      textsOf('cart').toReversed(),
      textsOf('cart.x'),
      textsOf('cart.r').slice(0, 1),
    ]);
  });

  test('are those of today’s name before earlier ones', () => {
    expect(openedOf(['basket'])).toEqual(openedOf([]));
    expect(openedOf(['basket']).flat()).toHaveLength(MOST);
  });

  test('are as many as the configuration lists', () => {
    const [contents, ...companions] = openedOf(['basket', 'bag', 'trolley']);
    expect([contents, ...companions].flat()).toHaveLength(MOST_OF_THREE_EARLIER);
    expect(contents).toEqual(textsOf('cart').toReversed());
  });
});

describe('if notes of ended sessions are left unread, no session is taken for one that has not ended', () => {
  const NOW = Date.UTC(2025, 5, 15);
  const times = {
    createdAt: NOW,
    startedAt: NOW,
    expiresAt: NOW + 60_000,
    ownDuration: false,
    renewed: false,
  };

  /** Whether the session goes on that a request brings under this name, with so much junk beside it. */
  function isOpen(
    sessions: readonly SessionOptions[],
    cookieName: string,
    junk: Readonly<Record<string, number>>,
  ): boolean {
    const started = startSessions({ secret: SECRET, now: () => NOW, sessions: [...sessions] });
    const scope = { purpose: 'session', cookieName };
    const text = createSealer(new KeyRing(SECRET, 'secret'), scope).seal({
      ...times,
      json: '{"user":"ada"}',
    });
    const pairs = Object.entries(junk).flatMap(([name, count]) => Array<string>(count).fill(`${name}=junk`));
    const set = new SessionSet(started, new HeaderBudget(undefined, () => undefined));
    const arrived = set.findCookies([...pairs, `${cookieName}=${text}`].join('; '));
    const [auth] = started;
    return new SessionState(auth!.session, auth!.candidatesAmong(arrived)).object['user'] === 'ada';
  }

  const auth = { name: 'auth', cookieName: 'auth' };
  const renamed = { ...auth, previousNames: ['__Host-auth'] };
  const beside = { name: 'cart', previousNames: ['a', 'b', 'c', 'd', 'e'] };

  test.each<[string, readonly SessionOptions[], string, Readonly<Record<string, number>>, boolean]>([
    ['as many as are read', [auth], 'auth', { auth: 3, 'auth.x': 4 }, true],
    ['one more of a name', [auth], 'auth', { 'auth.x': 5 }, false],
    [
      'one of an earlier name, for which junk leaves no place',
      [renamed],
      '__Host-auth',
      { auth: 5, 'auth.x': 3, '__Host-auth.x': 1 },
      false,
    ],
    [
      'fewer of an earlier name',
      [renamed],
      '__Host-auth',
      { auth: 5, 'auth.x': 1, '__Host-auth.x': 1 },
      true,
    ],
    ['as many, beside a session with many earlier names', [auth, beside], 'auth', { 'auth.x': 4 }, true],
    ['one more, beside a session with many earlier names', [auth, beside], 'auth', { 'auth.x': 5 }, false],
  ])('%s', (_, sessions, cookieName, junk, expected) => {
    expect(isOpen(sessions, cookieName, junk)).toBe(expected);
  });

  test('junk of the session itself, beside a session with many earlier names, leaves places for its notes', () => {
    const [own] = startSessions({ secret: SECRET, sessions: [auth, beside] });
    const arrived = new Map([
      ['auth', Array.from({ length: 9 }, (_, i) => `junk-${i}`)],
      ['auth.x', ['note']],
    ]);
    const { contents, endings, hasUnreadEndings } = own!.candidatesAmong(arrived);
    expect([contents.length, endings.length, hasUnreadEndings]).toEqual([4, 1, false]);
  });
});

describe('the Set-Cookie headers of an outcome', () => {
  interface Received {
    readonly arrived?: Readonly<Record<string, readonly string[]>>;
    readonly url?: string;
    readonly headers?: object;
  }

  /** Each as name, value, and what says when the cookie ends. */
  function headersOf(
    outcome: SessionOutcome,
    options: Partial<ClientSessionsOptions> = {},
    { arrived = {}, url = '/', headers = {} }: Received = {},
  ): string[] {
    const given = { name: 'cart', cookieName: 'cart', secret: SECRET, now: () => 0, ...options };
    const [session] = startSessions(given as ClientSessionsOptions);
    const request = Object.assign(requestOf('bare', { host: 'localhost', ...headers }), {
      method: 'GET',
      url,
    });
    const all = session!.headersFor(
      outcome,
      session!.scopesFor(request),
      request,
      new Map(Object.entries(arrived)),
    );
    return all.map((header) => {
      const [, pair, path, domain, seconds] =
        /^(.*?); Path=(.*?)(?:; Domain=(.*?))?(?:; Expires=[^;]*; Max-Age=(\d+))?; /.exec(header)!;
      return [
        pair!.length > 60 ? `${pair!.slice(0, 12)}…` : pair,
        path === '/' ? undefined : path,
        domain,
        seconds,
      ]
        .filter((part) => part !== undefined)
        .join(' ');
    });
  }

  const write = (more: object = {}): SessionOutcome => ({ ...WRITTEN, ...more }) as SessionOutcome;
  const ENDED = { text: 'ended', expiresAt: 60_000, ephemeral: undefined };

  test('are none if the session stays, or could not be stored', () => {
    expect(headersOf({ type: 'keep' })).toEqual([]);
    expect(headersOf({ type: 'failed', isNews: true })).toEqual([]);
  });

  test.each<[object, CookieOptions, string]>([
    [{}, {}, 'cart=text 86400'],
    [{}, { maxAge: '1h' }, 'cart=text 3600'],
    [{}, { ephemeral: true }, 'cart=text'],
    [{ ephemeral: true }, {}, 'cart=text'],
    [{ ephemeral: false }, { ephemeral: true }, 'cart=text 86400'],
    [{ ephemeral: true }, { maxAge: '1h' }, 'cart=text'],
  ])('of what is written with %j, as %j says, end in time: %s', (more, cookie, header) => {
    expect(headersOf(write(more), { cookie })).toEqual([header]);
  });

  test('of what is renewed are the companion alone, which ends like the session', () => {
    const renewed = { ...WRITTEN, type: 'renew' } as SessionOutcome;
    expect(headersOf(renewed, {}, { arrived: { cart: ['old'], 'cart.r': ['old'] } })).toEqual([
      'cart.r=text 86400',
    ]);
    expect(headersOf(renewed, { cookie: { maxAge: '1h' } })).toEqual(['cart.r=text 3600']);
    expect(headersOf(renewed, { cookie: { ephemeral: true } })).toEqual(['cart.r=text']);
  });

  test('name what has ended for as long as that counts, whatever the configuration says of the session', () => {
    expect(headersOf(write({ ended: ENDED }))).toEqual(['cart=text 86400', 'cart.x=ended 60']);
    expect(headersOf({ type: 'delete', ended: ENDED }, { cookie: { maxAge: '1h' } })).toEqual([
      'cart= 0',
      'cart.x=ended 60',
    ]);
    expect(headersOf(write({ ended: 'over' }))).toEqual(['cart=text 86400', 'cart.x= 0']);
  });

  test('clear the renewal that the browser has, with every write and with the end', () => {
    const arrived = { 'cart.r': ['old'] };
    expect(headersOf(write(), {}, { arrived })).toEqual(['cart=text 86400', 'cart.r= 0']);
    expect(headersOf({ type: 'delete' }, {}, { arrived })).toEqual(['cart= 0', 'cart.r= 0']);
    expect(headersOf({ type: 'delete' })).toEqual(['cart= 0']);
  });

  test('clear what the browser may have and hides from this request', () => {
    expect(headersOf({ type: 'delete' }, { cookie: { path: '/shop' } })).toEqual([
      'cart= /shop 0',
      'cart.r= /shop 0',
    ]);
    expect(headersOf({ type: 'delete' }, {}, { headers: { 'sec-fetch-site': 'cross-site' } })).toEqual([
      'cart= 0',
      'cart.r= 0',
    ]);
  });

  test('clear earlier cookies: those of the same name before today’s, others behind it', () => {
    const options = { previousCookies: [{ name: 'bag' }, { domain: 'example.org' }] };
    const arrived = { cart: ['old'], bag: ['old'] };
    expect(headersOf(write(), options, { arrived })).toEqual([
      'cart= example.org 0',
      'cart=text 86400',
      'bag= 0',
    ]);
    expect(headersOf({ type: 'delete' }, options, { arrived })).toEqual([
      'cart= example.org 0',
      'cart= 0',
      'bag= 0',
    ]);
    expect(headersOf(write(), options)).toEqual(['cart=text 86400']);
  });

  test('leave cookies alone that are named like parts, if the session has one cookie only', () => {
    const arrived = { 'cart.1': ['12345678~text'] };
    expect(headersOf(write(), {}, { arrived })).toEqual(['cart=text 86400']);
    expect(headersOf({ type: 'delete' }, {}, { arrived })).toEqual(['cart= 0']);
  });

  describe('for a session of several cookies', () => {
    const CHUNKS = { onTooLarge: 'chunk', maxChunks: 3 } as const;
    const long = { text: 'x'.repeat(6_000) };
    const chunk = ['12345678~text'];

    test('hold all parts, and clear parts that are left over', () => {
      expect(headersOf(write(long), CHUNKS)).toEqual(['cart=2~xxxxx… 86400', 'cart.1=xxxxx… 86400']);
      const arrived = { 'cart.1': chunk, 'cart.2': chunk, 'cart.r': ['old'] };
      expect(headersOf(write(long), CHUNKS, { arrived })).toEqual([
        'cart=2~xxxxx… 86400',
        'cart.1=xxxxx… 86400',
        'cart.2= 0',
        'cart.r= 0',
      ]);
      expect(headersOf(write(), CHUNKS, { arrived })).toEqual([
        'cart=text 86400',
        'cart.1= 0',
        'cart.2= 0',
        'cart.r= 0',
      ]);
    });

    test('clear parts at the end, also those that need a higher maxChunks, and no cookies of other code', () => {
      const arrived = {
        'cart.1': ['theirs'],
        'cart.2': ['theirs', ...chunk],
        'cart.4': chunk,
        'cart.r': ['old'],
      };
      expect(headersOf({ type: 'delete' }, CHUNKS, { arrived })).toEqual([
        'cart= 0',
        'cart.2= 0',
        'cart.4= 0',
        'cart.r= 0',
      ]);
      expect(headersOf({ type: 'delete' }, CHUNKS)).toEqual(['cart= 0']);
    });

    test('clear all that there can be where the browser hides them', () => {
      expect(headersOf({ type: 'delete' }, { ...CHUNKS, cookie: { path: '/shop' } })).toEqual(
        ['cart', 'cart.1', 'cart.2', 'cart.3', 'cart.4', 'cart.r'].map((name) => `${name}= /shop 0`),
      );
    });
  });
});

describe('attributes that depend on the request', () => {
  test('make one set of cookies for each that there is', () => {
    const [session] = startSessions({
      name: 'cart',
      cookieName: 'cart',
      secret: SECRET,
      cookieDomains: ['a.example', 'b.example'],
      cookie: ({ headers }) => ({ domain: headers.host }),
    });
    const scopesOf = (host: string) => session!.scopesFor(requestOf('bare', { host }));
    expect(scopesOf('a.example')).toBe(scopesOf('a.example'));
    expect(scopesOf('a.example').today.attributes.domain).toBe('a.example');
    expect(scopesOf('b.example').today.attributes.domain).toBe('b.example');
  });
});

describe('cookies that may hold a session', () => {
  test('are none if none arrived', () => {
    const [session] = startSessions({ name: 'cart', secret: SECRET });
    expect(session!.candidatesAmong(new Map())).toEqual({
      contents: [],
      renewals: [],
      endings: [],
      hasUnreadEndings: false,
    });
  });

  test('are joined of their parts only if the session may have several', () => {
    const arrived = new Map([
      ['cart', ['2~12345678abcdefghi']],
      ['cart.1', ['abcdefgh~jk']],
    ]);
    const textsOf = (options: object): string[] => {
      const [session] = startSessions({ name: 'cart', cookieName: 'cart', secret: SECRET, ...options });
      return session!.candidatesAmong(arrived).contents.map(({ text }) => text);
    };
    expect(textsOf({ onTooLarge: 'chunk' })).toEqual(['12345678abcdefghijk']);
    expect(textsOf({})).toEqual(['2~12345678abcdefghi']);
  });
});

describe('the seals of a session', () => {
  const record = {
    createdAt: 0,
    startedAt: 0,
    expiresAt: 86_400_000,
    ownDuration: false,
    renewed: false,
    json: '{}',
  };

  test.each<[string, 'contents' | 'renewals' | 'endings']>([
    ['cart', 'contents'],
    ['cart.r', 'renewals'],
    ['cart.x', 'endings'],
  ])('of what arrives as %s are those of that name alone', (cookieName, kind) => {
    const [session] = startSessions({ name: 'cart', cookieName: 'cart', secret: SECRET, purpose: 'shop' });
    const opens = (sealedFor: string): boolean => {
      const scope = { purpose: 'shop', cookieName: sealedFor };
      const text = createSealer(new KeyRing(SECRET, 'secret'), scope).seal(record);
      const [candidate] = session!.candidatesAmong(new Map([[cookieName, [text]]]))[kind];
      return candidate!.sealer.unseal(candidate!.text).ok;
    };
    const names = ['cart', 'cart.r', 'cart.x', 'cart.', 'user'];
    expect(names.filter(opens)).toEqual([cookieName]);
  });
});

describe('cookies of client-sessions', () => {
  test('are opened under the name that they had, and under no other', () => {
    const theirs = { cookieName: 'state', secret: 'the-secret-of-client-sessions' };
    const legacy = { ...theirs, acceptUntil: new Date('2100-01-01') };
    const [session] = startSessions({ name: 'cart', cookieName: 'cart', secret: SECRET, legacy });
    const text = ancestor.util.encode({ ...theirs }, { user: 'ada' });
    const opened = ['cart', 'state'].map((name) => {
      const [candidate] = session!.candidatesAmong(new Map([[name, [text]]])).contents;
      return candidate!.sealer.unseal(text);
    });
    expect(opened).toMatchObject([
      { ok: false },
      { ok: true, stale: true, record: { json: '{"user":"ada"}' } },
    ]);
  });
});

describe('a renewal that holds the content', () => {
  test('takes with its name as much as a cookie may take, and no more', () => {
    const [session] = startSessions({ name: 'bag', cookieName: 'bag', secret: SECRET });
    const times = { createdAt: 0, startedAt: 0, expiresAt: 86_400_000, ownDuration: false, renewed: true };
    const bytes = Array.from({ length: 100 }, (_, i) => {
      const text = JSON.stringify({ text: 'x'.repeat(2_950 + i) });
      const sealed = session!.session.sealRenewal(0, text, times, {});
      return sealed === undefined ? Infinity : `bag.r${sealed}`.length;
    });
    const written = bytes.filter((each) => each < Infinity);
    expect(written.length).toBeLessThan(bytes.length);
    expect(Math.max(...written)).toBe(4_096);
  });
});

describe('a function "issuedAfter" that fails later', () => {
  test('is told of with the name of the session', () => {
    const events: SessionEvent[] = [];
    let isLater = false;
    const issuedAfter = (): undefined => {
      if (isLater) throw new Error('gone');
    };
    const options = { name: 'cart', secret: SECRET, issuedAfter, now: () => 0 };
    const [session] = startSessions(options, (event) => events.push(event));
    isLater = true;
    const times = { createdAt: 0, startedAt: 0, expiresAt: 60_000, ownDuration: false, renewed: false };
    const sealed = { writtenAt: 0, stale: false, isRemembered: false };
    expect(session!.session.admit({ record: { ...times, json: '{}' }, text: '' }, sealed).ok).toBe(true);
    const message = expect.stringMatching(/^Session "cart": the function "issuedAfter" threw/);
    expect(events).toEqual([{ type: 'warning', session: 'cart', message }]);
  });
});

describe('a session has an id of its own', () => {
  const hasId = (options: object): boolean =>
    startSessions({ name: 'cart', secret: SECRET, duration: '12h', ...options })[0]!.session.hasId;

  test.each<[object, boolean]>([
    [{ id: true }, true],
    [{ idleDuration: '30m' }, true],
    [{ id: true, idleDuration: '30m' }, true],
    [{ id: false }, false],
  ])('with %j: %s', (options, expected) => {
    expect(hasId(options)).toBe(expected);
  });
});

describe('sessions of two configurations', () => {
  const shared = (own: SessionOptions, theirs: SessionOptions): string | undefined => {
    const [first, second] = [own, theirs].map((options) => startSessions({ secret: SECRET, ...options })[0]!);
    return first!.cookieSharedWith(second!);
  };
  const cart = { name: 'cart', cookieName: 'sid' };
  const user = { name: 'user', cookieName: 'user', previousNames: ['sid'] };
  const shop = { path: '/shop', domain: 'shop.example' };

  test.each<[string, SessionOptions, SessionOptions]>([
    ['both write', cart, { ...user, cookieName: 'sid', previousNames: [] }],
    ['the first writes and the second reads', cart, user],
    ['the first reads and the second writes', user, cart],
    ['one path and one domain have', { ...cart, cookie: shop }, { ...user, cookie: { ...shop } }],
  ])('share a cookie that %s', (_title, own, theirs) => {
    expect(shared(own, theirs)).toBe('sid');
  });

  test.each<[string, SessionOptions, SessionOptions]>([
    ['names', cart, { ...user, previousNames: [] }],
    ['paths', { ...cart, cookie: { path: '/shop' } }, user],
    ['domains', { ...cart, cookie: { domain: 'shop.example' } }, user],
  ])('share none if their %s differ', (_title, own, theirs) => {
    expect(shared(own, theirs)).toBeUndefined();
  });
});
