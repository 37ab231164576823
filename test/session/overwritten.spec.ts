import { describe, expect, test } from '@jest/globals';
import type { SessionState } from '../../lib/session/session-state.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import {
  Clock,
  DAY,
  HOUR,
  keep,
  type Kept,
  MINUTE,
  SECOND,
  Workshop,
  type WorkshopOptions,
} from '../support/session.js';

const enter = (state: SessionState): void => void (state.object['user'] = 'ada');
const set =
  (key: string) =>
  (state: SessionState): void =>
    void (state.object[key] = 1);
const told = (...workshops: readonly Workshop[]): number =>
  workshops.flatMap(({ events }) => events).filter(({ type }) => type === 'overwritten').length;

/** Two requests with the same cookies: the first answers first. @returns what the browser keeps after both */
function together(
  first: Workshop,
  second: Workshop,
  kept: Kept,
  acts: readonly ((state: SessionState) => void)[],
): Kept {
  const states = [first.openKept(kept), second.openKept(kept)];
  states.forEach((state, i) => acts[i]!(state));
  first.clock.pass(SECOND);
  const after = keep(kept, states[0]!.conclude());
  first.clock.pass(SECOND);
  return keep(after, states[1]!.conclude());
}

/** Processes that serve the same sessions. */
function processes(options: WorkshopOptions = {}): [Workshop, Workshop] {
  const clock = new Clock();
  const given = { duration: '12h', idleDuration: '30m', ...options, clock } as const;
  return [new Workshop(given), new Workshop(given)];
}

describe('a change that replaces another one', () => {
  test.each([false, true])('is told of in one process, once (id: %s)', (id) => {
    const [workshop] = processes({ id });
    const begun = workshop.goOn({}, enter);
    workshop.clock.pass(SECOND);
    const after = together(workshop, workshop, begun, [set('a'), set('b')]);
    expect(workshop.openKept(after).object).toEqual({ user: 'ada', b: 1 });
    expect(workshop.events).toEqual([{ type: 'overwritten', session: 'cart' }]);
    workshop.goOn(after, set('c'));
    expect(told(workshop)).toBe(1);
  });

  test('is told of across processes when a request has seen what was replaced', () => {
    const [one, other] = processes();
    const begun = one.goOn({}, enter);
    one.clock.pass(SECOND);
    const slow = other.openKept(begun);
    slow.object['b'] = 1;
    const outcome = slow.conclude();
    one.clock.pass(5 * MINUTE);
    let kept = one.goOn(begun, set('a'));
    one.clock.pass(5 * MINUTE);
    kept = one.goOn(kept);
    expect(kept.renewal).toBeDefined();
    expect(told(one, other)).toBe(0);
    // A response that changes the session clears only a renewal that its request had.
    kept = { ...keep(kept, outcome), renewal: kept.renewal };
    expect(other.openKept(kept).object).toEqual({ user: 'ada', b: 1 });
    expect(told(one)).toBe(0);
    expect(told(other)).toBe(1);
    // The browser goes on to send both cookies.
    other.openKept(kept);
    expect(told(other)).toBe(1);
  });

  test('is not told of where both end with a session of their own, or of another browser', () => {
    const [workshop] = processes({ id: true });
    const begun = workshop.goOn({}, enter);
    workshop.clock.pass(SECOND);
    together(workshop, workshop, begun, [set('a'), (state): void => state.reset()]);
    together(workshop, workshop, begun, [(state): void => state.destroy(), (state): void => state.reset()]);
    const other = workshop.goOn({}, enter);
    workshop.goOn(other, set('a'));
    expect(told(workshop)).toBe(0);
  });
});

describe('no alarm', () => {
  test('for readers beside a change, in whatever order they answer', () => {
    for (const acts of [
      [set('a'), (): void => undefined],
      [(): void => undefined, set('a')],
    ]) {
      for (const isSame of [true, false]) {
        const [one, other] = processes();
        const begun = one.goOn({}, enter);
        one.clock.pass(10 * MINUTE);
        const after = together(one, isSame ? one : other, begun, acts);
        expect(one.openKept(after).object).toEqual({ user: 'ada', a: 1 });
        expect(told(one, other)).toBe(0);
      }
    }
  });

  test.each<[string, WorkshopOptions]>([
    ['of one key', {}],
    ['with ids', { id: true }],
    ['of a short life', { duration: 2 * HOUR, idleDuration: undefined }],
    ['of a long life, whose times of writes are coarse', { duration: '30y', idleDuration: '1y' }],
    ['that activeDuration prolongs', { duration: 2 * HOUR, activeDuration: '2h' }],
  ])(
    "for one visitor's changes, one after the other, on servers whose clocks differ: %s",
    (_title, options) => {
      const clock = new Clock();
      const servers = [0, -30 * SECOND, 30 * SECOND].map((offset) => {
        const own = new Clock();
        const now = (): number => clock.time + offset;
        const given = { duration: '12h', idleDuration: '2h', ...options } as const;
        return new Workshop({ ...given, clock: Object.assign(own, { now }) });
      });
      let kept = servers[0]!.goOn({}, enter);
      for (let i = 0; i < 60; i++) {
        clock.pass(i % 3 === 0 ? 0 : i * SECOND);
        kept = servers[i % 3]!.goOn(kept, i % 4 === 0 ? undefined : (state) => (state.object['i'] = i));
      }
      expect(servers[0]!.openKept(kept).object).toEqual({ user: 'ada', i: 59 });
      expect(told(...servers)).toBe(0);
    },
  );

  test('for sessions that are renewed in place', () => {
    const clock = new Clock();
    const options = { clock, duration: 10 * DAY };
    const before = new Workshop(options);
    const after = new Workshop({ ...options, secret: [OTHER_SECRET, SECRET] });
    let kept = before.goOn({}, (state) => (state.object['text'] = 'x'.repeat(2_990)));
    clock.pass(HOUR);
    kept = together(after, after, kept, [(): void => undefined, (): void => undefined]);
    expect(kept.renewal).toBeUndefined();
    clock.pass(MINUTE);
    kept = after.goOn(kept, set('a'));
    kept = after.goOn(kept, (state) => (state.object['a'] = 2));
    expect(after.openKept(kept).object).toMatchObject({ a: 2 });
    expect(told(before, after)).toBe(0);
  });

  test('for content that a reader has sealed anew, and a change after it', () => {
    const clock = new Clock();
    const before = new Workshop({ clock });
    const after = new Workshop({ clock, secret: [OTHER_SECRET, SECRET] });
    let kept = before.goOn({}, enter);
    clock.pass(HOUR);
    kept = after.goOn(kept);
    expect(kept.renewal).toBeDefined();
    kept = after.goOn(kept, set('a'));
    kept = before.goOn(after.goOn({ ...kept }), () => undefined);
    expect(told(before, after)).toBe(0);
  });

  test('for two thousand visitors more, whose changes push the first ones out', () => {
    const [workshop] = processes({ id: true });
    const begun = workshop.goOn({}, enter);
    workshop.clock.pass(SECOND);
    const slow = workshop.openKept(begun);
    slow.object['b'] = 1;
    workshop.goOn(begun, set('a'));
    for (let i = 0; i < 2_001; i++) workshop.goOn({}, enter);
    slow.conclude();
    expect(told(workshop)).toBe(0);
  });
});
