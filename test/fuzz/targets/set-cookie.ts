import { InvalidOptionsError } from '../../../lib/errors/invalid-options.error.js';
import { SetCookie } from '../../../lib/http/set-cookie.js';
import {
  assertCookieName,
  type CookieOptions,
  resolveCookieAttributes,
} from '../../../lib/options/cookie-options.js';
import { Reader } from '../reader.js';
import { Finding, type Target } from '../target.js';

const NAMES = [
  'session',
  '__Host-session',
  '__Secure-session',
  '__Http-session',
  '__host-x',
  'a b',
  'a=b',
  'a;b',
  'a\r\nb',
  'ä',
];
const TEXTS = [
  '/',
  '/shop',
  '/a;b',
  '/a\r\nSet-Cookie: x=y',
  'example.org',
  '.example.org',
  'a;b',
  '\0',
  '',
  'EXAMPLE.org',
  'localhost',
];
const HEADER = new RegExp(
  [
    /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+=[\w~.-]*; Path=\/[\x20-\x3a\x3c-\x7e]*(; Domain=[\w.-]+)?/,
    /; Expires=[\w, :]+ GMT; Max-Age=\d+(; Secure)?(; HttpOnly)?; SameSite=(Lax|Strict|None)/,
    /(; Partitioned)?(; Priority=(Low|Medium|High))?$/,
  ]
    .map(({ source }) => source)
    .join(''),
);

/** Options never become more of a header than their own attribute. */
export const setCookie: Target = {
  name: 'set-cookie',
  share: 0.5,
  seeds: [
    Buffer.alloc(10),
    Buffer.from(Array.from({ length: 40 }, (_, i) => i * 3)),
    Buffer.from(Array.from({ length: 40 }, (_, i) => i * 17)),
  ],
  words: ['\0', '\x01', '\x02', ';', '\r\n', '/'],
  try(bytes) {
    const reader = new Reader(bytes);
    const text = (): string => (reader.byte() & 1 ? reader.pick(TEXTS) : reader.text());
    const flag = (): unknown => reader.pick<unknown>([undefined, true, false, 'true', 1]);
    const name = reader.byte() & 3 ? reader.pick(NAMES) : reader.text();
    const options = {
      path: reader.byte() & 1 ? undefined : text(),
      domain: reader.byte() & 1 ? undefined : text(),
      secure: reader.pick<unknown>([undefined, true, false, 'auto', 'x']),
      httpOnly: flag(),
      sameSite: reader.pick([undefined, 'lax', 'strict', 'none', 'Lax; Domain=x', text()]),
      partitioned: flag(),
      priority: reader.pick([undefined, 'low', 'high', 'Low\r\n', text()]),
    };
    try {
      assertCookieName(name);
      const cookie = new SetCookie(name, resolveCookieAttributes(options as CookieOptions, name));
      const header = cookie.write('value', 2_000, 1_000, true);
      if (!HEADER.test(header) || header.split(';').length > 10)
        throw new Finding(`a header of another form: ${JSON.stringify(header)}`);
      return 'written';
    } catch (error) {
      if (error instanceof InvalidOptionsError) return 'refused';
      throw error;
    }
  },
};
