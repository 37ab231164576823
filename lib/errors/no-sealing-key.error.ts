import { ClientSessionsError } from './client-sessions.error.js';

/** Every secret has expired or was revoked while the application ran, so that nothing can be sealed. */
export class NoSealingKeyError extends ClientSessionsError {
  readonly code = 'ERR_NO_SEALING_KEY';

  constructor(readonly cookieName: string) {
    super(
      `No secret may seal the cookie "${cookieName}" any more: each has expired or was revoked. ` +
        'Add a secret in front of the list; a function or an Observable as "secret" does so without a restart.',
    );
  }
}
