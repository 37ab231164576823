import { ClientSessionsError } from './client-sessions.error.js';

/**
 * Finds a part of an option's path that is as long as a secret: somebody may have written a secret in place of a name.
 * A part that consists of letters only is the name of a class, and it is shown.
 */
const MISPLACED_SECRET = /(?![A-Za-z]+(?:[.[\]]|$))[^.[\]]{32,}/g;

/** An option has a value that cannot work. Thrown while the application starts; the message ends with the remedy. */
export class InvalidOptionsError extends ClientSessionsError {
  readonly code = 'ERR_INVALID_OPTIONS';
  readonly option: string;
  readonly problem: string;
  readonly remedy: string;
  readonly session: string | undefined;

  /**
   * @param option path of the option, e.g. `cookie.maxAge`
   * @param problem what is wrong with its value; a value that may be secret is left out
   * @param remedy what to write instead
   * @param session name of the session that the option belongs to, if there are several sessions
   */
  constructor(option: string, problem: string, remedy: string, session?: string) {
    const shown = option.replace(MISPLACED_SECRET, '…');
    super(
      `Invalid option "${shown}"${session === undefined ? '' : ` of session "${session}"`}: ${problem}. ${remedy}`,
    );
    this.option = shown;
    this.problem = problem;
    this.remedy = remedy;
    this.session = session;
    // The message tells all of it, and Node prints every enumerable property below it.
    for (const part of ['problem', 'remedy', 'session'])
      Object.defineProperty(this, part, { enumerable: false });
  }

  /** Returns the same error with the name of the session that it belongs to. */
  within(session: string): InvalidOptionsError {
    return new InvalidOptionsError(this.option, this.problem, this.remedy, session);
  }
}
