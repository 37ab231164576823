import { describe, expect, test } from '@jest/globals';
import { SessionState } from '../../lib/session/session-state.js';
import { HOUR, Workshop } from '../support/session.js';

const missing = 'Cache-Control' as never;

describe('a response whose head was sent past the session', () => {
  test('loses a change, which is told of', () => {
    const workshop = new Workshop();
    for (const act of [
      (state: SessionState) => (state.object['n'] = 1),
      (state: SessionState) => state.destroy(),
    ]) {
      const state = workshop.open();
      act(state);
      state.reportBypass(missing);
      expect(workshop.events.splice(0)).toMatchObject([
        { type: 'lost', session: 'cart', error: { code: 'ERR_SESSION_TOO_LATE' } },
      ]);
      state.reportBypass(missing);
      expect(workshop.events).toEqual([]);
    }
  });

  test('says why a change was lost, and what to mend', () => {
    const workshop = new Workshop();
    const state = workshop.open();
    state.object['n'] = 1;
    state.reportBypass(undefined);
    const [event] = workshop.events as { error: Error }[];
    expect(event!.error.message).toMatch(/"writeHead".*call the original one\.$/);
  });

  test('may show a session that was only read to a cache', () => {
    const workshop = new Workshop();
    const cookie = workshop.cookieOf({ n: 1 });
    workshop.open(cookie).reportBypass(undefined);
    expect(workshop.events).toEqual([]);
    workshop.open(cookie).reportBypass(missing);
    workshop.open(cookie).reportExposure(missing);
    const exposed = { type: 'exposed', session: 'cart', error: { code: 'ERR_SESSION_EXPOSED' } };
    expect(workshop.events).toMatchObject([exposed, exposed]);
  });
});

describe('a session whose cookie the browser has withheld', () => {
  const begin = (): { workshop: Workshop; state: SessionState } => {
    const workshop = new Workshop();
    const none = { contents: [], renewals: [], endings: [] };
    return { workshop, state: new SessionState(workshop.session, none, 'withheld') };
  };

  test.each<[string, (state: SessionState) => void, readonly string[]]>([
    ['is only read', () => undefined, []],
    ['is changed', (state) => (state.object['n'] = 1), ['withheld']],
    ['is destroyed', (state) => state.destroy(), ['withheld']],
  ])('is not stored, and told of only where something is lost: it %s', (_title, act, types) => {
    const { workshop, state } = begin();
    act(state);
    expect(state.conclude()).toEqual({ type: 'keep' });
    expect(workshop.events).toEqual(types.map((type) => ({ type, session: 'cart' })));
  });

  test.each<[string, (state: SessionState) => void]>([
    ['reset()', (state) => state.reset()],
    ['regenerate()', (state) => state.regenerate()],
    ['setDuration()', (state) => state.setDuration(HOUR)],
  ])('is stored where %s begins it', (_title, act) => {
    const { workshop, state } = begin();
    act(state);
    expect(state.conclude().type).toBe('write');
    expect(workshop.events).toEqual([]);
  });
});

test('what is thrown and is no error is told of once', () => {
  const workshop = new Workshop();
  const state = workshop.open();
  const nothing = Object.defineProperty({}, 'total', {
    enumerable: true,
    get() {
      // oxlint-disable-next-line typescript/only-throw-error -- what is tested
      throw null;
    },
  });
  state.object['value'] = nothing;
  let thrown: unknown = 'nothing';
  try {
    state.save();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeNull();
  expect(state.conclude()).toMatchObject({ type: 'failed', isNews: false });
});

test('the age of a session counts from its beginning', () => {
  const workshop = new Workshop();
  const cookie = workshop.cookieOf({ n: 1 });
  workshop.clock.pass(HOUR);
  const state = workshop.open(cookie);
  expect(state.age).toBe(HOUR);
  state.setDuration(HOUR);
  expect(state.age).toBe(HOUR);
  state.reset();
  expect(state.age).toBe(0);
});

test('the heaviest keys of a session are named, unless it cannot be stored', () => {
  const { session } = new Workshop();
  const content = { a: 1, list: 'x'.repeat(30), b: 'x'.repeat(10), note: 'x'.repeat(20) };
  expect(session.heaviestKeysOf(content)).toEqual(['list', 'note', 'b']);
  expect(session.heaviestKeysOf({ ...content, total: 1n })).toEqual([]);
});
