import { expect, test } from '@jest/globals';
import { type KeyTimes, periodsOf } from '../../lib/sealing/sealing-plan.js';

const key = (id: string, rules: Partial<KeyTimes>): KeyTimes => ({
  id,
  notBefore: -Infinity,
  expires: Infinity,
  isRevoked: false,
  ...rules,
});

test('each period has the first key that may seal in it', () => {
  const later = key('later', { notBefore: 200 });
  const first = key('first', { expires: 100 });
  expect(periodsOf([later, first])).toEqual([
    { from: -Infinity, until: 100, sealing: first },
    { from: 100, until: 200, sealing: undefined },
    { from: 200, until: Infinity, sealing: later },
  ]);
});

test('a revoked key neither seals in a period nor begins one', () => {
  const sealing = key('sealing', {});
  const revoked = key('revoked', { notBefore: 100, expires: 200, isRevoked: true });
  expect(periodsOf([revoked, sealing])).toEqual([{ from: -Infinity, until: Infinity, sealing }]);
});
