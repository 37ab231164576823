import { parseCookie } from 'cookie';
import { Cookie } from 'tough-cookie';
import { findCookies } from '../../../lib/http/cookie-header.js';
import { CookieNames } from '../../../lib/http/cookie-names.js';
import { Finding, type Target } from '../target.js';

const WANTED = ['session', 'cart', 'cart.1', '__Host-a'];
const MOST = 4;
const wanted = new CookieNames(WANTED);

/** What a header holds by RFC 6265, read without haste. Names and values are bytes, and nothing is decoded. */
function plainly(header: string, name: string): string[] {
  const values: string[] = [];
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    if (at !== -1 && withoutBlanks(pair.slice(0, at)) === name)
      values.push(withoutBlanks(pair.slice(at + 1)));
  }
  return values;
}

const withoutBlanks = (text: string): string => text.replace(/^[ \t]+|[ \t]+$/g, '');

/** Why `tough-cookie` may read a pair in another way. It is made for Set-Cookie. */
const DIFFERENCES: readonly [why: string, is: (header: string) => boolean][] = [
  ['it refuses control characters, and ends at some of them', (header) => /[\0-\x1f\x7f]/.test(header)],
  ['it trims white space that is not space or tab', (header) => /[^\S \t]|\ufeff/.test(header)],
];

export const cookieHeader: Target = {
  name: 'cookie-header',
  seeds: [
    'session=a',
    'session=a; cart=b; cart.1=c; __Host-a=d',
    ' session\t= a b ;cart="c"; =x; y; session=2;session=3; session=4; session=5',
    '\xa0session=x; Session=y; session =z',
    ';;;=;==;session==;',
  ],
  words: [
    'session=',
    '; ',
    ';',
    '=',
    'cart.1',
    'cart.01',
    '__Host-a=',
    '\t',
    ' ',
    '\xa0',
    '\xef\xbb\xbf',
    '"',
    '%3D',
    '\r\n',
    '\0',
  ],
  try(bytes) {
    const header = bytes.toString('latin1');
    const found = findCookies(header, wanted, MOST);
    const theirs = parseCookie(header, { decode: (value) => value });
    let outcome = found.size > 0 ? 'found' : 'nothing';
    for (const name of WANTED) {
      const own = found.get(name) ?? [];
      if (own.join('\n') !== plainly(header, name).slice(0, MOST).join('\n')) {
        throw new Finding(`other values of ${name} than the grammar says`);
      }
      if (own[0] !== theirs[name]) throw new Finding(`another first value of ${name} than "cookie" finds`);
      const pairs = header.split(';').map((pair) => Cookie.parse(pair));
      const tough = pairs.flatMap((pair) => (pair?.key === name ? [pair.value] : [])).slice(0, MOST);
      if (tough.join('\n') === own.join('\n')) continue;
      if (!DIFFERENCES.some(([, is]) => is(header)))
        throw new Finding(`other values of ${name} than tough-cookie finds`);
      outcome = 'differs as explained';
    }
    return outcome;
  },
};
