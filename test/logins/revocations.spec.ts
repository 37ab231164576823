import { randomBytes } from 'node:crypto';
import { describe, expect, jest, test } from '@jest/globals';
import { LoginsUnavailableError } from '../../lib/errors/logins-unavailable.error.js';
import { momentOf } from '../../lib/logins/clocks.js';
import type { LoginFact } from '../../lib/logins/login-fact.js';
import type { LoginReport } from '../../lib/session/login-report.js';
import { Revocations, type StoreDownPolicy } from '../../lib/logins/revocations.js';
import { DAY, HOUR, MINUTE } from '../support/session.js';
import { SimulatedClocks, Timeline } from './simulated-store.js';

const MAX_LAG = 5_000;

function setUp(whenStoreIsDown?: StoreDownPolicy) {
  const timeline = new Timeline();
  const clocks = new SimulatedClocks(timeline);
  const reports: LoginReport[] = [];
  const revocations = new Revocations({
    clocks,
    maxLag: MAX_LAG,
    whenStoreIsDown,
    report: (event) => reports.push(event),
  });
  const hear = (): void => revocations.heard(momentOf(clocks));
  const end = (id: Buffer): LoginFact => ({ type: 'login', id, until: clocks.now() + DAY });
  return { timeline, clocks, revocations, hear, end, reports };
}

const createLogin = () => ({ id: randomBytes(16), generation: randomBytes(8) });

describe('whether a login has ended', () => {
  test('is unknown until the store was heard, and when it was not heard for too long', async () => {
    const { timeline, revocations, hear } = setUp();
    const login = createLogin();
    expect(() => revocations.isEnded(login)).toThrow(LoginsUnavailableError);
    hear();
    await timeline.pass(MAX_LAG);
    expect(revocations.isEnded(login)).toBe(false);
    await timeline.pass(1);
    expect(() => revocations.isEnded(login)).toThrow('has not answered for 6 seconds. Cookies are kept');
    hear();
    expect(revocations.isEnded(login)).toBe(false);
  });

  test('is known again when a clock begins anew at 0, as fake timers of tests do', async () => {
    const { timeline, clocks, revocations, hear } = setUp();
    await timeline.pass(HOUR);
    hear();
    jest.spyOn(clocks, 'elapsed').mockReturnValue(0);
    await timeline.pass(MAX_LAG + 1);
    expect(() => revocations.isEnded(createLogin())).toThrow(LoginsUnavailableError);
    hear();
    expect(revocations.isEnded(createLogin())).toBe(false);
  });

  test('is known for those that have ended, also when the store is not heard', async () => {
    const { timeline, revocations, end } = setUp();
    const login = createLogin();
    revocations.apply([end(login.id)]);
    await timeline.pass(HOUR);
    expect(revocations.isEnded(login)).toBe(true);
  });

  test('is answered with no, by name, while the store is not heard', async () => {
    const { timeline, revocations, end } = setUp('accept');
    const [login, ended] = [createLogin(), createLogin()];
    revocations.apply([end(ended.id)]);
    await timeline.pass(HOUR);
    expect([revocations.isEnded(login), revocations.isEnded(ended)]).toEqual([false, true]);
    expect(revocations.isUpToDate).toBe(false);
  });

  test.each(['refuse', 'accept'] as const)(
    'is unknown beside a fact of a newer release (%s)',
    async (policy) => {
      const { timeline, revocations, hear, clocks } = setUp(policy);
      revocations.heardOfNewer(clocks.now() + HOUR);
      revocations.heardOfNewer(clocks.now());
      hear();
      expect(() => revocations.isEnded(createLogin())).toThrow('a newer release has ended some of them');
      await timeline.pass(2 * HOUR);
      hear();
      expect(revocations.isEnded(createLogin())).toBe(false);
    },
  );

  test.each([-60_000, 60_000, -HOUR / 2, HOUR / 2])(
    'lets nobody in if the clock is set by %d ms',
    async (step) => {
      const { timeline, clocks, revocations, hear, end } = setUp();
      const [login, ended] = [createLogin(), createLogin()];
      revocations.apply([end(ended.id)]);
      hear();
      await timeline.pass(MAX_LAG - 1000);
      clocks.skew = step;
      // Set forward, nothing is known until the store is heard again. Set back, the other clock counts.
      if (step > 0) expect(() => revocations.isEnded(login)).toThrow(LoginsUnavailableError);
      else expect(revocations.isEnded(login)).toBe(false);
      await timeline.pass(1001);
      expect(() => revocations.isEnded(login)).toThrow(LoginsUnavailableError);
      hear();
      expect(revocations.isEnded(login)).toBe(false);
      // A clock that was ahead has not made an end expire.
      await timeline.pass(DAY - 5_001);
      hear();
      clocks.skew = 0;
      hear();
      expect(revocations.isEnded(ended)).toBe(true);
    },
  );

  test('does not get unknown by an answer that comes late, after a newer one', async () => {
    const { timeline, clocks, revocations, hear } = setUp();
    const early = momentOf(clocks);
    await timeline.pass(4000);
    hear();
    revocations.heard(early);
    await timeline.pass(4000);
    expect(revocations.isEnded(createLogin())).toBe(false);
  });

  test('is known for an hour after the last cookie has expired', async () => {
    const { timeline, revocations, hear, end } = setUp();
    const login = createLogin();
    revocations.apply([end(login.id)]);
    await timeline.pass(DAY + HOUR - MINUTE);
    hear();
    expect(revocations.isEnded(login)).toBe(true);
    await timeline.pass(3 * MINUTE);
    for (let i = 0; i < 3; i++) hear();
    expect([revocations.isEnded(login), revocations.size]).toEqual([false, 0]);
  });

  test('does not change if a fact comes twice, or ends a login that never was', () => {
    const { revocations, hear, end } = setUp();
    hear();
    const fact = end(randomBytes(16));
    revocations.apply([fact, fact]);
    revocations.apply([fact]);
    expect([revocations.size, [...revocations.knownFacts()].length]).toEqual([1, 1]);
    expect(revocations.isEnded(createLogin())).toBe(false);
  });
});

describe('a generation', () => {
  test('that ends takes its logins along, and the subject goes on with another one', () => {
    const { revocations, hear } = setUp();
    hear();
    const hash = randomBytes(16);
    const login = { id: randomBytes(16), generation: revocations.generationOf(hash) };
    expect(login.generation).toEqual(hash.subarray(0, 8));
    const facts = revocations.endsOf(hash, DAY, randomBytes(16));
    expect(revocations.isEnded(login)).toBe(false);
    revocations.apply(facts);
    expect(revocations.isEnded(login)).toBe(true);
    const next = { id: login.id, generation: revocations.generationOf(hash) };
    expect(revocations.isEnded(next)).toBe(false);
    expect([...revocations.knownFacts()]).toEqual(facts);
  });

  test('of ten thousand logins ends with one fact', () => {
    const { revocations, hear } = setUp();
    hear();
    const hash = randomBytes(16);
    const generation = revocations.generationOf(hash);
    const logins = Array.from({ length: 10_000 }, () => ({ id: randomBytes(16), generation }));
    const facts = revocations.endsOf(hash, DAY, randomBytes(16));
    revocations.apply(facts);
    expect(facts).toHaveLength(1);
    expect(logins.every((login) => revocations.isEnded(login))).toBe(true);
  });
});

describe('a listener', () => {
  test.each(['id', 'generation'] as const)('is called once when the %s has ended', (what) => {
    const { revocations, end } = setUp();
    const hash = randomBytes(16);
    const login = { id: randomBytes(16), generation: revocations.generationOf(hash) };
    const listener = jest.fn();
    revocations.onEnd(login, listener);
    revocations.apply([end(randomBytes(16))]);
    expect(listener).not.toHaveBeenCalled();
    const facts = what === 'id' ? [end(login.id)] : revocations.endsOf(hash, DAY, randomBytes(16));
    for (let i = 0; i < 2; i++) revocations.apply(facts);
    revocations.apply([end(login.id), ...revocations.endsOf(hash, DAY, randomBytes(16))]);
    expect(listener).toHaveBeenCalledTimes(1);
  });

  test('is called soon if the login has ended already, unless it was taken back', async () => {
    const { revocations, end } = setUp();
    const login = createLogin();
    revocations.apply([end(login.id)]);
    const [listener, takenBack] = [jest.fn(), jest.fn()];
    revocations.onEnd(login, listener);
    revocations.onEnd(login, takenBack)();
    expect(listener).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(listener).toHaveBeenCalledTimes(1);
    expect(takenBack).not.toHaveBeenCalled();
  });

  test('that was taken back leaves nothing, and one that throws does not stop the others', () => {
    const { revocations, end, reports } = setUp();
    const login = createLogin();
    const [first, last] = [jest.fn(), jest.fn()];
    revocations.onEnd(login, first)();
    revocations.onEnd(login, () => {
      throw new RangeError('of a visitor');
    });
    revocations.onEnd(login, () => revocations.onEnd(login, () => undefined));
    revocations.onEnd(login, last);
    revocations.apply([end(login.id)]);
    expect(first).not.toHaveBeenCalled();
    expect(last).toHaveBeenCalledTimes(1);
    expect(reports).toEqual([{ type: 'failed', what: 'listener', reason: 'RangeError' }]);
  });
});
