import { ClientSessionsError } from './client-sessions.error.js';

/**
 * The session changed, but the change was not stored. The browser's cookie stays untouched, because another release
 * can read it and this one cannot.
 */
export class SessionKeptError extends ClientSessionsError {
  readonly code = 'ERR_SESSION_KEPT';

  constructor(
    readonly session: string,
    reason: string,
  ) {
    super(
      `A change of session "${session}" was not stored: the browser's cookie is left untouched (${reason}). ` +
        'Call reset() or destroy() first to discard its content, or set the policy to "reset".',
    );
  }
}
