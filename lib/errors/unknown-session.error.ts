import { ClientSessionsError } from './client-sessions.error.js';

/**
 * Code asked for a session by a name that is not configured, or gave no name although several modules are configured.
 */
export class UnknownSessionError extends ClientSessionsError {
  readonly code = 'ERR_UNKNOWN_SESSION';

  constructor(
    readonly session: string | undefined,
    readonly known: readonly string[],
  ) {
    super(
      session === undefined
        ? 'The session must be named, because ClientSessionsModule is configured more than once; ' +
            `known: ${known.join(', ')}`
        : `No session named "${session}"; known: ${known.join(', ')}`,
    );
  }
}
