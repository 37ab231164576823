import { describe, expect, test } from '@jest/globals';
import { startSecrets } from '../../lib/http/secret-sources.js';
import { SessionCookies } from '../../lib/http/session-cookies.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import type { SessionOptions } from '../../lib/options/session-options.js';
import type { SessionEvent } from '../../lib/session/session-event.js';
import { SessionState } from '../../lib/session/session-state.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { Clock, DAY, HOUR, keep, type Kept, MINUTE, SECOND, textOf, Workshop } from '../support/session.js';

const same = (content: object): object => content;
const enter =
  (user: string) =>
  (state: SessionState): void =>
    void (state.object['user'] = user);
const userOf = (workshop: Workshop, kept: Kept): unknown => workshop.openKept(kept).object['user'];

/** Servers before and after a rotation of secrets. The second one seals with the new secret. */
function rotation(options: object = {}): { clock: Clock; before: Workshop; after: Workshop } {
  const clock = new Clock();
  const before = new Workshop({ ...options, clock, secret: SECRET });
  return { clock, before, after: new Workshop({ ...options, clock, secret: [OTHER_SECRET, SECRET] }) };
}

describe('a copy of the content beside the session', () => {
  test('is used where the cookie of the session itself is one that has ended', () => {
    const { clock, before, after } = rotation();
    const { renewal } = after.goOn({ content: before.cookieOf({ user: 'bob' }) });
    clock.pass(MINUTE);
    const ada = after.goOn({}, enter('ada'));
    const { ending } = after.goOn(ada, (state) => state.destroy());
    const state = after.openKept({ content: ada.content, ending, renewal });
    expect({ ...state.object }).toEqual({ user: 'bob' });
    expect(state.info().refused).toBeUndefined();
  });

  test('stands in for its own content, which this release can read no more', () => {
    const clock = new Clock();
    const releases = [
      new Workshop({ clock }),
      new Workshop({ clock, version: 2, migrate: { 1: same } }),
      new Workshop({ clock, version: 3, migrate: { 2: same } }),
    ];
    const begun = { content: releases[0]!.cookieOf({ user: 'ada' }) };
    clock.pass(SECOND);
    const kept = releases[1]!.goOn(begun);
    expect(kept.renewal).toBeDefined();
    expect(releases[2]!.openKept(begun).info().refused).toBe('migration');
    expect(userOf(releases[2]!, kept)).toBe('ada');
  });

  test('is no copy of content that was written after it, so that this is sealed anew, too', () => {
    const { clock, before, after } = rotation();
    const begun = { content: before.cookieOf({ user: 'ada' }) };
    const slow = before.openKept(begun);
    clock.pass(SECOND);
    const { renewal } = after.goOn(begun);
    clock.pass(SECOND);
    slow.object['user'] = 'bob';
    const late = { ...keep(begun, slow.conclude()), renewal };
    const kept = after.goOn(late);
    expect(kept.renewal).not.toBe(renewal);
    const withoutOldSecret = new Workshop({ clock, secret: OTHER_SECRET });
    expect(userOf(withoutOldSecret, kept)).toBe('bob');
  });

  test('that is older than the content is replaced, because it would count once the content is gone', () => {
    const { clock, before, after } = rotation();
    const begun = { content: before.cookieOf({ user: 'ada' }) };
    const slow = after.openKept(begun);
    clock.pass(SECOND);
    const { renewal } = after.goOn(begun);
    clock.pass(SECOND);
    slow.object['user'] = 'bob';
    const kept = after.goOn({ ...keep(begun, slow.conclude()), renewal });
    expect(userOf(after, { renewal })).toBe('ada');
    expect(userOf(after, { renewal: kept.renewal })).toBe('bob');
    expect(after.goOn(kept)).toBe(kept);
  });

  test('is handed on by the notes of use that follow, after the content itself is gone', () => {
    const { clock, before, after } = rotation({ duration: '12h', idleDuration: 30 * MINUTE });
    let kept: Kept = after.goOn({ content: before.cookieOf({ user: 'ada' }) });
    kept = { renewal: kept.renewal };
    for (let visit = 0; visit < 4; visit++) {
      clock.pass(20 * MINUTE);
      const next = after.goOn(kept);
      expect(next.renewal).not.toBe(kept.renewal);
      kept = next;
    }
    expect(userOf(after, kept)).toBe('ada');
  });

  test('that is over is nothing, and nobody is told of it', () => {
    const { clock, before, after } = rotation({ duration: HOUR });
    const { renewal } = after.goOn({ content: before.cookieOf({ user: 'ada' }) });
    clock.pass(HOUR);
    const state = after.openKept({ renewal });
    expect(state.info()).toMatchObject({ isNew: true });
    expect(state.info().refused).toBeUndefined();
    expect(after.events).toEqual([]);
  });
});

describe('a note of use', () => {
  const options = { duration: HOUR, idleDuration: 30 * MINUTE } as const;

  test('has the content where the session was prolonged before, because its own cookie ends first', () => {
    const workshop = new Workshop({ ...options, activeDuration: HOUR });
    const begun = workshop.goOn({}, enter('ada'));
    workshop.clock.pass(20 * MINUTE);
    const prolonged = workshop.goOn(begun);
    workshop.clock.pass(5 * MINUTE);
    const noted = workshop.goOn(prolonged);
    expect(noted.renewal).not.toBe(prolonged.renewal);
    expect(userOf(workshop, { renewal: noted.renewal })).toBe('ada');
  });

  test('is enough for the requests that follow at once, which note nothing', () => {
    const workshop = new Workshop(options);
    const begun = workshop.goOn({}, enter('ada'));
    workshop.clock.pass(10 * MINUTE);
    const noted = workshop.goOn(begun);
    expect(noted).not.toBe(begun);
    workshop.clock.pass(SECOND);
    expect(workshop.goOn(noted)).toBe(noted);
  });

  test('has no content otherwise, however many follow each other', () => {
    const workshop = new Workshop(options);
    let kept = workshop.goOn({}, (state) => void (state.object['text'] = 'x'.repeat(1_000)));
    for (let visit = 0; visit < 3; visit++) {
      workshop.clock.pass(10 * MINUTE);
      kept = workshop.goOn(kept);
      expect(kept.renewal!.length).toBeLessThan(300);
    }
    expect(workshop.openKept({ renewal: kept.renewal }).info().isNew).toBe(true);
  });

  test('has no content where earlier renewals have prolonged the session and do so no more', () => {
    const before = new Workshop({ duration: HOUR, activeDuration: 30 * MINUTE, id: true });
    const begun = before.goOn({}, (state) => void (state.object['text'] = 'x'.repeat(1_000)));
    before.clock.pass(40 * MINUTE);
    const prolonged = before.goOn(begun);
    expect(prolonged.renewal!.length).toBeGreaterThan(1_000);
    before.clock.pass(10 * MINUTE);
    const noted = new Workshop({ ...options, clock: before.clock }).goOn(prolonged);
    expect(noted.renewal).not.toBe(prolonged.renewal);
    expect(noted.renewal!.length).toBeLessThan(300);
  });

  test.each<[string, 'keep' | (() => object)]>([
    ['keeps refused content', 'keep'],
    ['makes new content of it', () => ({ user: 'admin' })],
  ])('is no session without its content, also where onInvalid %s', (_title, onInvalid) => {
    const workshop = new Workshop({ ...options, onInvalid });
    const begun = workshop.goOn({}, enter('ada'));
    workshop.clock.pass(10 * MINUTE);
    const { renewal } = workshop.goOn(begun);
    expect(renewal).toBeDefined();
    const state = workshop.openKept({ renewal });
    expect(state.object).toEqual({});
    expect(state.info().refused).toBeUndefined();
    state.object['user'] = 'bob';
    expect(userOf(workshop, { content: textOf(state.conclude()) })).toBe('bob');
  });

  test('does not stand in for a copy where the content has to be migrated', () => {
    const workshop = new Workshop(options);
    const begun = workshop.goOn({}, enter('ada'));
    workshop.clock.pass(10 * MINUTE);
    const noted = workshop.goOn(begun);
    const next = new Workshop({ ...options, clock: workshop.clock, version: 2, migrate: { 1: same } });
    const migrated = next.goOn(noted);
    expect(migrated.renewal).not.toBe(noted.renewal);
    expect(next.goOn(migrated)).toBe(migrated);
  });

  test('of another session does not tell that this one was overwritten', () => {
    const workshop = new Workshop(options);
    const ada = workshop.goOn({}, enter('ada'));
    workshop.clock.pass(MINUTE);
    const bob = workshop.goOn({}, enter('bob'));
    workshop.clock.pass(10 * MINUTE);
    const { renewal } = workshop.goOn(bob);
    expect(userOf(workshop, { content: ada.content, renewal })).toBe('ada');
    expect(workshop.events).toEqual([]);
  });
});

test('of several renewals, the one that prolongs the session most counts, in whatever order they come', () => {
  const workshop = new Workshop({ duration: HOUR, activeDuration: 30 * MINUTE, idleDuration: 50 * MINUTE });
  const { content } = workshop.goOn({}, enter('ada'));
  const renewals = [20, 40].map((minutes) => {
    workshop.clock.pass(minutes * MINUTE);
    const { renewal } = workshop.goOn({ content });
    workshop.clock.pass(-minutes * MINUTE);
    return renewal!;
  });
  workshop.clock.pass(61 * MINUTE);
  for (const renewal of [renewals, renewals.toReversed()]) {
    const state = workshop.openBeside({ renewal }, content!);
    expect(state.object['user']).toBe('ada');
    state.object['n'] = 1;
    expect(state.conclude()).toMatchObject({
      type: 'write',
      expiresAt: workshop.clock.time + 29 * MINUTE + 30 * MINUTE,
    });
  }
});

test('a session that was renewed beside itself is sealed in its place for others, who know no renewals', () => {
  const clock = new Clock();
  const legacy = { secret: SECRET, acceptUntil: clock.time + DAY };
  const options = { clock, duration: HOUR, activeDuration: 30 * MINUTE, secret: OTHER_SECRET };
  const before = new Workshop({ ...options, legacy });
  const begun = before.goOn({}, enter('ada'));
  clock.pass(40 * MINUTE);
  const kept = before.goOn(begun);
  expect(kept.renewal).toBeDefined();
  const writing = new Workshop({ ...options, legacy: { ...legacy, write: true } });
  const outcome = writing.openKept(kept).conclude();
  expect(outcome.type).toBe('write');
  expect(userOf(writing, { content: textOf(outcome) })).toBe('ada');
});

test('a list of ended sessions whose time is over is as good as none', () => {
  const workshop = new Workshop();
  const ada = workshop.goOn({}, enter('ada'));
  workshop.clock.pass(HOUR);
  const state = workshop.openKept(ada);
  state.destroy();
  const outcome = state.conclude();
  const { ending } = keep(ada, outcome);
  const endedOf = (end: number): unknown => {
    workshop.clock.time = end;
    const next = workshop.openKept({ ending });
    next.object['user'] = 'bob';
    return (next.conclude() as { ended?: unknown }).ended;
  };
  const { ended } = outcome as { ended: { expiresAt: number } };
  expect(ended.expiresAt).toBe(workshop.clock.time + 400 * DAY);
  expect(endedOf(ended.expiresAt - 1)).toBe('over');
  expect(endedOf(ended.expiresAt)).toBeUndefined();
});

test('a copy beside a session that others can read still is no reason to seal that session again', () => {
  const clock = new Clock();
  const legacy = { secret: SECRET, acceptUntil: clock.time + DAY };
  const writing = new Workshop({ clock, secret: OTHER_SECRET, legacy: { ...legacy, write: true } });
  const next = new Workshop({ clock, secret: OTHER_SECRET, legacy });
  const kept = next.goOn(writing.goOn({}, enter('ada')));
  expect(kept.renewal).toBeDefined();
  expect(writing.goOn(kept)).toBe(kept);
});

describe('more lists of ended sessions than are opened', () => {
  const ending = Array.from({ length: 5 }, () => 'junk');

  test.each([
    ['a session', true, false],
    ['a session and its renewal', true, true],
    ['a renewal', false, true],
  ])('refuse %s that comes with them, because one of them may name it', (_title, hasContent, hasRenewal) => {
    const { clock, before, after } = rotation();
    const begun = { content: before.cookieOf({ user: 'ada' }) };
    clock.pass(SECOND);
    const { content, renewal } = after.goOn(begun);
    const contents = hasContent ? [content!] : [];
    const state = after.openBeside({ ending, renewal: hasRenewal ? renewal : undefined }, ...contents);
    expect(state.object).toEqual({});
    expect(state.info().refused).toBe('ended');
    expect(after.events).toEqual([{ type: 'refused', session: 'cart', reason: 'ended' }]);
  });

  test('are nothing where no session comes with them', () => {
    const workshop = new Workshop();
    const state = workshop.openBeside({ ending });
    expect(state.info().refused).toBeUndefined();
    expect(workshop.events).toEqual([]);
    state.object['user'] = 'ada';
    expect(state.conclude().type).toBe('write');
  });
});

describe('several genuine cookies of one session', () => {
  test('tell of a moved cookie, and the one written last counts, in whatever order they come', () => {
    const workshop = new Workshop();
    const first = workshop.cookieOf({ user: 'ada' });
    workshop.clock.pass(SECOND);
    const second = workshop.visit(first, enter('bob'))!;
    for (const cookies of [
      [first, second],
      [second, first],
    ]) {
      const state = workshop.open(...cookies);
      expect({ ...state.object }).toEqual({ user: 'bob' });
      expect(workshop.events.splice(0)).toEqual([
        { type: 'duplicate', session: 'cart', count: 2 },
        { type: 'warning', session: 'cart', message: expect.stringContaining('"previousCookies"') },
      ]);
    }
  });

  /** What is told of so many cookies, by their names. */
  function told(counts: Readonly<Record<string, number>>, options: SessionOptions): SessionEvent[] {
    const events: SessionEvent[] = [];
    const { now } = new Clock();
    const [resolved] = resolveSessions({ name: 'cart', secret: SECRET, now, ...options });
    const secrets = startSecrets([resolved!]).get(resolved!)!;
    const cookies = new SessionCookies(resolved!, secrets, (event) => void events.push(event));
    const arrived = Object.entries(counts).map(([name, count]): [string, string[]] => {
      const workshop = new Workshop({ cookieName: name });
      return [name, Array.from({ length: count }, (_, i) => workshop.cookieOf({ i }))];
    });
    void new SessionState(cookies.session, cookies.candidatesAmong(new Map(arrived))).object;
    return events;
  }
  const warning = {
    type: 'warning',
    session: 'cart',
    message: expect.stringMatching(
      /"cart":.*named "basket".*domain, path or partition.*"previousCookies".*__Host-/,
    ),
  };

  test.each<[Readonly<Record<string, number>>, SessionOptions, readonly unknown[]]>([
    [{ cart: 1, basket: 1 }, { previousNames: ['basket'] }, []],
    [
      { cart: 1, basket: 3 },
      { previousNames: ['basket'] },
      [{ type: 'duplicate', session: 'cart', count: 3 }, warning],
    ],
    [
      { cart: 2 },
      { previousCookies: [{ path: '/shop' }] },
      [{ type: 'duplicate', session: 'cart', count: 2 }],
    ],
  ])('%j with %j: they are told of only where they have one name', (counts, options, events) => {
    expect(told(counts, options)).toEqual(events);
  });

  test('of the same time: the first of them counts', () => {
    const workshop = new Workshop();
    const [first, second] = ['ada', 'bob'].map((user) => workshop.cookieOf({ user }));
    expect({ ...workshop.open(first!, second!).object }).toEqual({ user: 'ada' });
    expect({ ...workshop.open(second!, first!).object }).toEqual({ user: 'bob' });
  });
});
