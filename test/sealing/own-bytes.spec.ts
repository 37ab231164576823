import { createSecretKey } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createSealer } from '../../lib/sealing/create-sealer.js';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import { ownBytes } from '../../lib/sealing/own-bytes.js';
import { secretBytes } from '../../lib/sealing/secret.js';
import { collectGarbage } from '../support/garbage.js';
import { SECRET } from '../support/secrets.js';

describe('own bytes', () => {
  test('join their parts', () => {
    expect(ownBytes(Buffer.of(1, 2), new Uint8Array([3]))).toEqual(Buffer.of(1, 2, 3));
  });

  test('are alone in their memory, and change with nothing else', () => {
    const given = Buffer.from('given');
    const own = ownBytes(given);
    given.fill(0);
    expect(own.toString()).toBe('given');
    expect(own.buffer.byteLength).toBe(5);
  });

  test('of memory that was given away are none', () => {
    const given = new Uint8Array(8);
    structuredClone(given, { transfer: [given.buffer] });
    expect(ownBytes(given)).toHaveLength(0);
  });

  test.each([
    ['text', SECRET],
    ['text beyond ASCII', `grün-${SECRET}`],
    ['bytes', Buffer.from(SECRET)],
    ['a key', createSecretKey(Buffer.from(SECRET))],
  ])('a secret is not kept in memory that other code shares: %s', (_, secret) => {
    const bytes = secretBytes(secret, 'secret');
    expect(bytes.buffer.byteLength).toBe(bytes.length);
    const text = typeof secret === 'string' ? secret : SECRET;
    expect(bytes.toString('utf8')).toBe(text);
  });

  // Buffers that are cut from blocks took 4 KB here.
  test('the keys of a scope keep less than 2 KB of memory outside the heap', () => {
    const COUNT = 400;
    const settings = { now: () => Date.now(), memo: 0 };
    const times = { createdAt: 0, startedAt: 0, expiresAt: 1, ownDuration: false, renewed: false };
    const held = (): number => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    const before = held();
    const sealers = Array.from({ length: COUNT }, (_, i) => {
      const sealer = createSealer(
        new KeyRing(SECRET, 'secret'),
        { purpose: 'session', cookieName: `c${i}` },
        settings,
      );
      sealer.seal({ ...times, json: '{}' });
      // The rest of a block is what other code asks for.
      Buffer.allocUnsafe(3_000).fill(0);
      return sealer;
    });
    expect((held() - before) / sealers.length).toBeLessThan(2_048);
  });
});
