import { expect, test } from '@jest/globals';
import { createSessionId } from '../../lib/sealing/session-id.js';

test('an id is 16 bytes of its own, which the next ids do not change', () => {
  const ids = Array.from({ length: 300 }, () => createSessionId());
  expect(ids.every((id) => id.length === 16)).toBe(true);
  expect(new Set(ids.map((id) => id.toString('hex'))).size).toBe(300);
});
