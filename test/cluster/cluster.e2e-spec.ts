import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { CompiledProgram } from '../support/compiled-program.js';
import { sized } from '../support/size.js';
import { Cluster, type Deployment, type Replacement } from './cluster.js';
import { Crowd, type CrowdSize, type Figures } from './crowd.js';
import { startLocally, type StartWorker } from './local-worker.js';
import type { Host } from './worker/settings.js';
import { WorkerProcess } from './worker-process.js';

const SIZE = sized<CrowdSize>(
  { visitors: 40, requests: 1_200, lanes: 2 },
  { visitors: 120, requests: 5_000, lanes: 4 },
);
const CROWD = `${SIZE.visitors} visitors, ${SIZE.requests.toLocaleString('en')} requests or more`;

/** They share their cookies, whatever serves them. */
const MIXED: readonly Host[] = ['nest-express', 'nest-fastify', 'connect', 'connect'];
const OURS: readonly Host[] = ['connect', 'connect', 'connect', 'connect'];
const ANCESTORS: readonly Host[] = ['ancestor', 'ancestor', 'ancestor', 'ancestor'];

const NOBODY = { lost: 0, verdicts: expect.objectContaining({ lost: 0, wrong: 0, miscounted: 0 }) as object };

let cluster: Cluster | undefined;
afterEach(() => cluster?.stop());

interface Step extends Deployment {
  /** The step is for the time when every visitor has come since the last one. */
  readonly isForLater?: boolean;
  /** From here on the visitors look only, and change nothing. */
  readonly isForLooking?: boolean;
}

/** Serves a crowd while one deployment after the other is rolled out, worker by worker. */
async function deploy(
  scenario: string,
  [first, ...next]: readonly [Step, ...Step[]],
  replacement: Replacement = 'gracefully',
  startWorker: StartWorker = startLocally,
): Promise<Figures> {
  cluster = new Cluster(startWorker);
  await cluster.start(first);
  const crowd = new Crowd(cluster.port, SIZE);
  const steps = 1 + next.length * first.hosts.length;
  const pause = (): Promise<void> => crowd.requests(Math.ceil(SIZE.requests / steps));
  let figures: Figures;
  try {
    await pause();
    for (const step of next) {
      if (step.isForLater) await crowd.everybody();
      crowd.isOnlyLooking = step.isForLooking ?? false;
      await cluster.roll(step, replacement, pause);
    }
  } finally {
    figures = await crowd.leave();
  }
  if (sized(false, true)) process.stdout.write(`${scenario}: ${summaryOf(figures)}\n`);
  expect(figures.visitors).toBe(SIZE.visitors);
  expect(figures.requests).toBeGreaterThanOrEqual(SIZE.requests);
  return figures;
}

function summaryOf({ visitors, requests, lost, verdicts }: Figures): string {
  return (
    `${visitors} visitors, ${requests} requests, ${lost} visitors lost (${verdicts.lost} times), ` +
    `${verdicts.wrong} wrong, ${verdicts.miscounted} miscounted, ${verdicts['cut off']} cut off`
  );
}

describe(`a secret is rotated in four workers (${CROWD})`, () => {
  const before = randomBytes(32).toString('base64url');
  const after = randomBytes(32).toString('base64url');
  const sealing = (...secret: string[]): Step => ({
    hosts: MIXED,
    options: { cookieName: 'session', secret },
  });

  const readersFirst: readonly [Step, ...Step[]] = [
    sealing(before),
    sealing(before, after),
    sealing(after, before),
    { ...sealing(after), isForLater: true },
  ];

  test('readers first, gracefully: nobody is lost, nobody is another', async () => {
    const figures = await deploy('rotation, readers first, gracefully', readersFirst);
    expect(figures).toMatchObject(NOBODY);
  });

  test('readers first, cut off: nobody is lost, nobody is another, and who was cut off goes on', async () => {
    const figures = await deploy('rotation, readers first, cut off', readersFirst, 'with SIGKILL');
    expect(figures).toMatchObject(NOBODY);
    expect(figures.verdicts['cut off']).toBeGreaterThan(0);
  });

  // Processes take long to start. In CI, `npm run soak` has them killed for minutes.
  const describeProcesses = sized(false, true) ? describe : describe.skip;
  describeProcesses('and they are processes', () => {
    let program: CompiledProgram;
    beforeAll(async () => {
      program = await CompiledProgram.compile('test/cluster/worker/main.ts');
    });
    afterAll(() => program.remove());

    test('readers first, with SIGKILL: nobody is lost, nobody is another, and who was cut off goes on', async () => {
      const start: StartWorker = (settings) => WorkerProcess.start(program.path, settings);
      const figures = await deploy('rotation, SIGKILL', readersFirst, 'with SIGKILL', start);
      expect(figures).toMatchObject(NOBODY);
      expect(figures.verdicts['cut off']).toBeGreaterThan(0);
    });
  });

  test('writers first: more than half of the visitors are lost', async () => {
    const writersFirst: readonly [Step, ...Step[]] = [sealing(before), sealing(after, before)];
    const figures = await deploy('rotation, writers first', writersFirst);
    expect(figures.lost).toBeGreaterThan(SIZE.visitors / 2);
    expect(figures.verdicts.wrong).toBe(0);
  });
});

describe(`four workers move from client-sessions 0.8.0 (${CROWD})`, () => {
  const oldSecret = randomBytes(24).toString('base64url');
  const secret = randomBytes(32).toString('base64url');
  const acceptUntil = new Date(Date.now() + 86_400_000);
  const ours = (legacy?: object): Step => ({
    hosts: OURS,
    options: { cookieName: 'session', secret, activeDuration: '5 minutes', legacy },
  });

  const old: Step = { hosts: ANCESTORS, options: { cookieName: 'session', secret: oldSecret } };
  const first = ours({ secret: oldSecret, acceptUntil, write: true });
  const second = ours({ secret: oldSecret, acceptUntil });
  const third: Step = { ...ours(), isForLater: true };

  test.each<[how: string, Replacement]>([
    ['gracefully', 'gracefully'],
    ['cut off', 'with SIGKILL'],
  ])('in three deployments, %s: nobody is lost, nobody is another', async (_how, replacement) => {
    const steps: readonly [Step, ...Step[]] = [old, first, second, third];
    const figures = await deploy(`move, in order, ${replacement}`, steps, replacement);
    expect(figures).toMatchObject(NOBODY);
  });

  const back: Step = { ...old, isForLater: true };
  const waysBack: readonly (readonly [way: string, ...steps: readonly [Step, ...Step[]]])[] = [
    ['from the first deployment to the old application', old, first, old],
    ['from the second deployment to the first', first, second, first, second],
    [
      'from the second by way of the first, where visitors only look, to the old application',
      old,
      first,
      second,
      { ...first, isForLooking: true },
      { ...back, isForLooking: true },
    ],
  ];
  test.each(waysBack)('with a way back %s: nobody is lost', async (way, ...steps) => {
    const figures = await deploy(`move, ${way}`, steps);
    expect(figures).toMatchObject(NOBODY);
  });

  test('with a way back from the second deployment straight to the old application: visitors are lost', async () => {
    const figures = await deploy('move, second deployment and old application', [first, second, back]);
    expect(figures.lost).toBeGreaterThan(0);
    expect(figures.verdicts.wrong).toBe(0);
  });

  test('with the second deployment before the first: visitors are lost', async () => {
    const figures = await deploy('move, second deployment first', [old, second]);
    expect(figures.lost).toBeGreaterThan(0);
    expect(figures.verdicts.wrong).toBe(0);
  });
});
