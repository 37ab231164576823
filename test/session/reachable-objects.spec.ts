import { describe, expect, test } from '@jest/globals';
import { isChangeable, objectsIn } from '../../lib/session/reachable-objects.js';

const inner = { name: 'inner' };

class Shelf {
  readonly held = inner;
}

describe('what can be reached from a value', () => {
  test.each<[string, unknown]>([
    ['a property', { a: { b: inner } }],
    ['an element', [[inner]]],
    ['a key of a map', new Map([[inner, 1]])],
    ['a value of a map', new Map([[1, inner]])],
    ['an element of a set', new Set([inner])],
    ['a set in a map in a list', [new Map([[1, new Set([inner])]])]],
    ['a property of an instance', new Shelf()],
    ['a property that a prototype has', Object.create({ inner })],
    [
      'a property that a prototype without a constructor has',
      Object.create(Object.assign(Object.create(null) as object, { inner })),
    ],
  ])('%s', (_title, value) => {
    expect(objectsIn(value).has(inner)).toBe(true);
    expect(objectsIn(value).has(value as object)).toBe(true);
  });

  test.each([undefined, null, 1, 'text', Symbol('symbol'), () => inner])('nothing from %p', (value) => {
    expect(objectsIn(value).size).toBe(0);
  });

  test('the memory of bytes, unless many share it', () => {
    const bytes = new Uint8Array(8);
    expect([...objectsIn([bytes])]).toContain(bytes.buffer);
    const [part, other] = [bytes.subarray(0, 4), bytes.subarray(4)];
    expect(objectsIn([part, other])).toEqual(new Set([[part, other], other, part]));
    expect(objectsIn(part).has(bytes.buffer)).toBe(false);
  });

  test('no prototype of a class', () => {
    const found = objectsIn([new Shelf(), new Map(), new Date(0), {}, Object.create(null)]);
    for (const { prototype } of [Shelf, Map, Date, Object, Array]) expect(found.has(prototype)).toBe(false);
  });

  test('a circle is walked once', () => {
    const first: Record<string, unknown> = {};
    const second = { first };
    first['second'] = second;
    expect(objectsIn(first)).toEqual(new Set([first, second]));
  });

  test('an object that throws when it is read is found alone', () => {
    const hostile = Object.defineProperty({ inner }, 'bad', {
      enumerable: true,
      get: () => {
        throw new Error('read');
      },
    });
    expect(objectsIn([hostile, 1])).toEqual(new Set([[hostile, 1], hostile]));
  });
});

test.each<[string, object, boolean]>([
  ['an object', {}, true],
  ['a frozen object', Object.freeze({ a: 1 }), false],
  ['a frozen list', Object.freeze([1]), false],
  ['a frozen map', Object.freeze(new Map()), true],
  ['a frozen set', Object.freeze(new Set()), true],
  ['a frozen date', Object.freeze(new Date(0)), true],
  ['bytes', new Uint8Array(1), true],
])('%s can be changed: %s', (_title, value, isSo) => {
  expect(isChangeable(value)).toBe(isSo);
});
