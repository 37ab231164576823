import { ClientSessionsError } from './client-sessions.error.js';

/** The session changed when the browser could no longer be told: after the response head, or on an object that `regenerate()` replaced. */
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
