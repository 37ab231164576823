import { ClientSessionsError } from './client-sessions.error.js';

/**
 * Code asked for a session by a name that is not configured, or gave no name although there is no default session.
 */
export class UnknownSessionError extends ClientSessionsError {
  readonly code = 'ERR_UNKNOWN_SESSION';

  constructor(
    readonly session: string | undefined,
    readonly known: readonly string[],
  ) {
    super(
      session === undefined
        ? 'The session must be named, because there is no default session: ' +
            'ClientSessionsModule is configured more than once, or forRoot() lists no session; ' +
            `known: ${known.join(', ')}`
        : `No session named "${session}"; known: ${known.join(', ')}`,
    );
  }
}
