import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { legacyUtil } from '../../lib/legacy-util.js';
import { codecOf } from '../../lib/session/content-codec.js';
import { hasEscapedName, parseJson } from '../../lib/session/json.js';
import { SECRET } from '../support/secrets.js';
import { cases } from '../support/size.js';

/** Parts of names and of text that are escaped, or that look like an escape. */
const fragment = fc.constantFrom(
  '\\',
  '"',
  '\n',
  '\u0000',
  '\ud800',
  '\ue000',
  'n',
  'u005c',
  '/',
  ':',
  '":',
  'a',
  '1',
);
const text = fc.array(fragment, { maxLength: 4 }).map((parts) => parts.join(''));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.constantFrom(null, true, 1, -0),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
}));

describe('a name with an escape', () => {
  test.each([
    String.raw`{"\n":1}`,
    String.raw`{"a\nb" :1}`,
    String.raw`{"\"\n":1}`,
    String.raw`{"\"":1}`,
    String.raw`{"a":"\\","b\"c":1}`,
    String.raw`{"a":"\n","b":{"\u0041":1}}`,
  ])('is in %s', (json) => expect(hasEscapedName(json)).toBe(true));

  test.each([
    '',
    '{"a":1}',
    String.raw`{"a":"\n","b":1}`,
    String.raw`{"a":"\n:"}`,
    String.raw`{"a":"\n\":"}`,
    String.raw`["\\",":",1]`,
    '{"a":"\\',
  ])('is not in %s', (json) => expect(hasEscapedName(json)).toBe(false));
});

describe('names', () => {
  test.each(['"', '\n', '\b', '\f', '\r', '\t', '\u0000', '\ud800', 'a"', 'a\n', '\\\\'])(
    '%j is not read as the name that its text begins with',
    (name) => {
      const written = JSON.stringify({ a: 1, [name]: 2 });
      const other = JSON.stringify({ a: 1, [JSON.stringify(name).slice(1, 1 + name.length)]: 2 });

      for (let time = 0; time < 3; time++) {
        expect(JSON.stringify(parseJson(other))).toBe(other);
        expect(JSON.stringify(parseJson(written))).toBe(written);
      }
    },
  );

  test.each([
    ['a prototype', '{"__proto__":{"\\n":1},"\\u005f_proto__":{"a":1}}'],
    ['numbers', '{"b\\n":1,"\\u0031":2,"0":3}'],
    ['twice the same', '{"\\"":1,"a":2,"\\u0022":3}'],
    ['all escapes', String.raw`{"\"\\\/\b\f\n\r\t\u0041\u00e9\uD83D\uDE00":"\"\\\/\b\f\n\r\t\u0041\u00e9"}`],
    ['white space after the name', '{"\\n" \t\r\n:1}'],
  ])('as JSON.parse() has them: %s', (_case, json) => {
    const expected = JSON.parse(json) as object;

    expect(parseJson(json)).toStrictEqual(expected);
    expect(JSON.stringify(parseJson(json))).toBe(JSON.stringify(expected));
  });

  test.each(['undefined0041', 'null0041', '\ue0000041', '\ue000\ue0010041', '\udfff0041'])(
    'and the text %j beside them, which is no mark of an escape',
    (written) => {
      const content = { '\n': written, [`\t${written}`]: [written] };

      expect(parseJson(JSON.stringify(content))).toStrictEqual(content);
    },
  );

  test('any value, as it was written', () => {
    fc.assert(
      fc.property(value, (written) => {
        const read = parseJson(JSON.stringify(written));
        expect(JSON.stringify(read)).toBe(JSON.stringify(written));
      }),
      { numRuns: cases(2_000) },
    );
  });

  const cookie = { cookieName: 'session', secret: SECRET };
  test.each<[string, (content: object) => unknown]>([
    ["the codec 'json'", (content) => codecOf('json', '').parse(JSON.stringify(content))],
    ["the codec 'structured'", (content) => codecOf('structured', '').parse(JSON.stringify(content))],
    [
      'cookies of client-sessions',
      (content) => legacyUtil.decode(cookie, legacyUtil.encode(cookie, content))?.content,
    ],
  ])('are read right by %s', (_reader, read) => {
    read({ b: 1, '\\': 2 });

    expect(Object.keys(read({ b: 1, '"': 2 }) as object)).toEqual(['b', '"']);
  });

  test('1,000 levels deep', () => {
    const json = '{"\\n":'.repeat(1_000) + '1' + '}'.repeat(1_000);

    expect(JSON.stringify(parseJson(json))).toBe(json);
  });
});

test.each([
  '',
  '{"\\n":',
  '{"\\q":1,"\\n":2}',
  '{"\\N":1,"\\n":2}',
  '{\\n"a\\n":1}',
  '{"\\u12":1,"\\n":2}',
  '["\\n":1]',
])('refuses %j', (json) => expect(() => parseJson(json)).toThrow(SyntaxError));
