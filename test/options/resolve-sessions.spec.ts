import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { InvalidOptionsError } from '../../lib/index.js';
import type { ClientSessionsOptions } from '../../lib/options/client-sessions-options.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { startSessions } from '../support/session.js';

const resolve = (options: unknown) =>
  startSessions(options as ClientSessionsOptions).map((session) => session.options);

const NOW = Date.UTC(2030, 0, 1);
const LATER = /^Change it in a later deployment, without "write"\.$/;
const fail = (): never => {
  throw new Error('unreadable');
};

/** What is wrong, as the rest of a sentence that the option begins. */
const PROBLEM = /^(?:must|the step|it is|is|has|as) .*[^. ]$/s;
const SENTENCES = /^[A-Z].*[^ ]\.$/s;

/** Bad configuration: the option the message names, and the remedy it ends in. */
const BAD: readonly [title: string, options: unknown, option: string, remedy: RegExp][] = [
  ['no options', undefined, 'options', /secret/],
  ['no secret', {}, 'secret', /randomBytes/],
  ['an empty secret', { secret: '' }, 'secret', /randomBytes/],
  ['a short secret', { secret: 'a' }, 'secret', /randomBytes/],
  ['an empty list of secrets', { secret: [] }, 'secret', /at least one/],
  ['one secret twice', { secret: [SECRET, SECRET] }, 'secret[1]', /once/],
  ['a bad second secret', { secret: [SECRET, 'short'] }, 'secret[1]', /randomBytes/],
  ['a number as secret', { secret: 42 }, 'secret', /Buffer/],
  [
    'a private key as secret',
    { secret: generateKeyPairSync('ed25519').privateKey },
    'secret',
    /createSecretKey/,
  ],
  ['an option that does not exist', { secret: SECRET, samesite: 'lax' }, 'samesite', /Use one of/],
  [
    'a cookie option that does not exist',
    { secret: SECRET, cookie: { samesite: 'lax' } },
    'cookie.samesite',
    /Did you mean "sameSite"\? If not, use one of: path/,
  ],
  ['a cookie that is no object', { secret: SECRET, cookie: true }, 'cookie', /object/],
  ['= in the cookie name', { secret: SECRET, cookieName: 'a=b' }, 'cookieName', /no "="/],
  ['a space in the cookie name', { secret: SECRET, cookieName: 'a b' }, 'cookieName', /spaces/],
  ['an empty cookie name', { secret: SECRET, cookieName: '' }, 'cookieName', /letters/],
  ['a giant cookie name', { secret: SECRET, cookieName: 'a'.repeat(257) }, 'cookieName', /256/],
  ['a request key that every request has', { secret: SECRET, requestKey: 'url' }, 'requestKey', /another/],
  ['a cookie named like a request property', { secret: SECRET, name: 'headers' }, 'requestKey', /another/],
  ['NaN as duration', { secret: SECRET, duration: NaN }, 'duration', /'15m'/],
  ['text that is no duration', { secret: SECRET, duration: 'a while' }, 'duration', /'15m'/],
  ['a negative duration', { secret: SECRET, duration: -1 }, 'duration', /milliseconds/],
  ['an infinite duration', { secret: SECRET, duration: Infinity }, 'duration', /34 years/],
  ['no duration at all', { secret: SECRET, duration: 0 }, 'duration', /'1 day'/],
  ['a bad activeDuration', { secret: SECRET, activeDuration: '5 parsecs' }, 'activeDuration', /'15m'/],
  [
    'a ceiling below the duration',
    { secret: SECRET, duration: '2d', absoluteDuration: '1d' },
    'absoluteDuration',
    /at least/,
  ],
  [
    'ephemeral with maxAge',
    { secret: SECRET, cookie: { ephemeral: true, maxAge: 1 } },
    'cookie.maxAge',
    /Leave one/,
  ],
  ['a maxAge of 0', { secret: SECRET, cookie: { maxAge: 0 } }, 'cookie.maxAge', /leave it out/],
  [
    'a maxAge that rounds to 0',
    { secret: SECRET, cookie: { maxAge: '0.4 ms' } },
    'cookie.maxAge',
    /leave it out/,
  ],
  ['a negative maxAge', { secret: SECRET, cookie: { maxAge: -1 } }, 'cookie.maxAge', /'15m'/],
  [
    'a maxAge in ignorance of its type',
    { secret: SECRET, cookie: { maxAge: null } },
    'cookie.maxAge',
    /'15m'/,
  ],
  ['NaN as maxAge', { secret: SECRET, cookie: { maxAge: NaN } }, 'cookie.maxAge', /'15m'/],
  [
    "sameSite 'none' without secure",
    { secret: SECRET, cookie: { sameSite: 'none' } },
    'cookie.sameSite',
    /cookie\.secure/,
  ],
  [
    'an unknown sameSite',
    { secret: SECRET, cookie: { sameSite: 'loose' } },
    'cookie.sameSite',
    /strict, lax, none/,
  ],
  [
    'an unknown priority',
    { secret: SECRET, cookie: { priority: 'urgent' } },
    'cookie.priority',
    /low, medium, high/,
  ],
  [
    'partitioned without secure',
    { secret: SECRET, cookie: { partitioned: true } },
    'cookie.partitioned',
    /cookie\.secure to true, and cookie\.sameSite to 'none'/,
  ],
  [
    'partitioned with the default sameSite',
    { secret: SECRET, cookie: { partitioned: true, secure: true } },
    'cookie.partitioned',
    /cookie\.sameSite to 'none'/,
  ],
  [
    'partitioned with sameSite strict, in one session of several',
    {
      secret: SECRET,
      cookie: { secure: true, sameSite: 'strict' },
      sessions: [{ name: 'a', cookie: { partitioned: true } }],
    },
    'cookie.partitioned',
    /cookie\.sameSite to 'none'/,
  ],
  ['text as httpOnly', { secret: SECRET, cookie: { httpOnly: 'false' } }, 'cookie.httpOnly', /true or false/],
  ['text as secure', { secret: SECRET, cookie: { secure: 'yes' } }, 'cookie.secure', /'auto'/],
  ['a path without /', { secret: SECRET, cookie: { path: 'shop' } }, 'cookie.path', /Begin with/],
  [
    'a path of 1,025 bytes',
    { secret: SECRET, cookie: { path: `/${'a'.repeat(1024)}` } },
    'cookie.path',
    /1024/,
  ],
  [
    'a domain of 255 bytes',
    { secret: SECRET, cookie: { domain: `${'abcd.'.repeat(50)}abcde` } },
    'cookie.domain',
    /host name/,
  ],
  ['a number as domain', { secret: SECRET, cookie: { domain: 7 } }, 'cookie.domain', /host name/],
  [
    'a promise of issuedAfter',
    { secret: SECRET, issuedAfter: () => Promise.reject(new Error('later')) },
    'issuedAfter',
    /^Load the time beforehand/,
  ],
  ['a path with ;', { secret: SECRET, cookie: { path: '/; Domain=evil' } }, 'cookie.path', /';'/],
  [
    'a domain with ;',
    { secret: SECRET, cookie: { domain: 'a.example; Secure' } },
    'cookie.domain',
    /host name/,
  ],
  [
    'a domain with a line break',
    { secret: SECRET, cookie: { domain: 'a.example\r\nX: 1' } },
    'cookie.domain',
    /host name/,
  ],
  ['__Host- without secure', { secret: SECRET, name: '__Host-s' }, 'cookie.secure', /cookie\.secure to true/],
  [
    '__Host- with a domain',
    { secret: SECRET, name: '__Host-s', cookie: { secure: true, domain: 'example.org' } },
    'cookie.domain',
    /Leave the domain out/,
  ],
  [
    '__Host- with a path',
    { secret: SECRET, name: '__Host-s', cookie: { secure: true, path: '/a' } },
    'cookie.path',
    /'\/'/,
  ],
  ['__secure- without secure', { secret: SECRET, name: '__secure-s' }, 'cookie.secure', /to true/],
  [
    '__Http- without HttpOnly',
    { secret: SECRET, name: '__Http-s', cookie: { secure: true, httpOnly: false } },
    'cookie.httpOnly',
    /out/,
  ],
  ['no sessions', { secret: SECRET, sessions: [] }, 'sessions', /at least one/],
  ['sessions that are no list', { secret: SECRET, sessions: { name: 'a' } }, 'sessions', /List/],
  [
    'a session that is undefined yet',
    { secret: SECRET, sessions: [undefined] },
    'sessions[0]',
    /imports this file/,
  ],
  ['a session that is no object', { secret: SECRET, sessions: ['cart'] }, 'sessions[0]', /\{ name/],
  [
    'two sessions of one name',
    { secret: SECRET, sessions: [{ name: 'a' }, { name: 'a' }] },
    'name',
    /of its own/,
  ],
  [
    'two sessions of one cookie',
    {
      secret: SECRET,
      sessions: [
        { name: 'a', cookieName: 'c' },
        { name: 'b', cookieName: 'c' },
      ],
    },
    'cookieName',
    /of its own/,
  ],
  ['two unnamed sessions', { secret: SECRET, sessions: [{}, {}] }, 'name', /of its own/],
  [
    'a name for all sessions',
    { secret: SECRET, name: 'x', sessions: [{ name: 'a' }] },
    'name',
    /inside "sessions"/,
  ],
  [
    'overrides of an unknown session',
    { secret: SECRET, sessions: [{ name: 'a' }], overrides: { b: {} } },
    'overrides.b',
    /one of: a/,
  ],
  ['overrides that are no object', { secret: SECRET, overrides: null }, 'overrides', /cart/],
  ['sessions that are null', { secret: SECRET, sessions: null }, 'sessions', /List/],
  ['empty text as sessions', { secret: SECRET, sessions: '' }, 'sessions', /List/],
  ['a name that is no name for a cookie', { secret: SECRET, name: 'a b' }, 'name', /spaces/],
  ['a number as name', { secret: SECRET, name: 7n }, 'name', /letters/],
  ['a symbol as name', { secret: SECRET, sessions: [{ name: Symbol('cart') }] }, 'name', /letters/],
  ['a number as path', { secret: SECRET, cookie: { path: 7n } }, 'cookie.path', /Begin with/],
  ['a secret as path', { secret: SECRET, cookie: { path: SECRET } }, 'cookie.path', /Begin with/],
  ['a secret as cookie name', { secret: SECRET, name: `${SECRET}=` }, 'name', /letters/],
  ['an empty name', { secret: SECRET, name: '', cookieName: 'c' }, 'name', /@Session/],
  ['a giant purpose', { secret: SECRET, purpose: 'x'.repeat(257) }, 'purpose', /'staging'/],
  ['half a character in the purpose', { secret: SECRET, purpose: 'a\ud800' }, 'purpose', /'staging'/],
  ['the other half in the purpose', { secret: SECRET, purpose: '\udc00b' }, 'purpose', /'staging'/],
  ['halves in the wrong order', { secret: SECRET, purpose: '\udc00\ud800' }, 'purpose', /'staging'/],
  ['what stands for half a character', { secret: SECRET, purpose: '\ufffd' }, 'purpose', /'staging'/],
  ['an unknown crossSite', { secret: SECRET, crossSite: 'allow' }, 'crossSite', /withhold, store/],
  ['a boolean as crossSite', { secret: SECRET, crossSite: false }, 'crossSite', /withhold, store/],
  [
    'an unknown cache policy',
    { secret: SECRET, cache: 'public' },
    'cache',
    /'private', 'no-store', or false/,
  ],
  ['true as cache policy', { secret: SECRET, cache: true }, 'cache', /or false/],
  ['null as cache policy', { secret: SECRET, sessions: [{ name: 'a', cache: null }] }, 'cache', /or false/],
  ['legacy that is no object', { secret: SECRET, legacy: true }, 'legacy', /acceptUntil/],
  [
    'legacy without an end',
    { secret: SECRET, legacy: { secret: SECRET } },
    'legacy.acceptUntil',
    /'2027-06-30'/,
  ],
  ...(
    [
      ['a text as legacy.write', { write: 'yes' }, {}, 'legacy.write', /^Use true or false\.$/],
      ['a legacy name that is none', { cookieName: 'a b' }, {}, 'cookieName', /letters/],
      [
        'a legacy end that has passed, while it is written',
        { write: true, acceptUntil: 1e12 },
        {},
        'legacy.acceptUntil',
        /longest duration, or remove "write"/,
      ],
      [
        'a legacy end of this very moment, while it is written',
        { write: true, acceptUntil: NOW },
        {},
        'legacy.acceptUntil',
        /or remove/,
      ],
      [
        'another legacy name, while it is written',
        { write: true, cookieName: 'old' },
        {},
        'legacy.cookieName',
        LATER,
      ],
      [
        'a version, while the legacy format is written',
        { write: true },
        { version: 2, migrate: { 1: (old: object) => old } },
        'version',
        LATER,
      ],
      ['an id, while the legacy format is written', { write: true }, { id: true }, 'id', LATER],
      [
        'an idle duration, while the legacy format is written',
        { write: true },
        { idleDuration: '1h' },
        'idleDuration',
        LATER,
      ],
      [
        'a codec, while the legacy format is written',
        { write: true },
        { codec: 'structured' },
        'codec',
        LATER,
      ],
      [
        'a codec that throws on JSON',
        {},
        { codec: { stringify: String, parse: () => fail() } },
        'codec',
        /read JSON, too\.$/,
      ],
      [
        'a codec that reads something else in JSON',
        {},
        { codec: { stringify: String, parse: () => ({}) } },
        'codec',
        /read JSON, too\.$/,
      ],
    ] as const
  ).map(([title, legacy, rest, option, remedy]): (typeof BAD)[number] => [
    title,
    {
      secret: SECRET,
      ...rest,
      now: () => NOW,
      legacy: { secret: SECRET, acceptUntil: '2035-01-01', ...legacy },
    },
    option,
    remedy,
  ]),
  ...['0', '-1', '1.5', '2', 'one', ''].map((key): (typeof BAD)[number] => [
    `a step of migration from version "${key}" to 2`,
    { secret: SECRET, version: 2, migrate: { 1: (old: object) => old, [key]: (old: object) => old } },
    `migrate.${key}`,
    /^Number each step by the version it starts from/,
  ]),
  [
    'a step that is missing',
    { secret: SECRET, version: 3, migrate: { 1: fail } },
    'migrate.2',
    /^Add a function/,
  ],
  ['legacy that is null', { secret: SECRET, legacy: null }, 'legacy', /acceptUntil/],
  ['a memo that is no count', { secret: SECRET, memo: -1 }, 'memo', /or 0/],
  ['text as id', { secret: SECRET, id: 'yes' }, 'id', /true or false/],
  ['a clock that is no function', { secret: SECRET, now: 5 }, 'now', /function/],
  ['null as clock', { secret: SECRET, now: null }, 'now', /function/],
  ['a clock without hands', { secret: SECRET, now: () => undefined }, 'now', /ms since epoch/],
  ['a clock that is wrong', { secret: SECRET, now: () => NaN }, 'now', /ms since epoch/],
  ['a clock of dates', { secret: SECRET, now: () => new Date() }, 'now', /ms since epoch/],
  [
    'a list as an earlier cookie',
    { secret: SECRET, previousCookies: [['/shop']] },
    'previousCookies[0]',
    /domain/,
  ],
  [
    'earlier cookies that are no list',
    { secret: SECRET, previousCookies: { path: '/shop' } },
    'previousCookies',
    /list/,
  ],
  [
    'nine earlier cookies',
    { secret: SECRET, previousCookies: Array.from({ length: 9 }, (_, i) => ({ path: `/${i}` })) },
    'previousCookies',
    /list/,
  ],
  [
    'an attribute that tells no cookies apart',
    { secret: SECRET, previousCookies: [{ path: '/shop' }, { secure: true }] },
    'previousCookies[1].secure',
    /Use one of: name, domain, path, partitioned/,
  ],
  [
    'text in the place of a boolean',
    { secret: SECRET, previousCookies: [{ partitioned: 'yes' }] },
    'previousCookies[0].partitioned',
    /true or false/,
  ],
  [
    'an earlier cookie that no browser has kept',
    { secret: SECRET, previousCookies: [{ name: '__Host-basket', domain: 'example.org' }] },
    'previousCookies[0]',
    /domain and path that the cookie had/,
  ],
  [
    "today's cookie as an earlier one",
    { secret: SECRET, cookie: { path: '/shop' }, previousCookies: [{ path: '/shop' }] },
    'previousCookies[0]',
    /the cookie had before/,
  ],
  ['earlier names that are no list', { secret: SECRET, previousNames: 'basket' }, 'previousNames', /list/],
  [
    "today's name as an earlier one",
    { secret: SECRET, cookieName: 'cart', previousNames: ['cart'] },
    'previousNames',
    /earlier names/,
  ],
  ['a subject that is no function', { secret: SECRET, subject: 'userId' }, 'subject', /function/],
  ['revocations without logins', { secret: SECRET, revocations: {} }, 'revocations', /leave it out/],
  [
    'a lag of less than a second',
    { secret: SECRET, subject: () => 'ada', revocations: { maxLag: 999 } },
    'revocations.maxLag',
    /'5 seconds'/,
  ],
  [
    'a lag of more than ten minutes',
    { secret: SECRET, subject: () => 'ada', revocations: { maxLag: '11 minutes' } },
    'revocations.maxLag',
    /'5 seconds'/,
  ],
  [
    'a policy that is not known',
    { secret: SECRET, subject: () => 'ada', revocations: { whenStoreIsDown: 'allow' } },
    'revocations.whenStoreIsDown',
    /'refuse' or 'accept'/,
  ],
  [
    'a description that is no function',
    { secret: SECRET, subject: () => 'ada', revocations: { describe: 'agent' } },
    'revocations.describe',
    /function of the request/,
  ],
  [
    'a codec that reads no JSON, beside legacy cookies',
    {
      secret: SECRET,
      codec: {
        stringify: (content: object) => JSON.stringify([content]),
        parse: (text: string) => JSON.parse(text)[0],
      },
      legacy: { secret: OTHER_SECRET, acceptUntil: '2200-01-01' },
    },
    'codec',
    /read JSON, too/,
  ],
  [
    'an option of revocations that does not exist',
    { secret: SECRET, subject: () => 'ada', revocations: { lag: 1_000 } },
    'revocations.lag',
    /^Use one of: store, maxLag, /,
  ],
  ['revocations that are no object', { secret: SECRET, revocations: true }, 'revocations', /redisLogins/],
  ...[null, 'redis', {}, { read: fail }, () => fail()].map((store): (typeof BAD)[number] => [
    `a store of logins that is ${typeof store}`,
    { secret: SECRET, subject: () => 'ada', revocations: { store } },
    'revocations.store',
    /redisLogins\(client\)/,
  ]),
  [
    'a lag that is no duration',
    { secret: SECRET, subject: () => 'ada', revocations: { maxLag: 'soon' } },
    'revocations.maxLag',
    /'15m'/,
  ],
  ...[true, null, [], 'many', 8_192].map((headerBudget): (typeof BAD)[number] => [
    `${JSON.stringify(headerBudget)} as header budget`,
    { secret: SECRET, headerBudget },
    'headerBudget',
    /\{ in, out \}/,
  ]),
  ...[0, -1, 1.5, '8192', null, Infinity].map((bytes): (typeof BAD)[number] => [
    `${bytes} bytes of a header`,
    { secret: SECRET, headerBudget: { in: 8_192, out: bytes } },
    'headerBudget.out',
    /servers and proxies/,
  ]),
  ['another header', { secret: SECRET, headerBudget: { up: 1 } }, 'headerBudget.up', /Use one of: in, out/],
  [
    'an unknown way with large sessions',
    { secret: SECRET, onTooLarge: 'split' },
    'onTooLarge',
    /error, chunk/,
  ],
  ...[1, 6, 2.5, '3', Infinity].map((maxChunks): (typeof BAD)[number] => [
    `${maxChunks} chunks`,
    { secret: SECRET, maxChunks },
    'maxChunks',
    /number of cookies/,
  ]),
  [
    'chunks, while the legacy format is written',
    {
      secret: SECRET,
      onTooLarge: 'chunk',
      legacy: { secret: SECRET, write: true, acceptUntil: '2200-01-01' },
    },
    'onTooLarge',
    /without "write"/,
  ],
  [
    'domains that are no list',
    { secret: SECRET, cookieDomains: 'example.org' },
    'cookieDomains',
    /list such as/,
  ],
  ['a domain that is none', { secret: SECRET, cookieDomains: ['a b'] }, 'cookieDomains', /host name/],
  [
    'a domain beside __Host-',
    { secret: SECRET, cookie: { prefix: '__Host-', secure: true }, cookieDomains: ['example.org'] },
    'cookie.prefix',
    /"cookieDomains"/,
  ],
  ['a number as purpose', { secret: SECRET, purpose: 7 }, 'purpose', /'staging'/],
  ['a number as name of all', { secret: SECRET, name: 7, cookieName: 'c' }, 'name', /@Session/],
  ['half a cookie as memo', { secret: SECRET, memo: 1.5 }, 'memo', /or 0/],
  ['a number as request key', { secret: SECRET, requestKey: 7 }, 'requestKey', /another/],
  ['an empty request key', { secret: SECRET, requestKey: '' }, 'requestKey', /another/],
  [
    'a request key that all objects have',
    { secret: SECRET, requestKey: 'toString' },
    'requestKey',
    /another/,
  ],
  [
    'a secretRefresh that is no duration',
    { secret: SECRET, secretRefresh: 'soon' },
    'secretRefresh',
    /'15m'/,
  ],
  [
    'a duration that is none, of a login',
    { secret: SECRET, subject: () => 'ada', duration: 'long' },
    'duration',
    /'15m'/,
  ],
  [
    'a legacy duration that is none',
    { secret: SECRET, legacy: { secret: SECRET, acceptUntil: '2200-01-01', duration: 'long' } },
    'legacy.duration',
    /'15m'/,
  ],
  [
    'a legacy end that is no time',
    { secret: SECRET, legacy: { secret: SECRET, acceptUntil: 'some day' } },
    'legacy.acceptUntil',
    /Give a Date/,
  ],
  [
    'legacy without a secret',
    { secret: SECRET, legacy: { acceptUntil: '2200-01-01' } },
    'legacy.secret',
    /./,
  ],
  [
    'a login, while the legacy format is written',
    {
      secret: SECRET,
      subject: () => 'ada',
      legacy: { secret: SECRET, write: true, acceptUntil: '2200-01-01' },
    },
    'subject',
    LATER,
  ],
  ['null as codec, beside legacy cookies', { secret: SECRET, codec: null, legacy: {} }, 'codec', /stringify/],
  [
    'an option of legacy that does not exist',
    { secret: SECRET, legacy: { until: 1 } },
    'legacy.until',
    /acceptUntil/,
  ],
  [
    'overrides of one session that are no object',
    { secret: SECRET, overrides: { session_state: 1 } },
    'overrides.session_state',
    /duration/,
  ],
  [
    'an issuedAfter that is no time',
    { secret: SECRET, issuedAfter: 'yesterday' },
    'issuedAfter',
    /Give a Date/,
  ],
  [
    'a function without an issuedAfter',
    { secret: SECRET, issuedAfter: () => 'never' },
    'issuedAfter',
    /Give a Date/,
  ],
  ['a clock that answers later', { secret: SECRET, now: () => Promise.resolve(1) }, 'now', /ms since epoch/],
  ['a clock of text', { secret: SECRET, now: () => '1' }, 'now', /ms since epoch/],
  ['a listener that is no function', { secret: SECRET, onEvent: {} }, 'onEvent', /function/],
];

describe('bad configuration', () => {
  test.each(BAD)('%s', (_title, options, option, remedy) => {
    let error: unknown;
    try {
      resolve(options);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(InvalidOptionsError);
    const { message, ...rest } = error as InvalidOptionsError;
    expect(rest).toMatchObject({ code: 'ERR_INVALID_OPTIONS', option });
    expect((error as InvalidOptionsError).problem).toMatch(PROBLEM);
    expect((error as InvalidOptionsError).problem).not.toMatch(/ {2}| ,/);
    expect((error as InvalidOptionsError).remedy).toMatch(SENTENCES);
    expect((error as InvalidOptionsError).remedy).toMatch(remedy);
    expect(message.endsWith((error as InvalidOptionsError).remedy)).toBe(true);
    expect(message).not.toContain(SECRET);
  });

  test('says which of several sessions is meant', () => {
    expect(() =>
      resolve({ secret: SECRET, sessions: [{ name: 'a' }, { name: 'cart', duration: 'x' }] }),
    ).toThrow('Invalid option "duration" of session "cart"');
  });
});

describe('the legacy format', () => {
  const legacy = { secret: SECRET, acceptUntil: '2035-01-01' };
  const json = { stringify: JSON.stringify, parse: JSON.parse };

  test.each<[string, object]>([
    ['beside a codec that reads JSON', { codec: json, legacy }],
    [
      'beside any version, if it is only read',
      { version: 2, migrate: { 1: (old: object) => old }, id: true, legacy },
    ],
    ['under another name, if it is only read', { legacy: { ...legacy, cookieName: 'old' } }],
    ['until a time that has passed, if it is only read', { legacy: { ...legacy, acceptUntil: 1e12 } }],
    ['written, until the next moment', { legacy: { ...legacy, write: true, acceptUntil: NOW + 1 } }],
  ])('is taken %s', (_title, options) => {
    expect(resolve({ secret: SECRET, now: () => NOW, ...options })).toHaveLength(1);
  });
});

describe("sessions that get in each other's way", () => {
  test.each<[title: string, sessions: readonly object[], message: string]>([
    [
      'by their name',
      [{ name: 'a' }, { name: 'b' }, { name: 'b', cookieName: 'c' }],
      '"name": must be different for each session, but two sessions have "b". Give each session a name of its own.',
    ],
    [
      'by the name of the cookie',
      [{ name: 'a' }, { name: 'b', cookieName: 'x' }, { name: 'c', cookieName: 'x' }],
      '"cookieName": must be different for each session, but "b" and "c" have "x". ' +
        'Give each session a cookieName of its own.',
    ],
    [
      'by the property of the request',
      [{ name: 'a', requestKey: 'x' }, { name: 'b' }, { name: 'c', requestKey: 'x' }],
      '"requestKey": must be different for each session, but "a" and "c" have "x". ' +
        'Give each session a requestKey of its own.',
    ],
    [
      'by an earlier name',
      [{ name: 'a' }, { name: 'b', previousNames: ['a'] }],
      '"previousNames": must not make two sessions read the cookie "a". ' +
        'Write it inside "sessions", at the one session that had this name.',
    ],
    [
      'by the legacy name',
      [{ name: 'a' }, { name: 'b', legacy: { secret: SECRET, acceptUntil: '2035-01-01', cookieName: 'a' } }],
      '"legacy.cookieName": must not make two sessions read the cookie "a". ' +
        'Write it inside "sessions", at the one session that had this name.',
    ],
    [
      'by chunks',
      [{ name: 'a', onTooLarge: 'chunk' }, { name: 'a.1' }],
      '"onTooLarge": must not make two sessions read the cookie "a.1", which can be a chunk. ' +
        'Give one of the sessions another name.',
    ],
  ])('%s are refused', (_title, sessions, message) => {
    expect(() => resolve({ secret: SECRET, sessions })).toThrow(`Invalid option ${message}`);
  });

  test.each(['name', 'cookieName', 'requestKey'])('a shared %s is refused', (option) => {
    expect(() => resolve({ secret: SECRET, [option]: 'a', sessions: [{ name: 'b' }] })).toThrow(
      `Invalid option "${option}": must not be shared by several sessions. Write it inside "sessions".`,
    );
  });
});

describe('resolveSessions', () => {
  test('options as in client-sessions: one session, named after its cookie, with the same default name', () => {
    expect(resolve({ secret: SECRET })).toMatchObject([
      { name: 'session_state', requestKey: 'session_state', duration: 86_400_000 },
    ]);
    expect(resolve({ secret: SECRET, cookieName: 'mySession', requestKey: 'my' })).toMatchObject([
      { name: 'mySession', cookieName: 'mySession', requestKey: 'my' },
    ]);
  });

  test('defaults are complete', () => {
    expect(resolve({ secret: SECRET, name: 'cart' })).toEqual([
      {
        name: 'cart',
        cookieName: 'cart',
        requestKey: 'cart',
        purpose: 'session',
        id: false,
        memo: 500,
        crossSite: 'withhold',
        onTooLarge: 'error',
        maxChunks: 3,
        cache: 'private',
        duration: 86_400_000,
        activeDuration: 0,
        absoluteDuration: Infinity,
        idleDuration: Infinity,
        cookie: {
          path: '/',
          domain: undefined,
          maxAge: undefined,
          ephemeral: false,
          httpOnly: true,
          secure: 'auto',
          sameSite: 'lax',
          partitioned: false,
          priority: undefined,
        },
        keyIds: [expect.stringMatching(/^[0-9a-f]{8}$/)],
      },
    ]);
  });

  test('what stands outside is the default of each session, for each cookie attribute, and overrides win', () => {
    const [session, cart] = resolve({
      secret: SECRET,
      duration: '1h',
      cookie: { secure: true, sameSite: 'strict' },
      sessions: [
        { name: 'session' },
        { name: 'cart', duration: '120 days', secret: OTHER_SECRET, cookie: { path: '/shop' } },
      ],
      overrides: { cart: { duration: '90 days', cookie: { sameSite: 'lax' } } },
    });
    expect(session).toMatchObject({
      duration: 3_600_000,
      cookie: { secure: true, sameSite: 'strict', path: '/' },
    });
    expect(cart).toMatchObject({
      duration: 90 * 86_400_000,
      cookie: { secure: true, sameSite: 'lax', path: '/shop' },
    });
    expect(cart!.keyIds).not.toEqual(session!.keyIds);
  });

  test('undefined is absent, as a missing environment variable', () => {
    const options = {
      secret: SECRET,
      duration: undefined,
      sessions: [{ name: 'a', duration: '2h', cookie: { path: undefined } }],
    };
    expect(resolve({ ...options, overrides: { a: { duration: undefined } } })).toMatchObject([
      { duration: 7_200_000, cookie: { path: '/' } },
    ]);
  });

  test("a session is stored on another site's request where its options say so", () => {
    const sessions = [{ name: 'a' }, { name: 'b', crossSite: 'withhold' }];
    expect(
      resolve({ secret: SECRET, crossSite: 'store', sessions }).map(({ crossSite }) => crossSite),
    ).toEqual(['store', 'withhold']);
  });

  test.each(['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf', 'prototype'])(
    'a session named %s is one like any other',
    (name) => {
      const session = { name, requestKey: 'mine', duration: '2h' };
      expect(resolve({ secret: SECRET, sessions: [session] })).toMatchObject([{ name, duration: 7_200_000 }]);
      const overrides = Object.fromEntries([[name, { duration: '3h' }]]);
      expect(resolve({ secret: SECRET, sessions: [session], overrides })).toMatchObject([
        { name, duration: 10_800_000 },
      ]);
    },
  );

  test('purposes of whole characters are kept apart', () => {
    for (const purpose of ['', 'staging', 'é', '\u{1f6d2}'])
      expect(resolve({ secret: SECRET, purpose })[0]!.purpose).toBe(purpose);
  });

  test('every kind of secret', () => {
    for (const secret of [
      SECRET,
      randomBytes(32),
      createSecretKey(randomBytes(32)),
      [OTHER_SECRET, SECRET],
    ]) {
      expect(resolve({ secret })[0]!.keyIds).toHaveLength(Array.isArray(secret) ? 2 : 1);
    }
  });

  test('the result is frozen, the options are left as they were', () => {
    const options = Object.freeze({
      secret: SECRET,
      sessions: Object.freeze([Object.freeze({ name: 'a', cookie: Object.freeze({ path: '/x' }) })]),
    });
    const [resolved] = resolve(options);
    expect(
      Object.isFrozen(resolved) && Object.isFrozen(resolved!.cookie) && Object.isFrozen(resolved!.keyIds),
    ).toBe(true);
    expect(JSON.stringify(resolved)).not.toContain(SECRET);
  });
});

describe('the clock', () => {
  afterEach(() => void jest.useRealTimers());

  test.each<[string, object]>([
    ['by default', {}],
    ['where Date.now itself is given', { now: Date.now }],
    ['where it is undefined', { now: undefined }],
  ])("is the system's of that moment, also when it is replaced after start: %s", (_title, options) => {
    const [session] = resolveSessions({ secret: SECRET, ...options });
    jest.useFakeTimers({ now: 1_000 });
    expect(session!.now()).toBe(1_000);
    jest.setSystemTime(5_000);
    expect(session!.now()).toBe(5_000);
    jest.useRealTimers();
    expect(session!.now()).toBeGreaterThan(Date.UTC(2020, 0));
  });

  test('follows a function that replaces Date.now after start', () => {
    const [session] = resolveSessions({ secret: SECRET });
    const spy = jest.spyOn(Date, 'now').mockReturnValue(7_000);
    expect(session!.now()).toBe(7_000);
    spy.mockRestore();
  });

  test('is the given one otherwise', () => {
    const [session] = resolveSessions({ secret: SECRET, now: () => 42 });
    expect(session!.now()).toBe(42);
  });
});

test.each([
  ['cart.r', 'cart'],
  ['cart', 'cart.x'],
])('sessions named %p and %p would share a cookie that stands beside one of them', (...names) => {
  const sessions = names.map((name) => ({ name }));
  expect(() => resolveSessions({ secret: SECRET, sessions })).toThrow(
    /"name": must not make two sessions use the cookie "cart\.[rx]", which stands beside that of another one\. Give/,
  );
});

test.each<[string, number, boolean]>([
  ['in a minute', 60_000, false],
  ['later', 60_001, true],
  ['before', -1, false],
])('an issuedAfter %s is a warning if nobody could log in until then', (_title, ms, isWarning) => {
  const time = Date.UTC(2026, 0, 1);
  for (const issuedAfter of [time + ms, () => new Date(time + ms)]) {
    const [session] = resolveSessions({ secret: SECRET, name: 'cart', issuedAfter, now: () => time });
    const warning = expect.stringMatching(
      /^Session "cart": "issuedAfter" is in the future \(2026-01-01.*has passed\.$/,
    );
    expect(session!.warnings).toEqual(isWarning ? [warning] : []);
  }
});
