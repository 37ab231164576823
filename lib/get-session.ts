import { IncomingMessage } from 'node:http';
import { SessionUnavailableError } from './errors/session-unavailable.error.js';
import { otherCopies } from './http/copies.js';
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
}

/** Node's own request, or an object of Fastify or a gateway that holds it. */
interface RequestHolder {
  /** Fastify's request. */
  readonly raw?: unknown;
  /** A socket.io client, a GraphQL context of some drivers. */
  readonly request?: unknown;
  /** A GraphQL context. */
  readonly req?: unknown;
}

/**
 * Returns a session wherever there is a request: in guards, interceptors, filters, middleware, resolvers and
 * gateways.
 *
 * @param source the request of Express or Fastify, Node's raw request, an `ExecutionContext`, or a gateway's
 * client (sessions are read-only there)
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
  return sessionOf(source, session === undefined ? undefined : nameOf([session]));
}

/** Returns the session of a name, without a type. */
export function sessionOf(source: object, name: string | undefined): object {
  const sessions = sessionsOf(source) ?? sessionsOfHandshake(source);
  if (sessions) return sessions.get(name);
  throw new SessionUnavailableError(
    'There are no sessions here: the value is not a request, or the request has not passed the middleware. ' +
      'Import ClientSessionsModule, and check its "forRoutes" and "exclude". ' +
      'Without Nest, use clientSessions() first.' +
      otherCopies(),
  );
}

/** Returns the sessions of the request that a value is or holds, if the request has passed the middleware. */
export function sessionsOf(source: object): RequestSessions | undefined {
  const request = requestIn(isExecutionContext(source) ? subjectOf(source) : source);
  return request && RequestSessions.of(request);
}

/** Attaches the sessions of a WebSocket handshake, without a response. A handshake passes no middleware. */
function sessionsOfHandshake(source: object): RequestSessions | undefined {
  const request = handshakeOf(source);
  return request && SessionManager.attachToHandshake(request);
}

function handshakeOf(source: object): IncomingMessage | undefined {
  if (isExecutionContext(source))
    return source.getType() === 'ws' ? handshakeOf(source.getArgByIndex(0) as object) : undefined;
  const request = (source as RequestHolder).request ?? source;
  const isGatewayClient = request !== source;
  // A request that only asks for an upgrade is answered like any other. Node sets `upgrade` if it hands it over.
  return isGatewayClient || (request as UpgradedRequest).upgrade === true
    ? (request as IncomingMessage)
    : undefined;
}

interface UpgradedRequest extends IncomingMessage {
  readonly upgrade?: boolean;
}

/** A request may be wrapped twice: a GraphQL context holds the request of Fastify, which holds the one of Node. */
const WRAPPINGS = 2;

function requestIn(subject: unknown): IncomingMessage | undefined {
  let holder = subject;
  for (let depth = 0; depth <= WRAPPINGS; depth++) {
    if (holder instanceof IncomingMessage) return holder;
    if (typeof holder !== 'object' || holder === null) return undefined;
    const { raw, request, req } = holder as RequestHolder;
    if (raw) return raw as IncomingMessage;
    if (typeof (holder as IncomingMessage).headers === 'object') return holder as IncomingMessage;
    holder = request ?? req;
  }
  return undefined;
}

function isExecutionContext(source: object): source is ExecutionContext {
  return typeof (source as Partial<ExecutionContext>).getArgByIndex === 'function';
}

function subjectOf(context: ExecutionContext): unknown {
  // GraphQL resolvers have the signature (root, args, context, info).
  return context.getArgByIndex(context.getType() === 'graphql' ? 2 : 0);
}
