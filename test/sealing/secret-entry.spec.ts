import { describe, expect, test } from '@jest/globals';
import { withdrawalsIn } from '../../lib/sealing/secret-entry.js';
import { SECRET } from '../support/secrets.js';

const fails = (): never => {
  throw new Error('cannot be read');
};

describe('withdrawals in a list that cannot be used', () => {
  test('a mark that cannot be read is none', () => {
    const entry = {
      secret: SECRET,
      get revoked() {
        return fails();
      },
      get expires() {
        return fails();
      },
    };

    expect(withdrawalsIn([entry])).toEqual([
      { bytes: Buffer.from(SECRET), isRevoked: false, expires: Infinity },
    ]);
  });

  test('a list that cannot be read has none', () => {
    expect(withdrawalsIn(new Proxy([], { get: fails }))).toEqual([]);
  });
});
