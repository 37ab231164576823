import { ClientSessionsError } from './client-sessions.error.js';

/** No secret may seal any more, because each has expired, was revoked or is not to be used yet, so that nothing can be stored. */
export class NoSealingKeyError extends ClientSessionsError {
  readonly code = 'ERR_NO_SEALING_KEY';

  /** @param reason what is against each of the secrets, by their key ids */
  constructor(
    readonly cookieName: string,
    readonly reason: string,
  ) {
    super(
      `No secret may seal the cookie "${cookieName}": ${reason}. ` +
        'Add a secret in front of the list; a function or an Observable as "secret" does so without a restart.',
    );
  }
}
