import type { IncomingMessage } from 'node:http';
import { SessionUnavailableError } from './errors/session-unavailable.error.js';
import { otherCopies } from './http/copies.js';
import { handshakeOf, isUpgraded } from './http/handshake.js';
import { requestIn } from './http/request-holder.js';
import { RequestSessions } from './http/request-sessions.js';
import { nameOf, type SessionDefinition } from './options/session-definition.js';
import { SessionManager } from './http/session-manager.js';
import type { SessionName, SessionOf, SessionTypes } from './options/session-types.js';
import type { ContentShape, SessionContent } from './session/content.js';
import type { Session, SessionMethods } from './session/session-object.js';

/**
 * The part of Nest's `ExecutionContext` that is used here, so that this file works and compiles without Nest.
 */
interface ExecutionContext {
  getType(): string;
  getArgByIndex(index: number): unknown;
  getArgs(): unknown;
}

/**
 * Returns a session wherever there is a request: in guards, interceptors, filters, middleware, resolvers and
 * gateways.
 *
 * @param source the request of Express or Fastify, Node's raw request, an `ExecutionContext`, a GraphQL context, or a
 * gateway's client (sessions are read-only there)
 * @param session name or definition of the session. @default the default session
 * @throws `UnknownSessionError` with the known sessions; `SessionUnavailableError` if the request has no
 * sessions
 */
export function getSession<T extends object>(
  source: object,
  session: SessionDefinition<T>,
): T & SessionMethods<T>;
export function getSession<N extends keyof SessionTypes>(source: object, session: N): SessionOf<N>;
export function getSession<T extends ContentShape<T> = SessionContent>(
  source: object,
  session?: SessionName,
): Session<T>;
export function getSession(source: object, session?: string | SessionDefinition<object>): object {
  return sessionOf(source, session === undefined ? undefined : nameOf(session));
}

/** Returns the session of a name, without a type. */
export function sessionOf(source: object, name: string | undefined): object {
  const sessions = sessionsOf(source);
  if (sessions) return sessions.get(name);
  if (isExecutionContext(source) && source.getType() === 'rpc') {
    throw new SessionUnavailableError(
      'There are no sessions here: a message of a microservice brings no cookie. ' +
        'Ask for the session where the HTTP request arrives, and send what the handler needs with the message.',
    );
  }
  throw new SessionUnavailableError(
    'There are no sessions here: the value is not a request, or the request has not passed the middleware. ' +
      'Import ClientSessionsModule, and check its "forRoutes" and "exclude". ' +
      'Without Nest, use clientSessions() first.' +
      otherCopies(),
  );
}

/**
 * Returns the sessions of the request that a value is or holds, if there are any. Those of a WebSocket handshake are
 * attached now, because it passes no middleware.
 */
export function sessionsOf(source: object): RequestSessions | undefined {
  const subject = isExecutionContext(source) ? subjectOf(source) : source;
  const request = requestIn(subject);
  if (!request) return undefined;
  const isConnection = isHandshake(request, subject as object) || isOfGateway(source);
  const sessions =
    RequestSessions.of(request) ?? (isConnection ? SessionManager.attachToHandshake(request) : undefined);
  if (sessions?.isAnswered && 'req' in (subject as object)) refuseAnswered();
  return sessions;
}

/** A GraphQL context that is one object for all requests keeps the request of the first visitor. */
function refuseAnswered(): never {
  throw new SessionUnavailableError(
    'There are no sessions here: the request in the GraphQL context has been answered already, ' +
      'and another visitor may have sent it. ' +
      'Give the option "context" of GraphQLModule a function that returns a new object for each request, ' +
      'and ask for the session before the answer.',
  );
}

/**
 * Whether a request has opened a connection. That of socket.io may have begun with an ordinary one, which socket.io has
 * answered.
 */
function isHandshake(request: IncomingMessage, holder: object): boolean {
  return isUpgraded(request) || handshakeOf(holder) === request || 'handshake' in holder;
}

function isOfGateway(source: object): boolean {
  return isExecutionContext(source) && source.getType() === 'ws';
}

function isExecutionContext(source: object): source is ExecutionContext {
  // Callers without types may have no request at all.
  return typeof (source as Partial<ExecutionContext> | undefined)?.getArgByIndex === 'function';
}

function subjectOf(context: ExecutionContext): unknown {
  switch (context.getType()) {
    case 'rpc':
      // The first argument is what somebody has sent.
      return undefined;
    case 'graphql': {
      // Resolvers have the signature (root, args, context, info), those of references (reference, context, info).
      const args = context.getArgs();
      return context.getArgByIndex(Array.isArray(args) && args.length === 3 ? 1 : 2);
    }
    default:
      return context.getArgByIndex(0);
  }
}
