import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { codecOf } from '../../lib/session/content-codec.js';
import { isSameData as isSame } from '../../lib/session/same-data.js';
import { sized } from '../support/size.js';

/** Both ways of looking at objects that are held twice; there are none in these tests but in the last ones. */
function isSameData(content: object, original: object): boolean {
  const answers = [true, false].map((isTree) => isSame(content, original, isTree));
  expect(answers[0]).toBe(answers[1]);
  return answers[1]!;
}

const json = codecOf('json', 'cart');
const structured = codecOf('structured', 'cart');

/** Content and what is read back from its text. */
const pair = (content: object, codec = structured): [object, object] => [
  content,
  codec.parse(codec.stringify(content)) as object,
];

describe('content is the same data as before', () => {
  test.each<[string, object]>([
    ['nothing', {}],
    ['plain data', { a: 1, b: 'x', c: null, d: [true, { e: [] }], f: {} }],
    ['-0', { a: -0 }],
    ['dates', { at: new Date(0) }],
    ['maps and sets', { m: new Map([['a', { b: 1 }]]), s: new Set([1, [2]]) }],
    ['bytes', { b: new Uint8Array([1, 2, 3]) }],
    ['a Buffer', { b: Buffer.from([1, 2, 3]) }],
    ['bigints', { n: 10n ** 20n }],
  ])('%s', (_title, content) => {
    expect(isSameData(...pair(content))).toBe(true);
  });

  test('without a prototype, or of a session', () => {
    const bare = Object.assign(Object.create(null) as object, {
      a: Object.assign(Object.create(null), { b: 1 }),
    });
    expect(isSameData(bare, { a: { b: 1 } })).toBe(true);
    class Session {
      a = { b: 1 };
    }
    expect(isSameData(new Session(), { a: { b: 1 } })).toBe(true);
  });
});

describe('content is not known to be the same', () => {
  const original = (): any => ({
    a: { b: 1 },
    list: [1, 2],
    at: new Date(0),
    map: new Map([['k', 1]]),
    set: new Set([1]),
    bytes: new Uint8Array([1, 2]),
  });

  test.each<[string, (content: any) => void]>([
    ['a value', (content) => (content.a.b = 2)],
    ['0 and -0', (content) => (content.list[0] = -0)],
    ['an added key', (content) => (content.a.c = 1)],
    ['an added key without a value', (content) => (content.a.c = undefined)],
    ['a removed key', (content) => delete content.a],
    ['the order of keys', (content) => ((content.list = [1, 2]), delete content.a, (content.a = { b: 1 }))],
    ['the order of a list', (content) => content.list.reverse()],
    ['a longer list', (content) => content.list.push(3)],
    ['a shorter list', (content) => content.list.pop()],
    ['a hole in a list', (content) => delete content.list[0]],
    ['a property of a list', (content) => (content.list.extra = 1)],
    ['a symbol in an object', (content) => (content.a[Symbol('s')] = 1)],
    ['a symbol in a list', (content) => (content.list[Symbol('s')] = 1)],
    ['a symbol at the top', (content) => (content[Symbol('s')] = 1)],
    ['a method that decides on the text', (content) => (content.a.toJSON = () => 1)],
    ['the same, hidden', (content) => Object.defineProperty(content.a, 'toJSON', { value: () => 1 })],
    ['the same, at the top', (content) => Object.defineProperty(content, 'toJSON', { value: () => 1 })],
    ['an object of a class', (content) => (content.a = Object.assign(new (class A {})(), { b: 1 }))],
    ['a list of a class', (content) => (content.list = class L extends Array {}.from([1, 2]))],
    ['a number as an object', (content) => (content.a.b = Object(1))],
    ['a date', (content) => content.at.setTime(1)],
    ['a date as a number', (content) => (content.at = 0)],
    ['no date any more', (content) => content.at.setTime(NaN)],
    ['a map', (content) => content.map.set('k', 2)],
    [
      'the order of a map',
      (content) =>
        (content.map = new Map([
          ['l', 1],
          ['k', 1],
        ])),
    ],
    ['a set', (content) => content.set.add(2)],
    ['bytes', (content) => (content.bytes[0] = 9)],
    ['fewer bytes', (content) => (content.bytes = content.bytes.subarray(1))],
    ['bytes of another kind', (content) => (content.bytes = Buffer.from([1, 2]))],
    ['a circle', (content) => (content.a = content)],
    [
      'a getter that throws',
      (content) =>
        Object.defineProperty(content, 'a', {
          enumerable: true,
          get: () => {
            throw new Error('no');
          },
        }),
    ],
    [
      'a proxy that throws',
      (content) =>
        (content.a = new Proxy(
          {},
          {
            ownKeys: () => {
              throw new Error('no');
            },
          },
        )),
    ],
    ['a function', (content) => (content.a = () => 1)],
  ])('%s', (_title, change) => {
    const content = original();
    expect(isSameData(content, original())).toBe(true);
    change(content);
    expect(isSameData(content, original())).toBe(false);
  });

  test('objects of a class are left to the text, on either side', () => {
    class A {
      b = 1;
    }
    expect(isSameData({ a: new A() }, { a: new A() })).toBe(false);
    expect(isSameData({ a: new A() }, { a: { b: 1 } })).toBe(false);
    expect(isSameData({ a: { b: 1 } }, { a: new A() })).toBe(false);
  });
});

describe('objects of a subclass of what is carried', () => {
  class Place extends Date {
    zone = 'Berlin';
  }
  class Money extends Map {}
  class Tags extends Set {}
  class Bytes extends Uint8Array {}

  test.each<[string, object, object]>([
    ['on both sides', { a: new Place(0) }, { a: new Place(0) }],
    ['in the content', { a: new Place(0) }, { a: new Date(0) }],
    ['in the original', { a: new Date(0) }, { a: new Place(0) }],
    ['as a map', { a: new Money() }, { a: new Map() }],
    ['as a set', { a: new Set() }, { a: new Tags() }],
    ['or with properties of their own', { a: Object.assign(new Date(0), { zone: 1 }) }, { a: new Date(0) }],
    ['as bytes', { a: new Bytes(2) }, { a: new Uint8Array(2) }],
    ['as bytes on both sides', { a: new Bytes(2) }, { a: new Bytes(2) }],
  ])('are left to the text: %s', (_title, content, original) => {
    expect(isSameData(content, original)).toBe(false);
  });
});

test.each<[string, unknown[], unknown[]]>([
  // oxlint-disable-next-line no-sparse-arrays
  ['a hole', [undefined], [,]],
  // oxlint-disable-next-line no-sparse-arrays
  ['a hole at the end', [1], [1, ,]],
])('a list that had %s is left to the text', (_title, list, original) => {
  expect(isSameData({ list }, { list: original })).toBe(false);
});

test('an object that is held twice counts as a difference where the text may tell', () => {
  const shared = { n: 1 };
  const content = { a: shared, b: shared };
  const original = { a: { n: 1 }, b: { n: 1 } };
  expect([isSame(content, original, true), isSame(content, original, false)]).toEqual([false, true]);
  expect(isSame(original, content, true)).toBe(false);
});

test('whatever is the same has the same text', () => {
  const values = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: false,
  });
  fc.assert(
    fc.property(fc.dictionary(fc.string(), values), fc.dictionary(fc.string(), values), (a, b) => {
      for (const codec of [json, structured]) {
        const texts = [a, b].map((content) => {
          try {
            return codec.stringify(content);
          } catch {
            return undefined;
          }
        });
        if (texts[0] === undefined) continue;
        const [content, original] = pair(a, codec);
        if (isSame(content, original, false)) expect(codec.stringify(original)).toBe(texts[0]);
        if (isSame(b, original, false)) expect(texts[1]).toBe(texts[0]);
      }
    }),
    { numRuns: sized(300, 30_000) },
  );
});
