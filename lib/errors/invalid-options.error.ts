import { ClientSessionsError } from './client-sessions.error.js';

/** An option that cannot work. Thrown while the application starts; the message ends in the remedy. */
export class InvalidOptionsError extends ClientSessionsError {
  readonly code = 'ERR_INVALID_OPTIONS';

  /**
   * @param option path of the option, e.g. `cookie.maxAge`
   * @param problem what is wrong with its value, without the value where it may be secret
   * @param remedy what to write instead
   * @param session name of the session it belongs to, where there are several
   */
  constructor(
    readonly option: string,
    readonly problem: string,
    readonly remedy: string,
    readonly session?: string,
  ) {
    super(
      `Invalid option "${option}"${session === undefined ? '' : ` of session "${session}"`}: ${problem}. ${remedy}`,
    );
  }

  /** The same error, saying which session it belongs to. */
  within(session: string): InvalidOptionsError {
    return new InvalidOptionsError(this.option, this.problem, this.remedy, session);
  }
}
