import { IncomingMessage } from 'node:http';
import { handshakeOf } from './handshake.js';

/** An object that holds Node's request, in one of the ways of the frameworks. */
interface RequestHolder {
  /** Fastify's request. */
  readonly raw?: unknown;
  /** The GraphQL context of Nest's drivers. */
  readonly req?: unknown;
  /** A socket.io client, the context of Mercurius, what graphql-ws keeps of a connection. */
  readonly request?: unknown;
  /** The context of graphql-ws. */
  readonly extra?: unknown;
  readonly headers?: unknown;
}

/** From the context of Nest's driver to that of graphql-ws, to its `extra`, to Fastify's request, to that of Node. */
const WRAPPINGS = 4;

/** Returns Node's request that a value is or holds. */
export function requestIn(subject: unknown, depth: number = WRAPPINGS): IncomingMessage | undefined {
  if (subject instanceof IncomingMessage) return subject;
  if (typeof subject !== 'object' || subject === null || depth < 0) return undefined;
  const { raw } = subject as RequestHolder;
  if (raw instanceof IncomingMessage) return raw;
  const { req, request, extra, headers } = subject as RequestHolder;
  const holders = [handshakeOf(subject), raw, req, request, extra];
  const found = holders.flatMap((holder) => requestIn(holder, depth - 1) ?? [])[0];
  // Requests of HTTP/2 and test doubles have another class.
  return found ?? (typeof headers === 'object' && headers ? (subject as IncomingMessage) : undefined);
}
