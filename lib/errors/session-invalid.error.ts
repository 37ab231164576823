import { ClientSessionsError } from './client-sessions.error.js';

/** What is wrong with a session's content, and where. */
export interface ContentIssue {
  /** Path in the content, e.g. `items[0].price`; empty for the content itself. */
  readonly path: string;
  readonly message: string;
}

/** The session's own schema refuses what is about to be stored. */
export class SessionInvalidError extends ClientSessionsError {
  readonly code = 'ERR_SESSION_INVALID';

  constructor(
    readonly session: string,
    readonly issues: readonly ContentIssue[],
    options?: ErrorOptions,
  ) {
    const list = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
    super(
      `Session "${session}" cannot be stored, its schema refuses it: ${list}. ` +
        'Store what the schema accepts; a schema that transforms must accept what it returns.',
      options,
    );
  }
}
