import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { noteHandshake } from '../../lib/http/handshake.js';
import { requestIn } from '../../lib/http/request-holder.js';

const request = new IncomingMessage(new Socket());
const other = new IncomingMessage(new Socket());

describe("Node's request", () => {
  test.each<[string, unknown]>([
    ['itself', request],
    ["Fastify's request", { raw: request, headers: {} }],
    ["the context of Nest's GraphQL drivers", { req: request }],
    ['their context on Fastify', { req: { raw: request, headers: {} } }],
    ['a socket.io client, or the context of Mercurius', { request }],
    ['the context of graphql-ws', { extra: { request } }],
    ["Nest's context of graphql-ws, on Fastify", { req: { extra: { request: { raw: request } } } }],
    ['what is beside headers', { request, headers: {} }],
    ['what is beside nothing of use', { req: null, raw: 1, request, extra: 'x', headers: 2 }],
  ])('is found in %s', (_what, subject) => {
    expect(requestIn(subject)).toBe(request);
  });

  test('is found with the client whose handshake it was', () => {
    const client = {};
    noteHandshake(client, request, {});
    expect(requestIn(client)).toBe(request);
    expect(requestIn({ request: other, extra: client })).toBe(other);
  });

  test("is Fastify's own before all others", () => {
    expect(requestIn({ raw: request, req: other, request: other })).toBe(request);
    expect(requestIn({ req: request, request: other })).toBe(request);
  });

  test('is itself, and that of Fastify, whatever hangs on it', () => {
    const laden = Object.assign(new IncomingMessage(new Socket()), { raw: other, req: other });
    expect(requestIn(laden)).toBe(laden);
    const fastify = { raw: request, headers: {} };
    noteHandshake(fastify, other, {});
    expect(requestIn(fastify)).toBe(request);
  });

  test('of HTTP/2, or a double, is known by its headers', () => {
    const double = { headers: {} };
    expect(requestIn(double)).toBe(double);
    expect(requestIn({ raw: double, headers: {} })).toBe(double);
  });

  test.each([
    undefined,
    null,
    'text',
    5,
    {},
    { headers: null },
    { headers: 'text' },
    { raw: {} },
    () => request,
  ])('is not found in %j', (subject) => {
    expect(requestIn(subject)).toBeUndefined();
  });

  test('is not found in a function that has one', () => {
    expect(requestIn(Object.assign(() => undefined, { raw: request, headers: {} }))).toBeUndefined();
  });

  test('is looked for as deep as frameworks wrap it, and in no ring of objects for ever', () => {
    const wrap = (depth: number): unknown => (depth === 0 ? { raw: request } : { extra: wrap(depth - 1) });
    expect(requestIn(wrap(4))).toBe(request);
    expect(requestIn(wrap(5))).toBeUndefined();
    const ring: Record<string, unknown> = {};
    ring['req'] = ring;
    expect(requestIn(ring)).toBeUndefined();
  });
});
