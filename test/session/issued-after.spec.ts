import { describe, expect, test } from '@jest/globals';
import { InvalidOptionsError } from '../../lib/errors/invalid-options.error.js';
import type { SessionState } from '../../lib/session/session-state.js';
import { Clock, DAY, HOUR, type Kept, MINUTE, Workshop, type WorkshopOptions } from '../support/session.js';

const enter = (state: SessionState): void => void (state.object['user'] = 'ada');

/** A session that began an hour ago, and the site with an option that came later. */
function later(options: (began: number) => WorkshopOptions): {
  began: number;
  kept: Kept;
  workshop: Workshop;
} {
  const clock = new Clock();
  const before = new Workshop({ clock, duration: '30 days' });
  const began = clock.time;
  const kept = before.goOn({}, enter);
  clock.pass(HOUR);
  return { began, kept, workshop: new Workshop({ clock, duration: '30 days', ...options(began) }) };
}

describe('issuedAfter', () => {
  test.each<[string, (time: number) => WorkshopOptions['issuedAfter']]>([
    ['ms', (time) => time],
    ['a Date', (time) => new Date(time)],
    ['text with a zone', (time) => new Date(time).toISOString()],
    ['a function', (time) => () => new Date(time)],
  ])('as %s refuses what began earlier, and nothing else', (_title, given) => {
    for (const [offset, refused] of [
      [-DAY, undefined],
      [0, undefined],
      [1, 'issued-before'],
      [HOUR, 'issued-before'],
    ] as const) {
      const { kept, workshop } = later((began) => ({ issuedAfter: given(began + offset) }));
      const { info, object } = {
        info: workshop.openKept(kept).info(),
        object: workshop.openKept(kept).object,
      };
      expect(info.refused).toBe(refused);
      expect(object).toEqual(refused ? {} : { user: 'ada' });
      expect(workshop.goOn(kept)).toBe(kept);
    }
  });

  test('is not outlived by changes, by setDuration() or by renewals, but by reset()', () => {
    const clock = new Clock();
    const options = { clock, duration: HOUR, activeDuration: 50 * MINUTE, absoluteDuration: DAY };
    const workshop = new Workshop(options);
    const begun = workshop.goOn({}, enter);
    clock.pass(30 * MINUTE);
    const ways: Readonly<Record<string, Kept>> = {
      change: workshop.goOn(begun, (state) => (state.object['n'] = 1)),
      setDuration: workshop.goOn(begun, (state) => state.setDuration('2 hours')),
      renewal: workshop.goOn(begun),
      reset: workshop.goOn(begun, (state) => state.reset(['user'])),
      regenerate: workshop.goOn(begun, (state) => state.regenerate(['user'])),
    };
    expect(ways['renewal']!.renewal).toBeDefined();
    const stricter = new Workshop({ ...options, issuedAfter: clock.time });
    for (const [way, kept] of Object.entries(ways)) {
      const isNew = way === 'reset' || way === 'regenerate';
      expect([way, stricter.openKept(kept).info().refused]).toEqual([
        way,
        isNew ? undefined : 'issued-before',
      ]);
    }
    const again = stricter.goOn(ways['change']!, enter);
    expect(stricter.openKept(again).object).toEqual({ user: 'ada' });
  });

  test('holds for the content that stands beside a session, too', () => {
    const { kept, workshop } = later(() => ({ version: 2, migrate: { 1: (content: object) => content } }));
    const { renewal } = workshop.goOn(kept);
    expect(workshop.openKept({ renewal }).object).toEqual({ user: 'ada' });
    const options = {
      clock: workshop.clock,
      duration: '30 days',
      version: 2,
      issuedAfter: workshop.clock.time,
    };
    const stricter = new Workshop({
      ...options,
      migrate: { 1: (content: object) => content },
    } as WorkshopOptions);
    expect(stricter.openKept({ renewal }).object).toEqual({});
  });

  test('from a function counts from the request that follows its change', () => {
    let time: number | undefined;
    const { kept, workshop } = later(() => ({ issuedAfter: () => time }));
    expect(workshop.openKept(kept).object['user']).toBe('ada');
    time = workshop.clock.time;
    expect(workshop.openKept(kept).info().refused).toBe('issued-before');
    time = undefined;
    expect(workshop.openKept(kept).object['user']).toBe('ada');
    expect(workshop.events.map(({ type }) => type)).toEqual(['refused']);
  });

  test('counts for the session of an open connection as well', () => {
    const settings: { everybodyOut?: number } = {};
    const { kept, workshop } = later(() => ({ issuedAfter: () => settings.everybodyOut }));
    const connection = workshop.openReadOnly(kept);
    expect(connection.stands()).toBe(true);
    settings.everybodyOut = workshop.clock.time;
    expect(connection.stands()).toBe(false);
  });

  test.each<[string, () => never]>([
    [
      'throws',
      () => {
        throw new Error('secret-of-the-database');
      },
    ],
    ['returns a promise', () => Promise.resolve(0) as never],
    ['returns a promise that rejects', () => Promise.reject(new Error('late')) as never],
    ['returns no time', () => 'tomorrow' as never],
    ['returns NaN', () => Number.NaN as never],
  ])('from a function that %s stays what it was, with a warning that says so', async (_title, fail) => {
    let current: () => number = () => Date.UTC(2020, 0);
    const { kept, workshop } = later(() => ({ issuedAfter: () => current() }));
    current = () => workshop.clock.time;
    expect(workshop.openKept(kept).info().refused).toBe('issued-before');
    current = fail;
    expect(workshop.openKept(kept).info().refused).toBe('issued-before');
    await new Promise(setImmediate);
    const warnings = workshop.events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
    expect(warnings).toEqual([expect.stringMatching(/"cart".*"issuedAfter".*stays in force\. Mend/)]);
    expect(warnings[0]).not.toContain('secret-of-the-database');
  });

  test.each([
    '2027-01-31T08:00:00',
    'yesterday',
    Number.NaN,
    {},
    () => 'yesterday',
    () => Promise.resolve(0),
    async () => 0,
  ])('of %p is refused at start', (given) => {
    expect(() => new Workshop({ issuedAfter: given as never })).toThrow(InvalidOptionsError);
    expect(() => new Workshop({ issuedAfter: given as never })).toThrow('"issuedAfter"');
  });

  test('of a function that throws at start lets its error out', () => {
    const issuedAfter = (): number => {
      throw new RangeError('of the application');
    };
    expect(() => new Workshop({ issuedAfter })).toThrow(RangeError);
  });
});
