import { SessionInvalidError } from '../errors/session-invalid.error.js';

/** The schema of the session refuses the content that a test has given. The message says why: no visitor wrote it. */
export class UnfitContentError extends SessionInvalidError {
  constructor({ session, issues }: SessionInvalidError) {
    super(session, issues);
    const list = issues.map(({ path, message }) => `\n  ${path || 'content'}: ${message}`).join('');
    this.message = `The schema of session "${session}" refuses this content:${list}\nGive content that it accepts.`;
    // The stack begins with the message, so it has to be taken again.
    Error.captureStackTrace(this, UnfitContentError);
  }
}

/** Runs something that seals the content of a test. @throws {@link UnfitContentError} */
export function withIssues<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof SessionInvalidError ? new UnfitContentError(error) : error;
  }
}
