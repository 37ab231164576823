import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { VersionedSealer } from '../../lib/sealing/versioned-sealer.js';
import type { SessionState } from '../../lib/session/session-state.js';
import {
  Clock,
  DAY,
  HOUR,
  keep,
  type Kept,
  MINUTE,
  Workshop,
  type WorkshopOptions,
} from '../support/session.js';

afterEach(() => void jest.restoreAllMocks());

const enter =
  (user: string) =>
  (state: SessionState): void =>
    void (state.object['user'] = user);
const leave = (state: SessionState): void => state.destroy();
const userOf = (workshop: Workshop, kept: Kept): unknown => workshop.openKept(kept).object['user'];

/** Begins a request that changes the session. @returns a function that lets its response arrive */
function slowChange(workshop: Workshop, kept: Kept): (later: Kept) => Kept {
  const state = workshop.openKept(kept);
  state.object['visits'] = 1;
  const outcome = state.conclude();
  return (later) => keep(later, outcome);
}

describe('the list of ended sessions', () => {
  test.each([0, MINUTE, 10 * MINUTE, DAY - 1])('refuses what comes back %d ms after a logout', (ms) => {
    const workshop = new Workshop();
    const ada = workshop.goOn({}, enter('ada'));
    const arrive = slowChange(workshop, ada);
    const late = arrive(workshop.goOn(ada, leave));
    workshop.clock.pass(ms);
    expect(late.content).toBeDefined();
    expect(workshop.openKept(late).info()).toMatchObject({ isNew: true, refused: 'ended' });
    expect(workshop.goOn(late)).toBe(late);
  });

  test('refuses it also when absoluteDuration was shorter for a while', () => {
    const long = { duration: DAY, absoluteDuration: DAY };
    const workshop = new Workshop(long);
    const ada = workshop.goOn({}, enter('ada'));
    const arrive = slowChange(workshop, ada);
    const shorter = new Workshop({ clock: workshop.clock, duration: HOUR, absoluteDuration: HOUR });
    const late = arrive(shorter.goOn(ada, leave));
    workshop.clock.pass(2 * HOUR);
    expect(userOf(workshop, late)).toBeUndefined();
  });

  test('refuses it also when an answer of ten minutes gives it a longer life than it had', () => {
    const long = new Workshop({ duration: HOUR });
    const short = new Workshop({ clock: long.clock, duration: MINUTE, absoluteDuration: MINUTE });
    const ada = short.goOn({}, enter('ada'));
    const slow = long.openKept(ada);
    slow.setDuration(HOUR);
    const outcome = slow.conclude();
    const late = keep(short.goOn(ada, leave), outcome);
    long.clock.pass(10 * MINUTE - 1);
    expect(long.openKept(late).info().refused).toBe('ended');
  });

  test('is not cleared by a change of the session that is left next', () => {
    const workshop = new Workshop();
    const left = workshop.goOn(workshop.goOn({}, enter('ada')), leave);
    const bob = workshop.goOn(left, enter('bob'));
    workshop.clock.pass(HOUR);
    const arrive = slowChange(workshop, bob);
    const late = arrive(workshop.goOn(bob, leave));
    expect(late.content).toBeDefined();
    expect(userOf(workshop, late)).toBeUndefined();
  });

  test('is cleared by the next session that begins ten minutes later, and not before', () => {
    const workshop = new Workshop();
    const left = workshop.goOn(workshop.goOn({}, enter('ada')), leave);
    workshop.clock.pass(10 * MINUTE - 1);
    expect(workshop.goOn(left, enter('bob')).ending).toBe(left.ending);
    workshop.clock.pass(1);
    expect(workshop.goOn(left)).toBe(left);
    expect(workshop.goOn(left, enter('bob'))).toEqual({ content: expect.any(String) });
  });

  test('names the four sessions that ended last', () => {
    const workshop = new Workshop();
    const all: Kept[] = [];
    let kept: Kept = {};
    for (const user of ['a', 'b', 'c', 'd', 'e']) {
      kept = workshop.goOn(kept, enter(user));
      all.push(kept);
      kept = workshop.goOn(kept, leave);
    }
    const { ending } = kept;
    expect(all.map(({ content }) => userOf(workshop, { content, ending }))).toEqual([
      'a',
      ...Array(4).fill(undefined),
    ]);
  });

  test.each<[string, (workshop: Workshop, kept: Kept) => Kept]>([
    ['reset()', (workshop, kept) => workshop.goOn(kept, (state) => state.reset(['user']))],
    ['regenerate()', (workshop, kept) => workshop.goOn(kept, (state) => state.regenerate(['user']))],
    [
      'destroy(), and content after it',
      (workshop, kept) =>
        workshop.goOn(kept, (state) => {
          state.destroy();
          state.object['user'] = 'ada';
        }),
    ],
  ])('holds what %s leaves behind, and not what it begins', (_title, begin) => {
    for (const id of [false, true]) {
      const workshop = new Workshop({ id });
      const before = workshop.goOn({}, enter('ada'));
      const after = begin(workshop, before);
      expect(userOf(workshop, after)).toBe('ada');
      expect(userOf(workshop, { ...after, content: before.content })).toBeUndefined();
      expect(workshop.events.at(-1)).toMatchObject({ type: 'refused', reason: 'ended' });
    }
  });

  test('names one of two sessions with ids that began at once, and not the other', () => {
    const workshop = new Workshop({ id: true });
    const [ada, bob] = ['ada', 'bob'].map((user) => workshop.goOn({}, enter(user)));
    const { ending } = workshop.goOn(ada!, leave);
    expect(userOf(workshop, { ...ada, ending })).toBeUndefined();
    expect(userOf(workshop, { ...bob, ending })).toBe('bob');
  });

  test('of another browser, another session, or forged, ends nothing', () => {
    const workshop = new Workshop();
    const ada = workshop.goOn({}, enter('ada'));
    workshop.clock.pass(1);
    const ending = workshop.goOn(workshop.goOn({}, enter('bob')), leave).ending!;
    const wishlist = new Workshop({ name: 'wishlist', cookieName: 'wishlist', clock: workshop.clock });
    const foreign = wishlist.goOn(wishlist.goOn({}, enter('eve')), leave).ending!;
    const forged = `${ending.slice(0, -2)}AA`;
    for (const given of [ending, foreign, forged, ada.content!, '', 'x'.repeat(5_000)])
      expect(userOf(workshop, { ...ada, ending: given })).toBe('ada');
  });

  test('is kept as long as what ended could be used, whatever prolongs it', () => {
    const workshop = new Workshop({ duration: HOUR, activeDuration: 30 * MINUTE });
    let kept = workshop.goOn({}, enter('ada'));
    for (let i = 0; i < 5; i++) {
      workshop.clock.pass(25 * MINUTE);
      kept = workshop.goOn(kept);
    }
    const reader = workshop.openKept(kept);
    const state = workshop.openKept(kept);
    state.destroy();
    const outcome = state.conclude();
    const late = keep(keep(kept, outcome), reader.conclude());
    const until =
      outcome.type === 'delete' && typeof outcome.ended === 'object' ? outcome.ended.expiresAt : 0;
    expect(until).toBe(workshop.clock.time + 400 * DAY);
    for (; workshop.clock.time < until; workshop.clock.pass(10 * HOUR))
      expect(userOf(workshop, late)).toBeUndefined();
    expect(userOf(workshop, { content: kept.content, renewal: kept.renewal })).toBeUndefined();
  });

  test.each<[string, WorkshopOptions, number, string]>([
    ['setDuration() in an answer under way', { duration: DAY }, HOUR, '1 day'],
    ['an answer that takes ten minutes', { duration: MINUTE }, 10 * MINUTE - 1, '1 hour'],
  ])('is kept as long as %s can bring back what ended', (_title, options, ms, duration) => {
    const workshop = new Workshop(options);
    const ada = workshop.goOn({}, (state) => {
      state.object['user'] = 'ada';
      state.setDuration(MINUTE);
    });
    const slow = workshop.openKept(ada);
    slow.setDuration(duration);
    const outcome = slow.conclude();
    const late = keep(workshop.goOn(ada, leave), outcome);
    workshop.clock.pass(ms);
    expect(workshop.openKept(late).info().refused).toBe('ended');
  });

  test('is kept as long as an answer under way can prolong what ended', () => {
    const workshop = new Workshop({ duration: HOUR, activeDuration: 2 * HOUR });
    const ada = workshop.goOn({}, enter('ada'));
    workshop.clock.pass(HOUR - MINUTE);
    const reader = workshop.openKept(ada).conclude();
    const late = keep(workshop.goOn(ada, leave), reader);
    const copy = { renewal: late.renewal };
    workshop.clock.pass(2 * HOUR);
    expect(userOf(workshop, copy)).toBe('ada');
    expect(userOf(workshop, late)).toBeUndefined();
  });

  /** Two lists of three sessions each, the older one first, and the cookies of all six. */
  function twoLists(workshop: Workshop): { begun: string[]; lists: string[] } {
    const begun: string[] = [];
    const lists = [3, 3].map((count) => {
      let kept: Kept = {};
      for (let i = 0; i < count; i++) {
        kept = workshop.goOn(kept, enter('ada'));
        begun.push(kept.content!);
        workshop.clock.pass(1);
        kept = workshop.goOn(kept, leave);
        workshop.clock.pass(1);
      }
      return kept.ending!;
    });
    return { begun, lists };
  }

  test('that comes in two cookies is read from both, and neither pushes out what the other names', () => {
    const workshop = new Workshop();
    const { begun, lists } = twoLists(workshop);
    for (const ending of [lists, lists.toReversed()]) {
      const users = begun.map((content) => workshop.openBeside({ ending }, content).object['user']);
      expect(users).toEqual(Array<undefined>(6).fill(undefined));
    }
  });

  test('that comes in two cookies goes on as one of the four that ended last, whichever comes first', () => {
    const workshop = new Workshop();
    const { begun, lists } = twoLists(workshop);
    const { content } = workshop.goOn({}, enter('ada'));
    for (const ending of [lists, lists.toReversed()]) {
      const state = workshop.openBeside({ ending }, content!);
      state.destroy();
      const { ending: joined } = keep({ content }, state.conclude());
      const users = [...begun, content!].map((each) => userOf(workshop, { content: each, ending: joined }));
      expect(users).toEqual(['ada', 'ada', 'ada', ...Array<undefined>(4).fill(undefined)]);
    }
  });

  test('that comes in two cookies holds as long as either of them', () => {
    const workshop = new Workshop();
    const [long, short] = ['10 days', '2 days'].map((duration) => {
      const kept = workshop.goOn({}, (state) => {
        state.object['user'] = 'ada';
        state.setDuration(duration);
      });
      workshop.clock.pass(1);
      return { ...kept, ending: workshop.goOn(kept, leave).ending! };
    });
    const eve = workshop.goOn({}, enter('eve'));
    for (const ending of [
      [long!.ending, short!.ending],
      [short!.ending, long!.ending],
    ]) {
      const state = workshop.openBeside({ ending }, eve.content!);
      state.destroy();
      const { ended } = state.conclude() as { ended: { expiresAt: number } };
      expect(ended.expiresAt).toBeGreaterThan(workshop.clock.time + 9 * DAY);
    }
  });

  test('is no reason to begin at another time than now, unless a session of this time has ended', () => {
    const workshop = new Workshop();
    const left = workshop.goOn(workshop.goOn({}, enter('ada')), leave);
    const begunAt = workshop.clock.time;
    expect(workshop.openKept(left).info().createdAt).toBe(begunAt + 1);
    workshop.clock.pass(1);
    expect(workshop.openKept(left).info().createdAt).toBe(begunAt + 1);
  });

  test('is told to be over only where there is one', () => {
    const workshop = new Workshop();
    expect(workshop.visited(enter('ada'))).toMatchObject({ type: 'write', ended: undefined });
    const left = workshop.goOn(workshop.goOn({}, enter('ada')), leave);
    workshop.clock.pass(HOUR);
    const state = workshop.openKept(left);
    state.object['user'] = 'bob';
    expect(state.conclude()).toMatchObject({ type: 'write', ended: 'over' });
  });

  test.each<[string, WorkshopOptions, WorkshopOptions]>([
    ['id: true is switched off', { id: true }, {}],
    ['id: true is switched on', {}, { id: true }],
    ['idleDuration is switched on', {}, { idleDuration: HOUR }],
    ['idleDuration is switched off', { idleDuration: HOUR }, {}],
  ])('refuses what ended before %s, and after that', (_title, before, after) => {
    const clock = new Clock();
    const lives = { clock, duration: HOUR, activeDuration: 50 * MINUTE };
    const [first, second] = [new Workshop({ ...lives, ...before }), new Workshop({ ...lives, ...after })];
    const ada = first.goOn({}, enter('ada'));
    clock.pass(30 * MINUTE);
    for (const [starts, leaves] of [
      [first, first],
      [first, second],
      [second, second],
    ] as const) {
      const arrive = slowChange(starts, ada);
      const reader = starts.openKept(ada).conclude();
      const left = leaves.goOn(ada, leave);
      if (starts === leaves) {
        expect(userOf(second, arrive(left))).toBeUndefined();
        expect(userOf(second, keep(left, reader))).toBeUndefined();
      }
      expect(userOf(second, { ...left, content: ada.content })).toBeUndefined();
    }
  });

  test('that cannot be sealed, although a key may seal, is a failure of the response', () => {
    const workshop = new Workshop();
    const state = workshop.openKept(workshop.goOn({}, enter('ada')));
    state.destroy();
    const error = new RangeError('of the runtime');
    jest.spyOn(VersionedSealer.prototype, 'seal').mockImplementationOnce(() => {
      throw error;
    });
    expect(state.conclude()).toMatchObject({ type: 'failed', isNews: true });
    expect(workshop.events).toMatchObject([{ type: 'lost', error }]);
  });

  test('is sealed whatever the lifetimes are', () => {
    const workshop = new Workshop({ duration: '12000 days', activeDuration: '12000 days' });
    const left = workshop.goOn(workshop.goOn({}, enter('ada')), leave);
    expect(left.content).toBeUndefined();
    expect(left.ending).toBeDefined();
  });
});
