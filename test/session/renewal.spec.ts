import { expect, test } from '@jest/globals';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { HOUR, keep, type Kept, MINUTE, textOf, Workshop } from '../support/session.js';

test.each(['1 minute', '29 minutes'])('a late renewal does not undo setDuration(%p)', (duration) => {
  const workshop = new Workshop({ duration: HOUR, activeDuration: 30 * MINUTE });
  const begun = workshop.goOn({}, (state) => void (state.object['user'] = 'ada'));
  workshop.clock.pass(40 * MINUTE);
  const late = workshop.openKept(begun).conclude();
  expect(late.type).toBe('renew');
  const shortened = workshop.goOn(begun, (state) => state.setDuration(duration));
  const { expiresAt } = workshop.openKept(shortened).info();
  expect(workshop.openKept(keep(shortened, late)).info().expiresAt).toBe(expiresAt);
});

test('an older copy does not stand in for newer content that is refused', () => {
  const old = new Workshop({ secret: SECRET });
  const { clock } = old;
  const rotated = new Workshop({ clock, secret: [OTHER_SECRET, SECRET] });
  const later = new Workshop({
    clock,
    secret: [OTHER_SECRET, SECRET],
    version: 2,
    migrate: { 1: (c: object) => c },
  });
  const cookie = old.cookieOf({ user: 'ada' });
  clock.pass(1_000);
  const renewal = textOf(rotated.open(cookie).conclude());
  clock.pass(1_000);
  const changed = later.visit(cookie, (state) => (state.object['user'] = 'bob'))!;

  const state = rotated.openBeside({ renewal }, changed);
  expect({ ...state.object }).toEqual({});
  expect(state.info().refused).toBe('newer-version');
  expect({ ...rotated.openBeside({ renewal }, cookie).object }).toEqual({ user: 'ada' });
});

const THIRD_SECRET = 'Hn6_tVxQ2-bLs9YkRw4Ez7McJf0PuDg3Ai8';
const [FIRST, SECOND, THIRD] = [SECRET, OTHER_SECRET, THIRD_SECRET];

/** Visits a session under one list of secrets after another, without a change. @returns what is done each time */
function visitUnder(
  lists: readonly string[][],
  begun: Kept,
  workshop: Workshop,
  options: object = {},
): unknown[] {
  let kept = begun;
  return lists.map((secret) => {
    workshop.clock.pass(1_000);
    const state = new Workshop({ ...options, clock: workshop.clock, secret }).openKept(kept);
    const { user } = state.object as { user?: string };
    const outcome = state.conclude();
    kept = keep(kept, outcome);
    return [user, outcome.type];
  });
}

test('who only reads is carried through rotations by copies, one for each new key', () => {
  const workshop = new Workshop({ secret: FIRST });
  const kept = { content: workshop.cookieOf({ user: 'ada' }) };
  const lists = [
    [FIRST],
    [SECOND, FIRST],
    [SECOND, FIRST],
    [SECOND],
    [THIRD, SECOND],
    [THIRD, SECOND],
    [THIRD],
  ];
  expect(
    visitUnder(
      lists.map((list) => [...list]),
      kept,
      workshop,
    ),
  ).toEqual([
    ['ada', 'keep'],
    ['ada', 'renew'],
    ['ada', 'keep'],
    ['ada', 'keep'],
    ['ada', 'renew'],
    ['ada', 'keep'],
    ['ada', 'keep'],
  ]);
});

test('a note of a use, which has no copy, does not stand in for one when keys rotate', () => {
  const options = { idleDuration: HOUR };
  const workshop = new Workshop({ ...options, secret: FIRST });
  const begun = { content: workshop.cookieOf({ user: 'ada' }) };
  workshop.clock.pass(30 * MINUTE);
  const noted = workshop.goOn(begun);
  expect(noted.renewal).toBeDefined();
  expect(visitUnder([[SECOND, FIRST], [SECOND, FIRST], [SECOND]], noted, workshop, options)).toEqual([
    ['ada', 'renew'],
    ['ada', 'keep'],
    ['ada', 'keep'],
  ]);
});

test("another session's copy is none of this one", () => {
  const workshop = new Workshop({ secret: FIRST });
  const bob = workshop.cookieOf({ user: 'bob' });
  workshop.clock.pass(1_000);
  const ada = workshop.cookieOf({ user: 'ada' });
  workshop.clock.pass(1_000);
  const rotated = new Workshop({ clock: workshop.clock, secret: [SECOND, FIRST] });
  const { renewal } = rotated.goOn({ content: bob });
  const state = rotated.openKept({ content: ada, renewal });
  expect({ ...state.object }).toEqual({ user: 'ada' });
  expect(state.conclude().type).toBe('renew');
});

test('each renewal of a prolonged session has the content, also after its own cookie is gone', () => {
  const workshop = new Workshop({ duration: HOUR, activeDuration: 30 * MINUTE });
  let kept: Kept = { content: workshop.cookieOf({ user: 'ada' }) };
  for (let visit = 1; visit <= 8; visit++) {
    workshop.clock.pass(25 * MINUTE);
    const state = workshop.openKept(kept);
    expect({ ...state.object }).toEqual({ user: 'ada' });
    kept = keep(kept, state.conclude());
    // What a browser does when the time of the content's own cookie is over.
    if (visit === 3) kept = { renewal: kept.renewal };
  }
  workshop.clock.pass(60 * MINUTE);
  expect({ ...workshop.openKept(kept).object }).toEqual({});
});

test('a copy that only a newer release can read is kept, although the key of the content is gone', () => {
  const releases = { 1: { version: 1 }, 2: { version: 2, migrate: { 1: (c: object) => c } } };
  const before = new Workshop({ secret: SECRET, ...releases[2] });
  const { clock } = before;
  const content = before.cookieOf({ user: 'ada' });
  clock.pass(1_000);
  const rotated = new Workshop({ clock, secret: [OTHER_SECRET, SECRET], ...releases[2] });
  const renewal = textOf(rotated.open(content).conclude());

  const rolledBack = new Workshop({ clock, secret: OTHER_SECRET, ...releases[1] });
  const state = rolledBack.openBeside({ renewal }, content);
  expect(state.info().refused).toBe('newer-version');
  state.object['user'] = 'bob';
  expect(state.conclude()).toEqual({ type: 'keep' });

  const again = new Workshop({ clock, secret: OTHER_SECRET, ...releases[2] });
  expect({ ...again.openBeside({ renewal }, content).object }).toEqual({ user: 'ada' });
});
