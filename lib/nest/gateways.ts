import type { Type } from '@nestjs/common';
import { noteHandshake } from '../http/handshake.js';
import { requestIn } from '../http/request-holder.js';
import { methodHolderOf } from './methods.js';

/** How `@WebSocketGateway()` marks a class. */
const IS_GATEWAY = 'websockets:is_gateway';

/** The method of a gateway that Nest calls with a new client, and with what the adapter gives beside it. */
const CONNECTED = 'handleConnection';

type Connected = (this: object, client: unknown, ...rest: unknown[]) => unknown;

const noting = new WeakSet<object>();

export function isGateway(type: Type): boolean {
  return Reflect.hasMetadata(IS_GATEWAY, type);
}

/**
 * Lets a gateway note with which request each of its clients has connected. Nest tells nobody but `handleConnection()`,
 * and the handlers of messages get the client only.
 */
export function noteHandshakesOf(gateway: Type): void {
  const prototype = gateway.prototype as object;
  const holder = methodHolderOf(prototype, CONNECTED) ?? prototype;
  const original = Object.getOwnPropertyDescriptor(holder, CONNECTED)?.value as Connected | undefined;
  if (original && noting.has(original)) return;
  const value: Connected = function (client, ...rest) {
    note(this, client, rest);
    return original?.call(this, client, ...rest);
  };
  if (original) copyMetadata(original, value);
  noting.add(value);
  Object.defineProperty(holder, CONNECTED, { configurable: true, writable: true, value });
}

/** The adapter of ws gives the request, the client of socket.io holds it. */
function note(gateway: object, client: unknown, rest: readonly unknown[]): void {
  if (typeof client !== 'object' || client === null) return;
  const request = [...rest, client].flatMap((holder) => requestIn(holder) ?? [])[0];
  if (request) noteHandshake(client, request, gateway);
}

function copyMetadata(from: object, to: object): void {
  for (const key of Reflect.getOwnMetadataKeys(from) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, from), to);
  }
}
