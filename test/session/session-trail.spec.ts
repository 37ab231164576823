import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SESSION_ACTIVITY_CHANNEL, type SessionActivity } from '../../lib/session/session-activity.js';
import { SessionState } from '../../lib/session/session-state.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { Clock, HOUR, keep, type Kept, MINUTE, startSessions, textOf, Workshop } from '../support/session.js';

const activities: SessionActivity[] = [];
const note = (activity: unknown): void => void activities.push(activity as SessionActivity);

beforeEach(() => {
  activities.length = 0;
  subscribe(SESSION_ACTIVITY_CHANNEL, note);
});
afterEach(() => void unsubscribe(SESSION_ACTIVITY_CHANNEL, note));

/** A whole request. @returns what is told of it, and what the browser keeps afterwards */
function visit(
  workshop: Workshop,
  kept: Kept,
  act: (state: SessionState) => void = () => undefined,
): { told: SessionActivity[]; after: Kept } {
  activities.length = 0;
  const state = workshop.openKept(kept);
  act(state);
  const outcome = state.conclude();
  state.announce(outcome, 7);
  state.end();
  return { told: activities.splice(0), after: keep(kept, outcome) };
}
const enter = (state: SessionState): void => void (state.object['user'] = 'ada');

describe('what is told of a session', () => {
  const session = 'cart';
  const seal = { format: 1, keyId: expect.any(String) };

  test('that begins, is changed, begins anew and is left', () => {
    const workshop = new Workshop();
    const begun = visit(workshop, {}, enter);
    expect(begun.told).toEqual([
      { type: 'created', session, hadSession: false },
      { type: 'written', session, bytes: 7, ...seal },
    ]);
    const opened = { type: 'opened', session, version: 1, isRemembered: expect.any(Boolean), ...seal };
    const changed = visit(workshop, begun.after, (state) => (state.object['n'] = 1));
    expect(changed.told).toEqual([opened, { type: 'written', session, bytes: 7, ...seal }]);
    const anew = visit(workshop, changed.after, (state) => state.reset());
    expect(anew.told).toEqual([
      opened,
      { type: 'created', session, hadSession: true },
      { type: 'written', session, bytes: 7, ...seal },
    ]);
    const left = visit(workshop, anew.after, (state) => state.destroy());
    expect(left.told).toEqual([opened, { type: 'destroyed', session, hadSession: true }]);
    expect(visit(workshop, {}, (state) => state.destroy()).told).toEqual([
      { type: 'destroyed', session, hadSession: false },
    ]);
  });

  test('that is only read, or cannot be stored', () => {
    const workshop = new Workshop();
    const { after } = visit(workshop, {}, enter);
    const forgetful = new Workshop({ clock: workshop.clock, memo: 0 });
    expect(visit(forgetful, after).told).toMatchObject([{ type: 'opened', isRemembered: false }]);
    expect(visit(workshop, {}).told).toEqual([]);
    expect(visit(workshop, after).told.map(({ type }) => type)).toEqual(['opened']);
    expect(visit(workshop, after, (state) => (state.object['n'] = 1n)).told.map(({ type }) => type)).toEqual([
      'opened',
    ]);
  });

  const kinds = (workshop: Workshop, kept: Kept, act?: (state: SessionState) => void): unknown[] =>
    visit(workshop, kept, act).told.map((each) => (each.type === 'resealed' ? each.reasons : each.type));

  test('that is prolonged, in use, or given a duration', () => {
    const workshop = new Workshop({ duration: HOUR, activeDuration: 30 * MINUTE });
    const { after } = visit(workshop, {}, enter);
    workshop.clock.pass(40 * MINUTE);
    expect(kinds(workshop, after)).toEqual(['opened', 'renewed', 'written']);
    expect(kinds(workshop, after, (state) => (state.object['n'] = 1))).toEqual([
      'opened',
      'renewed',
      'written',
    ]);
    expect(kinds(workshop, after, (state) => state.setDuration(HOUR))).toEqual(['opened', 'written']);
    const { after: prolonged } = visit(workshop, after);
    expect(kinds(workshop, prolonged, (state) => (state.object['n'] = 1))).toEqual(['opened', 'written']);
    const idle = new Workshop({ duration: HOUR, idleDuration: 30 * MINUTE });
    const begun = visit(idle, {}, enter).after;
    idle.clock.pass(20 * MINUTE);
    expect(kinds(idle, begun)).toEqual(['opened', 'renewed', 'written']);
  });

  const same = (content: object): object => content;
  test.each<[string, object, object, readonly string[]]>([
    ['another key seals', { secret: SECRET }, { secret: [OTHER_SECRET, SECRET] }, ['key']],
    ['content is migrated', {}, { version: 2, migrate: { 1: same } }, ['version']],
    [
      'both',
      { secret: SECRET },
      { secret: [OTHER_SECRET, SECRET], version: 2, migrate: { 1: same } },
      ['key', 'version'],
    ],
    [
      'it is written in another format',
      { legacy: { secret: OTHER_SECRET, write: true, acceptUntil: '2200-01-01' } },
      { legacy: { secret: OTHER_SECRET, acceptUntil: '2200-01-01' } },
      ['format'],
    ],
    ['a policy recovers it', {}, { schema: numbers(), onInvalid: () => ({}) }, ['content']],
  ])('that is sealed anew, because %s', (_title, before, after, reasons) => {
    const clock = new Clock();
    const { after: kept } = visit(new Workshop({ ...before, clock }), {}, enter);
    clock.pass(MINUTE);
    const today = new Workshop({ ...after, clock });
    expect(kinds(today, kept)).toEqual(['opened', reasons, 'written']);
    expect(kinds(today, visit(today, kept).after)).toEqual(['opened']);
    expect(kinds(today, kept, (state) => (state.object['n'] = 1))).toEqual(['opened', 'written']);
    expect(kinds(today, kept, (state) => state.setDuration(HOUR))).toEqual(['opened', 'written']);
  });

  test('that is sealed anew, because it came under an earlier name', () => {
    const options = { name: 'cart', secret: SECRET, now: new Clock().now };
    const [before] = startSessions({ ...options, cookieName: 'basket' });
    const [today] = startSessions({ ...options, cookieName: 'cart', previousNames: ['basket'] });
    const begun = new SessionState(before!.session, before!.candidatesAmong(new Map()));
    enter(begun);
    const basket = textOf(begun.conclude());
    activities.length = 0;
    const state = new SessionState(today!.session, today!.candidatesAmong(new Map([['basket', [basket]]])));
    state.announce(state.conclude(), 7);
    expect(activities).toMatchObject([
      { type: 'opened' },
      { type: 'resealed', reasons: ['earlier-cookie'] },
      { type: 'written' },
    ]);
  });

  test('in the format of client-sessions', () => {
    const clock = new Clock();
    const legacy = { secret: OTHER_SECRET, write: true, acceptUntil: clock.time + HOUR };
    const { told } = visit(new Workshop({ clock, legacy }), {}, enter);
    expect(told[1]).toStrictEqual({ type: 'written', session, bytes: 7, format: 'legacy' });
  });

  test('whose copy stands in for it was not opened before, and is told of by its own key', () => {
    const clock = new Clock();
    const { after: begun } = visit(new Workshop({ clock, secret: SECRET }), {}, enter);
    clock.pass(MINUTE);
    const rotated = new Workshop({ clock, secret: [OTHER_SECRET, SECRET] });
    const { told, after } = visit(rotated, begun);
    const [opened, , written] = told as { keyId?: string; isRemembered?: boolean }[];
    expect(opened!.keyId).not.toBe(written!.keyId);
    const [both] = visit(rotated, after).told;
    expect(both).toMatchObject({ type: 'opened', keyId: opened!.keyId });
    const [copy] = visit(rotated, { renewal: after.renewal }).told;
    expect(copy).toMatchObject({ type: 'opened', keyId: written!.keyId, isRemembered: false });
  });

  test('is told to nobody where nobody listens when it is opened', () => {
    const workshop = new Workshop();
    unsubscribe(SESSION_ACTIVITY_CHANNEL, note);
    const state = workshop.open();
    expect(state.isFollowed).toBe(false);
    subscribe(SESSION_ACTIVITY_CHANNEL, note);
    enter(state);
    state.announce(state.conclude(), 7);
    expect(activities).toEqual([]);
    expect(workshop.open().isFollowed).toBe(true);
  });
});

/** A schema that refuses content with a user. */
function numbers(): object {
  const validate = (value: object): object =>
    'user' in value ? { issues: [{ message: 'has a user' }] } : { value };
  return { '~standard': { version: 1, vendor: 'test', validate } };
}
