import { ClientSessionsError } from './client-sessions.error.js';

/** Code asked for a session on a route without the middleware, or with a value that is not a request. */
export class SessionUnavailableError extends ClientSessionsError {
  readonly code = 'ERR_SESSION_UNAVAILABLE';
}
