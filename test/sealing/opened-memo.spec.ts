import { expect, test } from '@jest/globals';
import { findCookies } from '../../lib/http/cookie-header.js';
import { CookieNames } from '../../lib/http/cookie-names.js';
import { createSealer } from '../../lib/sealing/create-sealer.js';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import { OpenedMemo } from '../../lib/sealing/opened-memo.js';
import { collectGarbage } from '../support/garbage.js';
import { SECRET } from '../support/secrets.js';

const VISITORS = 400;
const KB = 1024;
const RECORD = { createdAt: 0, startedAt: 0, expiresAt: 1, ownDuration: false, renewed: false, json: '{}' };

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

test('a text is known by all of its characters, and not by its end alone', () => {
  const memo = new OpenedMemo<string>(2);
  const text = 'x'.repeat(100);
  const opened = { by: 'a key', record: RECORD };
  memo.set(text, opened);
  expect(memo.get(text)).toMatchObject(opened);
  expect(memo.get(`y${text.slice(1)}`)).toBeUndefined();
  expect(memo.get(text.slice(1))).toBeUndefined();
});

test('a memo for no cookies remembers none, not even the last one', () => {
  const memo = new OpenedMemo<string>(0);
  memo.set('text', { by: 'a key', record: RECORD });
  expect(memo.get('text')).toBeUndefined();
});

test('what was forgotten at once makes room again', () => {
  const memo = new OpenedMemo<string>(2);
  const known = (): string[] => ['a', 'b', 'c', 'd'].filter((text) => memo.get(text));
  for (const text of ['a', 'b', 'c']) memo.set(text, { by: 'a key', record: RECORD });
  expect(known()).toEqual(['b', 'c']);
  memo.clear();
  expect(known()).toEqual([]);
  for (const text of ['b', 'd', 'a']) memo.set(text, { by: 'a key', record: RECORD });
  expect(known()).toEqual(['a', 'd']);
});
