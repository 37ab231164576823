import { type IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import type { CookieOptions } from '../../lib/options/cookie-options.js';
import { linkFrameworkRequest } from '../../lib/http/secure-request.js';
import { createReporter } from '../../lib/http/session-reporter.js';
import type { SessionEvent } from '../../lib/session/session-event.js';
import type { SessionOutcome } from '../../lib/session/session-outcome.js';
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
    ['bare', /let it send X-Forwarded-Proto: https/],
  ])('is worth one warning on %s, with the remedy for it', (platform, remedy) => {
    const request = requestOf(platform, { host: 'shop.example' });
    const { warnings, header } = write({ secure: true }, request, request);
    expect(header).toContain('; Secure');
    expect(warnings).toEqual([expect.stringMatching(remedy)]);
    expect(warnings[0]).toMatch(/plain http.*without TLS, set cookie\.secure to "auto"\.$/i);
  });

  test('is no matter on localhost', () => {
    expect(write({ secure: true }, requestOf('bare', { host: 'localhost:3000' })).warnings).toEqual([]);
  });
});

describe('a site that is served over TLS and over plain http', () => {
  const over = (protocol: string, headers: object = { host: 'shop.example' }) =>
    requestOf('express', headers, protocol);
  const MIXED =
    /without Secure over plain http.*no effect\. Redirect plain http to https\..*X-Forwarded-Proto/;

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
