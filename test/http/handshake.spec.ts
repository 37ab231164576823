import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import {
  handshakeOf,
  isUpgraded,
  isWebSocket,
  noteHandshake,
  receiversOf,
} from '../../lib/http/handshake.js';

const requestOf = (properties: object = {}): IncomingMessage =>
  Object.assign(new IncomingMessage(new Socket()), properties);

describe('a handshake', () => {
  test('is noted with its client, where nobody sees it by accident', () => {
    const [client, request] = [{}, requestOf()];
    expect(handshakeOf(client)).toBeUndefined();
    noteHandshake(client, request, {});
    expect(handshakeOf(client)).toBe(request);
    expect(Object.keys(client)).toEqual([]);
  });

  test('is noted under names that several copies of this package share', () => {
    const [client, request] = [{}, requestOf()];
    const before = Object.getOwnPropertySymbols(request);
    noteHandshake(client, request, {});
    const added = Object.getOwnPropertySymbols(request).filter((symbol) => !before.includes(symbol));
    expect(
      [...Object.getOwnPropertySymbols(client), ...added].map((symbol) => Symbol.keyFor(symbol)),
    ).toEqual(['nestjs-client-sessions/1.handshake', 'nestjs-client-sessions/1.receiver']);
  });

  test('that is noted again counts in place of the first', () => {
    const [client, first, second] = [{}, requestOf(), requestOf()];
    const [gateway, other] = [{}, {}];
    noteHandshake(client, first, gateway);
    noteHandshake(client, second, gateway);
    noteHandshake(client, second, other);
    expect(handshakeOf(client)).toBe(second);
    expect(receiversOf(second)).toEqual([other]);
    expect(receiversOf(second)[0]).toBe(other);
  });

  test('is received by the gateway, and by the server', () => {
    const [server, gateway] = [{ name: 'server' }, { name: 'gateway' }];
    const request = requestOf({ socket: Object.assign(new Socket(), { server }) });
    expect(receiversOf(request)).toEqual([server]);
    noteHandshake({}, request, gateway);
    expect(receiversOf(request)).toEqual([gateway, server]);
  });

  test('of a double without a socket is received by nobody', () => {
    expect(receiversOf({} as IncomingMessage)).toEqual([]);
  });
});

describe('a request that Node has handed over', () => {
  test.each<[object, boolean, boolean]>([
    [{ upgrade: true, headers: { upgrade: 'websocket' } }, true, true],
    [{ upgrade: true, headers: { upgrade: 'WebSocket' } }, true, true],
    [{ upgrade: true, headers: { upgrade: 'h2c' } }, true, false],
    [{ upgrade: true, headers: {} }, true, false],
    [{ upgrade: false, headers: { upgrade: 'websocket' } }, false, false],
    [{ headers: { upgrade: 'websocket' } }, false, false],
    [{ upgrade: 'websocket', headers: { upgrade: 'websocket' } }, false, false],
  ])('with %j is upgraded: %s; opens a WebSocket: %s', (properties, upgraded, webSocket) => {
    const request = properties as IncomingMessage;
    expect([isUpgraded(request), isWebSocket(request)]).toEqual([upgraded, webSocket]);
  });
});
