import { nameOf, type SessionDefinition } from '../options/session-definition.js';
import type { SessionName } from '../options/session-types.js';

type NameOrDefinition = SessionName | SessionDefinition<object>;

/**
 * Returns the token of a session's resolved configuration, for `inject` lists and tests.
 *
 * @param session name or definition of the session. @default the default session
 */
export function getSessionOptionsToken(session?: NameOrDefinition): string {
  return tokenOf('OPTIONS', nameIn(session));
}

/**
 * Returns the token of a session that services have injected with `@InjectSession()`, for `inject` lists and tests.
 *
 * @param session name or definition of the session. @default the default session
 * @example builder.overrideProvider(getSessionToken(Cart)).useValue({ items: [] })
 */
export function getSessionToken(session?: NameOrDefinition): string {
  return tokenOf('SESSION', nameIn(session));
}

/**
 * Returns the token of the definition that a module lists for a session, if it was made with `defineSession()`.
 *
 * @param name the session's name
 * @example constructor(\@Inject(getSessionDefinitionToken('cart')) private readonly definition: SessionDefinition) {}
 */
export function getSessionDefinitionToken(name: string): string {
  return tokenOf('DEFINITION', name);
}

function nameIn(session: NameOrDefinition | undefined): string | undefined {
  return session === undefined ? undefined : nameOf(session);
}

/** @param name any name. Those of callers are typed. */
export function tokenOf(kind: 'OPTIONS' | 'SESSION' | 'DEFINITION', name: string | undefined): string {
  return ['CLIENT_SESSIONS', kind, ...(name === undefined ? [] : [name])].join(':');
}

/** Whether it is a token of {@link getSessionToken}. */
export function isSessionToken(token: unknown): boolean {
  return typeof token === 'string' && /^CLIENT_SESSIONS:SESSION(:|$)/.test(token);
}

/** The token of the sessions that are declared next to an asynchronous factory. */
export const DECLARED_SESSIONS: unique symbol = Symbol('CLIENT_SESSIONS:DECLARED');

/** The token of the routes that the middleware is limited to. */
export const SESSION_ROUTES: unique symbol = Symbol('CLIENT_SESSIONS:ROUTES');

/** The token of the sessions that a module brings with `forFeature()`, for all copies of this package. */
export const FEATURE_SESSIONS: unique symbol = Symbol.for('nestjs-client-sessions/1.feature');
