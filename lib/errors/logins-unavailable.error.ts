import { ClientSessionsError } from './client-sessions.error.js';
import { describeStoreFailure, LoginStoreError } from './login-store.error.js';

/**
 * Nobody can say now whether a login has ended, or an end could not be stored. Without a filter, the response is a 503.
 * Cookies stay as they are. Of an error that is no `LoginStoreError` only name and code are shown, because its message
 * may hold a password.
 */
export class LoginsUnavailableError extends ClientSessionsError {
  readonly code = 'ERR_LOGINS_UNAVAILABLE';
  /** Understood by Nest, Express and Fastify. */
  readonly statusCode = 503;
  /** The same for Express and Nest. They expect both. */
  readonly status = 503;
  /** Whether visitors may read the message. */
  readonly expose = false;

  /**
   * @param problem what is not possible, as a sentence without its full stop
   * @param thrown what the store threw, if it threw
   */
  constructor(problem: string, thrown?: unknown) {
    const reason = thrown === undefined ? '' : `: ${describeStoreFailure(thrown)}`;
    const remedy =
      thrown instanceof LoginStoreError
        ? thrown.remedy
        : 'Check that the store of logins runs, and that this process can read and write it.';
    super(`${problem}${reason}. Cookies are kept, and the visitor can try again. ${remedy}`);
  }
}
