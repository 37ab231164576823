import { ClientSessionsError } from './client-sessions.error.js';

/** The session changed, but the browser's cookie is left untouched because this release cannot read it and another one can. */
export class SessionKeptError extends ClientSessionsError {
  readonly code = 'ERR_SESSION_KEPT';

  constructor(
    readonly session: string,
    reason: string,
  ) {
    super(
      `A change of session "${session}" was not stored: the browser's cookie is left untouched (${reason}). ` +
        'Call reset() or destroy() first to give its content up, or choose the policy "reset".',
    );
  }
}
