import type { IncomingMessage } from 'node:http';
import { describe, expect, jest, test } from '@jest/globals';
import { SessionCookieError } from '../../lib/errors/session-cookie.error.js';
import type { CookieFunction, CookieOptions } from '../../lib/options/cookie-options.js';
import { RequestAttributes } from '../../lib/options/request-attributes.js';

const request = (host = 'a.example'): IncomingMessage => ({ headers: { host } }) as IncomingMessage;
const attributes = (given: unknown, base: CookieOptions = {}, cookieName = 'cart'): RequestAttributes =>
  new RequestAttributes({
    session: 'cart',
    cookieName,
    given: (typeof given === 'function' ? given : () => given) as CookieFunction,
    base,
    domains: ['a.example', 'b.example'],
  });

function refusal(given: unknown, cookieName?: string): string {
  try {
    attributes(given, {}, cookieName).of(request());
  } catch (error) {
    expect(error).toBeInstanceOf(SessionCookieError);
    return (error as SessionCookieError).message;
  }
  throw new Error('it was accepted');
}

describe('attributes that depend on the request', () => {
  test('stand over those that do not', () => {
    const own = { path: '/shop', domain: '.A.example', httpOnly: undefined };
    expect(attributes(own, { httpOnly: false, path: '/' }).of(request())).toMatchObject({
      path: '/shop',
      domain: '.A.example',
      httpOnly: false,
    });
    expect(attributes({}, { path: '/base' }).of(request()).path).toBe('/base');
  });

  test('are the same object where they are the same', () => {
    const byHost = attributes(({ headers }: IncomingMessage) => ({ domain: headers.host }));
    const [a, b] = [byHost.of(request('a.example')), byHost.of(request('b.example'))];
    expect(byHost.of(request('a.example'))).toBe(a);
    expect(b).not.toBe(a);
    expect(Object.isFrozen(a)).toBe(true);
    expect([a.domain, b.domain]).toEqual(['a.example', 'b.example']);
  });

  test('fill no memory: after a thousand, all are forgotten', () => {
    let path = '/';
    const many = attributes(() => ({ path }));
    const known = (each: string): object => {
      path = each;
      return many.of(request());
    };
    const first = known('/0');
    for (let i = 1; i < 1_000; i++) known(`/${i}`);
    expect(known('/0')).toBe(first);
    known('/1000');
    expect(known('/0')).not.toBe(first);
  });

  test.each<[unknown, RegExp]>([
    [undefined, /must return an object, and at once.*Return attributes such as/],
    [null, /must return an object/],
    ['/shop', /must return an object/],
    [[], /must return an object/],
    [{ samesite: 'lax' }, /invalid "cookie\.samesite".*Did you mean "sameSite"\?/],
    [{ path: 'shop' }, /invalid "cookie\.path".*Begin with/],
    [{ sameSite: 'none' }, /invalid "cookie\.sameSite"/],
    [{ prefix: '__Host-' }, /must not return a prefix.*"cookieName"/],
    [{ prefix: false }, /must not return a prefix/],
    [{ domain: 'evil.example' }, /"cookieDomains" lists.*Add the domain/],
    [{ domain: 'x.a.example' }, /"cookieDomains" lists/],
    [{ domain: 'a b' }, /invalid "cookie\.domain"/],
  ])('%j are refused', (given, message) => {
    expect(refusal(given)).toMatch(message);
  });

  test('have to fit the name of the cookie', () => {
    expect(refusal({ path: '/shop', secure: true }, '__Host-cart')).toMatch(/invalid "cookie\.path"/);
  });

  test('of a promise are refused at once, and its rejection is nobody’s', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    expect(refusal(() => Promise.reject(new Error('later')))).toMatch(/at once/);
    await new Promise(setImmediate);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  test('of a function that throws are told without its message, and may come with the next request', () => {
    let isBroken = true;
    const sometimes = attributes(() => {
      if (isBroken) throw new RangeError('hunter2');
      return { path: '/shop' };
    });
    expect(() => sometimes.of(request())).toThrow(SessionCookieError);
    expect(() => sometimes.of(request())).toThrow(/threw RangeError.*attributes for every request/);
    expect(() => sometimes.of(request())).not.toThrow('hunter2');
    isBroken = false;
    expect(sometimes.of(request()).path).toBe('/shop');
  });

  test('cannot depend on themselves', () => {
    const circular: RequestAttributes = attributes(() => circular.of(request()));
    expect(() => circular.of(request())).toThrow(/must not use its own session.*such as its host/);
    expect(() => circular.of(request())).toThrow(/must not use its own session/);
  });
});
