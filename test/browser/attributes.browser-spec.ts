import { afterEach, beforeEach, describe, expect, jest } from '@jest/globals';
import {
  assertCookieName,
  type CookieAttributes,
  type CookieOptions,
  resolveCookieAttributes,
} from '../../lib/options/cookie-options.js';
import { SetCookie } from '../../lib/http/set-cookie.js';
import { PLATFORMS, type Setup } from '../support/application.js';
import { DAY } from '../support/session.js';
import { useChromium } from './support/chromium.js';
import { collectWarnings, NotesController, type Read } from './support/notes.js';
import { promised } from './support/promised.js';
import { openSite, serveBoth } from './support/servers.js';

const HOST = 'app.example.test';
/** Chromium keeps 180 cookies of a host. */
const BATCH = 150;

const chromium = useChromium();

beforeEach(() => void jest.spyOn(console, 'warn').mockImplementation(() => undefined));
afterEach(() => void jest.restoreAllMocks());

interface Case {
  readonly name: string;
  readonly options: CookieOptions;
}

/** The names of those cookies that Chromium stores when they come over https. */
async function storedOf(cases: readonly Case[]): Promise<ReadonlySet<string>> {
  const stored = new Set<string>();
  for (let from = 0; from < cases.length; from += BATCH) {
    const batch = cases.slice(from, from + BATCH);
    const site = await serveBoth((_request, response) => {
      response.writeHead(200, { 'set-cookie': batch.map(headerOf) }).end();
    });
    const visitor = await chromium.visitor();
    await visitor.open(site.https(HOST));
    for (const name of await visitor.names()) stored.add(name);
  }
  return stored;
}

/** The options as a cookie would have them if nothing were checked. */
function unchecked(options: CookieOptions): CookieAttributes {
  const { path = '/', domain, maxAge, ephemeral = false, httpOnly = true } = options;
  const { secure = 'auto', sameSite = 'lax', partitioned = false, priority } = options;
  return {
    path,
    domain,
    maxAge: maxAge === undefined ? undefined : Number(maxAge),
    ephemeral,
    httpOnly,
    secure,
    sameSite,
    partitioned,
    priority,
  };
}

function headerOf({ name, options }: Case): string {
  return new SetCookie(name, unchecked(options)).write('x', Date.now() + DAY, Date.now(), true);
}

/** Why the options are refused, or undefined if they are accepted. */
function refusal({ name, options }: Case): string | undefined {
  try {
    assertCookieName(name);
    resolveCookieAttributes(options, name);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** All combinations of these values. */
function combinations<T extends Record<string, readonly unknown[]>>(
  values: T,
): { [K in keyof T]: T[K][number] }[] {
  return Object.entries(values).reduce<Record<string, unknown>[]>(
    (all, [key, each]) => all.flatMap((one) => each.map((value) => ({ ...one, [key]: value }))),
    [{}],
  ) as { [K in keyof T]: T[K][number] }[];
}

const ALL = combinations({
  prefix: ['', '__Secure-', '__Host-', '__Http-', '__Host-Http-', '__host-', '__SECURE-', '__hOsT-hTtP-'],
  secure: [true, false, 'auto'],
  path: [undefined, '/shop'],
  domain: [undefined, 'example.test'],
  httpOnly: [undefined, false],
  sameSite: ['lax', 'strict', 'none'],
  partitioned: [false, true],
} as const).map(({ prefix, ...options }, i) => ({ name: `${prefix}c${i}`, options }));

describe('what is accepted at start', () => {
  promised('is stored over https, and what Chromium rejects is refused', async () => {
    const stored = await storedOf(ALL);
    const accepted = ALL.filter((each) => refusal(each) === undefined);
    const rejected = ALL.filter(({ name }) => !stored.has(name));
    expect(accepted.filter(({ name }) => !stored.has(name))).toEqual([]);
    expect(rejected.filter((each) => refusal(each) === undefined)).toEqual([]);

    // Chromium stores these over https, but rejects them over http or in the frames of other sites.
    const stricter = ALL.filter((each) => refusal(each) !== undefined && stored.has(each.name));
    const unexplained = stricter.filter(
      ({ options: { secure, partitioned, sameSite } }) =>
        secure !== 'auto' && !(partitioned && sameSite !== 'none'),
    );
    expect(unexplained).toEqual([]);
    expect(Math.min(accepted.length, rejected.length, stricter.length)).toBeGreaterThan(50);
    return (
      `${ALL.length} combinations: ${accepted.length} accepted and stored, ` +
      `${rejected.length} rejected by Chromium and refused, ${stricter.length} refused all the same`
    );
  });

  promised('is every character of a name', async () => {
    const characters = Array.from({ length: 0x7e - 0x20 }, (_, i) => String.fromCodePoint(0x21 + i));
    const names = [...characters.map((each) => `a${each}b`), 'n'.repeat(256)];
    const accepted = names.filter((name) => refusal({ name, options: {} }) === undefined);
    const stored = await storedOf(accepted.map((name) => ({ name, options: {} })));
    expect(accepted.filter((name) => !stored.has(name))).toEqual([]);
    return `${accepted.length} names accepted, all stored`;
  });

  const lists: [string, CookieOptions[]][] = [
    [
      'path',
      ['/', '/shop', '/a b', '/a,b=c', '/%20', '/~x', "/'", `/${'p'.repeat(1023)}`].map((path) => ({ path })),
    ],
    ['domain', ['example.test', '.example.test', 'EXAMPLE.test', HOST].map((domain) => ({ domain }))],
    ['priority', (['low', 'medium', 'high'] as const).map((priority) => ({ priority }))],
  ];
  for (const [attribute, options] of lists) {
    promised(`is every accepted ${attribute}`, async () => {
      const cases = options.map((each, i) => ({ name: `c${i}`, options: each }));
      expect(cases.filter((each) => refusal(each) !== undefined)).toEqual([]);
      const stored = await storedOf(cases);
      expect(cases.filter(({ name }) => !stored.has(name))).toEqual([]);
      return `${cases.length} of ${cases.length} stored`;
    });
  }
});

/** Options of a session, and where Chromium is promised to keep it. Everything is kept over https. */
const PLACES = ['http://localhost', `http://${HOST}`, 'https://localhost', `https://${HOST}`] as const;
const PLACED: [string, string, CookieOptions, onPlainHttp: boolean][] = [
  ['no attribute', 'session', {}, true],
  ['httpOnly: false, strict', 'session', { httpOnly: false, sameSite: 'strict', priority: 'high' }, true],
  ['secure', 'session', { secure: true }, false],
  ['SameSite=None', 'session', { secure: true, sameSite: 'none' }, false],
  ['Partitioned', 'session', { secure: true, sameSite: 'none', partitioned: true }, false],
  ['__Secure-', '__Secure-session', { secure: true, path: '/' }, false],
  ['__Host-', '__Host-session', { secure: true }, false],
  ['__Host-Http-', '__Host-Http-session', { secure: true, sameSite: 'strict' }, false],
];

describe('a session with', () => {
  for (const [i, [title, cookieName, cookie, onPlainHttp]] of PLACED.entries()) {
    const platform = PLATFORMS[i % PLATFORMS.length]!;

    promised(`${title} is kept, or lost with a warning (${platform})`, async () => {
      const did: string[] = [];
      for (const place of PLACES) {
        const { warnings, onEvent } = collectWarnings();
        const options: Setup['options'] = {
          name: 'session',
          cookieName,
          requestKey: 'session',
          cookie,
          onEvent,
        };
        const site = await openSite(platform, { controllers: [NotesController], options });
        const { protocol, hostname } = new URL(place);
        const origin = protocol === 'https:' ? site.https(hostname) : site.http(hostname);
        const visitor = await chromium.visitor();
        await visitor.open(`${origin}/write/tea/sencha`);
        const { content } = (await visitor.open(`${origin}/read`)).json<Read>();

        const isKept = place !== `http://${HOST}` || onPlainHttp;
        expect([place, content]).toEqual([place, isKept ? { tea: 'sencha' } : {}]);
        expect(await visitor.names()).toEqual(isKept ? [cookieName] : []);
        if (!isKept) expect(warnings).toEqual([expect.stringContaining('plain http')]);
        if (isKept) await visitor.open(`${origin}/end`);
        expect(await visitor.names()).toEqual(isKept ? [`${cookieName}.x`] : []);
        did.push(`${place.replace(HOST, 'app')} ${isKept ? 'kept' : 'LOST, warned'}`);
      }
      return did.join('; ');
    });
  }
});

describe('the cookie', () => {
  promised('lives as long as it says, and 400 days at most', async () => {
    const times: [string, number][] = [
      ['1 second', 1],
      ['120 days', 120],
      ['10 years', 400],
    ];
    const did: string[] = [];
    for (const [duration, days] of times) {
      const site = await openSite('express', {
        controllers: [NotesController],
        options: { name: 'session', duration, absoluteDuration: '20 years' },
      });
      const visitor = await chromium.visitor();
      await visitor.open(`${site.http()}/write/tea/sencha`);
      const { expires } = (await visitor.cookie('session')) ?? { expires: 0 };
      const seconds = expires - Date.now() / 1000;
      if (duration === '1 second') expect(seconds).toBeLessThanOrEqual(1);
      else expect(Math.round(seconds / 86_400)).toBe(days);
      did.push(`${duration}: ${duration === '1 second' ? 'a second' : `${days} days`}`);
    }
    return did.join('; ');
  });

  promised('of http does not replace the Secure cookie of https', async () => {
    const site = await openSite('express', {
      controllers: [NotesController],
      options: { name: 'session' },
    });
    const visitor = await chromium.visitor();
    await visitor.open(`${site.https(HOST)}/write/tea/sencha`);
    const secure = await visitor.cookie('session');
    await visitor.open(`${site.http(HOST)}/write/tea/assam`);
    expect(await visitor.cookie('session')).toEqual(secure);
    const { content } = (await visitor.open(`${site.http(HOST)}/read`)).json<Read>();
    expect(content).toEqual({});
    return 'kept the Secure cookie, sent none over http, stored none: visitors of http have no session';
  });
});
