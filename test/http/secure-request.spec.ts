import { type IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import {
  claimsTlsProxy,
  frameworkOf,
  hostOf,
  isLocalRequest,
  isSecureRequest,
  linkFrameworkRequest,
} from '../../lib/http/secure-request.js';
import { cpuTime } from '../support/cpu-time.js';

const request = (headers: object = {}, properties: object = {}): IncomingMessage =>
  Object.assign(new IncomingMessage(new Socket()), { headers: headers as IncomingHttpHeaders }, properties);

describe('a TLS proxy', () => {
  test.each<[string, unknown]>([
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-proto', 'HTTPS'],
    ['x-forwarded-proto', 'https, http'],
    ['x-forwarded-proto', ' https ,http,http'],
    ['x-forwarded-proto', ['https', 'http']],
    ['x-forwarded-protocol', 'https'],
    ['x-forwarded-scheme', 'https'],
    ['x-forwarded-ssl', 'on'],
    ['x-forwarded-ssl', 'On'],
    ['x-url-scheme', 'https'],
    ['front-end-https', 'on'],
    ['cloudfront-forwarded-proto', 'https'],
    ['forwarded', 'proto=https'],
    ['forwarded', 'Proto=HTTPS'],
    ['forwarded', 'proto="https"'],
    ['forwarded', 'for=192.0.2.60;proto=https;by=203.0.113.43'],
    ['forwarded', 'for="[2001:db8::1]:4711" ; proto="HTTPS", for=10.0.0.1;proto=http'],
    ['forwarded', 'for="a\\"b,c;d" ;proto=https'],
    ['forwarded', ['for=_a;proto=https', 'proto=http']],
  ])('is seen in %s: %j', (header, value) => {
    expect(claimsTlsProxy(request({ [header]: value }))).toBe(true);
  });

  test.each<[string, unknown]>([
    ['x-forwarded-proto', 'http'],
    ['x-forwarded-proto', 'http, https'],
    ['x-forwarded-proto', 'httpsx'],
    ['x-forwarded-proto', ''],
    ['x-forwarded-proto', []],
    ['x-forwarded-proto', [{}]],
    ['x-forwarded-proto', 443],
    ['x-forwarded-proto', null],
    ['x-forwarded-ssl', 'off'],
    ['x-forwarded-ssl', 'https'],
    ['front-end-https', 'off'],
    ['x-forwarded-for', 'https'],
    ['forwarded', ''],
    ['forwarded', 'proto=http'],
    ['forwarded', 'for=10.0.0.1;proto=http, for=10.0.0.2;proto=https'],
    ['forwarded', 'for=10.0.0.1, for=10.0.0.2;proto=https'],
    ['forwarded', 'for="x;proto=https;y"'],
    ['forwarded', 'for="x;proto=https'],
    ['forwarded', 'xproto=https'],
    ['forwarded', 'proto'],
    ['forwarded', 'proto=https2'],
    ['forwarded', 'proto=https x'],
    ['forwarded', {}],
  ])('is not seen in %s: %j', (header, value) => {
    expect(claimsTlsProxy(request({ [header]: value }))).toBe(false);
  });

  test('is none where the request itself came over TLS', () => {
    const socket = Object.assign(new Socket(), { encrypted: true });
    expect(claimsTlsProxy(request({ 'x-forwarded-proto': 'https' }, { socket }))).toBe(false);
  });

  test.each(['"', '\\"', ';', 'a=', 'a="', 'a=b;', 'a="\\'])(
    'is looked for in linear time in a header full of %s',
    (part) => {
      const long = part.repeat(100_000 / part.length);
      const began = cpuTime();
      for (const text of [long, `for="${long}`, `for=a;${long}`])
        expect(claimsTlsProxy(request({ forwarded: text }))).toBe(false);
      expect(cpuTime() - began).toBeLessThan(1_000);
    },
  );
});

describe('the framework', () => {
  test("is Express where there is an application of Express's", () => {
    expect(frameworkOf(request({}, { app: () => undefined, protocol: 'http' }))).toBe('express');
  });

  test('is Fastify where its request is linked, or its middleware has left the protocol', () => {
    const linked = request();
    linkFrameworkRequest(linked, { protocol: 'http' });
    expect(frameworkOf(linked)).toBe('fastify');
    expect(frameworkOf(request({}, { protocol: 'http' }))).toBe('fastify');
  });

  test('is none on a bare request', () => {
    expect(frameworkOf(request())).toBeUndefined();
  });

  test.each(['https', 'HTTPS'])('may say %s', (protocol) => {
    expect(isSecureRequest(request({}, { protocol }))).toBe(true);
  });

  test('alone counts, whatever headers say', () => {
    expect(isSecureRequest(request({ 'x-forwarded-proto': 'https' }, { protocol: 'http' }))).toBe(false);
    expect(isSecureRequest(request({ 'x-forwarded-proto': 'https' }))).toBe(false);
  });
});

describe('the host that the browser asked for', () => {
  test.each<[object, string]>([
    [{ host: 'shop.example' }, 'shop.example'],
    [{ host: 'Shop.Example:8443' }, 'shop.example'],
    [{ host: '[::1]:3000' }, '[::1]'],
    [{ host: '[2001:db8::1]' }, '[2001:db8::1]'],
    [{ ':authority': 'shop.example:8443' }, 'shop.example'],
    [{ host: 'shop.example', ':authority': 'other.example' }, 'shop.example'],
    [{}, ''],
  ])('of %j is %s', (headers, host) => {
    expect(hostOf(request(headers))).toBe(host);
  });

  test.each([
    'localhost',
    'localhost:3000',
    'LocalHost',
    'shop.localhost',
    'a.b.localhost:80',
    '127.0.0.1',
    '127.10.200.30:3000',
    '[::1]',
    '[::1]:3000',
  ])('is local: %s', (host) => {
    expect(isLocalRequest(request({ host }))).toBe(true);
  });

  test.each([
    'shop.example',
    'localhost.shop.example',
    'notlocalhost',
    '.localhost',
    'shop:1.localhost',
    '127.0.0.1.shop.example',
    '127.0.1',
    '127.a.b.c',
    '10.127.0.0.1',
    '[::1].shop.example',
    '[::11]',
    '',
  ])('is not local: %s', (host) => {
    expect(isLocalRequest(request({ host }))).toBe(false);
  });
});

test('a double of a request, without headers and socket, came from anywhere and without TLS', () => {
  const double = {} as IncomingMessage;
  expect([hostOf(double), isLocalRequest(double), claimsTlsProxy(double), isSecureRequest(double)]).toEqual([
    '',
    false,
    false,
    false,
  ]);
});
