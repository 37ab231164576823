import { randomBytes } from 'node:crypto';
import { describe, expect, jest, test } from '@jest/globals';
import { MARGIN } from '../../lib/logins/ended-marks.js';
import { Generations, refusedUntil } from '../../lib/logins/generations.js';
import { decodeFact, type EndedGeneration, encodeFact } from '../../lib/logins/login-fact.js';
import { firstGeneration, nextGeneration } from '../../lib/sealing/login.js';
import { collectGarbage } from '../support/garbage.js';
import { DAY, HOUR, MINUTE } from '../support/session.js';
import { sized } from '../support/size.js';
import { seeded } from './simulated-store.js';

const NOW = Date.UTC(2025, 5, 15, 12);
const HASH = randomBytes(16);

describe('the generations of a subject', () => {
  test('begin with the hash, and each end brings the next one, the same for everybody', () => {
    const generations = new Generations();
    expect(generations.current(HASH, NOW)).toEqual(HASH.subarray(0, 8));
    let expected = firstGeneration(HASH);
    for (let i = 0; i < 50; i++) {
      for (const fact of endsOf(generations, NOW + i)) generations.apply(fact, NOW + i);
      expected = nextGeneration(expected);
      expect(generations.current(HASH, NOW + i)).toEqual(expected);
    }
    expect(generations.current(randomBytes(16), NOW)).not.toEqual(expected);
  });

  test('do not depend on the order of facts, nor on how often they arrive', () => {
    const first = new Generations();
    const facts: EndedGeneration[] = [];
    for (let i = 0; i < 20; i++) {
      for (const fact of endsOf(first, NOW + i * HOUR)) {
        facts.push(fact);
        first.apply(fact, NOW + i * HOUR);
      }
    }
    const random = seeded(1);
    const now = NOW + 20 * HOUR;
    for (let round = 0; round < 50; round++) {
      const second = new Generations();
      const shuffled = [...facts, ...facts].map((fact) => [random(), fact] as const);
      for (const [, fact] of shuffled.sort(([a], [b]) => a - b)) second.apply(fact, now);
      expect(second.current(HASH, now)).toEqual(first.current(HASH, now));
      expect(second.size).toBe(first.size);
    }
  });

  test('say which of two calls at the same time was the first', () => {
    const generations = new Generations();
    const [mine, theirs] = [randomBytes(16), randomBytes(16)];
    const facts = [theirs, mine].map((call) => generations.endsOf(HASH, NOW, DAY, call)[0]!);
    expect(facts.map((fact) => generations.apply(fact, NOW))).toEqual([true, false]);
    const { generation } = facts[0]!;
    expect([mine, theirs].map((call) => generations.isEndedBy(call, generation))).toEqual([false, true]);
  });

  test('are forgotten some time after, so that there are not more and more', () => {
    const generations = new Generations();
    for (let i = 0; i < 5000; i++) {
      const now = NOW + i * HOUR;
      for (const fact of endsOf(generations, now, randomBytes(16))) generations.apply(fact, now);
      generations.sweep(now, 8);
    }
    expect(generations.size).toBeLessThan(200);
    expect([...generations.facts()]).toHaveLength(generations.size);
  });

  // Years of one subject. Whoever logged in before an end is refused for as long as the cookie lives, and nobody else.
  test.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'over years: all that began before an end are refused, and nobody else (%d)',
    (seed) => {
      const random = seeded(seed + 1);
      const pause = [MINUTE, HOUR, DAY / 4, DAY, 3 * DAY][seed % 5]!;
      const generations = new Generations();
      let logins: { generation: Buffer; expires: number; isEnded: boolean }[] = [];
      let now = NOW;
      let [refused, wrong] = [0, 0];
      for (let round = 0; round < 800; round++) {
        now += random() * pause;
        // The configured lifetime changes between releases, and the clocks of processes differ by a minute.
        const lifetime = seed % 2 ? DAY : DAY * (0.2 + random());
        const skewed = now + (random() - 0.5) * 2 * MINUTE;
        if (random() < 0.2) {
          for (const fact of generations.endsOf(HASH, skewed, Math.max(lifetime, DAY * 1.2), randomBytes(16)))
            generations.apply(fact, skewed);
          for (const login of logins) login.isEnded = true;
        }
        generations.sweep(now, 3);
        const ended = new Map<string, number>();
        for (const fact of generations.facts())
          ended.set(fact.generation.toString('latin1'), refusedUntil(fact));
        logins = logins.filter(({ expires }) => expires > now);
        for (let i = 0; i < 8 && logins.length > 0; i++) {
          const { generation, isEnded } = logins[Math.floor(random() * logins.length)]!;
          if (now < (ended.get(generation.toString('latin1')) ?? 0) !== isEnded) wrong++;
          if (isEnded) refused++;
        }
        const generation = generations.current(HASH, skewed);
        logins.push({ generation, expires: now + lifetime, isEnded: false });
      }
      expect(wrong).toBe(0);
      expect(refused).toBeGreaterThan(20);
    },
  );

  // Facts come late, twice, with other times, and expire; clocks differ.
  test.each(Array.from({ length: sized(5, 40) }, (_, seed) => seed))(
    'that were walked before are the same as those of a process that has just started (%d)',
    (seed) => {
      const random = seeded(seed + 100);
      const pause = [MINUTE, 10 * MINUTE, HOUR / 2, HOUR][seed % 4]!;
      const generations = new Generations();
      const later: EndedGeneration[] = [];
      let now = NOW;
      let longest = 0;
      // One `expect` for all rounds: it costs more than everything else here.
      const wrong: number[] = [];
      for (let round = 0; round < 600; round++) {
        now += (random() - 0.1) * pause;
        const lifetime = DAY * (0.1 + 2 * random());
        const call = randomBytes(16);
        if (random() < 0.7) later.push(...generations.endsOf(HASH, now, lifetime, call));
        for (let i = 0; i < 3; i++) {
          const fact = later[Math.floor(random() ** (1 / (i + 1)) * later.length)];
          if (fact) generations.apply(fact, now);
        }
        if (random() < 0.2) later.splice(0, later.length - 40);
        generations.sweep(now, 5);
        const fresh = new Generations();
        for (const fact of generations.facts()) fresh.apply(fact, now);
        const [walked, started] = [generations, fresh].map((each) =>
          JSON.stringify([each.current(HASH, now), each.endsOf(HASH, now, lifetime, call)]),
        );
        if (walked !== started) wrong.push(round);
        longest = Math.max(longest, fresh.size);
      }
      expect(wrong).toEqual([]);
      expect(longest).toBeGreaterThan(20);
    },
  );

  test('are found at once, however often somebody has ended all logins', () => {
    const generations = new Generations();
    const look = jest.spyOn(Map.prototype, 'get');
    for (let i = 0; i < 5_000; i++) {
      for (const fact of endsOf(generations, NOW + i)) generations.apply(fact, NOW + i);
      generations.current(HASH, NOW + i);
    }
    const looks = look.mock.calls.length;
    look.mockRestore();
    expect(generations.size).toBe(5_000);
    expect(looks).toBeLessThan(20 * 5_000);
  });

  test('form no gap where a release with a shorter lifetime has ended some of them', () => {
    const generations = new Generations();
    const end = (now: number, lifetime: number): number => {
      const facts = generations.endsOf(HASH, now, lifetime, randomBytes(16));
      for (const fact of facts) generations.apply(fact, now);
      return facts.length;
    };
    end(NOW, 30 * DAY);
    end(NOW + DAY, HOUR);
    // A process of the release before seals it for 30 days.
    const login = generations.current(HASH, NOW + DAY);
    const now = NOW + 10 * DAY;
    for (let i = 0; i < 10; i++) generations.sweep(now, 10);
    end(now, HOUR);
    const ended = [...generations.facts()].find(({ generation }) => generation.equals(login));
    expect(ended && refusedUntil(ended)).toBeGreaterThan(now + HOUR);
  });

  test('rest for a margin between being refused and being current again', () => {
    const generations = new Generations();
    const [fact] = endsOf(generations, NOW);
    generations.apply(fact!, NOW);
    expect(refusedUntil(fact!)).toBe(NOW + DAY + MARGIN);
    expect(generations.current(HASH, NOW + DAY + 2 * MARGIN - 1)).not.toEqual(fact!.generation);
    expect(generations.current(HASH, NOW + DAY + 2 * MARGIN)).toEqual(fact!.generation);
    // Read once more then, it ends nobody.
    expect(generations.apply(fact!, NOW + DAY + 2 * MARGIN)).toBe(false);
  });

  test('keep no blocks of memory that other code uses, too', () => {
    const COUNT = 2_000;
    const generations = new Generations();
    const held = (): number => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    const before = held();
    for (let i = 0; i < COUNT; i++) {
      const [fact] = endsOf(generations, NOW, randomBytes(16));
      generations.apply(decodeFact(encodeFact(fact!)) as EndedGeneration, NOW);
      Buffer.allocUnsafe(3_000).fill(0);
    }
    expect((held() - before) / COUNT).toBeLessThan(256);
    expect(generations.size).toBe(COUNT);
  });
});

function endsOf(generations: Generations, now: number, hash = HASH): EndedGeneration[] {
  return generations.endsOf(hash, now, DAY, randomBytes(16));
}
