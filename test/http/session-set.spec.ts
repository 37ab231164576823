import { describe, expect, test } from '@jest/globals';
import { UnknownSessionError } from '../../lib/errors/unknown-session.error.js';
import { HeaderBudget } from '../../lib/http/header-budget.js';
import { SessionSet } from '../../lib/http/session-set.js';
import type { SessionOptions } from '../../lib/options/session-options.js';
import { SECRET } from '../support/secrets.js';
import { startSessions } from '../support/session.js';

const budget = new HeaderBudget(undefined, () => undefined);
const sessionsOf = (...sessions: SessionOptions[]) => startSessions({ secret: SECRET, sessions });

describe('sessions that are available together', () => {
  const [cart, user] = sessionsOf({ name: 'cart' }, { name: 'user' });
  const [other] = sessionsOf({ name: 'other' });
  const set = new SessionSet([cart!, user!], budget);

  test('are found by their names, and the first one without a name', () => {
    expect([set.find('cart'), set.find('user'), set.find(undefined)]).toEqual([cart, user, cart]);
    expect(set.find('user')).toBe(user);
    expect(set.find(undefined)).toBe(cart);
  });

  test('are named in the error if none is meant', () => {
    expect(() => set.find('basket')).toThrow(UnknownSessionError);
    expect(() => set.find('basket')).toThrow(/"basket".*cart, user/);
    const named = new SessionSet([cart!, user!], budget, false);
    expect(() => named.find(undefined)).toThrow(UnknownSessionError);
    expect(named.find('cart')).toBe(cart);
  });

  test('are joined with others behind them, without repeating any', () => {
    const joined = set.with(new SessionSet([user!, other!], budget));
    expect(joined.sessions).toHaveLength(3);
    expect(joined.sessions.map(({ options }) => options.name)).toEqual(['cart', 'user', 'other']);
    expect([joined.find('other'), joined.find(undefined)]).toEqual([other, cart]);
    expect(set.with(set)).toBe(set);
    expect(set.with(new SessionSet([user!], budget))).toBe(set);
  });

  test('keep no default that was withdrawn when others join them', () => {
    const joined = new SessionSet([cart!], budget, false).with(new SessionSet([other!], budget));
    expect(() => joined.find(undefined)).toThrow(UnknownSessionError);
  });

  test('of one name are found in the order of the list', () => {
    const [first] = sessionsOf({ name: 'cart' });
    const [second] = sessionsOf({ name: 'cart', cookieName: 'second' });
    expect(new SessionSet([first!, second!], budget).find('cart')).toBe(first);
  });
});

test('two sets know a cookie that any two of their sessions share', () => {
  const setOf = (...cookieNames: string[]): SessionSet =>
    new SessionSet(
      sessionsOf(...cookieNames.map((cookieName) => ({ name: cookieName, cookieName }))),
      budget,
    );
  expect(setOf('a', 'sid').cookieSharedWith(setOf('b', 'c', 'sid'))).toBe('sid');
  expect(setOf('a', 'b').cookieSharedWith(setOf('c', 'd'))).toBeUndefined();
});

describe('the cookies of one name that are looked at', () => {
  const foundOf = (...sessions: SessionOptions[]): number => {
    const set = new SessionSet(sessionsOf(...sessions), budget);
    const header = Array.from({ length: 20 }, (_, i) => `cart=${i}`).join('; ');
    return set.findCookies(header).get('cart')!.length;
  };
  const earlier = (count: number) => ({
    previousCookies: Array.from({ length: count }, (_, i) => ({ path: `/${i}` })),
  });

  test('are one more than a session opens: four, and one for each earlier cookie of the session that had most', () => {
    expect(foundOf({ name: 'cart', cookieName: 'cart' })).toBe(5);
    expect(foundOf({ name: 'cart', cookieName: 'cart', ...earlier(3) })).toBe(8);
    expect(
      foundOf({ name: 'cart', cookieName: 'cart', ...earlier(1) }, { name: 'user', ...earlier(3) }),
    ).toBe(8);
  });

  test('are those of all sessions, and of no other name', () => {
    const set = new SessionSet(
      sessionsOf({ name: 'cart', cookieName: 'cart' }, { name: 'user', cookieName: 'user' }),
      budget,
    );
    expect([...set.findCookies('a=1; user=2; cart=3; carts=4').keys()].sort()).toEqual(['cart', 'user']);
    expect([...set.findCookies(undefined)]).toEqual([]);
  });
});

describe('a set that others join', () => {
  const setOf = (...sessions: SessionOptions[]): SessionSet =>
    new SessionSet(sessionsOf(...sessions), budget);

  test('is joined once for all requests', () => {
    const [set, other] = [setOf({ name: 'a' }), setOf({ name: 'b' })];
    expect(set.with(other)).toBe(set.with(other));
    expect(set.with(other).with(other)).toBe(set.with(other));
  });

  test('knows whether it begins with another one', () => {
    const [set, other] = [setOf({ name: 'a' }), setOf({ name: 'b' })];
    expect([set.with(other).beginsWith(set), set.with(other).beginsWith(other)]).toEqual([true, false]);
  });
});
