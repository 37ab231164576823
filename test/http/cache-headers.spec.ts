import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import {
  forbidCaching,
  isKeptFromOthers,
  isKeptNowhere,
  restrictToBrowser,
  varyOnCookie,
} from '../../lib/http/cache-headers.js';

type Headers = Record<string, string | number | string[]>;

function responseWith(headers: Headers): ServerResponse {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  return response;
}

describe('Cache-Control of a response that writes a session', () => {
  test.each<[string | string[] | undefined, string]>([
    [undefined, 'private, no-store'],
    ['', 'private, no-store'],
    ['no-transform', 'private, no-store, no-transform'],
    ['public, max-age=60, no-transform', 'private, no-store, no-transform'],
    ['no-cache, must-revalidate', 'private, no-store, no-cache, must-revalidate'],
    ['PUBLIC, S-MaxAge=60, Immutable', 'private, no-store'],
    ['max-age=60, stale-while-revalidate=30, stale-if-error=9, proxy-revalidate', 'private, no-store'],
    ['private', 'private, no-store'],
    ['private="set-cookie, x-user", no-transform', 'private, no-store, no-transform'],
    ['no-cache="set-cookie, public"', 'private, no-store, no-cache="set-cookie, public"'],
    ['no-cache="a\\", public, b", public', 'private, no-store, no-cache="a\\", public, b"'],
    ['community="UCI", max-age=5', 'private, no-store, community="UCI"'],
    ['say="no-store", must-revalidate', 'private, no-store, say="no-store", must-revalidate'],
    ['say="a, no-store", public', 'private, no-store, say="a, no-store"'],
    ['x-no-store, no-storey', 'private, no-store, x-no-store, no-storey'],
    ['no-transform, say="never closed', 'private, no-store, no-transform, say="never closed'],
    [' , no-transform ,, ', 'private, no-store, no-transform'],
    ['max-age = 60 , no-transform', 'private, no-store, no-transform'],
    [['public', 'no-transform'], 'private, no-store, no-transform'],
    [['public, max-age=60', 'no-cache="a, b"'], 'private, no-store, no-cache="a, b"'],
    // A cache that obeys must-understand disregards no-store.
    ['public, max-age=60, must-understand, no-store', 'private, no-store'],
    // Stricter already, and left as it is.
    ['no-store', 'no-store'],
    ['public, no-store', 'public, no-store'],
    [['no-transform', 'no-store'], 'no-transform,no-store'],
    ['No-Store, max-age=0', 'No-Store, max-age=0'],
    [
      'private, no-cache, no-store, must-revalidate, max-age=0, no-transform',
      'private, no-cache, no-store, must-revalidate, max-age=0, no-transform',
    ],
  ])('%j becomes %j', (given, expected) => {
    const response = responseWith(given === undefined ? {} : { 'Cache-Control': given });
    forbidCaching(response);
    expect(String(response.getHeader('cache-control'))).toBe(expected);
    forbidCaching(response);
    expect(String(response.getHeader('cache-control'))).toBe(expected);
  });

  test.each<[string, Headers, Headers]>([
    ['CDN-Cache-Control', { 'CDN-Cache-Control': 'max-age=60' }, { 'cdn-cache-control': 'no-store' }],
    [
      'that of Cloudflare',
      { 'Cloudflare-CDN-Cache-Control': 'max-age=60' },
      { 'cloudflare-cdn-cache-control': 'no-store' },
    ],
    [
      'that of Vercel',
      { 'Vercel-CDN-Cache-Control': 's-maxage=60' },
      { 'vercel-cdn-cache-control': 'no-store' },
    ],
    [
      'that of Netlify',
      { 'Netlify-CDN-Cache-Control': 'public' },
      { 'netlify-cdn-cache-control': 'no-store' },
    ],
    [
      'that of somebody unknown',
      { 'X-Example-Cache-Control': ['public', 'max-age=60'] },
      { 'x-example-cache-control': 'no-store' },
    ],
    [
      'one that says little, and so overrides Cache-Control',
      { 'CDN-Cache-Control': 'none' },
      { 'cdn-cache-control': 'no-store, none' },
    ],
    [
      'one that says no to no-store',
      { 'CDN-Cache-Control': 'max-age=60, no-store=?0' },
      { 'cdn-cache-control': 'no-store' },
    ],
    [
      'Surrogate-Control',
      { 'Surrogate-Control': 'max-age=60+30, content="ESI/1.0"' },
      { 'surrogate-control': 'no-store, content="ESI/1.0"' },
    ],
    [
      'Surrogate-Control, where only others may not keep it',
      { 'Surrogate-Control': 'no-store-remote' },
      { 'surrogate-control': 'no-store, no-store-remote' },
    ],
    [
      'that of Fastly',
      { 'Fastly-Surrogate-Control': 'max-age=60' },
      { 'fastly-surrogate-control': 'no-store' },
    ],
    [
      'Edge-Control',
      { 'Edge-Control': '!no-store, cache-maxage=1d, !bypass-cache, downstream-ttl=1h, dca=esi' },
      { 'edge-control': 'no-store, dca=esi' },
    ],
    ['X-Accel-Expires', { 'X-Accel-Expires': 60 }, { 'x-accel-expires': '0' }],
    ['X-Accel-Expires with a time', { 'X-Accel-Expires': '@1900000000' }, { 'x-accel-expires': '0' }],
    [
      'one that forbids it already',
      { 'CDN-Cache-Control': 'no-store, x' },
      { 'cdn-cache-control': 'no-store, x' },
    ],
    ['one of another name', { 'X-Cache': 'public', 'Access-Control-Max-Age': 9 }, { 'x-cache': 'public' }],
  ])('%s is overridden, too', (_name, given, expected) => {
    const response = responseWith(given);
    forbidCaching(response);
    expect(response.getHeaders()).toMatchObject({ ...expected, 'cache-control': 'private, no-store' });
  });
});

test.each(['X-Cache-Control-Key', 'Surrogate-Control-Key', 'Edge-Control-Key', 'X-Edge-Control'])(
  '%s is no header that caches obey',
  (name) => {
    const response = responseWith({ [name]: 'public, max-age=60' });
    expect(forbidCaching(response)).toBe(false);
    expect(response.getHeader(name)).toBe('public, max-age=60');
  },
);

describe('Cache-Control of a response that reads a session', () => {
  test.each<[string | string[] | undefined, string]>([
    [undefined, 'private'],
    ['', 'private'],
    [' , ', 'private'],
    ['no-transform', 'private, no-transform'],
    ['max-age=60', 'private, max-age=60'],
    ['Max-Age = 60, must-revalidate', 'private, Max-Age = 60, must-revalidate'],
    [
      'max-age=1, stale-while-revalidate=60, stale-if-error=9',
      'private, max-age=1, stale-while-revalidate=60, stale-if-error=9',
    ],
    ['immutable', 'private, immutable'],
    [['max-age=60', 'no-transform'], 'private, max-age=60, no-transform'],
    ['say="public, s-maxage=60"', 'private, say="public, s-maxage=60"'],
    ['publicity, x-s-maxage=60', 'private, publicity, x-s-maxage=60'],
    // Whoever speaks of shared caches is left to it.
    ['public, max-age=60', 'public, max-age=60'],
    ['PUBLIC', 'PUBLIC'],
    ['s-maxage=60', 's-maxage=60'],
    ['private', 'private'],
    ['private, max-age=60', 'private, max-age=60'],
    ['private="x-user", max-age=60', 'private="x-user", max-age=60'],
    ['no-store', 'no-store'],
    ['no-cache', 'no-cache'],
    ['max-age=60, proxy-revalidate', 'max-age=60, proxy-revalidate'],
    ['must-understand, no-store, max-age=60', 'must-understand, no-store, max-age=60'],
    ['must-understand, max-age=60', 'must-understand, max-age=60'],
  ])('%j becomes %j', (given, expected) => {
    const response = responseWith(given === undefined ? {} : { 'Cache-Control': given });
    for (let i = 0; i < 2; i++) {
      restrictToBrowser(response);
      expect(String(response.getHeader('cache-control'))).toBe(expected);
    }
  });

  test.each<[Headers, boolean]>([
    [{}, false],
    [{ 'Cache-Control': 'max-age=60' }, false],
    [{ 'Cache-Control': 'private, max-age=60' }, false],
    [{ 'Cache-Control': 'public, max-age=0' }, false],
    [{ 'Cache-Control': 'public, no-cache' }, false],
    [{ 'Cache-Control': 'public, max-age=60' }, true],
    [{ 'Cache-Control': 's-maxage=60' }, true],
  ])('%j asks shared caches to keep it: %s', (headers, expected) => {
    expect(restrictToBrowser(responseWith(headers))).toBe(expected);
  });

  test.each([
    'Expires',
    'Pragma',
    'ETag',
    'Last-Modified',
    'CDN-Cache-Control',
    'Surrogate-Control',
    'X-Accel-Expires',
  ])('%s alone is left as it is, beside private', (name) => {
    const response = responseWith({ [name]: '60' });
    expect(restrictToBrowser(response)).toBe(false);
    expect(response.getHeaders()).toEqual({ [name.toLowerCase()]: '60', 'cache-control': 'private' });
  });
});

describe('what shared caches were asked', () => {
  test.each<[Headers, boolean]>([
    [{}, false],
    [{ 'Cache-Control': 'public' }, true],
    [{ 'Cache-Control': 'Public, Max-Age=60' }, true],
    [{ 'Cache-Control': 'public, must-revalidate, max-age=60' }, true],
    [{ 'Cache-Control': 'public, max-age="60"' }, true],
    [{ 'Cache-Control': 's-maxage=60' }, true],
    [{ 'Cache-Control': 'max-age=0, s-maxage="60"' }, true],
    [{ 'Cache-Control': ['max-age=0', 's-maxage=60'] }, true],
    [{ 'Cache-Control': 's-maxage=0, stale-while-revalidate=60' }, true],
    [{ 'Cache-Control': 'public, max-age=0, stale-if-error=60' }, true],
    [{ 'Cache-Control': 's-maxage = 60' }, true],
    [{ 'Cache-Control': 'public, max-age=60, no-cache="set-cookie"' }, true],
    [{ 'Cache-Control': 'public, max-age=60, private="x-user"' }, true],
    [{ 'Cache-Control': 'public, max-age=60, must-understand, no-store' }, true],
    [{ 'Cache-Control': 'public, max-age=0' }, false],
    [{ 'Cache-Control': 'public, max-age=0, must-revalidate' }, false],
    [{ 'Cache-Control': 'public, max-age="0"' }, false],
    [{ 'Cache-Control': 'public, max-age=000' }, false],
    [{ 'Cache-Control': 'public, max-age=-1' }, false],
    [{ 'Cache-Control': 'public, max-age=soon' }, false],
    [{ 'Cache-Control': 'public, max-age==60' }, false],
    [{ 'Cache-Control': 's-maxage=0' }, false],
    [{ 'Cache-Control': 'public, s-maxage=0, max-age=60' }, false],
    [{ 'Cache-Control': 'public, no-cache' }, false],
    [{ 'Cache-Control': 'public, no-cache, max-age=60' }, false],
    [{ 'Cache-Control': 'public, no-store' }, false],
    [{ 'Cache-Control': 'max-age=60' }, false],
    [{ 'Cache-Control': 'max-age=60, stale-while-revalidate=60' }, false],
    [{ 'Cache-Control': 'private, max-age=60' }, false],
    [{ 'Cache-Control': 'private, s-maxage=60' }, false],
    [{ 'Cache-Control': 'say="public, s-maxage=60"' }, false],
    [{ 'Cache-Control': 'publicity, x-s-maxage=60' }, false],
    [{ 'Cache-Control': 'no-transform' }, false],
    [{ 'CDN-Cache-Control': 'max-age=60' }, true],
    [{ 'CDN-Cache-Control': 'none' }, true],
    [{ 'CDN-Cache-Control': 'max-age=60, no-store=?0' }, true],
    [{ 'CDN-Cache-Control': 'max-age=0' }, false],
    [{ 'CDN-Cache-Control': 'max-age=60, private' }, false],
    [{ 'CDN-Cache-Control': 'no-cache' }, false],
    [{ 'CDN-Cache-Control': '' }, false],
    [{ 'Surrogate-Control': 'max-age=0+60' }, true],
    [{ 'Surrogate-Control': 'no-store' }, false],
    [{ 'Edge-Control': '!no-store, cache-maxage=1d' }, true],
    [{ 'Edge-Control': 'cache-maxage=0s' }, false],
    [{ 'X-Accel-Expires': '60' }, true],
    [{ 'X-Accel-Expires': 60 }, true],
    [{ 'X-Accel-Expires': '@1900000000' }, true],
    [{ 'X-Accel-Expires': '060' }, true],
    [{ 'X-Accel-Expires': '0' }, false],
    [{ 'X-Accel-Expires': '-5' }, false],
    [{ 'X-Accel-Expires': 0 }, false],
    [{ 'X-Accel-Expires': 'off' }, false],
    [{ 'X-Cache': 'public, max-age=60' }, false],
    [{ 'Cache-Control': 'private', 'Surrogate-Control': 'max-age=60' }, true],
    [{ 'Cache-Control': 'public, max-age=60', 'CDN-Cache-Control': 'no-store' }, true],
  ])('%j: to keep the response, %s', (headers, expected) => {
    const response = responseWith(headers);
    expect(forbidCaching(response)).toBe(expected);
    // Said once: what the response says now is nothing that the application had asked.
    expect(forbidCaching(response)).toBe(false);
  });
});

describe('Vary', () => {
  test.each<[Headers, string]>([
    [{}, 'Cookie'],
    [{ Vary: '' }, 'Cookie'],
    [{ Vary: 'Accept' }, 'Accept, Cookie'],
    [{ Vary: ['Accept', 'Origin'] }, 'Accept, Origin, Cookie'],
    [{ Vary: 'X-Cookie' }, 'X-Cookie, Cookie'],
    [{ Vary: 'Cookie-Consent' }, 'Cookie-Consent, Cookie'],
  ])('%j becomes %j', (headers, expected) => {
    const response = responseWith(headers);
    varyOnCookie(response);
    expect(response.getHeader('vary')).toBe(expected);
  });

  test.each(['*', 'Cookie', 'accept, cookie', 'COOKIE,Accept'])('%j stays', (vary) => {
    const response = responseWith({ Vary: vary });
    varyOnCookie(response);
    expect(response.getHeader('vary')).toBe(vary);
  });
});

describe('a head that is sent', () => {
  test.each<[Headers, boolean]>([
    [{}, false],
    [{ Vary: 'Accept, Cookie' }, true],
    [{ Vary: ['Accept', 'Cookie'] }, true],
    [{ Vary: 'X-Cookie' }, false],
    [{ 'Cache-Control': 'max-age=60, private' }, true],
    [{ 'Cache-Control': 'no-store' }, true],
    [{ 'Cache-Control': 'private="x-user", max-age=60' }, false],
    [{ 'Cache-Control': 'say="a, private"' }, false],
    [{ 'Cache-Control': 'private-ish' }, false],
    [{ 'Cache-Control': 'must-understand, no-store' }, false],
    [{ 'Cache-Control': 'private', 'CDN-Cache-Control': 'max-age=60' }, false],
    [{ 'Cache-Control': 'private', 'CDN-Cache-Control': 'no-store' }, true],
    [{ 'Cache-Control': 'no-store', 'X-Accel-Expires': '60' }, false],
    [{ 'Cache-Control': 'private', 'X-Cache': 'public, max-age=60' }, true],
  ])('of %j keeps the response from others: %s', (headers, expected) => {
    expect(isKeptFromOthers(responseWith(headers))).toBe(expected);
    const sent = responseWith({});
    sent.writeHead(200, headers);
    expect(isKeptFromOthers(sent)).toBe(expected);
  });
});

describe('a head that is sent', () => {
  test.each<[Headers, boolean]>([
    [{}, false],
    [{ Vary: 'Cookie', 'Cache-Control': 'private' }, false],
    [{ 'Cache-Control': 'no-store' }, true],
    [{ 'Cache-Control': 'private, No-Store' }, true],
    [{ 'Cache-Control': 'must-understand, no-store' }, false],
    [{ 'Cache-Control': 'say="no-store"' }, false],
  ])('of %j keeps the response from all caches: %s', (headers, expected) => {
    expect(isKeptNowhere(responseWith(headers))).toBe(expected);
    const sent = responseWith({});
    sent.writeHead(200, headers);
    expect(isKeptNowhere(sent)).toBe(expected);
  });
});

test('a double of a response, which has no headers, is taken to be kept from others', () => {
  expect(isKeptFromOthers({ headersSent: true } as ServerResponse)).toBe(true);
  expect(isKeptNowhere({ headersSent: true } as ServerResponse)).toBe(true);
});

test('a double of a response that does not tell the names of its headers is kept from caches, too', () => {
  const headers = new Map<string, unknown>([['cache-control', 'public']]);
  const double = {
    getHeader: (name: string) => headers.get(name.toLowerCase()),
    setHeader: (name: string, value: unknown) => headers.set(name.toLowerCase(), value),
  };
  forbidCaching(double as unknown as ServerResponse);
  expect(headers.get('cache-control')).toBe('private, no-store');
});
