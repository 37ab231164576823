import { describe, expect, test } from '@jest/globals';
import { NoSealingKeyError } from '../../lib/errors/no-sealing-key.error.js';
import { KeyRing, type RingHolder } from '../../lib/sealing/key-ring.js';
import { SubjectHashes, type SubjectScope } from '../../lib/sealing/subject-hash.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { Clock, HOUR } from '../support/session.js';

const ring = (...secrets: ConstructorParameters<typeof KeyRing>[0][]): KeyRing =>
  new KeyRing(secrets as never, 'secret', 0, false);
const { now } = new Clock();

const scopeOf = (holder: RingHolder, purpose = 'session'): SubjectScope => ({ secrets: holder, purpose });
/** The hashes of applications with one session that can be a login. */
const hashesOf = (...scope: Parameters<typeof scopeOf>): SubjectHashes =>
  new SubjectHashes([scopeOf(...scope)], now);

describe('the hash of a subject', () => {
  test('is the same on every server, and another one for each secret, purpose and subject', () => {
    const hashes = [
      hashesOf(ring(SECRET)).sealing('ada'),
      hashesOf(ring(SECRET)).sealing('ada'),
      hashesOf(ring(OTHER_SECRET)).sealing('ada'),
      hashesOf(ring(SECRET), 'staging').sealing('ada'),
      hashesOf(ring(SECRET)).sealing('ada '),
    ].map((hash) => hash.toString('hex'));
    expect(hashes[0]).toMatch(/^[\da-f]{32}$/);
    expect(hashes[1]).toBe(hashes[0]);
    expect(new Set(hashes).size).toBe(4);
  });

  test('is found under every key that may open, of all sessions, each once', () => {
    const first = ring(OTHER_SECRET, SECRET);
    const hashes = new SubjectHashes([scopeOf(first), scopeOf(ring(SECRET))], now);
    expect(hashes.all('ada')).toHaveLength(2);
    expect(hashes.all('ada')[0]).toEqual(hashes.sealing('ada'));
    expect(hashes.all('ada')[1]).toEqual(hashes.sealing('ada', scopeOf(ring(SECRET))));
  });

  test('is found under the secrets and the purpose of every session, in whatever order they stand', () => {
    const [shop, staff] = [scopeOf(ring(SECRET), 'shop'), scopeOf(ring(OTHER_SECRET), 'staff')];
    const hashes = new SubjectHashes([shop, staff], now);
    const texts = (of: SubjectHashes): string[] => of.all('ada').map((hash) => hash.toString('hex'));
    const sealed = [shop, staff].map((scope) => hashes.sealing('ada', scope).toString('hex'));
    expect(texts(hashes)).toEqual(sealed);
    expect(texts(new SubjectHashes([staff, shop, staff], now))).toEqual(sealed.toReversed());
  });

  test('follows the times of keys, revocations, and rings that are replaced at run time', () => {
    const clock = new Clock();
    const holder = {
      ring: ring(
        { secret: OTHER_SECRET, notBefore: clock.time + HOUR },
        { secret: SECRET, expires: clock.time + 2 * HOUR },
      ),
    };
    const hashes = new SubjectHashes([scopeOf(holder)], clock.now);
    const [young, old] = hashes.all('ada');
    expect(hashes.sealing('ada')).toEqual(old);
    clock.pass(HOUR);
    expect(hashes.sealing('ada')).toEqual(young);
    clock.pass(HOUR);
    expect(hashes.all('ada')).toEqual([young]);
    holder.ring = ring({ secret: OTHER_SECRET, revoked: true }, SECRET);
    expect(hashes.all('ada')).toEqual([old]);
    holder.ring = ring({ secret: OTHER_SECRET, revoked: true });
    expect(hashes.all('ada')).toEqual([]);
    expect(() => hashes.sealing('ada')).toThrow(NoSealingKeyError);
  });
});
