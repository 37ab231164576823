import { ClientSessionsError } from './client-sessions.error.js';
import { describeThrown } from './thrown-value.js';

/**
 * A store of logins could not do what it was asked to. The error of the database or of its client may quote an address
 * or a password. Therefore this error describes it in words, and does not keep it as `cause`.
 */
export class LoginStoreError extends ClientSessionsError {
  readonly code = 'ERR_LOGIN_STORE';

  /**
   * @param problem what is wrong, without an address, a key's value or a fact
   * @param remedy what to do about it
   * @param isFinal whether the store can never work as it is configured, so that an application does not start with it
   */
  constructor(
    readonly problem: string,
    readonly remedy: string,
    readonly isFinal: boolean = false,
  ) {
    super(`The store of logins ${problem}. ${remedy}`);
  }
}

/** Says why a store has failed. Of other errors only name and code are shown, because a message may hold a password. */
export function describeStoreFailure(thrown: unknown): string {
  return thrown instanceof LoginStoreError ? `their store ${thrown.problem}` : describeThrown(thrown);
}
