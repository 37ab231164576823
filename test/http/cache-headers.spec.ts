import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { forbidCaching, isKeptFromOthers, varyOnCookie } from '../../lib/http/cache-headers.js';

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
    ['community="UCI", max-age=5', 'private, no-store, community="UCI"'],
    [['public', 'no-transform'], 'private, no-store, no-transform'],
    // Stricter already, and left as it is.
    ['no-store', 'no-store'],
    ['No-Store, max-age=0', 'No-Store, max-age=0'],
    [
      'private, no-cache, no-store, must-revalidate, max-age=0, no-transform',
      'private, no-cache, no-store, must-revalidate, max-age=0, no-transform',
    ],
  ])('%j becomes %j', (given, expected) => {
    const response = responseWith(given === undefined ? {} : { 'Cache-Control': given });
    forbidCaching(response);
    expect(response.getHeader('cache-control')).toBe(expected);
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
      'Surrogate-Control',
      { 'Surrogate-Control': 'max-age=60, content="ESI/1.0"' },
      { 'surrogate-control': 'no-store' },
    ],
    ['Edge-Control', { 'Edge-Control': 'max-age=1d' }, { 'edge-control': 'no-store' }],
    ['X-Accel-Expires', { 'X-Accel-Expires': 60 }, { 'x-accel-expires': '0' }],
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

describe('what shared caches were asked', () => {
  test.each<[Headers, boolean]>([
    [{}, false],
    [{ 'Cache-Control': 'public' }, true],
    [{ 'Cache-Control': 'public, max-age=60' }, true],
    [{ 'Cache-Control': 's-maxage=60' }, true],
    [{ 'Cache-Control': 'max-age=0, s-maxage="60"' }, true],
    [{ 'Cache-Control': 'public, max-age=0' }, false],
    [{ 'Cache-Control': 'public, s-maxage=0, max-age=60' }, false],
    [{ 'Cache-Control': 'public, no-cache' }, false],
    [{ 'Cache-Control': 'public, no-store' }, false],
    [{ 'Cache-Control': 'max-age=60' }, false],
    [{ 'Cache-Control': 'private, max-age=60' }, false],
    [{ 'Cache-Control': 'no-transform' }, false],
    [{ 'CDN-Cache-Control': 'max-age=60' }, true],
    [{ 'CDN-Cache-Control': 'max-age=0' }, false],
    [{ 'Surrogate-Control': 'no-store' }, false],
    [{ 'X-Accel-Expires': '60' }, true],
    [{ 'X-Accel-Expires': '0' }, false],
    [{ 'Cache-Control': 'private', 'Surrogate-Control': 'max-age=60' }, true],
  ])('%j: to keep the response, %s', (headers, expected) => {
    expect(forbidCaching(responseWith(headers))).toBe(expected);
  });
});

describe('Vary', () => {
  test.each<[Headers, string]>([
    [{}, 'Cookie'],
    [{ Vary: '' }, 'Cookie'],
    [{ Vary: 'Accept' }, 'Accept, Cookie'],
    [{ Vary: ['Accept', 'Origin'] }, 'Accept, Origin, Cookie'],
    [{ Vary: 'X-Cookie' }, 'X-Cookie, Cookie'],
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

test('a double of a response, which has no headers, is taken to be kept from others', () => {
  expect(isKeptFromOthers({ headersSent: true } as ServerResponse)).toBe(true);
});
