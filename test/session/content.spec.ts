import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { SessionNotSerializableError } from '../../lib/errors/session-not-serializable.error.js';
import { SessionTooLargeError } from '../../lib/errors/session-too-large.error.js';
import { parseContent, stringifyContent } from '../../lib/session/content.js';
import { RESERVED_NAMES } from '../../lib/session/reserved-names.js';
import { parseStructured } from '../../lib/session/structured-data.js';
import { cpuTime } from '../support/cpu-time.js';
import { cases } from '../support/size.js';

const roundTrip = (content: object): unknown => parseContent(stringifyContent(content, 'cart'));

function refusal(content: unknown): SessionNotSerializableError {
  try {
    stringifyContent(content as object, 'cart');
  } catch (error) {
    expect(error).toBeInstanceOf(SessionNotSerializableError);
    return error as SessionNotSerializableError;
  }
  throw new Error('it was not refused');
}

class Money {
  constructor(readonly amount: number) {}
}
class Decimal extends Money {
  toJSON(): string {
    return String(this.amount);
  }
}
class Bag extends Array<string> {}

function cyclic(): object {
  const cart: Record<string, unknown> = { items: [{}] };
  (cart['items'] as Record<string, unknown>[])[0]!['of'] = cart;
  return { cart };
}

const { rawJSON } = JSON as { readonly rawJSON?: (text: string) => object };

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = wrap(value);
  return value;
}

describe('refused', () => {
  // Node 20 has none.
  (rawJSON ? test : test.skip)('raw JSON, which would be read as another number', () => {
    const error = refusal({ a: [rawJSON!('12345678901234567890')] });
    expect(error).toMatchObject({
      path: 'a[0]',
      problem: expect.stringContaining('raw JSON'),
      remedy: 'Store its digits as text.',
    });
  });

  test.each<[string, unknown, string, string]>([
    ['BigInt', { cart: { total: 10n } }, 'cart.total', 'a bigint'],
    [
      'a symbol as key',
      { [Symbol('a')]: 1 },
      'its content',
      'an object with a symbol as key, which JSON leaves out',
    ],
    [
      'a symbol as key of an object',
      { a: { [Symbol('b')]: 1 } },
      'a',
      'an object with a symbol as key, which JSON leaves out',
    ],
    [
      'a symbol as key of a later object of a list',
      { a: [{ b: 1 }, { b: 1, [Symbol('c')]: 1 }] },
      'a[1]',
      'an object with a symbol as key, which JSON leaves out',
    ],
    [
      'a symbol as key of an array',
      { a: Object.assign([1], { [Symbol('b')]: 1 }) },
      'a',
      'an object with a symbol as key, which JSON leaves out',
    ],
    [
      'a symbol as key deep inside',
      { a: [{ [Symbol.for('b')]: 1 }] },
      'a[0]',
      'an object with a symbol as key, which JSON leaves out',
    ],
    [
      'arguments',
      {
        a: (function () {
          return arguments;
          // @ts-expect-error -- a function that takes none may be given some
        })(1, 2),
      },
      'a',
      'the arguments of a function',
    ],
    [
      'arguments behind another object of a list',
      {
        a: [
          {},
          (function () {
            return arguments;
            // @ts-expect-error -- a function that takes none may be given some
          })(1, 2),
        ],
      },
      'a[1]',
      'the arguments of a function',
    ],
    ['a function', { cart: [{ run: () => 1 }] }, 'cart[0].run', 'a function'],
    ['a class', { type: Money }, 'type', 'a function'],
    ['a symbol', { tag: Symbol('tag') }, 'tag', 'a symbol'],
    ['NaN', { a: { b: [1, NaN] } }, 'a.b[1]', 'NaN'],
    ['Infinity', { total: Infinity }, 'total', 'Infinity'],
    ['-Infinity', { total: [-Infinity] }, 'total[0]', '-Infinity'],
    [
      'undefined in an array',
      { list: [1, undefined, 3] },
      'list[1]',
      'undefined, which JSON turns into null',
    ],
    // oxlint-disable-next-line no-sparse-arrays
    ['a hole in an array', { list: [1, , 3] }, 'list[1]', 'undefined, which JSON turns into null'],
    [
      'an empty array with a length',
      { list: Object.assign([], { length: 1e9 }) },
      'list[0]',
      'undefined, which JSON turns into null',
    ],
    [
      'an array with additional properties',
      { list: Object.assign([1], { total: 1 }) },
      'list',
      'an array with additional properties',
    ],
    ['the result of a match', { found: /b/.exec('abc') }, 'found', 'an array with additional properties'],
    [
      'an array of a class of its own',
      { bag: Bag.from(['tea']) },
      'bag',
      'an instance of Bag, which would lose its class',
    ],
    ['a Date', { seen: { at: new Date(0) } }, 'seen.at', 'an instance of Date, which would lose its class'],
    ['a Map', { map: new Map([['a', 1]]) }, 'map', 'an instance of Map, which would lose its class'],
    ['a Set', { set: new Set([1]) }, 'set', 'an instance of Set, which would lose its class'],
    ['a WeakMap', { map: new WeakMap() }, 'map', 'an instance of WeakMap, which would lose its class'],
    ['a RegExp', { pattern: /a/ }, 'pattern', 'an instance of RegExp, which would lose its class'],
    ['an Error', { problem: new Error('no') }, 'problem', 'an instance of Error, which would lose its class'],
    [
      'a promise',
      { later: Promise.resolve(1) },
      'later',
      'an instance of Promise, which would lose its class',
    ],
    ['a URL', { at: new URL('http://localhost') }, 'at', 'an instance of URL, which would lose its class'],
    ['a Buffer', { bytes: Buffer.of(1) }, 'bytes', 'an instance of Buffer, which would lose its class'],
    [
      'a Uint8Array',
      { bytes: Uint8Array.of(1) },
      'bytes',
      'an instance of Uint8Array, which would lose its class',
    ],
    [
      'an ArrayBuffer',
      { bytes: new ArrayBuffer(1) },
      'bytes',
      'an instance of ArrayBuffer, which would lose its class',
    ],
    ['a boxed number', { total: Object(5) }, 'total', 'an instance of Number, which would lose its class'],
    ['a boxed BigInt', { total: Object(5n) }, 'total', 'an instance of BigInt, which would lose its class'],
    [
      'a class instance',
      { price: new Money(3) },
      'price',
      'an instance of Money, which would lose its class',
    ],
    [
      'an instance with toJSON',
      { price: new Decimal(3) },
      'price',
      'an instance of Decimal, which would lose its class',
    ],
    ['a plain object with toJSON', { a: [{ toJSON: () => 1 }] }, 'a[0]', 'an object with a toJSON method'],
    [
      'an array with a hidden toJSON',
      { a: Object.defineProperty([1], 'toJSON', { value: () => 2 }) },
      'a',
      'an object with a toJSON method',
    ],
    ['a cycle', cyclic(), 'cart.items[0].of', 'a reference to an object that contains it'],
    [
      'a key that is no identifier',
      { 'my key': { 'a.b': [{ '': 1n }] } },
      '["my key"]["a.b"][0][""]',
      'a bigint',
    ],
    ['a key in another script', { größe: { 数: 1n } }, 'größe.数', 'a bigint'],
    ['a hostile key', { ['a\n"]']: 1n }, '["a\\n\\"]"]', 'a bigint'],
    [
      '1,001 levels',
      { deep: nested(1_000, (inner) => ({ of: inner })) },
      'deep',
      'nested more than 1000 levels deep',
    ],
    [
      '100,000 levels',
      { deep: nested(100_000, (inner) => [inner]) },
      'deep',
      'nested more than 1000 levels deep',
    ],
    ['content with toJSON', new Decimal(3), 'its content', 'an object with a toJSON method'],
    ['null as content', null, 'its content', 'not a plain object'],
    ['text as content', 'tea', 'its content', 'not a plain object'],
    ['an array as content', [1], 'its content', 'not a plain object'],
    ['a Map as content', new Map([['a', 1]]), 'its content', 'not a plain object'],
    ['a Date as content', new Date(), 'its content', 'not a plain object'],
    ['a promise as content', Promise.resolve({}), 'its content', 'not a plain object'],
    ['bytes as content', Buffer.of(1), 'its content', 'not a plain object'],
  ])('%s: typed, with the exact path', (_name, content, path, problem) => {
    const error = refusal(content);

    expect(error).toMatchObject({ code: 'ERR_SESSION_NOT_SERIALIZABLE', session: 'cart', path });
    expect(error.message).toContain(`Session "cart" cannot be stored: ${path} is ${problem}. `);
    expect(error.message).toMatch(/\. (Store|Use|Keep) [^.]+\.$/);
  });

  test.each([...RESERVED_NAMES])('the name %s, at the top alone', (name) => {
    const content = Object.defineProperty({}, name, { value: 1, enumerable: true });

    expect(refusal(content).message).toBe(
      `Session "cart" cannot be stored: ${name} is named like a method of the session. Use another name.`,
    );
    expect(stringifyContent({ nested: content }, 'cart')).toBe(`{"nested":{"${name}":1}}`);
  });

  test('the message holds no value', () => {
    const error = refusal({
      password: 'hunter2hunter2',
      token: { hunter2hunter2: false, at: new Date(), secret: 'hunter2' },
    });

    expect(error.path).toBe('token.at');
    expect(error.message).not.toContain('hunter2');
  });

  test('a cycle of any length and shape', () => {
    const self: Record<string, unknown> = {};
    self['self'] = self;
    const list: unknown[] = [];
    list.push([[list]]);

    expect(refusal(self)).toMatchObject({ path: 'self' });
    expect(refusal({ list })).toMatchObject({ path: 'list[0][0][0]' });
  });
});

describe('hostile shapes', () => {
  const tree: { children: unknown[] } = { children: [] };
  for (let i = 0; i < 50; i++) tree.children.push({ parent: tree, i });
  const levels = 990;
  const shapes: [string, object][] = [
    ['98 KB in lists of one, deep down', { body: nested(levels, (inner) => [inner]) }],
    ['a comb of 98 KB', { body: nested(900, (inner) => [inner, ...Array.from({ length: 35 }, () => [])]) }],
    [
      'many short lists deep down',
      {
        body: nested(levels, (inner) => (inner === 1 ? Array.from({ length: 24_000 }, () => [1]) : [inner])),
      },
    ],
    ['100,000 numbers', { list: Array.from({ length: 100_000 }, (_, i) => i) }],
    ['a list of 100,000,000 holes', { list: Object.assign([], { length: 100_000_000 }) }],
    ['objects that hold one twice, 60 levels deep', { dag: nested(60, (inner) => ({ a: inner, b: inner })) }],
    ['a tree whose leaves know their root', { tree }],
    [
      'objects that hold one ten times',
      { dag: nested(12, (inner) => Object.fromEntries([...'abcdefghij'].map((key) => [key, inner]))) },
    ],
    [
      'lists that hold one ten times',
      { dag: nested(12, (inner) => Array.from({ length: 10 }, () => inner)) },
    ],
  ];

  test.each(shapes)('%s: stored or refused, and soon', (_name, content) => {
    const began = cpuTime();
    for (const isStructured of [false, true]) {
      let error: unknown;
      try {
        stringifyContent(content, 'cart', isStructured);
      } catch (thrown) {
        error = thrown;
      }
      const { constructor } = (error ?? new SessionTooLargeError('', 0, 0, [])) as object;
      expect([SessionTooLargeError, SessionNotSerializableError]).toContain(constructor);
    }
    // Some milliseconds, where objects that hold each other could take for ever.
    expect(cpuTime() - began).toBeLessThan(2_000);
  });

  test('more values than a cookie holds are too large, and the heaviest key is named', () => {
    const content = { small: 1, heavy: Array.from({ length: 10_001 }, () => ({})), after: 1 };
    expect(() => stringifyContent(content, 'cart')).toThrow(
      new SessionTooLargeError('cart', 20_000, 4_096, [{ key: 'heavy', bytes: 20_000 }]),
    );
    expect(stringifyContent({ list: Array.from({ length: 50_000 }, () => 0) }, 'cart')).toHaveLength(
      2 * 50_000 + 10,
    );
  });
});

test('ten thousand values are stored, and one more is too many', () => {
  const content = (count: number): object => ({ list: Array.from({ length: count - 2 }, () => 0), zero: -0 });
  expect(parseContent(stringifyContent(content(10_000), 'cart'))).toEqual(content(10_000));
  expect(() => stringifyContent(content(10_001), 'cart')).toThrow(SessionTooLargeError);
});

test('ten thousand objects are stored, whatever else there is, and one more makes all of it too many', () => {
  const content = (count: number): object => ({
    list: Array.from({ length: count - 1 }, () => ({})),
    n: 1,
  });
  expect(stringifyContent(content(10_000), 'cart')).toBe(JSON.stringify(content(10_000)));
  expect(() => stringifyContent(content(10_001), 'cart')).toThrow(SessionTooLargeError);
});

test('an object whose prototype has no constructor is told of as one of a class', () => {
  const base = Object.create(Object.create(null) as object) as object;
  expect(refusal({ a: Object.create(base) as unknown }).message).toContain('a is an instance of class,');
});

describe('kept as it is', () => {
  test.each<[string, object, string]>([
    ['alone', { a: -0 }, '{"a":-0}'],
    ['deep inside', { a: [{ b: -0 }, 0] }, '{"a":[{"b":-0},0]}'],
    [
      'beside text that looks like it',
      { a: '-0', b: -0, '-0': '"-0 0.5"' },
      String.raw`{"a":"-0","b":-0,"-0":"\"-0 0.5\""}`,
    ],
  ])('-0, %s', (_name, content, text) => {
    expect(stringifyContent(content, 'cart')).toBe(text);
    expect(roundTrip(content)).toEqual(content);
    expect(parseStructured(stringifyContent(content, 'cart', true))).toEqual(content);
  });

  test('-0, beside text that looks like the mark that stands for it', () => {
    const random = jest.spyOn(Math, 'random').mockReturnValueOnce(0.5).mockReturnValueOnce(0.25);
    const content = { mark: '-0 0.5', zero: -0 };
    const text = stringifyContent(content, 'cart');
    random.mockRestore();
    expect(text).toBe('{"mark":"-0 0.5","zero":-0}');
  });

  test('-0, beside properties without a value', () => {
    expect(stringifyContent({ a: undefined, zero: -0, b: { c: undefined } }, 'cart')).toBe(
      '{"zero":-0,"b":{}}',
    );
  });

  const plain = {
    text: 'tea',
    number: -1.5e-7,
    yes: true,
    no: false,
    nothing: null,
    list: [[], [{}], ['a', 1]],
    deep: { er: {} },
  };

  test.each<[string, object]>([
    ['plain data', plain],
    ['nothing', {}],
    ['empty keys and odd ones', { '': 1, ' ': 2, '0': 3, 'a.b': 4, ключ: 5, '\u2028': 6 }],
    [
      'names of Object.prototype',
      { constructor: 1, prototype: { constructor: null }, toString: 'x', hasOwnProperty: false, valueOf: [] },
    ],
    ['a toJSON that is no function', { toJSON: 'x', nested: { toJSON: null } }],
    ['names that a session has, further down', { a: { reset: 1, save: [{ destroy: 2 }] } }],
    ['large numbers', { a: Number.MAX_SAFE_INTEGER, b: Number.MAX_VALUE, c: Number.MIN_VALUE, d: 0.1 + 0.2 }],
  ])('%s', (_name, content) => {
    expect(roundTrip(content)).toEqual(content);
  });

  test.each([
    ['the replacement character', 'a\ufffdb'],
    ['emoji', '\u{1F36A}\u{1F469}\u200D\u{1F4BB}'],
    ['a lone high surrogate', 'a\ud83c'],
    ['a lone low surrogate', '\udf6ab'],
    ['line and paragraph separators', 'a\u2028b\u2029c'],
    ['control characters', '\0\u0001\b\t\n\f\r\u001f\u007f'],
    ['a byte order mark', '\ufeff'],
    ['quotes and backslashes', '"\\/\'`'],
    ['decomposed letters', 'a\u0308'],
  ])('text with %s', (_name, text) => {
    const json = stringifyContent({ [text]: [text] }, 'cart');

    expect(parseContent(Buffer.from(json, 'utf8').toString('utf8'))).toEqual({ [text]: [text] });
  });

  test('an object whose only key begins like a tag', () => {
    const content = { a: { $date: 1 } };
    expect(stringifyContent(content, 'cart')).toBe('{"a":{"$date":1}}');
    const structured = stringifyContent(content, 'cart', true);
    expect(structured).toBe('~{"a":{"$object":{"$date":1}}}');
    expect(parseStructured(structured)).toEqual(content);
  });

  test('undefined properties, which read the same before and after', () => {
    expect(stringifyContent({ a: undefined, b: { c: undefined, d: 1 } }, 'cart')).toBe('{"b":{"d":1}}');
  });

  test('objects without a prototype, of another realm, or cloned', () => {
    const bare = Object.assign(Object.create(null) as object, { a: 1 });
    const foreign = runInNewContext('({ list: [1, { two: [2] }], nothing: null })') as object;
    const cloned = structuredClone(plain);

    expect(stringifyContent(bare, 'cart')).toBe('{"a":1}');
    expect(roundTrip({ bare, foreign, cloned })).toEqual({
      bare: { a: 1 },
      foreign: { list: [1, { two: [2] }], nothing: null },
      cloned: plain,
    });
  });

  test('dates, maps, sets and bytes of another realm', () => {
    const foreign = runInNewContext(
      '({ at: new Date(5), of: new Map([[1, 2]]), in: new Set([1]), bytes: new Uint8Array([1, 2]) })',
    ) as object;
    expect(parseStructured(stringifyContent(foreign, 'cart', true))).toEqual({
      at: new Date(5),
      of: new Map([[1, 2]]),
      in: new Set([1]),
      bytes: new Uint8Array([1, 2]),
    });
  });

  test('what another realm cannot carry either is refused just so', () => {
    const path = (expression: string): string => refusal({ a: runInNewContext(expression) as unknown }).path;

    expect(path('({ at: new Date() })')).toBe('a.at');
    expect(path('[new Map()]')).toBe('a[0]');
    expect(path('[new (class Bag extends Array {})()]')).toBe('a[0]');
  });

  test('one object in two places, which is no cycle', () => {
    const address = { street: 'Lane 1' };

    expect(roundTrip({ home: address, work: [address, address] })).toEqual({
      home: address,
      work: [address, address],
    });
  });

  test.each<[string, (inner: unknown) => unknown]>([
    ['objects', (inner) => ({ a: inner })],
    ['arrays', (inner) => [inner]],
  ])('1,000 levels of %s, also from deep down the stack', (_name, wrap) => {
    const content = { deep: nested(999, wrap) };
    const fromBelow = (frames: number): string =>
      frames === 0 ? stringifyContent(content, 'cart') : fromBelow(frames - 1);

    expect(fromBelow(500)).toBe(JSON.stringify(content));
    expect(JSON.stringify(parseContent(fromBelow(0)))).toBe(JSON.stringify(content));
  });

  test('any JSON value, unchanged', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (content) => {
        fc.pre(!Object.keys(content).some((key) => RESERVED_NAMES.has(key)));
        expect(JSON.stringify(roundTrip(content))).toBe(JSON.stringify(content));
      }),
      { numRuns: cases(1_000) },
    );
  });

  test('anything at all is either unchanged or refused with the typed error', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withSparseArray: true,
          withTypedArray: true,
          withNullPrototype: true,
          withBoxedValues: true,
        }),
        (value) => {
          let json: string;
          try {
            json = stringifyContent({ value }, 'cart');
          } catch (error) {
            expect(error).toBeInstanceOf(SessionNotSerializableError);
            return;
          }
          expect(withoutUndefined(parseContent(json))).toEqual(withoutUndefined({ value }));
        },
      ),
      { numRuns: cases(3_000) },
    );
  });
});

describe('hostile keys', () => {
  const hostile = fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    '__defineGetter__',
    'polluted',
    'reset',
  );
  const trees = fc.letrec<{ tree: object; leaf: unknown }>((tie) => ({
    tree: fc.dictionary(
      hostile,
      fc.oneof(tie('leaf'), tie('tree'), fc.array(tie('tree'), { maxLength: 2 })),
      { maxKeys: 4, noNullPrototype: true },
    ),
    leaf: fc.constantFrom(1, 'x', null, true),
  })).tree;
  const pristine = (): string[] => Reflect.ownKeys(Object.prototype).map(String);

  test('content from a cookie is plain own data or refused, and changes no prototype', () => {
    const before = pristine();
    fc.assert(
      fc.property(trees, (tree) => {
        const json = JSON.stringify(tree);
        const content = parseContent(json);
        const isReserved = Object.keys(tree).some((key) => RESERVED_NAMES.has(key));

        expect(content === undefined).toBe(isReserved);
        expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
        if (!content) return;
        expect(Object.getPrototypeOf(content)).toBe(Object.prototype);
        expect(JSON.stringify(content)).toBe(json);
        expect(stringifyContent(content, 'cart')).toBe(json);
      }),
      { numRuns: cases(1_000) },
    );

    expect(pristine()).toEqual(before);
  });

  test('the textbook attacks', () => {
    expect(parseContent('{"__proto__":{"isAdmin":true}}')).toBeUndefined();
    const content = parseContent(
      '{"a":{"__proto__":{"isAdmin":true}},"constructor":{"prototype":{"isAdmin":true}}}',
    )!;

    expect(Object.getPrototypeOf(content['a'])).toBe(Object.prototype);
    expect((content['a'] as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
});

describe('opening text', () => {
  test.each([
    '',
    'null',
    '1',
    '"text"',
    'true',
    '[]',
    '[{"a":1}]',
    '{',
    '{"a":1',
    '{a:1}',
    '{"a":1}x',
    'undefined',
    '\u0000',
  ])('%j is no content', (json) => {
    expect(parseContent(json)).toBeUndefined();
  });

  test.each([...RESERVED_NAMES])('content that hides %s is none', (name) => {
    expect(parseContent(`{"a":1,"${name}":1}`)).toBeUndefined();
    expect(parseContent(`{"a":{"${name}":1}}`)).toBeDefined();
  });
});

/** The same data as JSON sees it: without undefined properties, and with one zero. */
function withoutUndefined(value: unknown): unknown {
  if (Object.is(value, -0)) return 0;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutUndefined);
  const entries = Object.entries(value).filter(([, property]) => property !== undefined);
  return Object.fromEntries(entries.map(([key, property]) => [key, withoutUndefined(property)]));
}

describe('where the runtime has no raw JSON, such as Node 20', () => {
  const runtime = JSON as { isRawJSON?: unknown };
  const { isRawJSON } = runtime;
  afterEach(() => void (runtime.isRawJSON = isRawJSON));

  test('content is read closely all the same', async () => {
    delete runtime.isRawJSON;
    let stringify!: typeof stringifyContent;
    await jest.isolateModulesAsync(async () => {
      ({ stringifyContent: stringify } = await import('../../lib/session/content.js'));
    });
    expect(stringify).not.toBe(stringifyContent);
    expect(stringify({ totals: [-0] }, 'cart')).toBe('{"totals":[-0]}');
  });
});
