import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { defineSession, getSessionInfo, type SessionOf } from 'nestjs-client-sessions';
import { fakeSession, outcomeOf } from 'nestjs-client-sessions/testing';
import { z } from 'zod';
import { DAY, HOUR } from '../support/session.js';

const Auth = defineSession<{ userId?: string; visits: number }>('auth', {
  defaults: { visits: 0 },
  subject: ({ userId }) => userId,
  duration: '12 hours',
});
const Cart = defineSession('cart', {
  schema: z.object({ items: z.array(z.string()).default([]), since: z.date().optional() }),
});

class AuthController {
  login(auth: SessionOf<typeof Auth>, userId: string): void {
    auth.reset();
    auth.userId = userId;
  }

  logout(auth: SessionOf<typeof Auth>): void {
    auth.destroy();
  }

  me(auth: SessionOf<typeof Auth>): string {
    return auth.userId ?? 'nobody';
  }
}

afterEach(() => void jest.useRealTimers());

describe('a fake session', () => {
  const controller = new AuthController();

  test('holds content and defaults, and is not new', () => {
    const auth = fakeSession(Auth, { userId: '42' });
    expect(controller.me(auth)).toBe('42');
    expect({ ...auth }).toEqual({ userId: '42', visits: 0 });
    expect(getSessionInfo(auth)).toMatchObject({ name: 'auth', isNew: false, id: expect.any(String) });
    expect(outcomeOf(auth)).toEqual({
      content: { userId: '42', visits: 0 },
      written: false,
      destroyed: false,
    });
  });

  test('without content is that of a new visitor', () => {
    const cart = fakeSession(Cart);
    expect({ ...cart }).toEqual({ items: [] });
    expect(getSessionInfo(cart).isNew).toBe(true);
    cart.items.push('tea');
    cart.since = new Date(0);
    expect(outcomeOf(cart)).toEqual({
      content: { items: ['tea'], since: new Date(0) },
      written: true,
      destroyed: false,
    });
  });

  test('tells of a login and of a logout', () => {
    const auth = fakeSession(Auth, { userId: '7', visits: 3 });
    controller.login(auth, '42');
    expect(outcomeOf(auth)).toEqual({
      content: { userId: '42', visits: 0 },
      written: true,
      destroyed: false,
    });
    controller.logout(auth);
    expect(outcomeOf(auth)).toEqual({ content: { visits: 0 }, written: false, destroyed: true });
    auth.visits = 1;
    expect(outcomeOf(auth)).toMatchObject({ written: true, destroyed: false });
  });

  test('has working methods', () => {
    const auth = fakeSession(Auth, { userId: '42' });
    auth.setDuration('1 hour');
    expect(getSessionInfo(auth).expiresAt - getSessionInfo(auth).createdAt).toBe(HOUR);
    auth.userId = '43';
    auth.save();
    auth.reload();
    expect([auth.userId, outcomeOf(auth).written]).toEqual(['42', false]);
    auth.regenerate(['userId']);
    expect(outcomeOf(auth)).toMatchObject({ content: { userId: '42' }, written: true });
  });

  test('began and ends when the test says, and else by the fake timers of the test runner', () => {
    jest.useFakeTimers({ now: 5 * DAY });
    expect(getSessionInfo(fakeSession(Auth, {}))).toMatchObject({
      createdAt: 5 * DAY,
      expiresAt: 5 * DAY + 12 * HOUR,
    });
    const times = { createdAt: 5 * DAY - HOUR, expiresAt: 5 * DAY + HOUR };
    expect(getSessionInfo(fakeSession(Auth, {}, times))).toMatchObject({ ...times, isNew: false });
  });

  test('cannot hold what the schema refuses: the message has the issues', () => {
    const wrong = { items: 'tea' } as never;
    expect(() => fakeSession(Cart, wrong)).toThrow(
      /The schema of session "cart" refuses this content:\n {2}items: .*array/,
    );
    const cart = fakeSession(Cart);
    cart.items = 7 as never;
    expect(() => outcomeOf(cart)).toThrow(/items: /);
    expect(() => fakeSession(Auth, { destroy: 1 } as never)).toThrow(/"destroy"/);
  });

  test('works by name, and has room for what chunks hold', () => {
    expect({ ...fakeSession('anything', { a: 1 }) }).toEqual({ a: 1 });
    const Large = defineSession<{ text?: string }>('large', { onTooLarge: 'chunk' });
    expect(fakeSession(Large, { text: 'x'.repeat(6000) }).text).toHaveLength(6000);
    expect(() => fakeSession(Auth, { userId: 'x'.repeat(6000) })).toThrow(/too large|bytes/);
  });

  test('knows all that forms its content', () => {
    const Versioned = defineSession<{ items: string[] }>('versioned', {
      defaults: { items: [] },
      version: 3,
      migrate: {
        1: (old: { item?: string }) => ({ items: { [old.item ?? 'tea']: 1 } }),
        2: (old: { items: Record<string, number> }) => ({ items: Object.keys(old.items) }),
      },
      onNewer: 'reset',
      onInvalid: () => ({ items: [] }),
    });
    expect({ ...fakeSession(Versioned, { items: ['tea'] }) }).toEqual({ items: ['tea'] });
  });

  test('needs nothing of what its cookie, its secret or its logins need', () => {
    const Everywhere = defineSession<{ userId?: string }>('everywhere', {
      cookieName: 'other',
      requestKey: 'everywhere',
      cookie: () => ({ domain: 'a.example' }),
      cookieDomains: ['a.example'],
      previousNames: ['before'],
      previousCookies: [{ name: 'long ago', path: '/shop' }],
      secret: () => Promise.reject(new Error('no vault in tests')),
      secretRefresh: '1 minute',
      legacy: { secret: 'of client-sessions', acceptUntil: '2030-01-01', write: true },
      subject: ({ userId }) => userId,
      issuedAfter: () => {
        throw new Error('no store in tests');
      },
    });
    const session = fakeSession(Everywhere, { userId: '42' });
    expect([session.userId, getSessionInfo(session).name]).toEqual(['42', 'everywhere']);
  });

  test('is the only one that outcomeOf() knows', () => {
    expect(() => outcomeOf({})).toThrow(TypeError);
  });
});
