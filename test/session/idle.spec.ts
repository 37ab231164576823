import { describe, expect, test } from '@jest/globals';
import { InvalidOptionsError } from '../../lib/errors/invalid-options.error.js';
import type { SessionState } from '../../lib/session/session-state.js';
import { Chance } from '../support/chance.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { Clock, DAY, HOUR, keep, type Kept, MINUTE, SECOND, Workshop } from '../support/session.js';

const IDLE = 30 * MINUTE;
const ROUNDS = 300;

const enter = (state: SessionState): void => void (state.object['user'] = 'ada');
const change = (state: SessionState): void =>
  void (state.object['visits'] = ((state.object['visits'] as number | undefined) ?? 0) + 1);
const look = (): void => undefined;
const refusal = (workshop: Workshop, kept: Kept): unknown => workshop.openKept(kept).info().refused;
const isLive = (workshop: Workshop, kept: Kept): boolean => workshop.openKept(kept).object['user'] === 'ada';

describe('a session with idleDuration', () => {
  test.each([MINUTE, IDLE, DAY, 100 * DAY])(
    'of %d ms ends that long after its last use, or a tenth later',
    (idleDuration) => {
      const chance = new Chance(idleDuration);
      const duration = 100 * idleDuration;
      const workshop = new Workshop({ duration, idleDuration, memo: 0 });
      // Times of writes are sealed as parts of the whole life, rounded up.
      const rounding = duration / 2 ** 24;
      let [live, ended] = [0, 0];
      for (let round = 0; round < ROUNDS; round++) {
        let kept = workshop.goOn({}, enter);
        for (let visits = chance.between(0, 6); visits > 0; visits--) {
          workshop.clock.pass(chance.between(0, idleDuration - 1));
          kept = workshop.goOn(kept, chance.coin ? look : change);
        }
        const unused = chance.between(0.8 * idleDuration, 1.3 * idleDuration);
        workshop.clock.pass(unused);
        const refused = refusal(workshop, kept);
        expect([undefined, 'idle']).toContain(refused);
        if (unused < idleDuration) expect(refused).toBeUndefined();
        if (unused >= 1.1 * idleDuration + rounding) expect(refused).toBe('idle');
        if (refused) ended += 1;
        else live += 1;
      }
      expect(Math.min(live, ended)).toBeGreaterThan(ROUNDS / 10);
    },
  );

  test('ends to the millisecond where its last use was noted', () => {
    const workshop = new Workshop({ duration: '12h', idleDuration: IDLE });
    let kept = workshop.goOn({}, enter);
    workshop.clock.pass(10 * MINUTE);
    kept = workshop.goOn(kept);
    workshop.clock.pass(1.1 * IDLE - 1);
    expect(isLive(workshop, kept)).toBe(true);
    workshop.clock.pass(1);
    expect(workshop.openKept(kept).info()).toMatchObject({ isNew: true, refused: 'idle' });
    expect(workshop.goOn(kept)).toBe(kept);
  });

  test('is written about at most once in a tenth of the time, and never anew by who only reads', () => {
    const workshop = new Workshop({ duration: '12h', idleDuration: IDLE });
    const first = workshop.goOn({}, enter);
    let kept = first;
    let renewals = 0;
    for (let second = 0; second < 3_600; second++) {
      workshop.clock.pass(SECOND);
      const next = workshop.goOn(kept);
      if (next !== kept) renewals += 1;
      expect(next.content).toBe(first.content);
      kept = next;
    }
    expect(renewals).toBeLessThanOrEqual(HOUR / (IDLE / 10));
    expect(renewals).toBeGreaterThan(HOUR / (IDLE / 10) - 3);
  });

  test('is noted after a tenth of the time, and not a millisecond earlier', () => {
    const workshop = new Workshop({ duration: '12h', idleDuration: IDLE });
    const kept = workshop.goOn({}, enter);
    workshop.clock.pass(IDLE / 10 - 1);
    expect(workshop.goOn(kept)).toBe(kept);
    workshop.clock.pass(1);
    expect(workshop.goOn(kept).renewal).toBeDefined();
  });

  test('is not told of twice: a change needs no note beside it, and clears the one that there is', () => {
    const workshop = new Workshop({ duration: '12h', idleDuration: IDLE });
    let kept = workshop.goOn({}, enter);
    workshop.clock.pass(10 * MINUTE);
    kept = workshop.goOn(kept);
    expect(kept.renewal).toBeDefined();
    workshop.clock.pass(10 * MINUTE);
    kept = workshop.goOn(kept, change);
    expect(kept.renewal).toBeUndefined();
    workshop.clock.pass(IDLE - 1);
    expect(isLive(workshop, kept)).toBe(true);
  });

  test('keeps its last use where it is prolonged after the clock was set back', () => {
    const workshop = new Workshop({ duration: HOUR, activeDuration: HOUR, idleDuration: IDLE });
    const kept = workshop.goOn({}, enter);
    workshop.clock.pass(-20 * SECOND);

    const { expiresAt } = workshop.openKept(kept).info();

    expect(expiresAt).toBe(workshop.clock.time + 20 * SECOND + 1.1 * IDLE);
  });

  test('on servers whose clocks differ by a minute ends that much earlier or later, and no more', () => {
    const chance = new Chance(60);
    const clock = new Clock();
    const servers = [-MINUTE, 0, MINUTE].map((offset) => {
      const now = (): number => clock.time + offset;
      return new Workshop({
        duration: '12h',
        idleDuration: IDLE,
        clock: Object.assign(new Clock(), { now }),
      });
    });
    const any = (): Workshop => servers[chance.between(0, 2)]!;
    const found = new Set<unknown>();
    for (let round = 0; round < ROUNDS; round++) {
      let kept = any().goOn({}, enter);
      for (let visits = chance.between(0, 6); visits > 0; visits--) {
        clock.pass(chance.between(0, IDLE - 2 * MINUTE - 1));
        kept = any().goOn(kept, chance.coin ? look : change);
      }
      const unused = chance.between(0.8 * IDLE, 1.3 * IDLE);
      clock.pass(unused);
      const refused = refusal(any(), kept);
      if (unused < IDLE - 2 * MINUTE) found.add(['used lately', refused].join());
      if (unused >= 1.1 * IDLE + 2 * MINUTE) found.add(['unused', refused].join());
    }
    expect(found).toEqual(new Set(['used lately,', 'unused,idle']));
  });

  test('counts from the last use that the browser was told of, if answers are lost', () => {
    const chance = new Chance(7);
    const workshop = new Workshop({ duration: '12h', idleDuration: IDLE });
    const found = new Set<unknown>();
    for (let round = 0; round < ROUNDS; round++) {
      let kept = workshop.goOn({}, enter);
      let told = workshop.clock.time;
      let used = told;
      for (let visits = chance.between(1, 6); visits > 0; visits--) {
        workshop.clock.pass(chance.between(0, IDLE / 4));
        if (!isLive(workshop, kept)) break;
        used = workshop.clock.time;
        const next = workshop.goOn(kept);
        if (chance.coin) continue;
        if (next !== kept) told = used;
        kept = next;
      }
      const unused = chance.between(0, 1.4 * IDLE);
      workshop.clock.time = used + unused;
      const is = isLive(workshop, kept) ? 'live' : 'ended';
      if (workshop.clock.time - told < IDLE) found.add(`told lately: ${is}`);
      if (unused >= 1.1 * IDLE) found.add(`unused: ${is}`);
    }
    expect(found).toEqual(new Set(['told lately: live', 'unused: ended']));
  });

  test('of 30 minutes and a duration of 12 hours: whichever comes first', () => {
    const workshop = new Workshop({ duration: '12 hours', idleDuration: '30 minutes' });
    const begun = workshop.clock.time;
    let kept = workshop.goOn({}, enter);
    for (; workshop.clock.time < begun + 12 * HOUR - 29 * MINUTE; workshop.clock.pass(29 * MINUTE)) {
      expect(isLive(workshop, kept)).toBe(true);
      kept = workshop.goOn(kept);
      const { expiresAt } = workshop.openKept(kept).info();
      const ends = Math.min(workshop.clock.time + 1.1 * IDLE, begun + 12 * HOUR);
      expect(expiresAt).toBeGreaterThanOrEqual(ends);
      // Times of writes are rounded up.
      expect(expiresAt).toBeLessThanOrEqual(Math.min(ends + 3, begun + 12 * HOUR));
    }
    kept = workshop.goOn(kept);
    workshop.clock.time = begun + 12 * HOUR - 1;
    expect(isLive(workshop, kept)).toBe(true);
    workshop.clock.pass(1);
    expect(refusal(workshop, kept)).toBe('expired');

    const lunch = workshop.goOn({}, enter);
    workshop.clock.pass(45 * MINUTE);
    expect(refusal(workshop, lunch)).toBe('idle');
  });

  test('ends at once where the configuration is shortened, or switched on', () => {
    const workshop = new Workshop({ duration: '12h' });
    const kept = workshop.goOn({}, enter);
    workshop.clock.pass(HOUR);
    const stricter = new Workshop({ duration: '12h', idleDuration: IDLE, clock: workshop.clock });
    expect(isLive(workshop, kept)).toBe(true);
    expect(refusal(stricter, kept)).toBe('idle');
  });

  test.each(['0', 0, -1, Number.NaN, 'soon', null, {}])('of %p is refused at start', (idleDuration) => {
    expect(() => new Workshop({ idleDuration: idleDuration as never })).toThrow(InvalidOptionsError);
  });
});

describe('a note of use', () => {
  const options = { duration: '12h', idleDuration: IDLE } as const;

  /** A session that was used after ten minutes, and one more of the same browser. */
  function two(): { workshop: Workshop; used: Kept; other: Kept } {
    const workshop = new Workshop(options);
    const used = workshop.goOn({}, enter);
    workshop.clock.pass(MINUTE);
    const other = workshop.goOn({}, enter);
    workshop.clock.pass(19 * MINUTE);
    return { workshop, used: workshop.goOn(used), other };
  }

  test('of another session says nothing of this one', () => {
    const { workshop, used, other } = two();
    workshop.clock.pass(20 * MINUTE);
    expect(isLive(workshop, used)).toBe(true);
    expect(refusal(workshop, { ...other, renewal: used.renewal })).toBe('idle');
  });

  test('of the session before reset() says nothing of the one after it', () => {
    const workshop = new Workshop(options);
    const before = workshop.goOn({}, enter);
    workshop.clock.pass(MINUTE);
    const after = workshop.goOn(before, (state) => state.reset(['user']));
    workshop.clock.pass(19 * MINUTE);
    const { renewal } = workshop.goOn(before);
    expect(renewal).toBeDefined();
    workshop.clock.pass(20 * MINUTE);
    expect(refusal(workshop, { ...after, renewal })).toBe('idle');
  });

  test('is nothing without the session', () => {
    const { workshop, used } = two();
    const own = { id: expect.any(String) };
    const fresh = { ...workshop.open().info(), ...own };
    expect(workshop.openKept({ renewal: used.renewal }).info()).toEqual(fresh);
    expect(workshop.events).toEqual([]);
  });

  test('counts in a handshake, which tells nothing itself', () => {
    const { workshop, used } = two();
    workshop.clock.pass(20 * MINUTE);
    const state = workshop.openReadOnly(used);
    expect(state.object['user']).toBe('ada');
    expect(state.stands()).toBe(true);
    expect(workshop.openReadOnly({ content: used.content }).info().refused).toBe('idle');
    const { ending } = workshop.goOn(used, (left) => left.destroy());
    expect(workshop.openReadOnly({ ...used, ending }).info().refused).toBe('ended');
    workshop.clock.pass(IDLE);
    expect(state.stands()).toBe(false);
  });

  test('that is forged, foreign or misplaced says nothing, and ends nothing', () => {
    const { workshop, used } = two();
    const foreign = new Workshop({ ...options, secret: OTHER_SECRET, clock: workshop.clock });
    const wishlist = new Workshop({ ...options, cookieName: 'wishlist', clock: workshop.clock });
    const elsewhere = new Workshop({ ...options, purpose: 'elsewhere', clock: workshop.clock });
    const renewals = [foreign, wishlist, elsewhere].map((each) => {
      const begun = each.goOn({}, enter);
      each.clock.pass(5 * MINUTE);
      return each.goOn(begun).renewal!;
    });
    const { ending } = workshop.goOn(used, (state) => state.destroy());
    const rubbish = [
      '',
      '=',
      '\u0000',
      'x'.repeat(5_000),
      used.renewal!.slice(1),
      `${used.renewal!.slice(0, -3)}AAA`,
    ];
    workshop.clock.pass(15 * MINUTE);
    for (const renewal of [...renewals, ...rubbish, used.content!, ending!]) {
      expect(refusal(workshop, { content: used.content, renewal })).toBe('idle');
      expect(isLive(workshop, used)).toBe(true);
      const beside = workshop.openBeside({ renewal: [renewal, used.renewal!] }, used.content!);
      expect(beside.object['user']).toBe('ada');
    }
  });

  test('is no session under its name, nor is the list of ended sessions', () => {
    const { workshop, used } = two();
    const { ending } = workshop.goOn(used, (state) => state.destroy());
    for (const content of [used.renewal!, ending!]) {
      expect(workshop.openKept({ content }).info()).toMatchObject({ isNew: true, refused: 'forged' });
    }
    expect(isLive(workshop, { ...used, ending: used.renewal })).toBe(true);
    expect(isLive(workshop, { ...used, ending: used.content })).toBe(true);
  });

  test('of several, the latest counts', () => {
    const workshop = new Workshop(options);
    const kept = workshop.goOn({}, enter);
    const renewals: string[] = [];
    for (let i = 0; i < 3; i++) {
      workshop.clock.pass(5 * MINUTE);
      renewals.push(workshop.goOn({ content: kept.content }).renewal!);
    }
    workshop.clock.pass(IDLE - 1);
    for (const renewal of [renewals, renewals.toReversed()])
      expect(workshop.openBeside({ renewal }, kept.content!).object['user']).toBe('ada');
  });

  test('cannot be made from a change that was replaced: the content that was written last counts', () => {
    const workshop = new Workshop({ ...options, secret: SECRET });
    const before = workshop.goOn({}, enter);
    workshop.clock.pass(20 * MINUTE);
    const rotated = new Workshop({ ...options, secret: [OTHER_SECRET, SECRET], clock: workshop.clock });
    const slow = rotated.openKept(before);
    workshop.clock.pass(SECOND);
    const changed = rotated.goOn(before, change);
    const late = keep(changed, slow.conclude());
    expect(late.renewal).toBeDefined();
    expect(rotated.openKept(late).object).toEqual({ user: 'ada', visits: 1 });
  });
});
