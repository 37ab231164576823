import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { LoginsUnavailableError } from '../../lib/errors/logins-unavailable.error.js';
import { encodeFact } from '../../lib/logins/login-fact.js';
import type { StoredFact } from '../../lib/logins/login-store.js';
import { cpuTime } from '../support/cpu-time.js';
import { DAY, HOUR, MINUTE } from '../support/session.js';
import { MAX_LAG, SimulatedProcess } from './simulated-process.js';
import { SimulatedStore, Timeline } from './simulated-store.js';

const running: SimulatedProcess[] = [];

function setUp(count = 2) {
  const timeline = new Timeline();
  const store = new SimulatedStore(timeline);
  const start = (): SimulatedProcess => {
    const process = new SimulatedProcess(timeline, store);
    running.push(process);
    return process;
  };
  const processes = Array.from({ length: count }, start);
  return { timeline, store, start, processes, a: processes[0]!, b: processes[1]! };
}

const endOf = (timeline: Timeline): StoredFact =>
  encodeFact({ type: 'login', id: randomBytes(16), until: timeline.time + DAY });

afterEach(() => {
  for (const { follower } of running.splice(0)) follower.stop();
});

describe('a store', () => {
  test('that is dead at start: logins are refused until it is up', async () => {
    const { timeline, store, start } = setUp(0);
    store.state = 'dead';
    const process = start();
    let isReady = false;
    void process.follower.ready.then(() => (isReady = true));
    await timeline.pass(MAX_LAG - 1);
    expect(isReady).toBe(false);
    await timeline.pass(300);
    expect(isReady).toBe(true);
    const session = process.login();
    expect(process.answer(session)).toBe(503);
    expect(process.reports).toEqual([{ type: 'down', reason: 'Error (ECONNREFUSED)' }]);
    store.state = 'up';
    await timeline.pass(250);
    expect(process.answer(session)).toBe('in');
    expect(process.types).toEqual(['down', 'back']);
  });

  test.each(['dead', 'hung'] as const)(
    'that is %s later: in use for maxLag, then 503, then as before',
    async (state) => {
      const { timeline, store, a, b } = setUp();
      await timeline.pass(1000);
      const [session, ended] = [b.login(), b.login()];
      await timeline.until(a.logins.end(ended));
      await timeline.pass(300);
      store.state = state;
      await timeline.pass(MAX_LAG - 500);
      expect([b.answer(session), b.answer(ended)]).toEqual(['in', 'out']);
      await timeline.pass(1000);
      expect([b.answer(session), b.answer(ended)]).toEqual([503, 'out']);
      expect(b.types).toEqual(['down']);
      store.state = 'up';
      // A read that was sent into the void does not hold up those that follow.
      await timeline.pass(MAX_LAG + 500);
      expect([b.answer(session), b.answer(ended)]).toEqual(['in', 'out']);
      expect(b.types).toEqual(['down', 'back']);
    },
  );

  test('that is slow: what an answer proves is as old as its question', async () => {
    const { timeline, store, a } = setUp(1);
    const session = a.login();
    store.delay = () => 2600;
    await timeline.pass(5199);
    expect(a.answer(session)).toBe(503);
    await timeline.pass(20_000);
    expect(a.answer(session)).toBe(503);
    store.delay = () => 500;
    await timeline.pass(7000);
    expect(a.answer(session)).toBe('in');
  });

  test('that flaps is reported when it stays away, and not with every failure', async () => {
    const { timeline, store, a } = setUp(1);
    for (let i = 0; i < 100; i++) {
      store.state = i % 2 ? 'up' : 'dead';
      await timeline.pass(1000);
      if (i > 0) expect(a.answer(a.login())).toBe('in');
    }
    expect(a.reports).toEqual([]);
  });

  test('that restarts empty gets everything back, from one process that knows it', async () => {
    const { timeline, store, a, b, start } = setUp();
    const sessions = Array.from({ length: 2500 }, () => a.login());
    for (const session of sessions.slice(0, 2400)) void a.logins.end(session);
    void a.logins.endAll('grace');
    await timeline.pass(1000);
    store.lose();
    await timeline.pass(3000);
    expect([a.types, b.types]).toEqual([
      ['lost', 'restored'],
      ['lost', 'restored'],
    ]);
    const restored = [a, b].flatMap(({ reports }) =>
      reports.map((report) => (report.type === 'restored' ? report.facts : 0)),
    );
    expect(Math.max(...restored)).toBe(2401);
    const late = start();
    await timeline.pass(100);
    const answers = sessions.map((session) => late.answer(session));
    expect(answers.filter((answer) => answer === 'out')).toHaveLength(2400);
    expect(late.generationOf('grace')).toEqual(a.generationOf('grace'));
  });

  test('that lost only what nobody has read yet gets it back from the one who added it', async () => {
    const { timeline, store, a, b } = setUp();
    await timeline.until(a.logins.end(a.login()));
    await timeline.pass(1000);
    const session = a.login();
    await a.logins.end(session);
    store.lose(1);
    await timeline.pass(2500);
    expect(a.types).toEqual(['lost', 'restored']);
    expect([a.answer(session), b.answer(session)]).toEqual(['out', 'out']);
  });

  test('that loses facts again while they are put back gets all of them', async () => {
    for (let wait = 0; wait < 4000; wait += 100) {
      const { timeline, store, a } = setUp(1);
      const session = a.login();
      await timeline.until(a.logins.end(session));
      await timeline.pass(1000);
      store.delay = () => 200;
      store.lose();
      await timeline.pass(wait);
      store.lose();
      await timeline.pass(10_000);
      expect([wait, store.facts.length > 0]).toEqual([wait, true]);
      a.follower.stop();
    }
  });

  test('that fails while facts are put back gets them later', async () => {
    const { timeline, store, a, start } = setUp(1);
    const session = a.login();
    await timeline.until(a.logins.end(session));
    await timeline.pass(1000);
    store.lose();
    // Facts are put back after a random time, which may be a short one.
    while (a.types.length === 0) await timeline.pass(1);
    store.state = 'dead';
    await timeline.pass(MINUTE);
    store.state = 'up';
    await timeline.pass(5000);
    expect(a.types.slice(0, 2)).toEqual(['lost', 'down']);
    expect(a.types.slice(2).sort()).toEqual(['back', 'restored']);
    const late = start();
    await timeline.pass(1000);
    expect(late.answer(session)).toBe('out');
  });

  test('that keeps a fact once, although a login ended twice, has lost nothing', async () => {
    const { timeline, store, a } = setUp(1);
    const session = a.login();
    store.put = (...facts) => {
      const news = facts.filter(({ text }) => store.facts.every((other) => other.text !== text));
      SimulatedStore.prototype.put.apply(store, news);
    };
    for (let i = 0; i < 3; i++) {
      await timeline.until(a.logins.end(session));
      await timeline.pass(1000);
    }
    expect([store.facts.length, a.reports]).toEqual([1, []]);
  });

  test('with rubbish is read all the same, and it is reported once', async () => {
    const { timeline, store, a, b } = setUp();
    const session = a.login();
    store.put({ text: 'DROP TABLE', until: 5 }, null as never, { text: '1.x', until: NaN });
    await timeline.until(a.logins.end(session));
    await timeline.pass(5000);
    store.put({ text: '', until: 5 });
    await timeline.pass(5000);
    expect([b.reports, b.answer(session), b.answer(b.login())]).toEqual([[{ type: 'rubbish' }], 'out', 'in']);
  });

  test('with a fact of a newer release: 503 until it expires', async () => {
    const { timeline, store, a } = setUp(1);
    const until = timeline.time + HOUR / 60;
    store.put({ text: '2.whatever', until }, { text: '2.other', until });
    await timeline.pass(1000);
    expect([a.answer(a.login()), a.reports]).toEqual([503, [{ type: 'newer', until }]]);
  });

  test('that answers nonsense, or has pages without end, is like one that is down', async () => {
    for (const page of [undefined, {}, { facts: 5 }, { facts: [], cursor: 'x', hasMore: true }]) {
      const { timeline, store, a } = setUp(1);
      await timeline.pass(1000);
      store.read = () => Promise.resolve(page as never);
      await timeline.pass(MAX_LAG + 1000);
      expect([a.answer(a.login()), a.types]).toEqual([503, ['down']]);
    }
  });

  test('with 20,000 facts at start is read page by page, and nobody is let in before the last one', async () => {
    const { timeline, store, start } = setUp(0);
    store.delay = () => 10;
    store.pageSize = 200;
    const facts = Array.from({ length: 20_000 }, () => endOf(timeline));
    store.put(...facts);
    const process = start();
    await timeline.pass(1900);
    expect(process.answer(process.login())).toBe(503);
    const began = cpuTime();
    await timeline.pass(200);
    expect(cpuTime() - began).toBeLessThan(5000);
    expect([process.answer(process.login()), process.revocations.size]).toEqual(['in', 20_000]);
  });
});

describe('catching up', () => {
  test('means that everything added before is known', async () => {
    const { timeline, store, a, b } = setUp();
    await timeline.pass(1000);
    const session = a.login();
    await a.logins.end(session);
    expect(b.answer(session)).toBe('in');
    store.delay = () => 20;
    await timeline.until(b.logins.catchUp());
    expect(b.answer(session)).toBe('out');
  });

  test('is one read for all who ask in the same turn, and moves on although others follow', async () => {
    const { timeline, store, a } = setUp(1);
    await timeline.pass(1000);
    store.put(...Array.from({ length: 5000 }, () => endOf(timeline)));
    store.delay = () => 20;
    const before = store.reads;
    await timeline.until(Promise.all(Array.from({ length: 200 }, () => a.logins.catchUp())));
    expect(store.reads - before).toBeLessThan(14);
    // A new question every 10 ms never waits for the answer of the one before.
    store.put(...Array.from({ length: 5000 }, () => endOf(timeline)));
    const later = [];
    for (let i = 0; i < 50; i++) {
      later.push(a.logins.catchUp());
      await timeline.pass(10);
    }
    const { reads } = store;
    await timeline.until(a.logins.catchUp());
    expect(store.reads - reads).toBeLessThan(4);
    await Promise.all(later);
  });

  test.each([
    ['dead', 'Logins cannot be checked: Error (ECONNREFUSED). Cookies are kept'],
    ['hung', 'Logins cannot be checked: their store has not answered in time. Cookies are kept'],
  ] as const)('fails if the store is %s, and says nothing of its address', async (state, message) => {
    const { timeline, store, a } = setUp(1);
    await timeline.pass(1000);
    store.state = state;
    const error = await timeline.until(a.logins.catchUp().catch((error: unknown) => error));
    expect(error).toBeInstanceOf(LoginsUnavailableError);
    expect(String(error)).toContain(message);
    expect(`${(error as Error).stack} ${JSON.stringify(a.reports)}`).not.toContain('hunter2');
  });
});

test('a follower that was stopped asks nothing more and leaves no timer', async () => {
  const { timeline, store, a } = setUp(1);
  await timeline.pass(10_000);
  a.follower.stop();
  const { reads } = store;
  await timeline.pass(10_000);
  expect([store.reads, timeline.size]).toEqual([reads, 0]);
});
