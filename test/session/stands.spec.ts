import { describe, expect, test } from '@jest/globals';
import { DAY, HOUR, Workshop } from '../support/session.js';

describe('a session of an open connection', () => {
  test('stands until its time is over, to the millisecond', () => {
    const workshop = new Workshop({ duration: HOUR });
    const state = workshop.openReadOnly(workshop.cookieOf({ user: 'ada' }));
    workshop.clock.pass(HOUR - 1);
    expect(state.stands()).toBe(true);
    workshop.clock.pass(1);
    expect(state.stands()).toBe(false);
  });

  test('stands for ever where there is none that could end', () => {
    const workshop = new Workshop({ duration: HOUR });
    const state = workshop.openReadOnly({});
    workshop.clock.pass(100 * DAY);
    expect(state.stands()).toBe(true);
  });

  test('stands where everybody who began earlier is logged out, and not where it began earlier itself', () => {
    let issuedAfter: number | undefined;
    const workshop = new Workshop({ issuedAfter: () => issuedAfter });
    const began = workshop.clock.time;
    const state = workshop.openReadOnly(workshop.cookieOf({ user: 'ada' }));
    workshop.clock.pass(HOUR);
    issuedAfter = began;
    expect(state.stands()).toBe(true);
    issuedAfter = began + 1;
    expect(state.stands()).toBe(false);
  });
});

test('a session is over as soon as its changes cannot reach the browser', () => {
  const workshop = new Workshop();
  const state = workshop.open();
  expect(state.isOver).toBe(false);
  state.object['user'] = 'ada';
  state.save();
  expect(state.isOver).toBe(false);
  state.conclude();
  expect(state.isOver).toBe(true);
  expect(workshop.openReadOnly({}).isOver).toBe(true);
});
