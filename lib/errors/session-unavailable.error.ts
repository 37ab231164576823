import { ClientSessionsError } from './client-sessions.error.js';

/** Sessions were asked for where there are none: a route outside the middleware, or something that is no request. */
export class SessionUnavailableError extends ClientSessionsError {
  readonly code = 'ERR_SESSION_UNAVAILABLE';
}
