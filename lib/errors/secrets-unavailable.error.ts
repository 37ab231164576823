import { ClientSessionsError } from './client-sessions.error.js';
import { describeThrown } from './thrown-value.js';

/**
 * The function or stream that delivers secrets has failed. What it threw may quote what it read, such as
 * `ENOENT: no such file or directory, open '<the secret itself>'`, so that nothing but its name and its code is told, and it is no `cause`.
 */
export class SecretsUnavailableError extends ClientSessionsError {
  readonly code = 'ERR_SECRETS_UNAVAILABLE';

  /** Name and code of what was thrown, such as `Error (ENOENT)`. */
  readonly reason: string;

  /**
   * @param option path of the option that holds the function or stream
   * @param thrown whatever it threw
   */
  constructor(
    readonly option: string,
    thrown: unknown,
  ) {
    const reason = describeThrown(thrown);
    super(
      `The secrets of "${option}" could not be had: ${reason}. ` +
        'The message of what was thrown may quote a secret and is not shown; log in the function or stream itself what may be logged.',
    );
    this.reason = reason;
  }
}
