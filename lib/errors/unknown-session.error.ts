import { ClientSessionsError } from './client-sessions.error.js';

/** A session was asked for by a name that was never configured, or without a name where several have to be told apart. */
export class UnknownSessionError extends ClientSessionsError {
  readonly code = 'ERR_UNKNOWN_SESSION';

  constructor(
    readonly session: string | undefined,
    readonly known: readonly string[],
  ) {
    super(
      session === undefined
        ? `The session has to be named, as ClientSessionsModule is configured more than once; known: ${known.join(', ')}`
        : `No session named "${session}"; known: ${known.join(', ')}`,
    );
  }
}
