import { afterEach, expect, test } from '@jest/globals';
import { MAX_LAG, SimulatedProcess, type SimulatedSession } from './simulated-process.js';
import { seeded, SimulatedStore, Timeline } from './simulated-store.js';

const PROCESSES = 3;
const SUBJECTS = ['ada', 'grace'];
const STEPS = 150;

interface Tracked {
  readonly session: SimulatedSession;
  /** When an end of it resolved. `Infinity`: none did. */
  endedAt: number;
  /** Whether anybody asked for its end, also in vain. */
  isAsked: boolean;
}

let running: SimulatedProcess[] = [];

afterEach(() => {
  for (const { follower } of running.splice(0)) follower.stop();
});

/** Three processes over one store. Everything goes wrong at random, and after each step all answer for all logins. */
async function play(
  seed: number,
): Promise<{ late: number; lost: number; out: number; refused: number; in: number }> {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const losesFacts = seed % 2 === 1;
  const timeline = new Timeline();
  const store = new SimulatedStore(timeline);
  const slowness = pick([5, 50, 400, 3000]);
  store.delay = () => Math.floor(random() ** 3 * slowness);
  store.losesAnswer = () => random() < 0.05;
  const start = (): SimulatedProcess => new SimulatedProcess(timeline, store, { random });
  const processes = (running = Array.from({ length: PROCESSES }, start));
  const count = { late: 0, lost: 0, out: 0, refused: 0, in: 0 };
  const tracked: Tracked[] = [];

  // Until when a login may begin in a process that has not heard yet of the end of all of them.
  const unheardUntil = new Map<string, number>();
  const disturb = (subject: string, end: Promise<void>): void => {
    unheardUntil.set(subject, Infinity);
    const settle = (): void => void unheardUntil.set(subject, timeline.time + slowness + MAX_LAG);
    end.then(settle, settle);
  };
  const askFor = (asked: readonly Tracked[], end: Promise<void>): void => {
    for (const each of asked) each.isAsked = true;
    const settle = (): void => {
      for (const each of asked) each.endedAt = Math.min(each.endedAt, timeline.time);
    };
    end.then(settle, () => undefined);
  };
  const actions: (() => void)[] = [
    () => {
      const process = pick(processes);
      // A process that does not know who is logged in seals nothing either.
      if (!process.revocations.isUpToDate) return;
      const subject = pick(SUBJECTS);
      const isUnheard = losesFacts
        ? unheardUntil.has(subject)
        : timeline.time < (unheardUntil.get(subject) ?? 0);
      tracked.push({ session: process.login(subject), endedAt: Infinity, isAsked: isUnheard });
    },
    () => {
      if (tracked.length === 0) return;
      const one = pick(tracked);
      askFor([one], pick(processes).logins.end(one.session));
    },
    () => {
      const subject = pick(SUBJECTS);
      const end = pick(processes).logins.endAll(subject);
      disturb(subject, end);
      askFor(
        tracked.filter(({ session }) => session.held!.subject === subject),
        end,
      );
    },
    () => void (store.state = pick(['up', 'up', 'up', 'dead', 'hung'] as const)),
    () => void (pick(processes).clocks.skew = Math.floor((random() - 0.5) * 120_000)),
    () => {
      if (random() < 0.2) store.lose(random() < 0.5 ? undefined : 1);
    },
    () => {
      if (random() > 0.3) return;
      const i = Math.floor(random() * PROCESSES);
      processes[i]!.follower.stop();
      processes[i] = start();
    },
  ];
  const weights = [0, 0, 0, 0, 1, 1, 2, 3, 3, 4, ...(losesFacts ? [5] : [6])];

  const look = (countsLate: boolean): void => {
    for (const { session, endedAt, isAsked } of tracked) {
      for (const process of processes) {
        const answer = process.answer(session);
        if (answer === 'in') count.in++;
        if (answer === 'out') count.out++;
        if (answer === 503) count.refused++;
        if (countsLate && answer === 'in' && timeline.time > endedAt + MAX_LAG) count.late++;
        if (answer === 'out' && !isAsked) count.lost++;
      }
    }
  };
  for (let step = 0; step < STEPS; step++) {
    actions[pick(weights)]!();
    await timeline.pass(Math.floor(random() ** 2 * 1500));
    // What a store has lost is unknown to some until it has been put back.
    look(!losesFacts);
  }
  store.state = 'up';
  store.losesAnswer = () => false;
  await timeline.pass(2 * MAX_LAG + 2000 + 20 * slowness);
  look(true);
  for (const { follower } of processes) follower.stop();
  return count;
}

test('nobody is let in later than maxLag after an end, and nobody is put out whom no one ended', async () => {
  const sum = { late: 0, lost: 0, out: 0, refused: 0, in: 0 };
  for (let seed = 1; seed <= 60; seed++) {
    const count = await play(seed);
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += count[key];
    expect({ seed, late: count.late, lost: count.lost }).toEqual({ seed, late: 0, lost: 0 });
  }
  // Otherwise the model says nothing.
  expect(Math.min(sum.in, sum.out, sum.refused)).toBeGreaterThan(10_000);
});
