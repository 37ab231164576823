import { describe, expect, test } from '@jest/globals';
import { RecentTimes } from '../../lib/session/recent-times.js';

describe('recent times', () => {
  test('a time is known, and the last one counts', () => {
    const times = new RecentTimes();
    times.set('a', 1);
    times.set('a', 2);
    expect(times.get('a')).toBe(2);
    expect(times.get('b')).toBeUndefined();
  });

  test.each([1, 999, 1000, 1001, 1999, 5000])('of %i keys the last thousand are known', (count) => {
    const times = new RecentTimes();
    for (let i = 0; i < count; i++) times.set(`${i}`, i);
    for (let i = Math.max(0, count - 1000); i < count; i++) expect(times.get(`${i}`)).toBe(i);
  });

  test('a key that is set again is newer than what was set meanwhile', () => {
    const times = new RecentTimes();
    times.set('a', 1);
    for (let i = 0; i < 900; i++) times.set(`${i}`, i);
    times.set('a', 2);
    for (let i = 0; i < 1000; i++) times.set(`later ${i}`, i);
    expect(times.get('a')).toBe(2);
  });

  test.each([1_999, 2_000, 2_001, 10_000])('of %i not more than two thousand are kept', (count) => {
    const times = new RecentTimes();
    for (let i = 0; i < count; i++) times.set(`${i}`, i);
    const known = Array.from({ length: count }, (_, i) => times.get(`${i}`)).filter(
      (time) => time !== undefined,
    );
    expect(known.length).toBeLessThanOrEqual(2000);
  });
});
