import { ClientSessionsError } from './client-sessions.error.js';

/** No secret may seal any more, because each has expired, was revoked or is not to be used yet, so that nothing can be stored. */
export class NoSealingKeyError extends ClientSessionsError {
  readonly code = 'ERR_NO_SEALING_KEY';

  constructor(readonly cookieName: string) {
    super(
      `No secret may seal the cookie "${cookieName}" any more: each has expired, was revoked, or is not to be used yet. ` +
        'Add a secret in front of the list; a function or an Observable as "secret" does so without a restart.',
    );
  }
}
