import { ClientSessionsError } from './client-sessions.error.js';

/** A part of a path as long as a secret, which somebody may have written in the place of a name. Names of classes are letters alone. */
const MISPLACED_SECRET = /(?![A-Za-z]+(?:[.[\]]|$))[^.[\]]{32,}/g;

/** An option that cannot work. Thrown while the application starts; the message ends in the remedy. */
export class InvalidOptionsError extends ClientSessionsError {
  readonly code = 'ERR_INVALID_OPTIONS';
  readonly option: string;

  /**
   * @param option path of the option, e.g. `cookie.maxAge`
   * @param problem what is wrong with its value, without the value where it may be secret
   * @param remedy what to write instead
   * @param session name of the session it belongs to, where there are several
   */
  constructor(
    option: string,
    readonly problem: string,
    readonly remedy: string,
    readonly session?: string,
  ) {
    const shown = option.replace(MISPLACED_SECRET, '…');
    super(
      `Invalid option "${shown}"${session === undefined ? '' : ` of session "${session}"`}: ${problem}. ${remedy}`,
    );
    this.option = shown;
  }

  /** The same error, saying which session it belongs to. */
  within(session: string): InvalidOptionsError {
    return new InvalidOptionsError(this.option, this.problem, this.remedy, session);
  }
}
