import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { LoginListeners } from '../../lib/logins/login-listeners.js';

test('connections that come and go leave nothing behind', () => {
  const listeners = new LoginListeners();
  const generation = randomBytes(8);
  const logins = Array.from({ length: 1000 }, () => ({ id: randomBytes(16), generation }));
  const removals = logins.map((login) => listeners.add(login, () => undefined));
  expect(listeners.size).toBe(1001);
  for (const remove of removals.slice(500)) for (let i = 0; i < 2; i++) remove();
  expect(listeners.size).toBe(501);
  listeners.ended(logins[0]!.id);
  expect(listeners.size).toBe(500);
  listeners.ended(generation);
  expect(listeners.size).toBe(0);
});
