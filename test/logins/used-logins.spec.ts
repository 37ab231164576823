import { expect, test } from '@jest/globals';
import { UsedLogins } from '../../lib/logins/used-logins.js';
import { MINUTE } from '../support/session.js';
import { SimulatedClocks, Timeline } from './simulated-store.js';

test('logins in use are remembered for five minutes, and only so many', () => {
  const timeline = new Timeline();
  const used = new UsedLogins(new SimulatedClocks(timeline));
  const ids = Array.from({ length: 100_001 }, (_, i) => Buffer.from(String(i).padStart(16)));
  expect(ids.filter((id) => used.note(id))).toHaveLength(100_000);
  expect(ids.filter((id) => used.note(id))).toHaveLength(0);
  timeline.time += 5 * MINUTE;
  expect([used.note(ids[100_000]!), used.size]).toEqual([true, 1]);
});
