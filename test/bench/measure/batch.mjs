import { collectGarbage } from './garbage.mjs';

/** What the work returns is stored here, so that no compiler can prove it useless. */
export let last;

/**
 * CPU time of the whole process for one piece of work done on each input: its threads included, and the
 * collection of its own
 * garbage, but not of what others dropped before.
 *
 * @param {(input: unknown) => unknown} work may return a promise
 * @param {unknown[]} inputs
 * @returns {Promise<number>} µs for one
 */
export async function cpuOf(work, inputs) {
  const isAsync = (last = work(inputs[0])) instanceof Promise;
  if (isAsync) await last;
  // What survives two collections is old, so that the third one meets only what the work has dropped.
  collectGarbage();
  collectGarbage();
  const before = process.cpuUsage();
  if (isAsync) for (const input of inputs) last = await work(input);
  else for (const input of inputs) last = work(input);
  collectGarbage();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / inputs.length;
}

/**
 * How many repetitions take so long, once the work is compiled.
 *
 * @param {number} milliseconds CPU time
 * @param {(repetitions: number) => Promise<number>} measure µs for one of so many
 */
export async function repetitionsFor(milliseconds, measure) {
  let repetitions = 1;
  for (let spent = 0; spent < milliseconds;) {
    repetitions *= 2;
    spent = ((await measure(repetitions)) * repetitions) / 1000;
  }
  return Math.round((repetitions * milliseconds * 1000) / ((await measure(repetitions)) * repetitions)) || 1;
}
