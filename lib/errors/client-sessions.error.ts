/** The stable codes of all errors that this package throws or reports. */
export type ClientSessionsErrorCode =
  | 'ERR_INVALID_OPTIONS'
  | 'ERR_LOGINS_UNAVAILABLE'
  | 'ERR_UNKNOWN_SESSION'
  | 'ERR_LOGIN_STORE'
  | 'ERR_SECRETS_UNAVAILABLE'
  | 'ERR_SESSION_UNAVAILABLE'
  | 'ERR_NO_SEALING_KEY'
  | 'ERR_SESSION_COOKIE'
  | 'ERR_SESSION_NOT_SERIALIZABLE'
  | 'ERR_SESSION_EXPOSED'
  | 'ERR_SESSION_INVALID'
  | 'ERR_SESSION_KEPT'
  | 'ERR_SESSION_TOO_LARGE'
  | 'ERR_SESSION_TOO_LATE';

/** Marks errors of this package, including those of other installed copies of it. */
const IS_OURS = Symbol.for('nestjs-client-sessions.error');

/**
 * The base class of all errors of this package. Catch errors by class, or distinguish them by their stable `code`.
 * A message never contains a secret or the value of a cookie.
 */
export abstract class ClientSessionsError extends Error {
  abstract readonly code: ClientSessionsErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    Object.defineProperty(this, IS_OURS, { value: true });
  }

  /** What GraphQL tells the client beside the message. */
  get extensions(): { readonly code: ClientSessionsErrorCode } {
    return { code: this.code };
  }

  /** Accepts errors of other copies of this package, too, so that `@Catch()` and `instanceof` work across copies. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (Function.prototype[Symbol.hasInstance].call(this, value)) return true;
    const error = value as Partial<Record<typeof IS_OURS, boolean>> & Partial<Error>;
    return (
      typeof value === 'object' &&
      error?.[IS_OURS] === true &&
      (this === ClientSessionsError || error.name === this.name)
    );
  }
}
