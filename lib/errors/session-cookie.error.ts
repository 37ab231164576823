import { ClientSessionsError } from './client-sessions.error.js';

/**
 * The `cookie` function of a session has thrown, or has returned attributes that cannot work. The session is not
 * opened, and no cookie changes. The message of another error is left out, because it may quote the request.
 */
export class SessionCookieError extends ClientSessionsError {
  readonly code = 'ERR_SESSION_COOKIE';

  /**
   * @param session name of the session
   * @param problem what is wrong
   * @param remedy what to do instead
   */
  constructor(
    readonly session: string,
    problem: string,
    remedy: string,
  ) {
    super(`The "cookie" function of session "${session}" ${problem}. ${remedy}`);
  }
}
