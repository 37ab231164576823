import { describe, expect, test } from '@jest/globals';
import { chanceOf, type Order, ordersOf, overlappingOrders } from '../../lib/testing/arrival-orders.js';

const textOf = (order: Order): string => order.map(({ type, request }) => type[0]! + request).join(' ');
const texts = (count: number, most = 1000, seed = 1): string[] =>
  [...ordersOf(count, most, chanceOf(seed))].map(textOf);

/** What must hold in every order. */
function flaws(text: string, count: number): string[] {
  const steps = text.split(' ');
  const found: string[] = [];
  if (steps.length !== 2 * count || new Set(steps).size !== 2 * count) found.push('not every step once');
  let underWay = 0;
  for (const [i, step] of steps.entries()) {
    underWay += step.startsWith('s') ? 1 : -1;
    if (step.startsWith('a') && steps.indexOf(`s${step.slice(1)}`) > i)
      found.push('answered before it was sent');
    if (underWay === 0 && i < steps.length - 1) found.push('nothing under way');
  }
  return found;
}

describe('the orders of chaos', () => {
  test('of two requests are all four in which they meet', () => {
    expect(texts(2)).toEqual(['s0 s1 a0 a1', 's0 s1 a1 a0', 's1 s0 a0 a1', 's1 s0 a1 a0']);
  });

  test('of three requests are every one in which something is under way at each moment', () => {
    const all = texts(3);
    // Of 90 orders, 6 · 1 fall into three parts, and 2 · 3 · 4 into a single request and a pair.
    expect(all).toHaveLength(90 - 6 - 24);
    expect(new Set(all).size).toBe(60);
    expect([...overlappingOrders(3)].map(textOf)).toEqual(all);
  });

  test.each([4, 5, 6, 8])('of %i requests are whole, and none comes twice', (count) => {
    const all = texts(count, 300);
    expect(all.flatMap((text) => flaws(text, count))).toEqual([]);
    expect(all).toHaveLength(300);
    expect(new Set(all).size).toBe(300);
  });

  test.each([
    [4, 24],
    [5, 120],
  ])('of %i requests begin with every order of arrival', (count, permutations) => {
    const sent = Array.from({ length: count }, (_, i) => `s${i}`).join(' ');
    const all = texts(count, permutations + 50);
    expect(all.slice(0, permutations).every((text) => text.startsWith(`${sent} a`))).toBe(true);
    expect(all.slice(permutations).every((text) => text.startsWith(`${sent} a`))).toBe(false);
  });

  test('are the same ones for the same seed, and others for another', () => {
    expect(texts(6, 50, 7)).toEqual(texts(6, 50, 7));
    expect(texts(6, 50, 7)).not.toEqual(texts(6, 50, 8));
  });

  test('are no more than was asked for', () => {
    expect([texts(2, 3), texts(3, 3), texts(5, 3), texts(7, 3)].map((all) => all.length)).toEqual([
      3, 3, 3, 3,
    ]);
  });
});
