import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, jest, test } from '@jest/globals';
import {
  bytesOfArrived,
  bytesOfSetCookies,
  bytesOfWritten,
  HeaderBudget,
} from '../../lib/http/header-budget.js';
import type { SessionEvent } from '../../lib/session/session-event.js';

const SHARES = [{ name: 'cart', bytes: 700, keys: [] }];

describe('the budget of headers', () => {
  const reported = (direction: 'in' | 'out', bytes: number): SessionEvent[] => {
    const events: SessionEvent[] = [];
    const budget = new HeaderBudget({ in: 1000, out: 500 }, (event) => events.push(event));
    budget.check(direction, bytes, () => SHARES);
    return events;
  };

  test.each<['in' | 'out', number, number]>([
    ['in', 700, 1000],
    ['in', 2000, 1000],
    ['out', 350, 500],
    ['out', 501, 500],
  ])('%s is told of at %i bytes', (direction, bytes, limit) => {
    expect(reported(direction, bytes)).toEqual([
      { type: 'budget', direction, bytes, limit, sessions: SHARES },
    ]);
  });

  test.each<['in' | 'out', number]>([
    ['in', 699],
    ['in', 0],
    ['out', 349],
  ])('%s is not told of at %i bytes, and nobody counts the shares', (direction, bytes) => {
    const sharesOf = jest.fn(() => SHARES);
    const events: SessionEvent[] = [];
    new HeaderBudget({ in: 1000, out: 500 }, (event) => events.push(event)).check(direction, bytes, sharesOf);
    expect(events).toEqual([]);
    expect(sharesOf).not.toHaveBeenCalled();
  });

  test('leaves room for two cookies of a session below the part that is told of', () => {
    expect(new HeaderBudget({ in: 1001, out: 500 }, () => undefined).halfOfRequest).toBe(350);
  });

  test('that nobody wants says nothing, and limits nothing', () => {
    const events: SessionEvent[] = [];
    const budget = new HeaderBudget(undefined, (event) => events.push(event));
    budget.check('in', 1_000_000, () => SHARES);
    expect(events).toEqual([]);
    expect(budget.halfOfRequest).toBeUndefined();
  });
});

describe('the bytes', () => {
  const responseWith = (...headers: string[]): ServerResponse => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    if (headers.length) response.setHeader('Set-Cookie', headers);
    return response;
  };
  const lineOf = (header: string): number => `Set-Cookie: ${header}\r\n`.length;

  test('of Set-Cookie headers are those of their lines', () => {
    expect(bytesOfSetCookies(responseWith('a=1; Path=/', 'b=22'))).toBe(
      lineOf('a=1; Path=/') + lineOf('b=22'),
    );
    expect(bytesOfSetCookies(responseWith())).toBe(0);
  });

  test('of a single header, set as text, are those of its line', () => {
    const response = responseWith();
    response.setHeader('set-cookie', 'a=1');
    expect(bytesOfSetCookies(response)).toBe(lineOf('a=1'));
  });

  test('of one name are those of its lines, and of no other name that begins or ends so', () => {
    const bytes = bytesOfWritten(responseWith('a=1', 'ab=1', 'ba=1', 'x=a=', 'a=; Path=/shop'));
    expect(bytes('a')).toBe(lineOf('a=1') + lineOf('a=; Path=/shop'));
    expect(bytes('c')).toBe(0);
  });

  test('of a name that arrived are those of its pairs', () => {
    const bytes = bytesOfArrived(new Map([['cart', ['one', 'three']]]));
    expect(bytes('cart')).toBe('cart=one; cart=three; '.length);
    expect(bytes('user')).toBe(0);
  });
});
