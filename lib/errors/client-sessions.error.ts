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

/** On errors, also of other copies of this package. */
const IS_OURS = Symbol.for('nestjs-client-sessions.error');

/**
 * The base of every error of this package: catch it by class, or tell errors apart by their stable `code`.
 * No message ever contains a secret or the value of a cookie.
 */
export abstract class ClientSessionsError extends Error {
  abstract readonly code: ClientSessionsErrorCode;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    Object.defineProperty(this, IS_OURS, { value: true });
  }

  /** Errors of other copies of this package count, too: `@Catch()` and `instanceof` are about the kind of error. */
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
