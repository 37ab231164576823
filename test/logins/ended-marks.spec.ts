import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { EndedMarks, MARGIN, PRECISION } from '../../lib/logins/ended-marks.js';
import { collectGarbage } from '../support/garbage.js';
import { DAY, HOUR, MINUTE } from '../support/session.js';
import { seeded } from './simulated-store.js';

const NOW = Date.UTC(2025, 5, 15, 12);

/** Few different beginnings, so that marks stand in each other's way, also across the end of the table. */
function crowdedMark(random: () => number, bytes: number): Buffer {
  const mark = Buffer.alloc(bytes);
  mark.writeUInt32LE(random() < 0.5 ? 1020 + Math.floor(random() * 8) : Math.floor(random() * 8), 0);
  mark.writeUInt32LE(Math.floor(random() * 40), 4);
  return mark;
}

describe('marks', () => {
  test.each([8, 16])(
    'of %d bytes are the same as in a plain map, whatever is added, expires and is swept',
    (bytes) => {
      const random = seeded(bytes);
      const marks = new EndedMarks(bytes);
      const model = new Map<string, number>();
      let now = NOW;
      // One `expect` for all rounds: it costs more than everything else here.
      const wrong: number[] = [];
      for (let round = 0; round < 20_000; round++) {
        const mark = crowdedMark(random, bytes);
        const key = mark.toString('hex');
        const isKnown = (model.get(key) ?? 0) > now;
        if (random() < 0.4) {
          const until = now + Math.floor(random() * 3 * HOUR);
          const expires = Math.ceil((until + MARGIN) / MINUTE) * MINUTE;
          marks.add(mark, until, now);
          model.set(key, Math.max(isKnown ? model.get(key)! : 0, expires));
        } else if (random() < 0.5) {
          marks.sweep(now, Math.floor(random() * 300));
        } else {
          now += Math.floor(random() * MINUTE);
        }
        const other = crowdedMark(random, bytes);
        for (const each of [mark, other]) {
          if (marks.has(each, now) !== (model.get(each.toString('hex')) ?? 0) > now) wrong.push(round);
        }
      }
      expect(wrong).toEqual([]);
      const living = [...model].filter(([, expires]) => expires > now).map(([key]) => key);
      const listed = [...marks.entries()].filter(([, until]) => until + MARGIN > now);
      expect(listed.map(([mark]) => mark.toString('hex')).sort()).toEqual(living.sort());
      expect(living.length).toBeGreaterThan(20);
    },
  );

  test('stay for an hour longer than asked, so that a clock that is wrong by a minute revives nobody', () => {
    const marks = new EndedMarks(16);
    const id = randomBytes(16);
    marks.add(id, NOW + DAY, NOW);
    marks.sweep(NOW + DAY + MINUTE, 10_000);
    expect(marks.has(id, NOW + DAY - MINUTE)).toBe(true);
    expect(marks.has(id, NOW + DAY + HOUR + 2 * MINUTE)).toBe(false);
  });

  test('leave when they have expired, so that a table grows only with those that live', () => {
    const marks = new EndedMarks(16);
    for (let i = 0; i < 50_000; i++) marks.add(randomBytes(16), NOW + i * MINUTE, NOW + i * MINUTE);
    expect(marks.size).toBeLessThan(1000);
  });

  test('differ if any of their bytes does', () => {
    const marks = new EndedMarks(16);
    const id = randomBytes(16);
    expect(marks.add(id, NOW + DAY, NOW)).toBe(true);
    for (let bit = 0; bit < 128; bit++) {
      const other = Buffer.from(id);
      other[bit >> 3]! ^= 1 << (bit & 7);
      expect(marks.has(other, NOW)).toBe(false);
    }
    expect(marks.add(id, NOW, NOW)).toBe(false);
    const [[kept, until] = []] = [...marks.entries()];
    expect(kept).toEqual(id);
    expect(until! - NOW - DAY).toBeGreaterThanOrEqual(0);
    expect(until! - NOW - DAY).toBeLessThan(PRECISION);
  });

  test('for all time are kept, and those of the past leave', () => {
    const marks = new EndedMarks(16);
    const [forever, past] = [randomBytes(16), randomBytes(16)];
    marks.add(forever, 8.64e15, NOW);
    marks.add(past, 0, NOW);
    expect([marks.has(forever, NOW + 100 * 365 * DAY), marks.has(past, NOW)]).toEqual([true, false]);
  });

  test('take 12 MB at most for 100,000 of them', () => {
    const [, held] = heldBy(100_000);
    expect(held).toBeLessThan(12e6);
  });
});

/** Returns a table and the bytes that it holds. */
function heldBy(count: number): [EndedMarks, number] {
  const bytes = (): number => {
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = bytes();
  const marks = new EndedMarks(16);
  for (let i = 0; i < count; i++) marks.add(randomBytes(16), NOW + DAY, NOW);
  const held = bytes() - before;
  expect(marks.size).toBe(count);
  return [marks, held];
}
