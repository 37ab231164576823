import { ClientSessionsError } from './client-sessions.error.js';

/** The content holds a value that JSON cannot represent unchanged. `path` says where. */
export class SessionNotSerializableError extends ClientSessionsError {
  readonly code = 'ERR_SESSION_NOT_SERIALIZABLE';

  constructor(
    readonly session: string,
    readonly path: string,
    readonly problem: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(`Session "${session}" cannot be stored: ${path} is ${problem}. ${remedy}`, options);
  }
}
