import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { isCookieWithheld } from '../../lib/http/cross-site.js';

const from = (site: string | undefined, method: string, properties: object = {}): IncomingMessage =>
  Object.assign(
    new IncomingMessage(new Socket()),
    { method, ...properties },
    {
      headers: site === undefined ? {} : { 'sec-fetch-site': site },
    },
  );

describe('on a request from another site', () => {
  test.each(['GET', 'HEAD', 'OPTIONS', 'TRACE'])(
    'by %s, a Lax cookie is sent, and a Strict one is not',
    (method) => {
      const request = from('cross-site', method);
      expect([isCookieWithheld(request, 'lax'), isCookieWithheld(request, 'strict')]).toEqual([false, true]);
    },
  );

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'get', ''])('by %j, neither is sent', (method) => {
    const request = from('cross-site', method);
    expect([isCookieWithheld(request, 'lax'), isCookieWithheld(request, 'strict')]).toEqual([true, true]);
  });

  test('a cookie of SameSite=None is always sent', () => {
    expect(isCookieWithheld(from('cross-site', 'POST'), 'none')).toBe(false);
  });

  test.each<[string, string, boolean]>([
    ['POST', 'GET', true],
    ['GET', 'POST', false],
  ])('that was sent by %s, a middleware that makes it a %s changes nothing', (sent, made, isWithheld) => {
    expect(isCookieWithheld(from('cross-site', made, { originalMethod: sent }), 'lax')).toBe(isWithheld);
  });
});

test.each(['same-origin', 'same-site', 'none', 'Cross-Site', '', undefined])(
  'a request whose Sec-Fetch-Site is %j has all cookies',
  (site) => {
    for (const sameSite of ['lax', 'strict', 'none'] as const)
      expect(isCookieWithheld(from(site, 'POST'), sameSite)).toBe(false);
  },
);

test('a double of a request, without headers, has all cookies', () => {
  expect(isCookieWithheld({ method: 'POST' } as IncomingMessage, 'strict')).toBe(false);
});
