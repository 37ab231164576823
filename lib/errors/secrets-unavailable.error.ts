import { ClientSessionsError } from './client-sessions.error.js';
import { describeThrown } from './thrown-value.js';

/**
 * The function or stream that delivers secrets has failed. The original error may quote a secret, such as
 * `ENOENT: no such file or directory, open '<the secret itself>'`. Therefore this error holds only the name and the
 * code of the original, and does not keep it as `cause`.
 */
export class SecretsUnavailableError extends ClientSessionsError {
  readonly code = 'ERR_SECRETS_UNAVAILABLE';

  /** Name and code of the original error, such as `Error (ENOENT)`. */
  readonly reason: string;

  /**
   * @param option path of the option that holds the function or stream
   * @param thrown the value that it threw
   */
  constructor(
    readonly option: string,
    thrown: unknown,
  ) {
    const reason = describeThrown(thrown);
    super(
      `The secrets of "${option}" could not be loaded: ${reason}. ` +
        'The original message may quote a secret, so it is not shown. ' +
        'To see more, log the error inside the function or stream, without any secret.',
    );
    this.reason = reason;
  }
}
