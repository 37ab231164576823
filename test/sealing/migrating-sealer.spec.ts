import { describe, expect, test } from '@jest/globals';
import ancestor from 'client-sessions';
import { isLegacyText } from '../../lib/sealing/legacy-format.js';
import { type Clock, DAY, HOUR, type Kept, MINUTE, textOf, Workshop } from '../support/session.js';

const OLD_SECRET = 'the-secret-of-client-sessions';
const legacy = { secret: OLD_SECRET, acceptUntil: new Date('2100-01-01') };
const theirs = { cookieName: 'cart', secret: OLD_SECRET };

/** The first and the second deployment, with the same clock. */
function deployments(options: object = {}, clock?: Clock): { first: Workshop; second: Workshop } {
  const second = new Workshop({ legacy, ...options, ...(clock && { clock }) });
  const first = new Workshop({ legacy: { ...legacy, write: true }, ...options, clock: second.clock });
  return { first, second };
}

const decoded = (cookie: string | undefined) => ancestor.util.decode({ ...theirs }, cookie)!;
const look = (): void => undefined;

describe('a cookie of the new format, while the old one is written', () => {
  test('becomes one of the legacy format by a visit that only reads, for legacy servers to go on with', () => {
    const { first, second } = deployments();
    const cookie = second.cookieOf({ user: 42 });
    expect(isLegacyText(cookie)).toBe(false);
    const back = first.visit(cookie, look);
    expect(decoded(back)).toEqual({ content: { user: 42 }, createdAt: first.clock.time, duration: DAY });
    expect(first.events).toEqual([]);
  });

  test('is written back once, and the other way round as well', () => {
    const { first, second } = deployments();
    const back = first.visit(second.cookieOf({ user: 42 }), look)!;
    expect(first.visit(back, look)).toBe(back);
    const read = second.goOn({ content: back });
    expect([read.content, isLegacyText(read.renewal!)]).toEqual([back, false]);
    expect(second.goOn(read)).toBe(read);
    const third = new Workshop({ clock: second.clock });
    expect(third.openKept(read).object).toEqual({ user: 42 });
    expect(first.goOn(read)).toBe(read);
    const changed = second.goOn(read, (state) => (state.object['user'] = 43));
    expect([isLegacyText(changed.content!), changed.renewal]).toEqual([false, undefined]);
  });

  test('stays as it is when "acceptUntil" has passed, because nothing reads the legacy format then', () => {
    const { second } = deployments();
    const cookie = second.cookieOf({ user: 42 });
    const late = new Workshop({
      legacy: { secret: OLD_SECRET, write: true, acceptUntil: second.clock.time + HOUR },
      clock: second.clock,
    });
    second.clock.pass(HOUR);
    expect(late.visit(cookie, look)).toBe(cookie);
  });

  test('keeps the time that setDuration() gave it', () => {
    const { first, second } = deployments();
    const cookie = textOf(
      second.visited((state) => {
        state.object['user'] = 42;
        state.setDuration('30 days');
      }),
    );
    const back = first.visit(cookie, look);
    expect(decoded(back).duration).toBe(30 * DAY);
    const { expiresAt } = first.open(back!).info();
    expect(expiresAt).toBe(first.clock.time + 30 * DAY);
    // Forward again, with the "legacy.duration" that the guide recommends.
    const { second: again } = deployments({ legacy: { ...legacy, duration: '1 day' } }, first.clock);
    expect(again.open(again.visit(back, look)!).info().expiresAt).toBe(expiresAt);
  });

  test('keeps a time shorter than the configured one', () => {
    const { first, second } = deployments();
    const cookie = textOf(second.visited((state) => state.setDuration('1 hour')));
    expect(decoded(first.visit(cookie, look)).duration).toBe(HOUR);
  });

  test('keeps the time by which it was prolonged, and the legacy servers prolong it further', () => {
    const { first, second } = deployments({ duration: HOUR, activeDuration: 50 * MINUTE });
    let kept: Kept = { content: second.cookieOf({ user: 42 }) };
    for (let visits = 0; visits < 3; visits++) {
      second.clock.pass(40 * MINUTE);
      kept = second.goOn(kept);
    }
    const { expiresAt } = second.openKept(kept).info();
    const back = decoded(first.goOn(kept).content);
    expect(back.createdAt + back.duration).toBe(expiresAt);
    expect(back.duration).toBe(HOUR);
  });

  test('does not live longer than today, though a longer configuration had sealed it', () => {
    const { second } = deployments({ duration: '30 days' });
    const { first } = deployments({}, second.clock);
    const back = first.visit(second.cookieOf({ user: 42 }), look);
    expect(decoded(back).duration).toBe(DAY);
    expect(first.open(back!).info().expiresAt).toBe(first.clock.time + DAY);
  });

  test('stays where the legacy format has no room for what it holds, and the visitor with it', () => {
    const { first, second } = deployments();
    // In the legacy format, padding and times as text take more bytes than the extra fields of the new format.
    const cookie = second.cookieOf({ text: 'x'.repeat(2_985) });
    const state = first.open(cookie);
    expect(state.object['text']).toHaveLength(2_985);
    expect(state.conclude()).toEqual({ type: 'keep' });
    expect(first.events).toMatchObject([{ type: 'lost', error: { code: 'ERR_SESSION_TOO_LARGE' } }]);
  });
});
