import { inspect } from 'node:util';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { InvalidOptionsError } from '../../lib/errors/invalid-options.error.js';
import { SessionNotSerializableError } from '../../lib/errors/session-not-serializable.error.js';
import { SessionTooLargeError } from '../../lib/errors/session-too-large.error.js';
import { SessionTooLateError } from '../../lib/errors/session-too-late.error.js';
import { VersionedSealer } from '../../lib/sealing/versioned-sealer.js';
import { createSessionId } from '../../lib/sealing/session-id.js';
import { getSessionInfo } from '../../lib/session/get-session-info.js';
import { RESERVED_NAMES } from '../../lib/session/reserved-names.js';
import type { Session } from '../../lib/session/session-object.js';
import { SessionState } from '../../lib/session/session-state.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { Clock, DAY, HOUR, MINUTE, textOf, Workshop } from '../support/session.js';

const METHODS = ['reset', 'destroy', 'setDuration', 'regenerate', 'save'] as const;

const sessionOf = (state: SessionState): Session => state.object as Session;

describe('the session object', () => {
  test('a fresh one has no keys, and a missing key is undefined', () => {
    const { object } = new Workshop().open();

    expect(Object.keys(object)).toEqual([]);
    expect(JSON.stringify(object)).toBe('{}');
    expect(object['missing']).toBeUndefined();
    expect('missing' in object).toBe(false);
  });

  test('shows its content and nothing else, however it is looked at', () => {
    const workshop = new Workshop();
    const { object } = workshop.open(workshop.cookieOf({ total: 33, items: ['tea'] }));
    const seen: string[] = [];
    for (const key in object) seen.push(key);

    expect(seen).toEqual(['total', 'items']);
    expect(Reflect.ownKeys(object)).toEqual(['total', 'items']);
    expect(JSON.stringify(object)).toBe('{"total":33,"items":["tea"]}');
    expect({ ...object }).toEqual({ total: 33, items: ['tea'] });
    expect(structuredClone(object)).toEqual({ total: 33, items: ['tea'] });
    expect(inspect(object)).toBe("Session { total: 33, items: [ 'tea' ] }");
    expect(inspect(object, { showHidden: true, depth: Infinity, getters: true })).not.toContain(
      SECRET.slice(0, 8),
    );
  });

  test.each(METHODS)('%s is inherited and not enumerable', (name) => {
    const { object } = new Workshop().open();

    expect(object[name]).toBeInstanceOf(Function);
    expect(Object.hasOwn(object, name)).toBe(false);
  });

  test.each([...RESERVED_NAMES])('%s cannot be overwritten by mistake', (name) => {
    const state = new Workshop().open();
    const { object } = state;
    const before = object[name];
    const message = `"${name}" is reserved on a session and cannot be a key of its content; use another name`;
    const source = Object.defineProperty({}, name, { value: 1, enumerable: true });

    expect(() => (object[name] = 1)).toThrow(new TypeError(message));
    expect(() => Object.assign(object, source)).toThrow(new TypeError(message));
    expect(() => state.replace(source)).toThrow(
      new TypeError(`"${name}" is reserved on a session and cannot be a key of its content`),
    );
    expect(object[name]).toBe(before);
    expect(Object.keys(object)).toEqual([]);
    expect(state.conclude()).toEqual({ type: 'keep' });
  });

  test('a name that was defined over a method is refused when stored', () => {
    const { object } = new Workshop().open();
    Object.defineProperty(object, 'reset', { value: 1, enumerable: true });

    expect(() => sessionOf({ object } as SessionState).save()).toThrow(SessionNotSerializableError);
  });

  test('constructor and its kind are content like any other', () => {
    const workshop = new Workshop();
    const { object } = workshop.open(
      workshop.cookieOf({ constructor: 'x', toString: 1, hasOwnProperty: null }),
    );

    expect({ ...object }).toEqual({ constructor: 'x', toString: 1, hasOwnProperty: null });
    expect(({} as object).constructor).toBe(Object);
  });

  test('its methods work on session objects alone', () => {
    const { object } = new Workshop().open();
    const { reset } = sessionOf(new Workshop().open());
    const message = /Not a session object: use the object from @Session\(\), getSession\(\) or req\.session/;

    expect(() => reset.call({ ...object })).toThrow(message);
    expect(() => getSessionInfo({ ...object })).toThrow(message);
    expect(() => getSessionInfo(Object.create(object) as object)).toThrow(message);
    expect(() => reset()).toThrow(
      'reset() was called without its session: write session.reset(), or bind it to the session',
    );
  });
});

describe('what the browser has to be told', () => {
  test('nothing, when a session was only read', () => {
    const workshop = new Workshop();
    const cookie = workshop.cookieOf({ total: 33 });
    const state = workshop.open(cookie);

    expect(state.object['total']).toBe(33);
    expect(state.conclude()).toEqual({ type: 'keep' });
    expect(workshop.visited(() => undefined)).toEqual({ type: 'keep' });
    expect(workshop.events).toEqual([]);
  });

  test.each<[string, (object: Record<string, any>) => void, object]>([
    ['a new key', (cart) => (cart['csrf'] = 'x'), { total: 33, items: [{ n: 1 }], csrf: 'x' }],
    ['a changed key', (cart) => (cart['total'] = 34), { total: 34, items: [{ n: 1 }] }],
    ['a deleted key', (cart) => delete cart['total'], { items: [{ n: 1 }] }],
    ['a key set to undefined', (cart) => (cart['total'] = undefined), { items: [{ n: 1 }] }],
    ['all keys deleted', (cart) => Object.keys(cart).forEach((key) => delete cart[key]), {}],
    ['a change deep inside', (cart) => cart['items'][0].n++, { total: 33, items: [{ n: 2 }] }],
    ['a push', (cart) => cart['items'].push({ n: 2 }), { total: 33, items: [{ n: 1 }, { n: 2 }] }],
  ])('a new cookie after %s', (_name, change, content) => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ total: 33, items: [{ n: 1 }] }));
    change(state.object);
    const outcome = state.conclude();

    expect(outcome).toMatchObject({ type: 'write', expiresAt: workshop.clock.time + DAY });
    expect({ ...workshop.open(textOf(outcome)).object }).toEqual(content);
  });

  test.each<[string, (object: Record<string, any>) => void]>([
    ['a key written and taken back', (cart) => ((cart['x'] = 1), delete cart['x'])],
    ['a value changed and changed back', (cart) => ((cart['total'] = 1), (cart['total'] = 33))],
    ['a push and a pop', (cart) => (cart['items'].push(1), cart['items'].pop())],
    ['the same content once more', (cart) => Object.assign(cart, { total: 33, items: [{ n: 1 }] })],
    ['a key of undefined', (cart) => (cart['x'] = undefined)],
  ])('nothing after %s', (_name, change) => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ total: 33, items: [{ n: 1 }] }));
    change(state.object);

    expect(state.conclude()).toEqual({ type: 'keep' });
  });

  test('a change of content does not move creation and expiry', () => {
    const workshop = new Workshop();
    const created = workshop.clock.time;
    let cookie = workshop.cookieOf({ n: 0 });
    for (let n = 1; n <= 23; n++) {
      workshop.clock.pass(HOUR);
      cookie = workshop.visit(cookie, ({ object }) => (object['n'] = n))!;
    }
    const state = workshop.open(cookie);

    expect(state.info()).toMatchObject({ isNew: false, createdAt: created, expiresAt: created + DAY });
    expect(state.object['n']).toBe(23);
    workshop.clock.pass(HOUR);
    expect(workshop.open(cookie).info()).toMatchObject({ isNew: true, refused: 'expired' });
  });

  test('U+FFFD, emoji and lone surrogates survive', () => {
    const workshop = new Workshop();
    const text = 'a\ufffd\u{1F36A}\ud800\u2028ü';

    expect(workshop.open(workshop.cookieOf({ [text]: text })).object[text]).toBe(text);
  });
});

describe('replacing the content', () => {
  test('an object takes the place of all there was, before the first read, too', () => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ total: 33, csrf: 'x' }));
    const { object } = state;
    state.replace({ total: 34 });

    expect(state.object).toBe(object);
    expect({ ...object }).toEqual({ total: 34 });
    expect({ ...workshop.open(textOf(state.conclude())).object }).toEqual({ total: 34 });
  });

  test('a session may be replaced with itself, with a part of itself, and with a copy', () => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ a: 1, b: { c: 2 } }));
    const { object } = state;

    state.replace(object);
    expect({ ...object }).toEqual({ a: 1, b: { c: 2 } });
    state.replace({ ...object });
    expect(state.conclude()).toEqual({ type: 'keep' });
    const next = workshop.open(workshop.cookieOf({ a: 1, b: { c: 2 } }));
    next.replace(next.object['b']);
    expect({ ...next.object }).toEqual({ c: 2 });
  });

  test('a session may be replaced with itself also where it cannot be changed any more', () => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ a: 1 }));
    state.conclude();

    state.replace(state.object);
    expect({ ...state.object }).toEqual({ a: 1 });
  });

  test('a frozen object is copied, and can be changed afterwards', () => {
    const workshop = new Workshop();
    const state = workshop.open();
    state.replace(Object.freeze({ a: 1 }));
    state.object['b'] = 2;

    expect({ ...workshop.open(textOf(state.conclude())).object }).toEqual({ a: 1, b: 2 });
  });

  test('an object without a prototype and the content of another session are content', () => {
    const workshop = new Workshop();
    const state = workshop.open();
    state.replace(Object.assign(Object.create(null) as object, { a: 1 }));
    expect({ ...state.object }).toEqual({ a: 1 });

    const other = workshop.open();
    other.replace(state.object);
    expect({ ...other.object }).toEqual({ a: 1 });
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['text', 'tea'],
    ['a number', 1],
    ['true', true],
    ['a symbol', Symbol('x')],
    ['a function', () => ({})],
    ['an array', [1]],
    ['a Date', new Date()],
    ['a Map, which would come out empty', new Map([['a', 1]])],
    ['a promise that was not awaited', Promise.resolve({ a: 1 })],
    ['bytes', Buffer.of(1)],
  ])('%s: a TypeError, and the content stays', (_name, content) => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ a: 1 }));

    expect(() => state.replace(content)).toThrow(
      new TypeError('Only an object can be assigned to the session "cart"; to remove it, call destroy()'),
    );
    expect(state.conclude()).toEqual({ type: 'keep' });
  });
});

describe('reset()', () => {
  test('empties the content but for what is kept, and starts anew', () => {
    const workshop = new Workshop({ id: true, absoluteDuration: 2 * DAY });
    const state = workshop.open(workshop.cookieOf({ csrf: 'x', user: 1, cart: [] }));
    const { id } = state.info();
    workshop.clock.pass(HOUR);
    sessionOf(state).reset(['csrf', 'missing']);
    state.object['user'] = 2;
    const outcome = state.conclude();

    expect(outcome).toMatchObject({
      type: 'write',
      expiresAt: workshop.clock.time + DAY,
      ephemeral: undefined,
    });
    const next = workshop.open(textOf(outcome));
    expect({ ...next.object }).toEqual({ csrf: 'x', user: 2 });
    expect(next.info()).toMatchObject({
      createdAt: workshop.clock.time,
      expiresAt: workshop.clock.time + DAY,
    });
    expect(next.info().id).toBe(state.info().id);
    expect(next.info().id).not.toBe(id);
  });

  test('writes a cookie even if nothing is left to store, or nothing changed', () => {
    const workshop = new Workshop();
    const fresh = workshop.open();
    sessionOf(fresh).reset();
    const kept = workshop.open(workshop.cookieOf({ a: 1 }));
    sessionOf(kept).reset(['a']);

    expect(fresh.conclude().type).toBe('write');
    expect({ ...workshop.open(textOf(kept.conclude())).object }).toEqual({ a: 1 });
  });

  test('forgets a duration of its own, and counts the ceiling anew', () => {
    const workshop = new Workshop({ absoluteDuration: 2 * DAY });
    const cookie = workshop.visit(undefined, (state) => sessionOf(state).setDuration(HOUR, true));
    workshop.clock.pass(MINUTE);
    const state = workshop.open(cookie!);
    sessionOf(state).reset();
    sessionOf(state).setDuration('10 days');

    expect(state.conclude()).toMatchObject({
      expiresAt: workshop.clock.time + 2 * DAY,
      ephemeral: undefined,
    });
  });
});

describe('destroy()', () => {
  test('empties the content and deletes the cookie', () => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ a: 1 }));
    sessionOf(state).destroy();

    expect({ ...state.object }).toEqual({});
    expect(state.conclude()).toMatchObject({ type: 'delete' });
  });

  test('what is put in afterwards starts a new session, even if it is what there was', () => {
    const workshop = new Workshop({ id: true });
    const state = workshop.open(workshop.cookieOf({ a: 1 }));
    const { id } = state.info();
    workshop.clock.pass(HOUR);
    sessionOf(state).destroy();
    state.object['a'] = 1;
    const next = workshop.open(textOf(state.conclude()));

    expect({ ...next.object }).toEqual({ a: 1 });
    expect(next.info().createdAt).toBe(workshop.clock.time);
    expect(next.info().id).not.toBe(id);
  });

  test('filled and emptied again, it is still deleted', () => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ a: 1 }));
    sessionOf(state).destroy();
    state.object['a'] = 1;
    delete state.object['a'];

    expect(state.conclude()).toMatchObject({ type: 'delete' });
  });
});

test.each<[string, (workshop: Workshop) => SessionState]>([
  ['begins', (workshop) => workshop.open()],
  [
    'begins anew',
    (workshop) => {
      const state = workshop.open(workshop.cookieOf({ a: 1 }));
      workshop.clock.pass(HOUR);
      state.reset();
      return state;
    },
  ],
])('a session that %s counts as written at that time, however late its response is', (_title, begin) => {
  const workshop = new Workshop();
  const state = begin(workshop);
  state.object['b'] = 2;
  const createdAt = workshop.clock.time;
  workshop.clock.pass(MINUTE);

  expect(workshop.sealer.unseal(textOf(state.conclude()))).toMatchObject({
    ok: true,
    record: { createdAt, writtenAt: undefined },
  });
});

describe('setDuration()', () => {
  test.each([0, 0.4, '0 ms'])('of %j is refused: it would store what is over at once', (duration) => {
    const state = new Workshop().open();
    expect(() => sessionOf(state).setDuration(duration)).toThrow(/must be more than 0 ms.*destroy\(\)/);
  });

  test('counts from now, for this session alone, and keeps the content', () => {
    const workshop = new Workshop();
    const [one, other] = [workshop.cookieOf({ a: 1 }), workshop.cookieOf({ a: 2 })];
    workshop.clock.pass(HOUR);
    const long = workshop.visit(one, (state) => sessionOf(state).setDuration('10 days'))!;

    expect(workshop.open(long).info()).toMatchObject({
      createdAt: workshop.clock.time,
      expiresAt: workshop.clock.time + 10 * DAY,
    });
    expect(workshop.open(long).object['a']).toBe(1);
    workshop.clock.pass(9 * DAY);
    expect(workshop.open(long).object['a']).toBe(1);
    expect(workshop.open(other).info().refused).toBe('expired');
    expect(workshop.visited((state) => (state.object['a'] = 1))).toMatchObject({
      expiresAt: workshop.clock.time + DAY,
      ephemeral: undefined,
    });
  });

  test('a shorter one ends earlier', () => {
    const workshop = new Workshop();
    const cookie = workshop.visit(workshop.cookieOf({ a: 1 }), (state) =>
      sessionOf(state).setDuration(MINUTE),
    )!;

    workshop.clock.pass(MINUTE - 1);
    expect(workshop.open(cookie).info().isNew).toBe(false);
    workshop.clock.pass(1);
    expect(workshop.open(cookie).info()).toMatchObject({ isNew: true, refused: 'expired' });
  });

  test('true makes it ephemeral, false persistent, nothing leaves it as it was; for the visits after it, too', () => {
    const workshop = new Workshop();
    const ephemerals: unknown[] = [];
    let cookie = workshop.cookieOf({ n: 0 });
    for (const ephemeral of [undefined, true, undefined, false, undefined]) {
      const state = workshop.open(cookie);
      sessionOf(state).setDuration(HOUR, ephemeral);
      const outcome = state.conclude();
      cookie = textOf(outcome);
      ephemerals.push((outcome as { ephemeral: unknown }).ephemeral);
      const next = workshop.open(cookie);
      next.object['n'] = ephemerals.length;
      expect(next.conclude()).toMatchObject({ type: 'write', ephemeral: ephemerals.at(-1) });
    }

    expect(ephemerals).toEqual([undefined, true, true, false, false]);
  });

  test('cannot go beyond the ceiling, however often it is called', () => {
    const workshop = new Workshop({ absoluteDuration: 2 * DAY });
    const end = workshop.clock.time + 2 * DAY;
    let cookie = workshop.cookieOf({ a: 1 });
    while (workshop.clock.time < end) {
      const state = workshop.open(cookie);
      expect(state.info().isNew).toBe(false);
      sessionOf(state).setDuration('1 day');
      const outcome = state.conclude();
      expect(outcome).toMatchObject({ expiresAt: Math.min(workshop.clock.time + DAY, end) });
      cookie = textOf(outcome);
      workshop.clock.pass(8 * HOUR);
    }

    expect(workshop.open(cookie).info()).toMatchObject({ isNew: true, refused: 'expired' });
  });

  test.each([NaN, Infinity, -1, '', 'soon', '1 parsec', null, undefined, {}])(
    '%p is refused and changes nothing',
    (ms) => {
      const workshop = new Workshop();
      const state = workshop.open(workshop.cookieOf({ a: 1 }));

      expect(() => sessionOf(state).setDuration(ms as never, true)).toThrow(InvalidOptionsError);
      expect(state.conclude()).toEqual({ type: 'keep' });
    },
  );
});

describe('regenerate()', () => {
  test('is undone by reload(), with what was changed of the object before', () => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ a: 1 }));
    const old = sessionOf(state);
    old.regenerate();
    old['b'] = 2;
    sessionOf(state).reload();
    expect(state.save()).toEqual({ type: 'keep' });
    expect({ ...state.object }).toEqual({ a: 1 });
  });

  test('gives a new object, and leaves the old one its content', async () => {
    const workshop = new Workshop({ id: true });
    const state = workshop.open(workshop.cookieOf({ csrf: 'x' }));
    const [old, { id }] = [sessionOf(state), state.info()];
    await new Promise<void>((resolve) => old.regenerate(() => resolve()));

    expect(state.object).not.toBe(old);
    expect({ ...old }).toEqual({ csrf: 'x' });
    expect({ ...state.object }).toEqual({});
    state.object['user'] = 1;
    const next = workshop.open(textOf(state.conclude()));
    expect({ ...next.object }).toEqual({ user: 1 });
    expect(next.info().id).not.toBe(id);
  });

  test('writes a cookie even if nothing is put in, and needs no callback', () => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ a: 1 }));
    sessionOf(state).regenerate();

    expect({ ...workshop.open(textOf(state.conclude())).object }).toEqual({});
  });

  test('the methods of the old object act on the new session', () => {
    const state = new Workshop().open();
    const old = sessionOf(state);
    old.regenerate();
    state.object['a'] = 1;

    expect(getSessionInfo(old)).toEqual(getSessionInfo(state.object));
    old.reset();
    expect({ ...state.object }).toEqual({});
  });

  test.each<[string, (old: Record<string, any>) => void]>([
    ['a new key', (old) => (old['late'] = 1)],
    ['another value', (old) => (old['a'] = 2)],
    ['a deletion', (old) => delete old['a']],
    ['a change deep inside', (old) => old['list'].push(1)],
  ])('%s in the old object afterwards is loud', (_name, change) => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ a: 1, list: [] }));
    const old = state.object;
    sessionOf(state).regenerate();
    change(old);

    expect(() => sessionOf(state).save()).toThrow(
      new SessionTooLateError(
        'cart',
        'it was made to an object that regenerate() had replaced',
        'After regenerate() take the session from the request again.',
      ),
    );
    expect(state.conclude()).toEqual({ type: 'failed', isNews: false });
  });

  test('also in the first of two that were replaced', () => {
    const state = new Workshop().open();
    const first = state.object;
    sessionOf(state).regenerate();
    sessionOf(state).regenerate();
    first['late'] = 1;

    expect(state.conclude()).toEqual({ type: 'failed', isNews: true });
  });

  test('what is kept may be changed and then replaced, but not in the old object', () => {
    const workshop = new Workshop();
    const cookie = workshop.cookieOf({ list: ['tea'], name: 'ada' });
    const state = workshop.open(cookie);
    sessionOf(state).regenerate(['list', 'name']);
    (state.object['list'] as string[]).push('cup');
    Object.assign(state.object, { list: [], name: 'bob' });
    expect({ ...workshop.open(textOf(state.conclude())).object }).toEqual({ list: [], name: 'bob' });

    for (const change of [{ list: ['cup'] }, { name: 'bob' }]) {
      const again = workshop.open(cookie);
      const old = again.object;
      sessionOf(again).regenerate(['list', 'name']);
      Object.assign(old, change);
      expect(again.conclude()).toMatchObject({ type: 'failed' });
    }
  });

  test.each<[string, (session: Session) => void]>([
    ['reset()', (session) => session.reset()],
    ['destroy()', (session) => session.destroy()],
    ['a second regenerate()', (session) => session.regenerate()],
  ])('what both objects share is given up with the rest by %s', (_name, giveUp) => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ list: ['tea'] }));
    const old = state.object;
    sessionOf(state).regenerate(['list']);
    (state.object['list'] as string[]).push('cup');
    giveUp(sessionOf(state));
    expect(state.conclude()).toMatchObject({ type: expect.stringMatching('write|delete') });

    const again = workshop.open(workshop.cookieOf({ list: ['tea'] }));
    const replaced = again.object;
    sessionOf(again).regenerate(['list']);
    giveUp(sessionOf(again));
    replaced['late'] = 1;
    expect(again.conclude()).toMatchObject({ type: 'failed' });
    expect(old).not.toBe(state.object);
  });

  test('a change that both objects share is stored, as where passport keeps the session info', () => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ a: 1, cart: { items: ['tea'] }, user: { roles: [] } }));
    const old = state.object;
    sessionOf(state).regenerate();
    Object.assign(state.object, old);
    state.object['roles'] = (old['user'] as { roles: string[] }).roles;
    delete state.object['user'];
    (state.object['cart'] as { items: string[] }).items.push('cup');
    (state.object['roles'] as string[]).push('admin');

    expect({ ...workshop.open(textOf(state.conclude())).object }).toEqual({
      a: 1,
      cart: { items: ['tea', 'cup'] },
      roles: ['admin'],
    });
  });

  test('both hold for maps, sets and bytes, where they can be stored', () => {
    const workshop = new Workshop({ codec: 'structured' });
    const cookie = workshop.cookieOf({ map: new Map([['a', [1]]]), set: new Set([1]), bytes: Buffer.of(1) });
    const changes: ((object: Record<string, any>) => void)[] = [
      ({ map }) => map.set('b', []),
      ({ map }) => map.get('a').push(2),
      ({ set }) => set.add(2),
      ({ bytes }) => (bytes[0] = 2),
    ];
    for (const change of changes) {
      const lost = workshop.open(cookie);
      const old = lost.object;
      sessionOf(lost).regenerate();
      change(old);
      expect(lost.conclude()).toEqual({ type: 'failed', isNews: true });

      const shared = workshop.open(cookie);
      const { object } = shared;
      sessionOf(shared).regenerate();
      Object.assign(shared.object, object);
      change(shared.object);
      expect(shared.conclude().type).toBe('write');
    }
  });

  test('what the old object had before is not held against it, storable or not', () => {
    const state = new Workshop().open();
    state.object['big'] = 1n;
    sessionOf(state).regenerate();

    expect(state.conclude().type).toBe('write');
  });
});

describe('save()', () => {
  afterEach(() => void jest.restoreAllMocks());

  test('seals early, and the cookie is the one that leaves', () => {
    const workshop = new Workshop();
    const state = workshop.open();
    state.object['a'] = 1;
    sessionOf(state).save();
    const text = textOf(state.conclude());

    expect(workshop.open(text).object['a']).toBe(1);
  });

  test('seals once, however often it is asked, and again after each change', () => {
    const workshop = new Workshop();
    const seal = jest.spyOn(VersionedSealer.prototype, 'seal');
    const state = workshop.open();
    state.object['a'] = 1;
    sessionOf(state).save();
    sessionOf(state).save();
    expect(seal).toHaveBeenCalledTimes(1);
    state.object['a'] = 2;
    sessionOf(state).save();
    sessionOf(state).setDuration(HOUR, true);
    const next = workshop.open(textOf(state.conclude()));

    expect(seal).toHaveBeenCalledTimes(3);
    expect(next.object['a']).toBe(2);
    expect(next.info().expiresAt).toBe(workshop.clock.time + HOUR);
  });

  test('what changes after it is stored as well', () => {
    const workshop = new Workshop();
    const state = workshop.open();
    state.object['list'] = [1];
    sessionOf(state).save();
    (state.object['list'] as number[]).push(2);
    expect({ ...workshop.open(textOf(state.conclude())).object }).toEqual({ list: [1, 2] });

    const undone = workshop.open();
    undone.object['a'] = 1;
    sessionOf(undone).save();
    delete undone.object['a'];
    expect(undone.conclude()).toEqual({ type: 'keep' });
  });

  test('gives the problem to a callback, or throws it', async () => {
    const state = new Workshop().open();
    const session = sessionOf(state);
    const saved = (): Promise<unknown> =>
      new Promise((resolve) => session.save((...problem) => resolve(problem)));

    session['a'] = 1;
    expect(await saved()).toEqual([]);
    session['a'] = 1n;
    expect(await saved()).toEqual([expect.any(SessionNotSerializableError)]);
    expect(() => session.save()).toThrow(SessionNotSerializableError);
  });

  test('calls back after it has returned, as express-session does', () => {
    const session = sessionOf(new Workshop().open());
    const order: string[] = [];
    session.save(() => order.push('saved'));
    session.regenerate(() => order.push('regenerated'));

    expect(order).toEqual([]);
    return Promise.resolve().then(() => expect(order).toEqual(['saved', 'regenerated']));
  });
});

describe('what cannot be stored', () => {
  test('a failure nobody was told of is news and is reported, once', () => {
    const workshop = new Workshop();
    const state = workshop.open();
    state.object['total'] = 1n;

    expect(state.conclude()).toEqual({ type: 'failed', isNews: true });
    expect(workshop.events).toEqual([
      {
        type: 'lost',
        session: 'cart',
        error: expect.any(SessionNotSerializableError),
        remedy: expect.stringMatching(/^Call save\(\)/),
      },
    ]);
    state.end();
    expect(workshop.events).toHaveLength(1);
  });

  test('a failure that was thrown is not news', () => {
    const workshop = new Workshop();
    const state = workshop.open();
    state.object['total'] = 1n;

    expect(() => sessionOf(state).save()).toThrow(SessionNotSerializableError);
    expect(state.conclude()).toEqual({ type: 'failed', isNews: false });
    expect(workshop.events).toEqual([]);
  });

  test('another failure than the one thrown is news', () => {
    const workshop = new Workshop();
    const state = workshop.open();
    state.object['total'] = 1n;
    expect(() => sessionOf(state).save()).toThrow(SessionNotSerializableError);
    state.object['total'] = NaN;

    expect(state.conclude()).toEqual({ type: 'failed', isNews: true });
  });

  test('a failure mended afterwards is stored', () => {
    const workshop = new Workshop();
    const state = workshop.open();
    state.object['total'] = 1n;
    expect(() => sessionOf(state).save()).toThrow(SessionNotSerializableError);
    state.object['total'] = '1';

    expect({ ...workshop.open(textOf(state.conclude())).object }).toEqual({ total: '1' });
    expect(workshop.events).toEqual([]);
  });

  test('neither a cycle, nor 100,000 levels, nor a getter that throws gets out of conclude()', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    const thrower = {
      get total(): number {
        throw new Error('no total');
      },
    };

    const throwsNothing = Object.defineProperty({}, 'total', {
      enumerable: true,
      get() {
        // oxlint-disable-next-line typescript/only-throw-error -- what is tested
        throw null;
      },
    });

    for (const value of [cycle, deep, thrower, throwsNothing]) {
      const state = new Workshop().open();
      state.object['value'] = value;
      expect(state.conclude()).toEqual({ type: 'failed', isNews: true });
      state.end();
    }
  });
});

describe('size', () => {
  /** Makes content whose cookie takes so many bytes. Value lengths skip every fourth number, so the name is adapted. */
  function filled(bytes: number): { workshop: Workshop; state: SessionState } {
    for (const cookieName of ['cart', 'cart2', 'cart22']) {
      const workshop = new Workshop({ cookieName });
      const length = (padding: number): number =>
        cookieName.length +
        workshop.sealer.seal({ ...record(workshop.clock), json: JSON.stringify(content(padding)) }).length;
      const guess = Math.floor(((bytes - length(0)) * 3) / 4);
      const padding = [guess - 1, guess, guess + 1, guess + 2].find((padding) => length(padding) === bytes);
      if (padding === undefined) continue;
      const state = workshop.open();
      state.replace(content(padding));
      return { workshop, state };
    }
    throw new Error(`no content takes ${bytes} bytes`);
  }
  const content = (padding: number): object => ({
    id: 7,
    items: 'i'.repeat(padding),
    note: 'n'.repeat(100),
    ä: '€'.repeat(20),
  });
  const record = ({ time }: Clock) => ({
    createdAt: time,
    startedAt: time,
    expiresAt: time + DAY,
    ownDuration: false,
    renewed: false,
  });

  test.each([4_095, 4_096])('%i bytes of name and value are stored', (bytes) => {
    const { workshop, state } = filled(bytes);
    const text = textOf(state.conclude());

    expect(workshop.session.name).toBe('cart');
    expect(workshop.open(text).object['id']).toBe(7);
    expect(text.length).toBeGreaterThanOrEqual(bytes - 6);
  });

  test('4,097 bytes are refused, naming the heaviest keys', () => {
    const { workshop, state } = filled(4_097);
    const { items } = state.object as { items: string };
    const heaviest = [
      { key: 'items', bytes: items.length + '"items":""'.length },
      { key: 'note', bytes: 100 + '"note":""'.length },
      { key: 'ä', bytes: 60 + '"ä":""'.length + 1 },
    ];

    expect(() => sessionOf(state).save()).toThrow(SessionTooLargeError);
    expect(() => sessionOf(state).save()).toThrow(
      expect.objectContaining({ bytes: 4_097, limit: 4_096, heaviest }),
    );
    expect(() => sessionOf(state).save()).toThrow(
      'Session "cart" cannot be stored: its cookie would take 4097 bytes, browsers keep 4096. ' +
        `Heaviest: items (${heaviest[0]!.bytes} bytes), note (109 bytes), ä (67 bytes). ` +
        'Keep an id in the session and the rest on the server, or split it into several named sessions.',
    );
    expect(state.conclude()).toEqual({ type: 'failed', isNews: false });
    expect(workshop.events).toEqual([]);
  });

  test('a codec that needs the whole content does not hide that it is too large', () => {
    const codec = {
      stringify: ({ items, note }: { items?: string; note?: string }) => `${items!.length} ${items} ${note}`,
      parse: (text: string) => ({ items: text.split(' ')[1]!, note: text.split(' ')[2]! }),
    };
    const state = new Workshop({ defaults: { items: '', note: '' }, codec } as never).open();
    state.object['items'] = 'x'.repeat(5_000);
    expect(() => sessionOf(state).save()).toThrow(expect.objectContaining({ heaviest: [] }));
    expect(() => sessionOf(state).save()).toThrow(/browsers keep 4096\. Keep an id/);
  });

  test('the message holds keys, not values', () => {
    const state = new Workshop().open();
    state.object['password'] = 'hunter2'.repeat(1_000);

    expect(() => sessionOf(state).save()).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });
});

describe('renewing', () => {
  const options = { duration: HOUR, activeDuration: 10 * MINUTE, absoluteDuration: 3 * HOUR };

  test('a handshake prolongs nothing, and claims no other expiry', () => {
    const workshop = new Workshop(options);
    const created = workshop.clock.time;
    const cookie = workshop.cookieOf({ a: 1 });
    workshop.clock.pass(55 * MINUTE);
    const state = workshop.openReadOnly(cookie);

    expect(state.info().expiresAt).toBe(created + HOUR);
    workshop.clock.pass(5 * MINUTE);
    expect(state.stands()).toBe(false);
  });

  test('a session in use is written with a later expiry, when little is left', () => {
    const workshop = new Workshop(options);
    const created = workshop.clock.time;
    const cookie = workshop.cookieOf({ a: 1 });
    workshop.clock.pass(50 * MINUTE);
    expect(workshop.open(cookie).conclude()).toEqual({ type: 'keep' });
    workshop.clock.pass(1);
    const outcome = workshop.open(cookie).conclude();

    expect(outcome).toMatchObject({ type: 'renew', expiresAt: created + 70 * MINUTE });
    for (const cookies of [[cookie], []]) {
      const state = workshop.openBeside({ renewal: textOf(outcome) }, ...cookies);
      expect(state.info()).toMatchObject({ createdAt: created, expiresAt: created + 70 * MINUTE });
      expect({ ...state.object }).toEqual({ a: 1 });
      expect(state.conclude()).toEqual({ type: 'keep' });
    }
  });

  test('in steady use for ten times the ceiling, it dies on time', () => {
    const workshop = new Workshop({ ...options, id: true });
    const created = workshop.clock.time;
    const first = workshop.cookieOf({ a: 1 });
    const { id } = workshop.open(first).info();
    const deaths: number[] = [];
    let renewal: string | undefined;
    for (let after = 0; after < 10 * 3 * HOUR; after += 5 * MINUTE) {
      workshop.clock.time = created + after;
      // Browsers delete a cookie when its time is over.
      const kept = after < HOUR ? [first] : [];
      const state = workshop.openBeside({ ...(renewal !== undefined && { renewal }) }, ...kept);
      if (state.info().isNew) deaths.push(after);
      else expect(state.info()).toMatchObject({ createdAt: created, id });
      const outcome = state.conclude();
      if (outcome.type !== 'keep') renewal = textOf(outcome);
      if (deaths.length) break;
    }

    expect(deaths).toEqual([3 * HOUR]);
  });

  test('keeps the version of the content, the id, and whether it is ephemeral', () => {
    const workshop = new Workshop({ ...options, id: true });
    const cookie = workshop.visit(undefined, (state) => {
      state.object['a'] = 1;
      sessionOf(state).setDuration(HOUR, true);
    })!;
    const { id } = workshop.open(cookie).info();
    workshop.clock.pass(HOUR - 1);
    const state = workshop.open(cookie);
    const outcome = state.conclude();

    expect(outcome).toMatchObject({
      type: 'renew',
      ephemeral: true,
      expiresAt: workshop.clock.time + 1 + 10 * MINUTE,
    });
    expect(workshop.openBeside({ renewal: textOf(outcome) }).info().id).toBe(id);
  });

  test('a shortened configuration acts on cookies from before it', () => {
    const clock = new Clock();
    const cookie = new Workshop({ clock, duration: '120 days' }).cookieOf({ a: 1 });
    clock.pass(DAY);
    const today = new Workshop({ clock, duration: '1 day' });

    expect(new Workshop({ clock, duration: '120 days' }).open(cookie).object['a']).toBe(1);
    expect(today.open(cookie).info()).toMatchObject({ isNew: true, refused: 'expired' });
    expect(today.open(cookie).conclude()).toEqual({ type: 'keep' });
  });

  test.each([
    [60_000, undefined],
    [60_001, 'future'],
  ])('a cookie from a clock %i ms ahead', (ahead, refused) => {
    const [theirs, ours] = [new Workshop(), new Workshop()];
    theirs.clock.pass(ahead);

    expect(ours.open(theirs.cookieOf({ a: 1 })).info().refused).toBe(refused);
  });
});

describe('keys and candidates', () => {
  const [old, rotated] = [{ secret: SECRET }, { secret: [OTHER_SECRET, SECRET] }].map(
    (options) => new Workshop(options),
  ) as [Workshop, Workshop];
  const genuine = rotated.cookieOf({ who: 'me' });
  const forged = `${genuine.slice(0, -1)}${genuine.endsWith('A') ? 'E' : 'A'}`;
  const foreign = new Workshop({ cookieName: 'session', secret: OTHER_SECRET }).cookieOf({ who: 'them' });
  const expired = ((): string => {
    const past = new Workshop({ secret: OTHER_SECRET });
    past.clock.pass(-2 * DAY);
    return past.cookieOf({ who: 'once' });
  })();

  test('a cookie under an old key is sealed again when it is used, with the times it had', () => {
    const cookie = old.cookieOf({ a: 1 });
    const state = rotated.open(cookie);
    const outcome = state.conclude();

    expect(outcome).toMatchObject({ type: 'renew', expiresAt: old.clock.time + DAY });
    const renewal = textOf(outcome);
    expect(rotated.openBeside({ renewal }, cookie).conclude()).toEqual({ type: 'keep' });
    expect(new Workshop({ secret: OTHER_SECRET }).openBeside({ renewal }, cookie).object['a']).toBe(1);
  });

  test.each<[string, readonly string[], string | undefined]>([
    ['genuine', [genuine], 'me'],
    ['forged, genuine', [forged, genuine], 'me'],
    ['genuine, forged', [genuine, forged], 'me'],
    ['expired, genuine', [expired, genuine], 'me'],
    ['foreign, expired, forged, genuine', [foreign, expired, forged, genuine], 'me'],
    ['junk, genuine, junk, forged', ['junk', genuine, '', forged], 'me'],
    ['forged', [forged], undefined],
    ['four of no use', [forged, '', 'x'.repeat(9_000), foreign], undefined],
  ])('%s', (_name, candidates, who) => {
    const events = rotated.events.length;
    const state = rotated.open(...candidates);

    expect(state.object['who']).toBe(who);
    expect(state.info().isNew).toBe(who === undefined);
    expect(state.conclude()).toEqual({ type: 'keep' });
    expect(rotated.events.slice(events).map(({ type }) => type)).toEqual(
      who === undefined ? ['refused'] : [],
    );
  });

  test.each<[string, string, string]>([
    ['forged', forged, 'forged'],
    ['of another session', foreign, 'forged'],
    [
      'of another application',
      new Workshop({ purpose: 'shop', secret: OTHER_SECRET }).cookieOf({ a: 1 }),
      'forged',
    ],
    [
      'under an unknown key',
      new Workshop({ secret: 'Jd72-kQpLzXw_8vTnRy5Bh3Mc6Fs9Ga1Ue0' }).cookieOf({ a: 1 }),
      'unknown-key',
    ],
    ['expired', expired, 'expired'],
    ['no format of ours', 'a.b.c', 'malformed'],
    ['empty', '', 'malformed'],
  ])(
    'a cookie that is %s: a fresh session, a reason, and the cookie stays while it is only read',
    (_name, cookie, reason) => {
      const workshop = new Workshop({ secret: OTHER_SECRET });
      const state = workshop.open(cookie);

      expect({ ...state.object }).toEqual({});
      expect(state.info()).toMatchObject({ isNew: true, refused: reason });
      expect(workshop.events).toEqual([{ type: 'refused', session: 'cart', reason }]);
      expect(state.conclude()).toEqual({ type: 'keep' });
    },
  );

  test.each(['null', '[1]', '"x"', '{"reset":1}', '{"__proto__":{"isAdmin":true}}', 'no JSON'])(
    'genuine, but %s inside: refused as content',
    (json) => {
      const workshop = new Workshop();
      const { time } = workshop.clock;
      const times = {
        createdAt: time,
        startedAt: time,
        expiresAt: time + DAY,
        ownDuration: false,
        renewed: false,
      };
      const state = workshop.open(workshop.sealer.seal({ ...times, json }));

      expect(state.info()).toMatchObject({ isNew: true, refused: 'content' });
      expect((state.object as { isAdmin?: boolean }).isAdmin).toBeUndefined();
      expect(state.conclude()).toEqual({ type: 'keep' });
    },
  );

  test('what is put into the fresh session takes the place of the refused cookie', () => {
    const workshop = new Workshop();
    const state = workshop.open('junk');
    state.object['a'] = 1;

    expect({ ...workshop.open(textOf(state.conclude())).object }).toEqual({ a: 1 });
  });

  test('the reason that is reported is that of the first candidate', () => {
    expect(rotated.open(expired, forged).info().refused).toBe('expired');
    expect(rotated.open(forged, expired).info().refused).toBe('forged');
  });
});

describe('too late', () => {
  test('a change after the head is reported, when the response is over', () => {
    const workshop = new Workshop();
    const state = workshop.open();
    state.object['a'] = 1;
    state.conclude();
    state.object['a'] = 2;
    expect(workshop.events).toEqual([]);
    state.end();

    expect(workshop.events).toEqual([
      { type: 'lost', session: 'cart', error: expect.any(SessionTooLateError) },
    ]);
    expect((workshop.events[0] as { error: Error }).error.message).toBe(
      'A change of session "cart" was lost: it was made after the response head had been sent. ' +
        'Change sessions before the first byte of a response, also of a stream or of server-sent events.',
    );
  });

  test.each<[string, (state: SessionState) => void]>([
    ['a change deep inside', ({ object }) => (object['list'] as number[]).push(1)],
    ['something that cannot be stored', ({ object }) => (object['a'] = 1n)],
  ])('%s counts', (_name, change) => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ a: 1, list: [] }));
    state.conclude();
    change(state);
    state.end();

    expect(workshop.events).toEqual([
      { type: 'lost', session: 'cart', error: expect.any(SessionTooLateError) },
    ]);
  });

  test.each<[string, (state: SessionState) => void]>([
    ['other content', (state) => state.replace({ b: 1 })],
    ['reset()', (state) => sessionOf(state).reset(['a', 'list'])],
    ['destroy()', (state) => sessionOf(state).destroy()],
    ['setDuration()', (state) => sessionOf(state).setDuration(HOUR)],
    ['regenerate()', (state) => sessionOf(state).regenerate()],
    ['reload()', (state) => sessionOf(state).reload()],
    ['save()', (state) => sessionOf(state).save()],
  ])('%s throws after the head and after the end, and nothing changes', (_name, act) => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ a: 1, list: [] }));
    const { object } = state;
    state.conclude();
    expect(() => act(state)).toThrow(SessionTooLateError);
    state.end();
    expect(() => act(state)).toThrow(SessionTooLateError);

    expect(state.object).toBe(object);
    expect({ ...object }).toEqual({ a: 1, list: [] });
    expect(workshop.events).toEqual([]);
  });

  test.each<[string, (state: SessionState) => void]>([
    ['reading', ({ object }) => JSON.stringify(object)],
    ['a change taken back', ({ object }) => ((object['b'] = 1), delete object['b'])],
  ])('%s does not', (_name, act) => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ a: 1 }));
    state.object['a'] = 2;
    state.conclude();
    act(state);
    state.end();

    expect(workshop.events).toEqual([]);
  });

  test('a response that was never begun has nothing to report', () => {
    const workshop = new Workshop();
    const state = workshop.open();
    state.object['a'] = 1;
    state.end();

    expect(workshop.events).toEqual([]);
  });
});

describe('read-only', () => {
  const workshop = new Workshop();
  const open = (): SessionState =>
    workshop.openReadOnly(workshop.cookieOf({ a: 1, user: { roles: ['reader'] } }));

  test('can be read', () => {
    expect({ ...open().object }).toEqual({ a: 1, user: { roles: ['reader'] } });
    expect(getSessionInfo(open().object)).toMatchObject({ name: 'cart', isNew: false });
  });

  test('can be read, too, when it holds what cannot be frozen', () => {
    const structured = new Workshop({ codec: 'structured' });
    const content = { bytes: Buffer.of(1, 2), map: new Map([['a', new Uint8Array(2)]]), at: new Date(0) };
    const state = structured.openReadOnly(structured.cookieOf(content));

    expect({ ...state.object }).toEqual(content);
  });

  test.each<[string, (state: SessionState) => void]>([
    ['a new key', ({ object }) => (object['b'] = 1)],
    ['a changed key', ({ object }) => (object['a'] = 2)],
    ['a deleted key', ({ object }) => delete object['a']],
    ['a change deep inside', ({ object }) => (object['user'] as { roles: string[] }).roles.push('admin')],
  ])('%s is a TypeError', (_name, change) => {
    expect(() => change(open())).toThrow(TypeError);
  });

  test.each<[string, (state: SessionState) => void]>([
    ['other content', (state) => state.replace({ b: 1 })],
    ['reset()', (state) => sessionOf(state).reset()],
    ['destroy()', (state) => sessionOf(state).destroy()],
    ['setDuration()', (state) => sessionOf(state).setDuration(1)],
    ['regenerate()', (state) => sessionOf(state).regenerate()],
    ['save()', (state) => sessionOf(state).save()],
  ])('%s is refused with the reason', (_name, change) => {
    expect(() => change(open())).toThrow(
      new SessionTooLateError(
        'cart',
        'there is no response that could carry its cookie',
        'Sessions of a WebSocket handshake are read-only; change them in an HTTP request.',
      ),
    );
  });
});

describe('getSessionInfo()', () => {
  test('of a new session', () => {
    const workshop = new Workshop();

    expect(getSessionInfo(workshop.open().object)).toEqual({
      name: 'cart',
      isNew: true,
      createdAt: workshop.clock.time,
      expiresAt: workshop.clock.time + DAY,
    });
  });

  test('of one that came back', () => {
    const workshop = new Workshop();
    const cookie = workshop.cookieOf({ a: 1 });
    const created = workshop.clock.time;
    workshop.clock.pass(HOUR);

    expect(getSessionInfo(workshop.open(cookie).object)).toEqual({
      name: 'cart',
      isNew: false,
      createdAt: created,
      expiresAt: created + DAY,
    });
  });

  test('an id has 22 characters and stays until reset()', () => {
    const workshop = new Workshop({ id: true });
    let cookie = workshop.cookieOf({ n: 0 });
    const first = workshop.open(cookie).info().id!;
    for (let n = 1; n <= 5; n++) cookie = workshop.visit(cookie, (state) => (state.object['n'] = n))!;
    const after = workshop.visit(cookie, (state) => sessionOf(state).setDuration(HOUR))!;

    expect(first).toMatch(/^[\w-]{22}$/);
    expect(workshop.open(cookie).info().id).toBe(first);
    expect(workshop.open(after).info().id).toBe(first);
    const reset = workshop.visit(after, (state) => sessionOf(state).reset())!;
    expect(workshop.open(reset).info().id).toMatch(/^[\w-]{22}$/);
    expect(workshop.open(reset).info().id).not.toBe(first);
  });

  test('every session has an id of its own', () => {
    const workshop = new Workshop({ id: true });

    expect(new Set(Array.from({ length: 1_000 }, () => workshop.open().info().id)).size).toBe(1_000);
  });

  test('a session from before ids were switched on gets one that stays', () => {
    const clock = new Clock();
    const cookie = new Workshop({ clock }).cookieOf({ a: 1 });
    const workshop = new Workshop({ clock, id: true });
    const { id } = workshop.open(cookie).info();
    const written = workshop.visit(cookie, (state) => (state.object['a'] = 2))!;

    expect(id).toMatch(/^[\w-]{22}$/);
    expect(workshop.open(cookie).info().id).toBe(id);
    expect(workshop.open(cookie).conclude()).toEqual({ type: 'keep' });
    expect(workshop.open(written).info().id).toBe(id);
  });

  test('an id that is sealed, but switched off, is not shown', () => {
    const workshop = new Workshop();
    const { time } = workshop.clock;
    const times = {
      createdAt: time,
      startedAt: time,
      expiresAt: time + DAY,
      ownDuration: false,
      renewed: false,
    };
    const state = workshop.open(workshop.sealer.seal({ ...times, id: createSessionId(), json: '{}' }));

    expect(state.info()).not.toHaveProperty('id');
    expect(state.conclude()).toEqual({ type: 'keep' });
  });
});
