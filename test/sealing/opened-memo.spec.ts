import { expect, test } from '@jest/globals';
import { findCookies } from '../../lib/http/cookie-header.js';
import { CookieNames } from '../../lib/http/cookie-names.js';
import { createSealer } from '../../lib/sealing/create-sealer.js';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import { collectGarbage } from '../support/garbage.js';
import { SECRET } from '../support/secrets.js';

const VISITORS = 400;
const KB = 1024;

/** Returns the bytes of memory that are held after many visitors with headers of 16 KB. */
function heldAfterVisits(memo: number): number {
  const format = createSealer(
    new KeyRing(SECRET, 'secret'),
    { purpose: 'session', cookieName: 'session' },
    { memo },
  );
  const now = Date.now();
  const record = {
    createdAt: now,
    startedAt: now,
    expiresAt: now + 1_000_000,
    ownDuration: false,
    renewed: false,
  };
  const visit = (visitor: number): void => {
    const sealed = format.seal({ ...record, json: JSON.stringify({ visitor }) });
    // Like a real header: one string, and the cookie is a small part of it.
    const header = Buffer.from(
      `foreign=${String(visitor)
        .repeat(16 * KB)
        .slice(0, 16 * KB)}; session=${sealed}`,
    ).toString('latin1');
    const [text] = findCookies(header, new CookieNames(['session'])).get('session')!;
    expect(format.unseal(text!).ok).toBe(true);
    expect(format.unseal(text!).ok).toBe(true);
  };
  visit(0);
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  for (let visitor = 1; visitor <= VISITORS; visitor++) visit(visitor);
  collectGarbage();
  const held = process.memoryUsage().heapUsed - before;
  // One more use, so that the sealer is not collected before this line.
  expect(format.seal({ ...record, json: '{}' })).toHaveLength(79);
  return held;
}

test('what is remembered of a cookie keeps nothing of the header that it came in', () => {
  expect(heldAfterVisits(VISITORS + 1)).toBeLessThan((VISITORS * 16 * KB) / 4);
});
