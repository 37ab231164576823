import { ClientSessionsError } from './client-sessions.error.js';

/** What is wrong with a session's content, and where. */
export interface ContentIssue {
  /** Path in the content, e.g. `items[0].price`; empty for the content itself. */
  readonly path: string;
  readonly message: string;
}

/**
 * The session's own schema refuses what is about to be stored. `issues` says what it objects to, in the schema's words, which may quote values;
 * the message, which may end up in a log, says only where.
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
      `Session "${session}" cannot be stored, its schema refuses it: ${paths}. "issues" of this error says why. ` +
        'Store what the schema accepts; a schema that transforms must accept what it returns.',
      options,
    );
    // Not to be seen by `inspect`, and so in no log.
    Object.defineProperty(this, 'issues', { value: issues });
  }
}
