/** Stable identifiers of everything this package throws or reports. */
export type ClientSessionsErrorCode =
  | 'ERR_INVALID_OPTIONS'
  | 'ERR_UNKNOWN_SESSION'
  | 'ERR_SECRETS_UNAVAILABLE'
  | 'ERR_SESSION_UNAVAILABLE'
  | 'ERR_NO_SEALING_KEY'
  | 'ERR_SESSION_NOT_SERIALIZABLE'
  | 'ERR_SESSION_EXPOSED'
  | 'ERR_SESSION_INVALID'
  | 'ERR_SESSION_KEPT'
  | 'ERR_SESSION_TOO_LARGE'
  | 'ERR_SESSION_TOO_LATE';

/**
 * The base of every error of this package: catch it by class, or tell errors apart by their stable `code`.
 * No message ever contains a secret or the value of a cookie.
 */
export abstract class ClientSessionsError extends Error {
  abstract readonly code: ClientSessionsErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
