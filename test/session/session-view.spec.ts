import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { SessionContent } from '../../lib/session/content.js';
import { getSessionInfo } from '../../lib/session/get-session-info.js';
import { ACTIONS, type Session } from '../../lib/session/session-object.js';
import { createSessionView } from '../../lib/session/session-view.js';
import type { SessionState } from '../../lib/session/session-state.js';
import { Workshop } from '../support/session.js';

/** A view, and the session that it shows now. */
function begin(content?: object): { view: Session; state: SessionState; show(next?: SessionState): void } {
  const workshop = new Workshop();
  const state = content ? workshop.open(workshop.cookieOf(content)) : workshop.open();
  let current: SessionState | undefined = state;
  const view = createSessionView({
    name: 'cart',
    find: (): SessionContent | undefined => current?.object,
    missing: () => new RangeError('there is no session'),
  }) as Session;
  return { view, state, show: (next) => void (current = next) };
}

describe('a view of a session', () => {
  test('shows its content, however it is looked at', () => {
    const { view, state } = begin({ user: 'ada', list: ['tea'] });
    expect(view['user']).toBe('ada');
    expect(view['missing']).toBeUndefined();
    expect(['user' in view, 'reset' in view, 'missing' in view]).toEqual([true, true, false]);
    expect(Object.keys(view)).toEqual(['user', 'list']);
    expect({ ...view }).toEqual({ user: 'ada', list: ['tea'] });
    expect(JSON.stringify(view)).toBe('{"user":"ada","list":["tea"]}');
    expect(inspect(view)).toBe("Session { user: 'ada', list: [ 'tea' ] }");
    expect(getSessionInfo(view)).toEqual(state.info());
    expect(view).not.toBe(state.object);
  });

  test('changes it: by assignment, by deletion and by definition', () => {
    const { view, state } = begin({ user: 'ada', list: [] });
    view['user'] = 'bob';
    delete view['list'];
    Object.defineProperty(view, 'n', { value: 1, enumerable: true, writable: true });
    expect({ ...state.object }).toEqual({ user: 'bob', n: 1 });
    delete view['n'];
    expect({ ...state.object }).toEqual({ user: 'bob' });
    expect(state.conclude()).toMatchObject({ type: 'write' });
  });

  test('has its methods, which act on the session', () => {
    const { view, state } = begin({ user: 'ada' });
    view.reset();
    expect({ ...state.object }).toEqual({});
    view.regenerate();
    view['user'] = 'bob';
    expect({ ...state.object }).toEqual({ user: 'bob' });
    expect(() => Object.assign(view, { reset: 1 })).toThrow(TypeError);
  });

  test('throws what the session throws, after the response', () => {
    const { view, state } = begin({ user: 'ada' });
    state.conclude();
    state.end();
    expect(() => (view['user'] = 'bob')).toThrow(TypeError);
    expect(() => delete view['user']).toThrow(TypeError);
    expect(view['user']).toBe('ada');
  });

  test('follows the session that is current', () => {
    const { view, show } = begin({ user: 'ada' });
    const workshop = new Workshop();
    show(workshop.open(workshop.cookieOf({ user: 'bob' })));
    expect({ ...view }).toEqual({ user: 'bob' });
  });

  test('is no promise, although every session may have a key of that name', async () => {
    const { view, state } = begin();
    // oxlint-disable-next-line unicorn/no-thenable -- what is tested
    state.object['then'] = 1;
    expect(view['then']).toBeUndefined();
    expect(await Promise.resolve(view)).toBe(view);
  });

  test('says of each property that it can be changed, as proxies must', () => {
    const { view, state } = begin({ user: 'ada' });
    expect(Object.getOwnPropertyDescriptor(view, 'user')).toMatchObject({ value: 'ada', configurable: true });
    expect(Object.getOwnPropertyDescriptor(view, 'missing')).toBeUndefined();
    state.conclude();
    state.end();
    expect(Object.getOwnPropertyDescriptor(view, 'user')).toMatchObject({
      writable: false,
      configurable: true,
    });
  });

  test('cannot be frozen, or made another object, for all visitors', () => {
    const { view, state } = begin({ user: 'ada' });
    expect(() => Object.freeze(view)).toThrow(TypeError);
    expect(() => Object.setPrototypeOf(view, {})).toThrow(TypeError);
    expect(Object.isExtensible(view)).toBe(true);
    expect(Object.getPrototypeOf(view)).toBe(Object.getPrototypeOf(state.object));
  });
});

describe('a view where there is no session', () => {
  test.each<[string, (view: Session) => unknown]>([
    ['reading', (view) => view['user']],
    ['asking for a key', (view) => 'user' in view],
    ['asking for what a key is', (view) => Object.getOwnPropertyDescriptor(view, 'user')],
    ['writing', (view) => (view['user'] = 'ada')],
    ['deleting', (view) => delete view['user']],
    ['defining', (view) => Object.defineProperty(view, 'user', { value: 1 })],
    ['listing the keys', (view) => Object.keys(view)],
    ['a method', (view) => view.reset()],
    ['its actions', (view) => (view as { [ACTIONS]?: unknown })[ACTIONS]],
    ['what is told of a session', (view) => getSessionInfo(view)],
  ])('says so: %s', (_title, use) => {
    const { view, show } = begin({ user: 'ada' });
    show(undefined);
    expect(() => use(view)).toThrow(new RangeError('there is no session'));
  });

  test.each([
    'onModuleInit',
    'onApplicationBootstrap',
    'onModuleDestroy',
    'beforeApplicationShutdown',
    'onApplicationShutdown',
    'toJSON',
    'asymmetricMatch',
    'nodeType',
    'tagName',
    '$$typeof',
    'then',
    Symbol.iterator,
    Symbol.toStringTag,
  ])('looks empty to who only finds out what it is, by %p', (key) => {
    const { view, show } = begin({ user: 'ada' });
    show(undefined);
    expect(Reflect.get(view, key)).toBeUndefined();
  });

  test('is an object like others, and is printed', () => {
    const { view, show, state } = begin({ user: 'ada' });
    show(undefined);
    expect(inspect(view)).toBe('Session "cart" of no request');
    expect(String(view)).toBe('[object Object]');
    expect(Object.prototype.hasOwnProperty.call(view, 'constructor')).toBe(false);
    show(state);
    expect(inspect(view)).toBe("Session { user: 'ada' }");
  });
});
