import { IncomingMessage } from 'node:http';
import { SessionUnavailableError } from '../errors/session-unavailable.error.js';
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
  /** Fastify's reply in the context of Mercurius. */
  readonly reply?: { readonly request?: unknown } | undefined;
  readonly headers?: unknown;
}

/** From the context of Nest's driver to that of graphql-ws, its `extra`, the request of Fastify, and the one of Node. */
const WRAPPINGS = 4;

/**
 * Returns Node's request that a value is or holds.
 *
 * @throws {@link SessionUnavailableError} if the value is shared by several requests
 */
export function requestIn(subject: unknown, depth: number = WRAPPINGS): IncomingMessage | undefined {
  if (subject instanceof IncomingMessage) return subject;
  if (typeof subject !== 'object' || subject === null || depth < 0) return undefined;
  const { raw } = subject as RequestHolder;
  if (raw instanceof IncomingMessage) return raw;
  const { req, request, extra, reply, headers } = subject as RequestHolder;
  const holders = [handshakeOf(subject), raw, req, request, extra, reply?.request];
  const found = holders.flatMap((holder) => requestIn(holder, depth - 1) ?? [])[0];
  if (found) assertUnshared(found, requestIn(reply?.request, depth - 1));
  // Requests of HTTP/2 and test doubles have another class.
  return found ?? (typeof headers === 'object' && headers ? (subject as IncomingMessage) : undefined);
}

/** A context that is one object for all requests keeps the request of the first visitor, and the reply of the last. */
function assertUnshared(request: IncomingMessage, replied: IncomingMessage | undefined): void {
  if (!replied || replied === request) return;
  throw new SessionUnavailableError(
    'There are no sessions here: the GraphQL context holds two requests, because all requests share it, ' +
      'and nobody must get the session of another visitor. ' +
      'Give the option "context" of GraphQLModule a function that returns a new object for each request.',
  );
}
