import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { LoginsUnavailableError } from '../../lib/errors/logins-unavailable.error.js';
import { KeyRing, type RingHolder } from '../../lib/sealing/key-ring.js';
import { leaksOf } from '../support/leaks.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { MINUTE } from '../support/session.js';
import {
  LIFETIME,
  MAX_LAG,
  type ProcessOptions,
  SimulatedProcess,
  SimulatedSession,
} from './simulated-process.js';
import { SimulatedStore, Timeline } from './simulated-store.js';

const running: SimulatedProcess[] = [];

async function setUp(options: ProcessOptions = {}) {
  const timeline = new Timeline();
  const store = new SimulatedStore(timeline);
  const processes = [1, 2].map(() => new SimulatedProcess(timeline, store, options));
  running.push(...processes);
  await timeline.pass(300);
  const [a, b] = processes as [SimulatedProcess, SimulatedProcess];
  return { timeline, store, a, b };
}

afterEach(() => {
  for (const { follower } of running.splice(0)) follower.stop();
});

describe('end()', () => {
  test('refuses the login here at once and elsewhere soon, and destroys the session', async () => {
    const { timeline, a, b } = await setUp();
    const [session, other] = [a.login(), a.login()];
    await a.logins.end(session);
    expect([a.answer(session), session.isDestroyed]).toEqual(['out', true]);
    await timeline.pass(300);
    expect([b.answer(session), a.answer(other), b.answer(other)]).toEqual(['out', 'in', 'in']);
  });

  test.each(['dead', 'hung'] as const)('rejects and destroys nothing if the store is %s', async (state) => {
    const { timeline, store, a } = await setUp();
    const session = a.login();
    store.state = state;
    const error = await timeline.until(a.logins.end(session).catch((error: unknown) => error));
    expect(error).toBeInstanceOf(LoginsUnavailableError);
    expect(String(error)).not.toContain('hunter2');
    expect(session.isDestroyed).toBe(false);
    expect(a.revocations.size).toBe(0);
  });

  test('only destroys a session that is no login, whatever the store does', async () => {
    const { store, a } = await setUp();
    store.state = 'dead';
    const session = new SimulatedSession(a, undefined);
    await a.logins.end(session);
    expect([session.isDestroyed, store.facts]).toEqual([true, []]);
  });

  test('ends a login whose response is over without destroying it', async () => {
    const { a } = await setUp();
    const session = a.login();
    session.isOver = true;
    await a.logins.end(session);
    expect([a.answer(session), session.isDestroyed]).toEqual(['out', false]);
  });

  test('refuses what is no session', async () => {
    const { a } = await setUp();
    await expect(a.logins.end({ userId: 5 })).rejects.toThrow(TypeError);
  });
});

describe('endAll()', () => {
  test('ends every login of the subject, listed or not, and none of another', async () => {
    const { timeline, a, b } = await setUp();
    const sessions = [a.login(), b.login(), a.login('grace')];
    await a.logins.endAll('ada');
    expect(sessions.map((session) => a.answer(session))).toEqual(['out', 'out', 'in']);
    await timeline.pass(300);
    expect(sessions.map((session) => b.answer(session))).toEqual(['out', 'out', 'in']);
    expect([a, b].map((process) => process.answer(process.login()))).toEqual(['in', 'in']);
  });

  test('lets the given session go on', async () => {
    const { timeline, a, b } = await setUp();
    const [own, other] = [a.login(), b.login()];
    for (let i = 0; i < 3; i++) {
      await timeline.until(a.logins.endAll('ada', { except: own }));
      await timeline.pass(300);
      expect([a, b].map((process) => process.answer(own))).toEqual(['in', 'in']);
    }
    expect([own.renewals, b.answer(other), own.isDestroyed]).toEqual([3, 'out', false]);
  });

  test('of two at the same time lets at most one session go on, and nobody who was there before', async () => {
    let survivors = 0;
    for (let round = 0; round < 50; round++) {
      const { timeline, store, a, b } = await setUp();
      store.delay = () => Math.ceil(Math.random() * 50);
      const [first, second, third] = [a.login(), b.login(), a.login()];
      await timeline.until(
        Promise.all([
          a.logins.endAll('ada', { except: first }),
          b.logins.endAll('ada', { except: second }),
          timeline.pass(0),
        ]),
      );
      await timeline.pass(500);
      const answers = [first, second].map((session) => a.answer(session));
      expect(answers.filter((answer) => answer === 'in').length).toBeLessThanOrEqual(1);
      survivors += answers.includes('in') ? 1 : 0;
      expect([a.answer(third), b.answer(third)]).toEqual(['out', 'out']);
      expect(a.generationOf('ada')).toEqual(b.generationOf('ada'));
      a.follower.stop();
      b.follower.stop();
    }
    // None where the second call already knew of the first, which had ended its session.
    expect(survivors).toBeGreaterThan(25);
  });

  test('spares nobody whom another call at the same time spares', async () => {
    let renewals = 0;
    for (let round = 0; round < 50; round++) {
      const { timeline, store, a, b } = await setUp();
      store.delay = () => Math.ceil(Math.random() * 50);
      const [own, other] = [a.login(), b.login()];
      const elsewhere = a.logins.endAll('ada', { except: own });
      await timeline.pass(Math.floor(Math.random() * 50));
      const copies = [new SimulatedSession(a, own.held)];
      await timeline.until(Promise.all([elsewhere, b.logins.endAll('ada')]));
      await timeline.pass(500);
      for (const session of [own, other, ...copies])
        expect([round, a.answer(session), b.answer(session)]).toEqual([round, 'out', 'out']);
      renewals += own.renewals;
      a.follower.stop();
      b.follower.stop();
    }
    expect(renewals).toBeGreaterThan(5);
  });

  test('ends logins that began elsewhere after an end that this process has not heard of', async () => {
    const { a, b } = await setUp();
    await b.logins.endAll('ada');
    const session = b.login();
    await a.logins.endAll('ada');
    expect([a.answer(session), a.answer(a.login())]).toEqual(['out', 'in']);
  });

  test('does not revive the given session if it has ended meanwhile', async () => {
    const { a, b } = await setUp();
    const own = a.login();
    await b.logins.endById(own.held!.id.toString('base64url'));
    await a.logins.endAll('ada', { except: own });
    expect([own.renewals, a.answer(own)]).toEqual([0, 'out']);
  });

  test.each(['dead', 'hung'] as const)(
    'rejects if the store is %s, and the session goes on',
    async (state) => {
      const { timeline, store, a } = await setUp();
      const own = a.login();
      store.state = state;
      const ended = a.logins.endAll('ada', { except: own });
      await expect(timeline.until(ended)).rejects.toThrow(LoginsUnavailableError);
      expect([own.renewals, a.revocations.isKnownToHaveEnded(own.held!)]).toEqual([0, false]);
    },
  );

  test('reaches logins that were sealed before a rotation, also of sessions with another secret', async () => {
    const holder = { ring: new KeyRing(SECRET, 'secret') };
    const admin: RingHolder = new KeyRing('Zp4_uX8nKd2Rb6Wm-1VtLc7YgQ3Hs9EjAf0', 'secret');
    const { a } = await setUp({ holders: [holder, admin] });
    const before = a.login();
    const hash = a.hashes.sealing('ada', { secrets: admin, purpose: 'session' });
    const ofAdmin = new SimulatedSession(a, {
      ...a.login().held!,
      generation: a.revocations.generationOf(hash),
    });
    holder.ring = new KeyRing([OTHER_SECRET, SECRET], 'secret');
    const after = a.login();
    expect(before.held!.generation).not.toEqual(after.held!.generation);
    await a.logins.endAll('ada');
    expect([before, after, ofAdmin].map((session) => a.answer(session))).toEqual(['out', 'out', 'out']);
  });

  test.each(['', NaN, Infinity, null, undefined, {}, true, 5n])('refuses the subject %p', async (subject) => {
    const { store, a } = await setUp();
    await expect(a.logins.endAll(subject as never)).rejects.toThrow(TypeError);
    await expect(a.logins.list(subject as never)).rejects.toThrow('must be text or a number');
    expect(store.facts).toEqual([]);
  });

  test.each([0, -1, 5, 'x'.repeat(10_000), '🙂', '__proto__'])('takes the subject %p', async (subject) => {
    const { a } = await setUp();
    const session = a.login(String(subject));
    await a.logins.endAll(subject);
    expect(a.answer(session)).toBe('out');
  });

  test('refuses to spare a session of somebody else, of nobody, or one that is over', async () => {
    const { store, a } = await setUp();
    const over = a.login();
    over.isOver = true;
    for (const except of [a.login('grace'), new SimulatedSession(a, undefined), over, {}])
      await expect(a.logins.endAll('ada', { except })).rejects.toThrow(TypeError);
    expect(store.facts).toEqual([]);
  });
});

describe('list() and endById()', () => {
  test('show what began, and end one of it', async () => {
    const { timeline, a, b } = await setUp({ describe: (request) => ({ agent: request }) });
    const first = a.login();
    a.logins.began(first.held!, 'Firefox');
    await timeline.pass(MINUTE);
    const second = b.login();
    b.logins.began(second.held!, 'Chrome');
    b.logins.began(b.login('grace').held!, 'Lynx');
    await timeline.pass(300);
    const list = await a.logins.list('ada');
    expect(list.map(({ description }) => description)).toEqual([{ agent: 'Chrome' }, { agent: 'Firefox' }]);
    expect(list[1]).toMatchObject({
      id: first.held!.id.toString('base64url'),
      began: first.held!.startedAt,
      lastUsed: first.held!.startedAt,
      expires: first.held!.latestEnd,
    });
    await a.logins.endById(list[0]!.id);
    expect([await a.logins.list('ada'), a.answer(second), a.answer(first)]).toEqual([[list[1]], 'out', 'in']);
    await a.logins.endAll('ada');
    expect(await a.logins.list('ada')).toEqual([]);
    expect(await a.logins.list('grace')).toHaveLength(1);
  });

  test('keep the last use, at most every five minutes', async () => {
    const { timeline, store, a } = await setUp();
    const { held } = a.login();
    a.logins.began(held!, undefined);
    for (let i = 0; i < 100; i++) {
      a.logins.used(held!);
      await timeline.pass(10_000);
    }
    expect(store.touches).toHaveLength(4);
    const [entry] = await a.logins.list('ada');
    expect(entry!.lastUsed - held!.startedAt).toBe(15 * MINUTE);
  });

  test('find logins across a rotation, each once', async () => {
    const holder = { ring: new KeyRing(SECRET, 'secret') };
    const { timeline, a } = await setUp({ holders: [holder] });
    const { held } = a.login();
    a.logins.began(held!, undefined);
    await timeline.pass(10);
    holder.ring = new KeyRing([OTHER_SECRET, SECRET], 'secret');
    a.logins.began({ ...held!, generation: a.generationOf('ada') }, undefined);
    a.logins.began(a.login().held!, undefined);
    await timeline.pass(10);
    expect(await a.logins.list('ada')).toHaveLength(2);
  });

  test('leave out what does not open, what was moved to another id, and what is over', async () => {
    const { timeline, store, a } = await setUp();
    const [one, two] = [a.login().held!, a.login().held!];
    a.logins.began(one, undefined);
    a.logins.began(two, undefined);
    await timeline.pass(10);
    const subject = a.hashes.sealing('ada').toString('base64url');
    const listed = await store.list(subject);
    const [id] = [two.id.toString('base64url')];
    await store.note({ subject, id, text: listed[0]!.text, until: two.latestEnd });
    await store.note({ subject, id: 'x', text: 'rubbish', until: two.latestEnd });
    expect((await a.logins.list('ada')).map((entry) => entry.id)).toEqual([one.id.toString('base64url')]);
    timeline.time += LIFETIME;
    expect(await a.logins.list('ada')).toEqual([]);
  });

  test.each(['', 'x', 5, null, undefined, {}, randomBytes(15).toString('base64url'), `${'A'.repeat(21)}B`])(
    'refuse the id %p',
    async (id) => {
      const { store, a } = await setUp();
      await expect(a.logins.endById(id as never)).rejects.toThrow('must be text of 22 characters');
      expect(store.facts).toEqual([]);
    },
  );

  test('take the id of a login that never was', async () => {
    const { a } = await setUp();
    await a.logins.endById(randomBytes(16).toString('base64url'));
    expect(a.answer(a.login())).toBe('in');
  });

  test('reject if the store is dead; what is only noted fails without a sound but in a report', async () => {
    const { timeline, store, a } = await setUp();
    const session = a.login();
    store.state = 'dead';
    await expect(a.logins.list('ada')).rejects.toThrow(LoginsUnavailableError);
    await expect(a.logins.endById('A'.repeat(22))).rejects.toThrow(LoginsUnavailableError);
    a.logins.began(session.held!, undefined);
    a.logins.used(session.held!);
    await timeline.pass(100);
    const reason = 'Error (ECONNREFUSED)';
    expect(a.reports).toEqual([
      { type: 'failed', what: 'list', reason },
      { type: 'failed', what: 'use', reason },
    ]);
  });

  test.each([
    ['throws', () => fail(), 'RangeError'],
    ['is too long', () => 'x'.repeat(5000), 'more than 4096 characters'],
    ['is a cycle', cycle, 'TypeError'],
    ['is a promise', () => Promise.reject(new RangeError('of a visitor')), 'a promise'],
  ])('do without a description that %s', async (_what, describe, reason) => {
    const { timeline, a } = await setUp({ describe });
    a.logins.began(a.login().held!, undefined);
    await timeline.pass(10);
    expect(await a.logins.list('ada')).toMatchObject([{ description: undefined }]);
    expect(a.reports).toEqual([{ type: 'failed', what: 'describe', reason }]);
  });
});

test('a store learns neither who is logged in nor what was described', async () => {
  const subject = 'ada.lovelace@example.org';
  const { timeline, store, a } = await setUp({ describe: () => 'Firefox on Debian, Winterthur' });
  const session = a.login(subject);
  a.logins.began(session.held!, undefined);
  await a.logins.endAll(subject);
  await a.logins.end(session);
  await timeline.pass(100);
  expect(store.dump.length).toBeGreaterThan(200);
  expect(leaksOf([subject, 'Firefox on Debian, Winterthur', SECRET], store.dump)).toEqual([]);
});

test('an open connection hears of the end on every server, and one without a login never', async () => {
  const { timeline, a, b } = await setUp();
  const session = a.login();
  const [here, there, never] = [jest.fn(), jest.fn(), jest.fn()];
  a.logins.onEnd(session, here);
  b.logins.onEnd(session, there);
  b.logins.onEnd(new SimulatedSession(b, undefined), never)();
  await a.logins.end(session);
  expect([here.mock.calls.length, there.mock.calls.length]).toEqual([1, 0]);
  await timeline.pass(300);
  expect([there.mock.calls.length, never.mock.calls.length]).toEqual([1, 0]);
});

test('a listener that rejects is reported, and ends no process', async () => {
  const { timeline, a } = await setUp();
  const session = a.login();
  a.logins.onEnd(session, () => Promise.reject(new RangeError('of a visitor')));
  await a.logins.end(session);
  await timeline.pass(1);
  expect(a.reports).toEqual([{ type: 'failed', what: 'listener', reason: 'RangeError' }]);
});

test('health says whether logins are served', async () => {
  const { timeline, store, a } = await setUp();
  await a.logins.end(a.login());
  expect(a.logins.health()).toEqual({ logins: { status: 'up', lag: expect.any(Number), ended: 1 } });
  store.state = 'dead';
  await timeline.pass(MAX_LAG + 300);
  const { auth } = a.logins.health('auth');
  expect(auth.status).toBe('down');
  expect(auth.lag).toBeGreaterThan(MAX_LAG);
});

function fail(): never {
  throw new RangeError('of a visitor');
}

function cycle(): unknown {
  const ring: { self?: unknown } = {};
  ring.self = ring;
  return ring;
}
