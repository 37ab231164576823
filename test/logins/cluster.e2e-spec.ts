import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { WorkerProgram } from '../cluster/worker-program.js';
import { SMALL } from '../soak/sizes.js';
import { soak } from '../soak/soak.js';
import { describeWith } from '../support/proxies.js';

const TIMEOUT = 240_000;

/** CI empties the variable where it repeats the tests with other versions. For this one, once is enough. */
const testOnce = process.env['CI'] === '' ? test.skip : test;

describeWith('redis-server')('four processes and one Redis under fire', () => {
  let program: WorkerProgram;
  beforeAll(async () => {
    const project = join(import.meta.dirname, '../soak/tsconfig.json');
    program = await WorkerProgram.compile(project, 'test/soak/worker/main.js');
  }, TIMEOUT);
  afterAll(() => program.remove());

  testOnce(
    'admit nobody later than maxLag after an end, lose nobody whom no one ended, and recover by themselves',
    async () => {
      const seed = Math.floor(Math.random() * 1e9);
      const { record, report } = await soak(program.path, { ...SMALL, seed });
      expect(record.violationCount === 0 ? '' : report).toBe('');
      expect(record.counts.requests).toBeGreaterThanOrEqual(SMALL.requests);
      // Otherwise the rest says nothing.
      const { counts } = record;
      const seen = [
        counts['refused copies'],
        counts['answers that prove that nobody was lost'],
        counts['503s'],
      ];
      expect(Math.min(...seen)).toBeGreaterThan(100);
    },
    TIMEOUT,
  );
});
