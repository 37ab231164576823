import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pathOf } from '../support/programs.js';
import { SIZE } from './sizes.js';
import { soak } from './soak.js';

const LONGEST = 24 * 60;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    minutes: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
const minutes = Number(values.minutes);
if (!Number.isSafeInteger(seed))
  refuse('--seed must be a whole number. Give the one that a run has printed.');
if (!(minutes > 0 && minutes <= LONGEST))
  refuse(`--minutes must be a number up to ${LONGEST}. Give 3, or leave it out.`);
if (pathOf('redis-server') === undefined)
  refuse('redis-server must be on the PATH. Install it: apt-get install redis-server');

const start = performance.now();
const say = (line: string): void =>
  console.log(`${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s  ${line}`);
console.log(`seed ${seed}`);
/** Each release of the application runs another build of the library. */
const programOf = (build: string): string =>
  join(import.meta.dirname, `../../../${build}/test/soak/worker/main.js`);
const programs = { 1: programOf('esm'), 2: programOf('cjs') };
const leaving = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => leaving.abort());
const { signal } = leaving;
const { only } = values;
const { record, report } = await soak(
  programs,
  { ...SIZE, seed, duration: minutes * 60_000, only, signal },
  say,
);
console.log(report);
process.exit(record.failed > 0 ? 1 : 0);

function refuse(message: string): never {
  console.error(message);
  process.exit(1);
}
