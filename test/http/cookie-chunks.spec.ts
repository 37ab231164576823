import { describe, expect, test } from '@jest/globals';
import { capacityOf, isChunk, joinText, splitText } from '../../lib/http/cookie-chunks.js';

/** Browsers keep so many bytes of a cookie's name and value. */
const MOST = 4_096;

/** Characters that tell where in the text they stand. */
const textOf = (length: number): string =>
  Array.from({ length }, (_, i) => String.fromCharCode(97 + ((i * 7 + Math.floor(i / 26)) % 26))).join('');

const namesOf = (count: number): string[] => ['cart', 'cart.1', 'cart.2', 'cart.3', 'cart.4'].slice(0, count);

/** What a browser sends back of values that were written. */
function arrivedOf(values: readonly string[]): Map<string, string[]> {
  return new Map(values.map((value, i) => [namesOf(values.length)[i]!, [value]]));
}

const join = (values: readonly string[], arrived = arrivedOf(values)): string =>
  joinText('cart', values[0]!, (name) => arrived.get(name));

describe('a text in several cookies', () => {
  test('is one cookie as long as that is enough', () => {
    const text = textOf(MOST - 'cart'.length);
    expect(splitText('cart', text)).toEqual([text]);
    expect(splitText('cart', `${text}x`)).toHaveLength(2);
  });

  test.each([2, 3, 4, 5])(
    'of %i fills each to the last byte, and one character more takes another',
    (count) => {
      const room = capacityOf('cart', count);
      const values = splitText('cart', textOf(room));
      expect(values.map((value, i) => namesOf(count)[i]!.length + value.length)).toEqual(
        namesOf(count).map(() => MOST),
      );
      expect(splitText('cart', textOf(room + 1))).toHaveLength(count + 1);
    },
  );

  test('tells how many there are in the first, and of which text it is in the others', () => {
    const text = textOf(9_000);
    const generation = text.slice(8, 16);
    const [first, second, third] = splitText('cart', text);
    expect([first!.slice(0, 10), second!.slice(0, 9), third!.slice(0, 9)]).toEqual([
      `3~${text.slice(0, 8)}`,
      `${generation}~`,
      `${generation}~`,
    ]);
  });

  test.each([4_092, 4_093, 9_000, 20_000])('comes back whole: %i characters', (length) => {
    expect(join(splitText('cart', textOf(length)))).toBe(textOf(length));
  });

  test('comes back whole beside parts of another text', () => {
    const [text, other] = [textOf(9_000), textOf(9_000).toUpperCase()];
    const values = splitText('cart', text);
    const strays = splitText('cart', other);
    const arrived = new Map(values.map((value, i) => [namesOf(3)[i]!, [strays[i]!, value]]));
    expect(join(values, arrived)).toBe(text);
  });

  test.each(['cart.1', 'cart.2'])('is nothing without %s, or with what is no part of it', (name) => {
    const values = splitText('cart', textOf(9_000));
    const arrived = arrivedOf(values);
    arrived.delete(name);
    expect(join(values, arrived)).toBe('');
    arrived.set(name, ['rubbish']);
    expect(join(values, arrived)).toBe('');
    arrived.set(name, [`x${values[1]}`, `text~${textOf(9_000).slice(8, 16)}~`]);
    expect(join(values, arrived)).toBe('');
  });

  test.each(['1~text', '6~text', '22~text', '2', 'x2~text', '~text', 'text'])(
    '%s begins none of them, and is taken as it is',
    (value) => {
      expect(join([value])).toBe(value);
    },
  );
});

describe('a later part', () => {
  test.each(['abcd-_09~text', '12345678~'])('is known by its beginning: %s', (value) => {
    expect(isChunk(value)).toBe(true);
  });

  test.each(['', 'text', '2~text', 'abcdefg~text', 'abcdefghi~text', 'abcd.fgh~text', 'xabcdefgh~'])(
    'is never %j, which is of other code',
    (value) => {
      expect(isChunk(value)).toBe(false);
    },
  );
});
