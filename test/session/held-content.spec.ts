import { describe, expect, test } from '@jest/globals';
import type { SessionState } from '../../lib/session/session-state.js';
import { textOf, Workshop } from '../support/session.js';

const defaults = { theme: 'light', items: [] as string[] };
const after = (workshop: Workshop, state: SessionState): unknown => ({
  ...workshop.open(textOf(state.conclude())).object,
});

describe('what is kept of the content', () => {
  test('by reset() comes before the defaults', () => {
    const workshop = new Workshop({ defaults });
    const state = workshop.open(workshop.cookieOf({ theme: 'dark', items: ['tea'] }));
    state.reset(['theme']);
    expect(after(workshop, state)).toEqual({ theme: 'dark', items: [] });
  });

  test('by regenerate() has no key that was not there before', () => {
    const state = new Workshop().open();
    state.object['theme'] = 'dark';
    state.regenerate(['theme', 'missing']);
    expect(Object.entries(state.object)).toEqual([['theme', 'dark']]);
  });
});

describe('an object that regenerate() has replaced', () => {
  const begin = (): { workshop: Workshop; state: SessionState; old: Record<string, unknown> } => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ cart: { items: ['tea'] }, user: { roles: ['reader'] } }));
    const old = state.object;
    state.regenerate();
    return { workshop, state, old };
  };

  test.each<[string, (state: SessionState) => void]>([
    ['reset()', (state) => state.reset()],
    ['destroy()', (state) => state.destroy()],
  ])('may be changed before %s, which has no use for its changes', (_title, giveUp) => {
    const { state, old } = begin();
    old['late'] = 1;
    giveUp(state);
    expect(state.conclude()).toMatchObject({ type: expect.stringMatching('write|delete') });
  });

  test('is a loss where one of its changes is shared and another one is not', () => {
    const { state, old } = begin();
    state.object['cart'] = old['cart'];
    (old['cart'] as { items: string[] }).items.push('cup');
    expect(state.save()).toMatchObject({ type: 'write' });
    (old['user'] as { roles: string[] }).roles.push('admin');
    expect(() => state.save()).toThrow('regenerate()');
  });

  test.each(['cart', 'late'])('is a loss where a value is put in that cannot be stored, as %s', (key) => {
    const { state, old } = begin();
    old[key] = 10n;
    expect(() => state.save()).toThrow('regenerate()');
  });

  test('is none where its value could not be stored before, and is as it was', () => {
    const workshop = new Workshop();
    const state = workshop.open();
    state.object['total'] = 1n;
    state.regenerate();
    state.object['user'] = 'ada';
    expect(after(workshop, state)).toEqual({ user: 'ada' });
  });
});

test('content that could not be stored is told of once, also where it is mended after the head', () => {
  const workshop = new Workshop();
  const state = workshop.open();
  state.object['total'] = 1n;
  expect(state.conclude()).toMatchObject({ type: 'failed' });
  delete state.object['total'];
  state.end();
  expect(workshop.events).toHaveLength(1);
});

describe('the end of a response closes', () => {
  test('the objects that the application holds, and puts nothing else in their place', () => {
    const workshop = new Workshop();
    const content = {
      user: { name: 'ada', age: 36, boss: null, isAdmin: false, roles: [{ name: 'reader' }] },
    };
    const state = workshop.open(workshop.cookieOf(content));
    const user = state.object['user'] as (typeof content)['user'];
    state.conclude();
    state.end();
    expect(state.object['user']).toBe(user);
    expect(Object.isFrozen(user.roles[0])).toBe(true);
    expect([user, user.roles[0]!].map((each) => Reflect.ownKeys(each))).toEqual([
      ['name', 'age', 'boss', 'isAdmin', 'roles'],
      ['name'],
    ]);
  });

  test('content in which one object is held twice', () => {
    const workshop = new Workshop();
    const state = workshop.openReadOnly(workshop.cookieOf({ home: { street: 'Lane 1' }, list: [[1], [2]] }));
    const { home, list } = state.object as { home: { street: string }; list: number[][] };
    expect(() => (home.street = 'Lane 2')).toThrow(TypeError);
    expect(() => list[1]!.push(3)).toThrow(TypeError);
  });

  test("no object of the application, whose place a copy takes, and not the application's own lists", () => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ list: [{ n: 1 }] }));
    const own = { n: 2 };
    (state.object['list'] as object[]).push(own);
    state.object['alias'] = own;
    state.conclude();
    state.end();
    expect(Object.isFrozen(own)).toBe(false);
    own.n = 3;
    expect(state.object).toEqual({ list: [{ n: 1 }, { n: 2 }], alias: { n: 2 } });
    expect(Object.isFrozen(state.object['alias'])).toBe(true);
    expect(workshop.events).toEqual([]);
  });

  test('content that refers to itself, of a session that cannot be stored', () => {
    const workshop = new Workshop();
    const state = workshop.open(workshop.cookieOf({ list: [] }));
    const list = state.object['list'] as unknown[];
    list.push(list);
    state.conclude();
    state.end();
    expect(Object.isFrozen(list)).toBe(true);
  });
});
