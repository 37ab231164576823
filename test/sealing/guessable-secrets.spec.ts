import { describe, expect, test } from '@jest/globals';
import { guessableProblem } from '../../lib/sealing/guessable-secrets.js';

const REPEATS = 'it repeats itself or counts up, so it can be guessed';
const FEW = 'it uses too few different characters, so it can be guessed';
const WORDS = 'it consists of common words or rows of keys, so it can be guessed';

/** Each of these is just on one side of one limit. */
describe('guessable', () => {
  test.each([
    ['by its first 1024 characters', 'ab'.repeat(512) + unpatterned(3000), REPEATS],
    ['in lower case', '`AAAAA``A``A````AAAA', REPEATS],
    ['with a period of exactly three fifths of its steps', 'jmggjmdgaad', REPEATS],
    ['with exactly one of five places that differs', 'ddggggddggaa', REPEATS],
    ['with 24 characters, by their frequencies', 'g9b222bbggd9bbbd9gg2d922', FEW],
    ['by runs of one character', 'aaacccgggmmmrrrxxx777ttthhh000', WORDS],
    ['by its symbols, and nothing behind its end', 'xb7x77v7bqqxbvmxbx7777qxbmbbqbqaxx', WORDS],
    ['by its words', 'correct password of the secret key for my server please', WORDS],
  ])('%s', (_case, text, problem) => expect(guessableProblem(text)).toBe(problem));
});

describe('not guessable', () => {
  test.each([
    ['with a longer period', 'jjgddmjjjgd'],
    ['because bytes of Latin-1 are compared, and not those of UTF-8', 'ãâãããáâãããàààáãáãâáàá'],
    ['with 23 characters, by their frequencies', 'g9b222bbggd9bbbd9gg2d92'],
    ['with exactly 80 bits in its characters', '9db7e74ddbbbad2bb7447d47d7db7db7'],
    ['with exactly 80 bits in its symbols', 'qxbbab77xx7bx2b7q7x7qb9xx7bqhx7b'],
    ['because its bytes are not text', 'correct password of the secret key for my server please \u00e9'],
    [
      'with many words that begin alike',
      'secret session signed salt seal shared she still some set store sure safe string sentence staging ' +
        'sample server source spring',
    ],
  ])('%s', (_case, text) => expect(guessableProblem(text)).toBeUndefined());
});

/** Characters without a period that is short enough to be found. */
function unpatterned(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state % 36).toString(36);
  }).join('');
}
