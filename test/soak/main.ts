import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pathOf } from '../support/programs.js';
import { FULL, SMALL } from './sizes.js';
import { soak } from './soak.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    small: { type: 'boolean' },
    only: { type: 'string' },
    rounds: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
if (!Number.isSafeInteger(seed)) {
  console.error('--seed must be a whole number. Give the one that a run has printed.');
  process.exit(1);
}
if (pathOf('redis-server') === undefined) {
  console.error('redis-server is not on the PATH. Install it: apt-get install redis-server');
  process.exit(1);
}
const start = performance.now();
const say = (line: string): void =>
  console.log(`${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s  ${line}`);
console.log(`seed ${seed}`);
const program = join(import.meta.dirname, 'worker/main.js');
const size = values.small ? SMALL : FULL;
const faults = { ...size.faults, only: values.only, rounds: Number(values.rounds ?? size.faults.rounds) };
const { record, report } = await soak(program, { ...size, faults, seed }, say);
console.log(report);
process.exit(record.violationCount > 0 ? 1 : 0);
