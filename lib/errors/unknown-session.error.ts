import { ClientSessionsError } from './client-sessions.error.js';

/** A session was asked for by a name that was never configured. */
export class UnknownSessionError extends ClientSessionsError {
  readonly code = 'ERR_UNKNOWN_SESSION';

  constructor(
    readonly session: string,
    readonly known: readonly string[],
  ) {
    super(`No session named "${session}"; known: ${known.join(', ')}`);
  }
}
