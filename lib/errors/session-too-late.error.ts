import { ClientSessionsError } from './client-sessions.error.js';

/**
 * The session changed too late for the browser to learn of it: after the response head was sent, or on an object
 * that `regenerate()` had replaced.
 */
export class SessionTooLateError extends ClientSessionsError {
  readonly code = 'ERR_SESSION_TOO_LATE';

  constructor(
    readonly session: string,
    problem: string,
    remedy: string,
  ) {
    super(`A change of session "${session}" was lost: ${problem}. ${remedy}`);
  }
}
