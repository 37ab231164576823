import { randomInt } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findCookies } from '../../lib/http/cookie-header.js';
import { CookieNames } from '../../lib/http/cookie-names.js';
import { type CookieOptions, resolveCookieAttributes } from '../../lib/options/cookie-options.js';
import { bytesKept, SetCookie } from '../../lib/http/set-cookie.js';
import { cases } from '../support/size.js';

const find = (header: string | undefined, ...names: string[]): Record<string, string[]> =>
  Object.fromEntries(findCookies(header, new CookieNames(names)));

describe('findCookies', () => {
  test.each([
    [undefined, {}],
    ['', {}],
    ['a=1', { a: ['1'] }],
    ['a=1; b=2', { a: ['1'], b: ['2'] }],
    ['b=2;a=1', { b: ['2'], a: ['1'] }],
    [' a = 1 ; c=3', { a: ['1'] }],
    ['a=x=y=', { a: ['x=y='] }],
    ['a', {}],
    ['a; b=2', { b: ['2'] }],
    ['=1; ;; b=', { b: [''] }],
    ['aa=1; xa=2; A=3', {}],
    ['c="a=1; b=2"', { b: ['2"'] }],
    ['a=1; a=2; a=3; a=4; a=5', { a: ['1', '2', '3', '4'] }],
    [
      'a=a long value; b=another one of many words',
      { a: ['a long value'], b: ['another one of many words'] },
    ],
    ['other=a long value; a=1; x=a; b=2', { a: ['1'], b: ['2'] }],
  ])('of %j finds %j', (header, found) => {
    expect(find(header, 'a', 'b')).toEqual(found);
  });

  /** What others take for white space, as Node reads the bytes of a header. */
  const NO_BLANKS = [
    '\xa0',
    '\x85',
    '\xad',
    '\v',
    '\f',
    '\xc2\xa0',
    '\xef\xbb\xbf',
    '\ufeff',
    '\u2003',
    '\u3000',
    '\0',
    '\x1c',
    '\x1f',
    '\x7f',
    '\r',
    '\n',
  ];
  const hex = (text: string): string => [...text].map((unit) => unit.charCodeAt(0).toString(16)).join(' ');

  test.each(NO_BLANKS.map((byte) => [hex(byte), byte]))(
    '%s beside a name makes it another name',
    (_hex, byte) => {
      for (const header of [
        `${byte}a=1`,
        `a${byte}=1`,
        ` ${byte} a=1`,
        `x=1;${byte}a=1`,
        `\t${byte}a${byte}\t=1`,
      ]) {
        expect(find(header, 'a')).toEqual({});
      }
      expect(find(`${byte}a=theirs; a=own`, 'a')).toEqual({ a: ['own'] });
    },
  );

  test.each(NO_BLANKS.map((byte) => [hex(byte), byte]))('%s beside a value belongs to it', (_hex, byte) => {
    expect(find(`a=${byte}1${byte}; b=2`, 'a')).toEqual({ a: [`${byte}1${byte}`] });
  });

  test('space and tab do not count, around names and around values', () => {
    expect(find(' \t a \t=\t 1 2 \t; \tb=\t', 'a', 'b')).toEqual({ a: ['1 2'], b: [''] });
  });

  /** What a header holds, read without haste. */
  const plainly = (header: string, wanted: string): string[] =>
    header.split(';').flatMap((pair) => {
      const [, name, value] = /^[ \t]*([^=]*?)[ \t]*=[ \t]*(.*?)[ \t]*$/s.exec(pair) ?? [];
      return name === wanted ? [value!] : [];
    });

  test('finds what is there, whatever stands around it', () => {
    const piece = fc.constantFrom('a', 'b', '=', ';', ' ', '\t', ...NO_BLANKS);
    fc.assert(
      fc.property(fc.string({ unit: piece, maxLength: 60 }), (header) => {
        expect(find(header, 'a')['a'] ?? []).toEqual(plainly(header, 'a').slice(0, 4));
      }),
      { numRuns: cases(2_000) },
    );
  });

  /**
   * A header that counts how many of its characters are looked at or copied. No other process disturbs this
   * measure of time.
   */
  class CountedHeader {
    characters = 0;
    readonly #text: string;

    constructor(text: string) {
      this.#text = text;
    }

    get length(): number {
      return this.#text.length;
    }

    indexOf(text: string, from = 0): number {
      const at = this.#text.indexOf(text, from);
      this.characters += (at === -1 ? this.length : at + 1) - Math.min(from, this.length);
      return at;
    }

    lastIndexOf(text: string, from: number): number {
      const at = this.#text.lastIndexOf(text, from);
      this.characters += from - at;
      return at;
    }

    charCodeAt(at: number): number {
      this.characters++;
      return this.#text.charCodeAt(at);
    }

    slice(start: number, end: number): string {
      this.characters += end - start;
      return this.#text.slice(start, end);
    }

    startsWith(searched: string, start: number): boolean {
      this.characters += searched.length;
      return this.#text.startsWith(searched, start);
    }
  }

  const looksPerCharacter = (text: string): number => {
    const header = new CountedHeader(text);
    findCookies(header as unknown as string, new CookieNames(['a', 'x']));
    return header.characters / text.length;
  };

  test.each<[string, (size: number) => string]>([
    ['semicolons, then a cookie', (size) => `${';'.repeat(size)}x=y`],
    ['semicolons', (size) => ';'.repeat(size)],
    ['words without a value', (size) => 'b;'.repeat(size / 2)],
    ['words without a value, then a cookie', (size) => `${'b; '.repeat(size / 3)}x=y`],
    ['equals signs', (size) => '='.repeat(size)],
    ['empty cookies without a name', (size) => ';='.repeat(size / 2)],
    ['spaces', (size) => ' '.repeat(size)],
    ['spaces, then a cookie', (size) => `${' '.repeat(size)}x=y`],
    ['a name and spaces', (size) => `a${' '.repeat(size)}`],
    ['a name, spaces and a value', (size) => `a${' '.repeat(size)}=1`],
    ['a value between spaces', (size) => `a=${' '.repeat(size / 2)}1${'\t'.repeat(size / 2)}`],
    ['a wanted cookie, over and over', (size) => 'a=1;'.repeat(size / 4)],
    ['a wanted cookie between spaces, over and over', (size) => '   a   =  1   ;'.repeat(size / 15)],
    ['values full of equals signs', (size) => `a=${'='.repeat(30)};`.repeat(size / 33)],
    ['one value', (size) => `a=${'b'.repeat(size)}`],
  ])('looks at each character a few times only, however many there are: %s', (_kind, header) => {
    for (const size of [1 << 10, 1 << 14, 1 << 16]) expect(looksPerCharacter(header(size))).toBeLessThan(5);
  });

  test('looks at each character a few times only, whatever the header', () => {
    const part = fc.tuple(
      fc.string({ unit: fc.constantFrom('a', 'b', '=', ';', ' ', '\t'), minLength: 1 }),
      fc.nat(400),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
        const header = parts.map(([text, times]) => text.repeat(times + 1)).join('');
        expect(looksPerCharacter(header)).toBeLessThan(5);
      }),
    );
  });

  test('names of Object.prototype are names like any other', () => {
    expect(find('__proto__=1; constructor=2', 'constructor')).toEqual({ constructor: ['2'] });
    expect(({} as Record<string, unknown>)['1']).toBeUndefined();
  });

  test('never throws, and finds what was joined', () => {
    const value = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_.~!="') });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'cart', 'x'), value), { maxLength: 8 }),
        (pairs) => {
          const header = pairs.map(([name, text]) => `${name}=${text}`).join('; ');
          const expected = pairs.filter(([name]) => name === 'cart').map(([, text]) => text);
          expect(findCookies(header, new CookieNames(['cart'])).get('cart') ?? []).toEqual(
            expected.slice(0, 4),
          );
        },
      ),
    );
    fc.assert(fc.property(fc.string(), (header) => void findCookies(header, new CookieNames(['a']))));
  });
});

describe('names that are alike', () => {
  test('are told apart: same length, same beginning and end', () => {
    expect(find('cert=1; cart=2; coat=3; chat=4', 'cart', 'coat')).toEqual({ cart: ['2'], coat: ['3'] });
  });

  test('are told apart from longer ones that begin and end in the same way', () => {
    const long = `cart${'x'.repeat(255)}t`;
    expect(find(`${long}=1; cart=2`, 'cart')).toEqual({ cart: ['2'] });
    expect(find(`cart=2; ${long}=1`, long)).toEqual({ [long]: ['1'] });
  });
});

describe('SetCookie', () => {
  const NOW = Date.UTC(2026, 0, 1);
  const cookie = (options: CookieOptions = {}, name = 'cart'): SetCookie =>
    new SetCookie(name, resolveCookieAttributes(options, name));
  const forADay = 'Expires=Fri, 02 Jan 2026 00:00:00 GMT; Max-Age=86400';

  test.each<[CookieOptions, boolean, string]>([
    [{}, false, `cart=v; Path=/; ${forADay}; HttpOnly; SameSite=Lax`],
    [{}, true, `cart=v; Path=/; ${forADay}; Secure; HttpOnly; SameSite=Lax`],
    [{ secure: false }, true, `cart=v; Path=/; ${forADay}; HttpOnly; SameSite=Lax`],
    [{ secure: true }, false, `cart=v; Path=/; ${forADay}; Secure; HttpOnly; SameSite=Lax`],
    [{ secureProxy: true }, false, `cart=v; Path=/; ${forADay}; Secure; HttpOnly; SameSite=Lax`],
    [
      { path: '/shop', domain: 'example.org' },
      false,
      `cart=v; Path=/shop; Domain=example.org; ${forADay}; HttpOnly; SameSite=Lax`,
    ],
    [{ httpOnly: false, sameSite: 'strict' }, false, `cart=v; Path=/; ${forADay}; SameSite=Strict`],
    [
      { secure: true, sameSite: 'none', partitioned: true, priority: 'high' },
      true,
      `cart=v; Path=/; ${forADay}; Secure; HttpOnly; SameSite=None; Partitioned; Priority=High`,
    ],
  ])('writes %j (TLS: %j)', (options, isSecure, header) => {
    expect(cookie(options).write('v', NOW + 86_400_000, NOW, isSecure)).toBe(header);
  });

  test('dates are those of Date, whatever was written before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }), (end) => {
        const expires = /Expires=([^;]*)/.exec(cookie().write('v', end, NOW, false))?.[1];
        expect(expires).toBe(new Date(end).toUTCString());
      }),
      { numRuns: cases(2_000) },
    );
  });

  test.each([
    '1970-01-01T00:00:00Z',
    '2026-02-28T09:08:07Z',
    '2026-02-28T10:59:59.999Z',
    '2026-02-28T23:10:10Z',
    '2028-02-29T00:00:59Z',
  ])('the date %s is that of Date, also the second time on its day', (date) => {
    for (const end of [Date.parse(date), Date.parse(date) + 1]) {
      const expires = /Expires=([^;]*)/.exec(cookie().write('v', end, NOW, false))?.[1];
      expect(expires).toBe(new Date(end).toUTCString());
    }
  });

  test('the date of a day on which no cookie has ended yet is that of Date', () => {
    const day = 86_400_000;
    for (let i = 0; i < 20; i++) {
      const end = Date.UTC(2200, 0, 1) + randomInt(1_000_000) * day + randomInt(day);
      const expires = /Expires=([^;]*)/.exec(cookie().write('v', end, NOW, false))?.[1];
      expect(expires).toBe(new Date(end).toUTCString());
    }
  });

  test('a cookie that ends with the browser has no expiry', () => {
    expect(cookie().write('v', 'with the browser', NOW, false)).toBe(
      'cart=v; Path=/; HttpOnly; SameSite=Lax',
    );
  });

  test('deletes with the attributes it was set with', () => {
    expect(
      cookie({
        path: '/shop',
        domain: 'example.org',
        secure: true,
        partitioned: true,
        sameSite: 'none',
      }).delete(false),
    ).toBe(
      'cart=; Path=/shop; Domain=example.org; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; ' +
        'Secure; HttpOnly; SameSite=None; Partitioned',
    );
  });

  test('no option that passes the checks breaks out of its attribute', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (name, path, domain) => {
        let header: string;
        try {
          header = new SetCookie(name, resolveCookieAttributes({ path, domain }, name)).write(
            'v',
            'with the browser',
            NOW,
            false,
          );
        } catch {
          return;
        }
        expect(header).toBe(`${name}=v; Path=${path}; Domain=${domain}; HttpOnly; SameSite=Lax`);
        expect(`${path}${domain}`).not.toMatch(/[;\x00-\x1f\x7f]/);
      }),
      { numRuns: cases(2_000) },
    );
  });
});

describe('what a browser keeps of Set-Cookie headers', () => {
  test.each<[readonly string[], number]>([
    [[], 0],
    [['cart=text; Path=/; HttpOnly'], 'carttext'.length],
    [['cart=text; Path=/', 'user=me; Max-Age=60'], 'carttextuserme'.length],
    [['cart=; Path=/; Max-Age=0'], 0],
    [['cart=; Path=/; Max-Age=0', 'user=me; Max-Age=60'], 'userme'.length],
    [['körbe=text; Path=/'], 'körbetext'.length + 1],
  ])('%j: %i bytes', (headers, bytes) => {
    expect(bytesKept(headers)).toBe(bytes);
  });
});
