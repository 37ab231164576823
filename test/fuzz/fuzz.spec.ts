import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { mutate } from './mutations.js';
import { Random } from './random.js';
import { replay, seedsOf, wordsOf } from './fuzzer.js';
import { TARGETS } from './targets/index.js';

const CORPUS = join(import.meta.dirname, 'corpus');
const MUTATIONS = 300;

describe.each(TARGETS)('$name', (target) => {
  test('nothing of its corpus is a finding', async () => {
    expect(await replay(target, CORPUS)).toBeGreaterThan(target.seeds.length);
  });

  test('nothing is that is made of its seeds', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = new Random(seed);
    const [seeds, words] = [seedsOf(target), wordsOf(target)];
    const findings: unknown[] = [];
    for (let i = 0; i < MUTATIONS; i++) {
      const bytes = mutate(random.pick(seeds), seeds, words, random);
      try {
        await target.try(bytes);
      } catch (error) {
        findings.push([seed, bytes.toString('latin1'), error]);
      }
    }
    expect(findings).toEqual([]);
  });
});
