import type { IncomingMessage } from 'node:http';

/**
 * The keys of what is noted of a handshake. The symbols are registered, so that several copies of this package in one
 * process see it.
 */
const REQUEST = Symbol.for('nestjs-client-sessions/1.handshake');
const RECEIVER = Symbol.for('nestjs-client-sessions/1.receiver');

interface Client {
  readonly [REQUEST]?: IncomingMessage;
}

interface ReceivedRequest extends IncomingMessage {
  /** Node sets it if it hands the request over to code that listens to `upgrade`. */
  readonly upgrade?: boolean;
  readonly [RECEIVER]?: object;
}

/**
 * Notes with which request a WebSocket client has connected, because the clients of ws do not tell.
 *
 * @param receiver who has received it: the sessions of its handshakes are available there
 */
export function noteHandshake(client: object, request: IncomingMessage, receiver: object): void {
  Object.defineProperty(client, REQUEST, { configurable: true, value: request });
  Object.defineProperty(request, RECEIVER, { configurable: true, value: receiver });
}

/** Returns the noted request of a client. */
export function handshakeOf(client: object): IncomingMessage | undefined {
  return (client as Client)[REQUEST];
}

/** Returns who has received the handshake that a request is: a gateway, if that is known, or the server. */
export function receiversOf(request: IncomingMessage): object[] {
  const { socket } = request as { socket?: IncomingMessage['socket'] & { readonly server?: object } };
  return [(request as ReceivedRequest)[RECEIVER], socket?.server].flatMap((receiver) => receiver ?? []);
}

/** Whether Node has handed the request over, so that it may never be answered with a response. */
export function isUpgraded(request: IncomingMessage): boolean {
  return (request as ReceivedRequest).upgrade === true;
}

/**
 * Whether a request opens a WebSocket. Some plugins, such as `@fastify/websocket` and express-ws, give such a request
 * to routes and middleware, with a response that is never sent.
 */
export function isWebSocket(request: IncomingMessage): boolean {
  return isUpgraded(request) && request.headers.upgrade?.toLowerCase() === 'websocket';
}
