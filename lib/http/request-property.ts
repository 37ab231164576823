import type { IncomingMessage } from 'node:http';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { SessionUnavailableError } from '../errors/session-unavailable.error.js';
import { RequestSessions } from './request-sessions.js';
import type { SessionCookies } from './session-cookies.js';

/** Express uses Node's request object itself. Fastify's request holds Node's under `raw`. */
type AnyRequest = IncomingMessage & { readonly raw?: IncomingMessage };

/** Marks the getters of these properties, also those of other copies of this package. */
const OF_SESSION = Symbol.for('nestjs-client-sessions/1.property');

/**
 * The property of requests that holds a session. Reading it opens the session, assigning to it replaces the
 * content.
 */
export interface RequestProperty {
  readonly key: string;
  get(this: AnyRequest): object | undefined;
  set(this: AnyRequest, content: unknown): void;
}

export function createRequestProperty(cookies: SessionCookies): RequestProperty {
  const property: RequestProperty = {
    key: cookies.options.requestKey,
    get() {
      return sessionsOf(this)?.open(cookies).object;
    },
    set(content) {
      const sessions = sessionsOf(this);
      if (sessions) sessions.open(cookies).replace(content);
      else if (content !== undefined && content !== null) throw nowhereToStore(cookies.options.name);
    },
  };
  Object.defineProperty(property.get, OF_SESSION, { value: true });
  return property;
}

function nowhereToStore(session: string): SessionUnavailableError {
  return new SessionUnavailableError(
    `The session "${session}" cannot be stored, because this request has no sessions. ` +
      'Check "forRoutes" and "exclude" of ClientSessionsModule.',
  );
}

function sessionsOf(request: AnyRequest): RequestSessions | undefined {
  return RequestSessions.of(request) ?? (request.raw && RequestSessions.of(request.raw));
}

/**
 * Defines the property on a request, unless it is already defined.
 *
 * @throws {@link InvalidOptionsError} if something else has defined a property of that name
 */
export function defineRequestProperty(request: object, { key, get, set }: RequestProperty): void {
  if (key in request) {
    if (getterOf(request, key) === get) return;
    const [owner, remedy] = ownerOf(request, key);
    throw new InvalidOptionsError(
      'requestKey',
      `must not be "${key}", because ${owner} already put it on the request`,
      remedy,
    );
  }
  Object.defineProperty(request, key, { configurable: true, get, set });
}

/**
 * Defines the property on what all requests of an application inherit from. It may hide the one of an application
 * around this one.
 *
 * @throws {@link InvalidOptionsError} if something else has defined a property of that name
 */
export function definePropertyOfAll(requests: object, property: RequestProperty): void {
  const { key, get, set } = property;
  const isInherited = key in requests && !Object.hasOwn(requests, key);
  if (isInherited && isOfSession(getterOf(requests, key)))
    Object.defineProperty(requests, key, { configurable: true, get, set });
  else defineRequestProperty(requests, property);
}

function isOfSession(getter: unknown): boolean {
  return typeof getter === 'function' && Object.hasOwn(getter, OF_SESSION);
}

function ownerOf(request: object, key: string): readonly [owner: string, remedy: string] {
  if (isOfSession(getterOf(request, key))) {
    return [
      'another configuration of sessions',
      'Configure all sessions together, in one call, or give one of the two another name.',
    ];
  }
  const library = libraryOf(request, key);
  return [
    library ?? 'another middleware',
    `Remove ${library ?? 'one of the two'}, or choose another "requestKey".`,
  ];
}

/**
 * Names the session library that has handled the request before. It recognises the properties that the
 * library sets beside `session`.
 */
function libraryOf(request: object, key: string): string | undefined {
  if (key !== 'session') return undefined;
  if ('sessionStore' in request && 'sessionID' in request) return 'express-session';
  return 'sessionOptions' in request ? 'cookie-session' : undefined;
}

function getterOf(target: object, key: string): unknown {
  for (let holder: object | null = target; holder; holder = Object.getPrototypeOf(holder) as object | null) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, key);
    if (descriptor) return descriptor.get;
  }
  return undefined;
}
