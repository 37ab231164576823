import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { application, type ApplicationPlan, type HostName, movingApplication } from './application.js';
import { sized } from '../support/size.js';
import { lateProgram, program, type Step } from './visits.js';
import { World } from './world.js';

const RUNS = Number(process.env['INVARIANT_RUNS'] ?? sized(250, 10_000));
/** Continuous integration repeats these courses, so that a change is judged by what it changes. */
const REPEATED_SEED = 449_882_021;
const IS_REPEATED = process.env['CI'] !== undefined;
const SEED = Number(process.env['INVARIANT_SEED'] ?? (IS_REPEATED ? REPEATED_SEED : Date.now() % 2 ** 31));

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

type Course = readonly [ApplicationPlan, readonly Step[]];
type Details = fc.RunDetails<[Course]>;

async function play([plan, steps]: Course): Promise<void> {
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
  const [[{ host, sessions }, steps]] = counterexample;
  return [
    (errorInstance as Error).message,
    `in run ${numRuns}, shrunk ${numShrinks} times to ${steps.length} steps on host ${host}:`,
    ...[...sessions, ...steps].map((each) => JSON.stringify(each)),
  ].join('\n');
}

/** Every fourth course is one in which a browser soon has several cookies of one name. */
function courses(...hosts: HostName[]): fc.Arbitrary<Course> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.tuple(application(...hosts), program) },
    { weight: 1, arbitrary: fc.tuple(movingApplication(...hosts), lateProgram) },
  );
}

async function breaches(runs: number, ...hosts: HostName[]): Promise<string> {
  const details = await fc.check(fc.asyncProperty(courses(...hosts), play), { seed: SEED, numRuns: runs });
  process.stdout.write(
    `invariants: ${details.numRuns} runs on ${hosts.join(', ')}, INVARIANT_SEED=${SEED}\n`,
  );
  return report(details);
}

describe('no application breaks a promise to its visitors', () => {
  test(`in ${RUNS} courses of events`, async () => {
    expect(await breaches(RUNS, 'memory')).toBe('');
  }, 1_800_000);

  // A release of Nest starts in the time of a hundred visits.
  const served = Math.ceil(RUNS / 50);

  test(`in ${served} courses over HTTP, on all platforms`, async () => {
    expect(await breaches(served, 'http', 'express', 'fastify')).toBe('');
  }, 1_800_000);
});
