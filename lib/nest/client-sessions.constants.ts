const SESSION_OPTIONS = 'CLIENT_SESSIONS:OPTIONS';

/**
 * Returns the token of a named session's resolved configuration, for `inject` lists and tests.
 *
 * @param name the session's name. @default the default session
 */
export function getSessionOptionsToken(name?: string): string {
  return name === undefined ? SESSION_OPTIONS : `${SESSION_OPTIONS}:${name}`;
}

/** The token of the sessions that are declared next to an asynchronous factory. */
export const DECLARED_SESSIONS: unique symbol = Symbol('CLIENT_SESSIONS:DECLARED');

/** The token of the routes that the middleware is limited to. */
export const SESSION_ROUTES: unique symbol = Symbol('CLIENT_SESSIONS:ROUTES');
