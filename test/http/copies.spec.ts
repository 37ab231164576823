import { afterEach, describe, expect, test } from '@jest/globals';
import { otherCopies } from '../../lib/http/copies.js';

const shared = globalThis as { [key: symbol]: unknown };
const COPIES = Symbol.for('nestjs-client-sessions.copies');
const before = shared[COPIES];

afterEach(() => void (shared[COPIES] = before));

test('each copy that is loaded counts itself', () => {
  expect(before).toBeGreaterThanOrEqual(1);
});

describe('a session that was not found', () => {
  test.each([1, undefined])('is no matter of copies if there is one: %j', (count) => {
    shared[COPIES] = count;
    expect(otherCopies()).toBe('');
  });

  test.each([2, 3])('may be that of another copy if there are %i', (count) => {
    shared[COPIES] = count;
    expect(otherCopies()).toMatch(
      new RegExp(`^ This process has loaded ${count} copies .* sessions\\. Install one copy only; .*\\.$`),
    );
  });
});
