import { ClientSessionsError } from './client-sessions.error.js';

/**
 * No secret may seal any more, so nothing can be stored. Each secret has expired, was revoked, or has a `notBefore` in
 * the future.
 */
export class NoSealingKeyError extends ClientSessionsError {
  readonly code = 'ERR_NO_SEALING_KEY';

  /** @param reason why each secret may not seal; secrets are named by key id */
  constructor(
    readonly cookieName: string,
    readonly reason: string,
  ) {
    super(
      `No secret may seal the cookie "${cookieName}": ${reason}. ` +
        'Add a secret at the front of the list. If "secret" is a function or an Observable, no restart is needed.',
    );
  }
}
