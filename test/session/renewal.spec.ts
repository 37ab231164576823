import { expect, test } from '@jest/globals';
import { HOUR, keep, MINUTE, Workshop } from '../support/session.js';

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
