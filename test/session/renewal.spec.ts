import { expect, test } from '@jest/globals';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { HOUR, keep, MINUTE, textOf, Workshop } from '../support/session.js';

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
