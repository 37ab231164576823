import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { application, type ApplicationPlan } from './application.js';
import { program, type Step } from './visits.js';
import { World } from './world.js';

const RUNS = Number(process.env['INVARIANT_RUNS'] ?? (process.env['CI'] ? 10_000 : 250));
const SEED = Number(process.env['INVARIANT_SEED'] ?? Date.now() % 2 ** 31);

/** Thousands of errors are made to be looked at, and their call stacks are not. */
const { stackTraceLimit } = Error;

let log: (message: unknown) => void = () => undefined;

beforeEach(() => {
  Error.stackTraceLimit = 0;
  for (const level of ['warn', 'error'] as const)
    jest.spyOn(console, level).mockImplementation((line) => log(line));
});
afterEach(() => {
  Error.stackTraceLimit = stackTraceLimit;
  jest.restoreAllMocks();
});

type Details = fc.RunDetails<[ApplicationPlan, readonly Step[]]>;

async function play(plan: ApplicationPlan, steps: readonly Step[]): Promise<void> {
  const world = new World(plan);
  log = world.witness.onLog;
  try {
    await world.open();
    for (const step of steps) await world.take(step);
    await world.checkPrintable();
  } finally {
    await world.close();
  }
}

/** What went wrong, in which application, and after which steps. */
function report({ counterexample, errorInstance, numShrinks, numRuns }: Details): string {
  if (!counterexample) return '';
  const [{ host, sessions }, steps] = counterexample;
  return [
    (errorInstance as Error).message,
    `in run ${numRuns}, shrunk ${numShrinks} times to ${steps.length} steps on host ${host}:`,
    ...[...sessions, ...steps].map((each) => JSON.stringify(each)),
  ].join('\n');
}

test(`no application breaks a promise to its visitors, in ${RUNS} courses of events`, async () => {
  const details = await fc.check(fc.asyncProperty(application, program, play), { seed: SEED, numRuns: RUNS });
  process.stdout.write(`invariants: ${details.numRuns} runs of INVARIANT_SEED=${SEED}\n`);
  expect(report(details)).toBe('');
}, 1_200_000);
