import { ClientSessionsError } from './client-sessions.error.js';

/** One problem in a session's content, and its place. */
export interface ContentIssue {
  /** Path in the content, e.g. `items[0].price`; empty for the content itself. */
  readonly path: string;
  readonly message: string;
}

/**
 * The session's schema refuses the content that is about to be stored. `issues` holds the schema's own messages,
 * which may quote values. The message of this error may end up in a log, so it names only the places.
 */
export class SessionInvalidError extends ClientSessionsError {
  readonly code = 'ERR_SESSION_INVALID';
  declare readonly issues: readonly ContentIssue[];

  constructor(
    readonly session: string,
    issues: readonly ContentIssue[],
    options?: ErrorOptions,
  ) {
    const paths = [...new Set(issues.map(({ path }) => path || 'content'))].join(', ');
    super(
      `Session "${session}" cannot be stored: its schema refuses ${paths}. "issues" of this error says why. ` +
        'Store only what the schema accepts; a schema that transforms must also accept its own output.',
      options,
    );
    // Not enumerable, so that `util.inspect` and loggers do not print it.
    Object.defineProperty(this, 'issues', { value: issues });
  }
}
