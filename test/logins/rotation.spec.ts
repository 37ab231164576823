import { expect, test } from '@jest/globals';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import type { SecretList } from '../../lib/sealing/secret-entry.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { MAX_LAG, SimulatedProcess } from './simulated-process.js';
import { SimulatedStore, Timeline } from './simulated-store.js';

const READER: SecretList = [SECRET, OTHER_SECRET];
const WRITER: SecretList = [OTHER_SECRET, SECRET];

/** One process ends all logins, and another one, which has not heard of it, seals one of them with the new secret. */
async function answerAfter(ending: SecretList, sealing: SecretList, pause: number): Promise<unknown> {
  const timeline = new Timeline();
  const store = new SimulatedStore(timeline);
  const processOf = (secrets: SecretList): SimulatedProcess =>
    new SimulatedProcess(timeline, store, { holders: [new KeyRing(secrets, 'secret')] });
  const [first, second] = [processOf(ending), processOf(sealing)];
  await timeline.pass(1_000);
  const ada = first.login();
  await timeline.until(first.logins.endAll('ada'));
  await timeline.pass(pause);
  if (second.answer(ada) !== 'in') return second.answer(ada);
  const generation = second.revocations.generationAfter(ada.held!, second.hashes.sealing('ada'));
  ada.held = { ...ada.held!, generation };
  await timeline.pass(4 * MAX_LAG);
  return second.answer(ada);
}

test('endAll() of a process that knows the new secret ends also what is sealed with it later', async () => {
  expect(await answerAfter(READER, WRITER, 0)).toBe('out');
});

test('endAll() of a process without the new secret needs maxLag before another one seals with it', async () => {
  expect(await answerAfter([SECRET], WRITER, MAX_LAG)).toBe('out');
  // So the documentation says to wait.
  expect(await answerAfter([SECRET], WRITER, 0)).toBe('in');
});
