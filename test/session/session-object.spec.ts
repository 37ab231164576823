import { inspect } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import { getSessionInfo, type Session, SessionTooLargeError, SessionTooLateError } from '../../lib/index.js';
import { cpuTime } from '../support/cpu-time.js';
import { textOf, Workshop } from '../support/session.js';

type Untyped = Session & Record<string, (...args: unknown[]) => unknown>;

const opened = (content: object = { a: 1, list: ['x'] }, workshop = new Workshop()) => {
  const begun = workshop.visited((state) => {
    state.reset();
    state.replace(content);
  });
  const state = workshop.open(textOf(begun));
  return { workshop, state, session: state.object as Untyped };
};

/** What a callback is told, after the method has returned. */
const told = (call: (callback: (...args: unknown[]) => void) => void): Promise<unknown[]> =>
  new Promise((resolve) => {
    let hasReturned = false;
    call((...args) => resolve([hasReturned ? 'later' : 'at once', ...args]));
    hasReturned = true;
  });

const WITH_CALLBACK = ['save', 'destroy', 'regenerate', 'reload'] as const;

describe('a callback', () => {
  test.each(WITH_CALLBACK)('of %s() is called once, when it is done', async (method) => {
    const { session } = opened();
    const callback = jest.fn();
    expect(
      await told((tell) => session[method]!((...args: unknown[]) => (callback(), tell(...args)))),
    ).toEqual(['later']);
    await Promise.resolve();
    expect(callback).toHaveBeenCalledTimes(1);
  });

  test('of regenerate(keep) is called, too, and what is named is kept', async () => {
    const { state, session } = opened({ a: 1, b: 2 });
    expect(await told((tell) => session['regenerate']!(['a'], tell))).toEqual(['later']);
    expect(state.object).not.toBe(session);
    expect({ ...state.object }).toEqual({ a: 1 });
    expect({ ...session }).toEqual({ a: 1, b: 2 });
  });

  test.each(WITH_CALLBACK)('of %s() is told that it is too late', async (method) => {
    const { state, session } = opened();
    state.conclude();
    state.end();
    expect(await told((tell) => session[method]!(tell))).toEqual(['later', expect.any(SessionTooLateError)]);
  });

  test('of save() is told of a problem', async () => {
    const { session } = opened();
    Object.assign(session, { text: 'x'.repeat(5_000) });
    expect(await told((tell) => session['save']!(tell))).toEqual(['later', expect.any(SessionTooLargeError)]);
  });

  test.each(WITH_CALLBACK)(
    'of %s() that is no function is a TypeError at the call, and nothing is done',
    (method) => {
      for (const callback of [null, 1, 'done', {}, true] as unknown[] as [() => void]) {
        const { session, state } = opened();
        if (method === 'regenerate') expect(() => session[method]!([], callback)).toThrow(TypeError);
        else
          expect(() => session[method]!(callback)).toThrow(
            /must be a function, got a value of type \w+; give a function/,
          );
        expect(state.object).toBe(session);
        expect({ ...session }).toEqual({ a: 1, list: ['x'] });
      }
    },
  );

  test('may be left out', () => {
    for (const method of WITH_CALLBACK) expect(opened().session[method]!()).toBeUndefined();
  });
});

describe('what to keep', () => {
  test.each(['reset', 'regenerate'])('is a list of keys, or %s() refuses it', (method) => {
    for (const keep of ['csrf', 1, { a: true }, [1], [['a']], ['a', 1]]) {
      const { session } = opened();
      expect(() => session[method]!(keep)).toThrow(/The keys to keep must be a list of names/);
      expect({ ...session }).toEqual({ a: 1, list: ['x'] });
    }
    opened().session[method]!(undefined);
    opened().session[method]!(null);
  });
});

describe('reload()', () => {
  test('gives up what this request has changed, wherever it stands', () => {
    const { state, session } = opened();
    Object.assign(session, { a: 2, b: 3 });
    (session['list'] as unknown as string[]).push('y');
    session.reload();
    expect({ ...session }).toEqual({ a: 1, list: ['x'] });
    expect(state.conclude()).toEqual({ type: 'keep' });
  });

  test.each<[string, (session: Session) => void]>([
    ['reset()', (session) => session.reset()],
    ['destroy()', (session) => session.destroy()],
    ['setDuration()', (session) => session.setDuration(1_000, true)],
  ])('takes %s back', (_name, act) => {
    const { state, session } = opened();
    const before = getSessionInfo(session);
    act(session);
    session.reload();
    expect(getSessionInfo(session)).toEqual(before);
    expect(state.conclude()).toEqual({ type: 'keep' });
  });

  test('of a session that did not come begins again', () => {
    const state = new Workshop({ defaults: { n: 1 } }).open();
    Object.assign(state.object, { n: 2, more: true });
    (state.object as Session).reload();
    expect({ ...state.object }).toEqual({ n: 1 });
    expect(state.conclude()).toEqual({ type: 'keep' });
  });

  test('is hidden by content of that name', () => {
    const { state, session } = opened({ reload: 'yes' });
    expect(session['reload']).toBe('yes');
    (session as Record<string, unknown>)['reload'] = 'no';
    expect(Object.keys(session)).toEqual(['reload']);
    expect(textOf(state.conclude())).toEqual(expect.any(String));
  });
});

describe('what all visitors inherit', () => {
  const { session } = opened({ a: 1 });
  const prototype = Object.getPrototypeOf(session) as Record<string, unknown>;

  test.each<[string, () => unknown]>([
    ['a key through __proto__', () => ((session as any)['__proto__'].x = 1)],
    ['a key', () => (prototype['x'] = 1)],
    ['a defined key', () => Object.defineProperty(prototype, 'x', { value: 1 })],
    ['another method', () => Object.defineProperty(prototype, 'reset', { value: 1 })],
    ['a deleted method', () => delete prototype['reset']],
    ['another prototype', () => Object.setPrototypeOf(prototype, { x: 1 })],
    ['a key of a method', () => ((session.reset as any).x = 1)],
    ['a key of the class', () => ((session as any).constructor.x = 1)],
    ['a key of what the class inherits', () => ((session as any).constructor.prototype.x = 1)],
  ])('cannot be changed: %s', (_name, change) => {
    expect(change).toThrow(TypeError);
    const other = opened({}).session as any;
    expect([other.x, other.reset.x, other.constructor.x]).toEqual([undefined, undefined, undefined]);
    expect(typeof other.reset).toBe('function');
  });

  test('hides no content: constructor and its kind are keys like others', () => {
    const names = [
      'constructor',
      'toString',
      'valueOf',
      'hasOwnProperty',
      'toJSON2',
      'reload',
      '__defineGetter__',
    ];
    const content = Object.fromEntries(names.map((name, i) => [name, i]));
    const { state, session: named } = opened(content);
    expect({ ...named }).toEqual(content);
    for (const name of names) (named as Record<string, unknown>)[name] = 'new';
    expect(Object.keys(named)).toEqual(names);
    expect(state.conclude()).toMatchObject({ type: 'write' });
  });

  test.each(['constructor', 'reload'])('a key %s can be taken out again', (name) => {
    const { state, session: named } = opened();
    const content = named as Record<string, unknown>;
    content[name] = 'x';
    expect(Object.getOwnPropertyDescriptor(named, name)).toEqual({
      value: 'x',
      writable: true,
      enumerable: true,
      configurable: true,
    });
    delete content[name];
    expect(state.conclude()).toEqual({ type: 'keep' });
  });

  test('shows content only', () => {
    const { session: shown } = opened({ a: 1, deep: { er: { and: { deeper: {} } } } });
    expect(inspect(shown)).toBe('Session { a: 1, deep: { er: { and: [Object] } } }');
    expect(inspect({ shown }, { depth: 0 })).toContain('shown:');
    expect(inspect(shown, { depth: Infinity, showHidden: true })).not.toMatch(/actions|secret/i);
  });
});

describe('a method without its session', () => {
  test.each(['reset', 'destroy', 'setDuration', 'regenerate', 'save', 'reload'])(
    '%s() says how to call it',
    (method) => {
      const detached = opened().session[method] as () => void;
      expect(() => detached()).toThrow(
        `${method}() was called without its session: write session.${method}(), or bind it to the session`,
      );
    },
  );

  test.each([undefined, null, 1, {}])('%p is no session to tell of', (value) => {
    expect(() => getSessionInfo(value as never)).toThrow(
      /^Not a session object: use the object from @Session/,
    );
  });

  test('hands that to a callback, where there is one', async () => {
    const { save } = opened().session;
    expect(await told((tell) => save.call(undefined as never, tell))).toEqual([
      'later',
      expect.any(TypeError),
    ]);
  });
});

describe('after the end of the response', () => {
  const ended = (content: object, change: (session: any) => void = () => undefined) => {
    const { workshop, state, session } = opened(content, new Workshop({ codec: 'structured' }));
    change(session);
    state.conclude();
    state.end();
    return { workshop, session: session as any };
  };

  test.each<[string, (session: any) => void]>([
    ['a new key', (session) => (session.user = 'ann')],
    ['another value', (session) => (session.a = 2)],
    ['a deleted key', (session) => delete session.a],
    ['a list', (session) => session.list.push('y')],
    ['an object deep inside', (session) => (session.deep.er.er.x = 1)],
    ['an object in a list', (session) => (session.rows[0].x = 1)],
    ['an object in a map', (session) => (session.map.get('k').x = 1)],
    ['what was put in', (session) => session.added.list.push(1)],
  ])('%s cannot be changed', (_name, change) => {
    const content = {
      a: 1,
      list: ['x'],
      deep: { er: { er: {} } },
      rows: [{}],
      map: new Map([['k', {}]]),
      bytes: new Uint8Array(2),
    };
    const { session } = ended(content, (living) => (living.added = { list: [] }));
    expect(() => change(session)).toThrow(TypeError);
  });

  test('what the application has put in stays the application’s', () => {
    const product = { name: 'tea', tags: ['green'] };
    const { session } = ended({ items: [] }, (living) => {
      living.items.push(product);
      living.favourite = product;
    });

    product.tags.push('loose');
    product.name = 'matcha';
    expect(session.items).toEqual([{ name: 'tea', tags: ['green'] }]);
    expect(session.favourite).toEqual({ name: 'tea', tags: ['green'] });
    expect(() => session.items.push({})).toThrow(TypeError);
    expect(() => session.items[0].tags.push('x')).toThrow(TypeError);
  });

  test('references to what came in the cookie are closed, too', () => {
    const { state, session } = opened({ list: ['x'], deep: { list: [] } });
    const { list, deep } = session as any;
    state.conclude();
    state.end();
    expect(() => list.push(1)).toThrow(TypeError);
    expect(() => deep.list.push(1)).toThrow(TypeError);
  });

  test('objects that regenerate() replaced are closed, too', () => {
    const { state, session } = opened({ list: ['x'] });
    session.regenerate();
    state.conclude();
    state.end();
    expect(() => ((session as any).a = 1)).toThrow(TypeError);
    expect(() => ((state.object as any).a = 1)).toThrow(TypeError);
  });

  test('content that could not be stored is closed as far as it is the session’s', () => {
    const own = { cycle: {} as object };
    own.cycle = own;
    const { session } = ended({ list: [] }, (living) => (living.own = own));
    expect(() => (session.a = 1)).toThrow(TypeError);
    expect(() => session.list.push(1)).toThrow(TypeError);
    expect(Object.isFrozen(own)).toBe(false);
  });

  test('what was taken out stays the application’s, too', () => {
    const { state, session } = opened({ cart: { items: ['tea'] } });
    const kept = (session as any).cart;
    delete (session as any).cart;
    state.conclude();
    state.end();
    kept.items.push('cup');
    expect(kept).toEqual({ items: ['tea', 'cup'] });
  });

  test('maps, sets and dates refuse to be changed', () => {
    const { session } = ended({ map: new Map([['a', 1]]), set: new Set([1]), at: new Date(0) });
    for (const change of [
      () => session.map.set('b', 2),
      () => session.map.delete('a'),
      () => session.map.clear(),
      () => session.set.add(2),
      () => session.at.setTime(1),
      () => session.at.setUTCFullYear(1),
    ]) {
      expect(change).toThrow(TypeError);
    }
    expect([...session.map, ...session.set, session.at.getTime()]).toEqual([['a', 1], 1, 0]);
  });

  const revoked = (): any => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  };
  test.each<[string, (session: any) => void]>([
    ['a proxy that was revoked', (session) => (session.x = revoked())],
    ['a proxy of a map', (session) => (session.x = new Proxy(new Map(), {}))],
    ['what only inherits from a map', (session) => (session.x = Object.create(Map.prototype))],
    ['a session that was frozen before', (session) => Object.freeze(Object.assign(session, { x: {} }))],
    [
      'a computed property',
      (session) => Object.defineProperty(session, 'x', { enumerable: true, get: () => ({ n: 1 }) }),
    ],
    [
      'a property that cannot be written',
      (session) => Object.defineProperty(session, 'x', { enumerable: true, value: {} }),
    ],
    [
      'one whose getter throws',
      (session) => Object.defineProperty(session, 'x', { enumerable: true, get: () => revoked().x }),
    ],
    [
      'a proxy that throws whatever it is asked',
      (session) =>
        (session.x = new Proxy(
          {},
          {
            getPrototypeOf: () => {
              throw new Error('no');
            },
            ownKeys: () => {
              throw new Error('no');
            },
          },
        )),
    ],
  ])('%s ends nothing but the session', (_name, change) => {
    expect(() => ended({ a: 1 }, change)).not.toThrow();
  });

  test('of hostile content is as near as that of other content', () => {
    let body: unknown = [];
    for (let i = 0; i < 500; i++) body = Array.from({ length: 50 }, () => body);
    const rows = Array.from({ length: 3_000 }, (_, i) => ({ i }));
    const began = cpuTime();
    ended({ a: 1 }, (session) => (session.body = body));
    ended({ a: 1 }, (session) => {
      for (let i = 0; i < 2_000; i++) session[`key${i}`] = rows;
    });
    expect(cpuTime() - began).toBeLessThan(10_000);
  });

  test('a getter that throws harms nobody', () => {
    const { session } = ended({}, (living) => {
      living.trap = Object.defineProperty({}, 'x', {
        enumerable: true,
        get() {
          throw new Error('no');
        },
      });
    });
    expect(Object.isFrozen(session)).toBe(true);
  });

  test('a response that never began leaves the session as it is', () => {
    const { state, session } = opened({ list: [] });
    state.end();
    (session as any).a = 1;
    (session as any).list.push(1);
    expect({ ...session }).toEqual({ list: [1], a: 1 });
  });
});
