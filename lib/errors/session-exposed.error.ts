import { ClientSessionsError } from './client-sessions.error.js';

/** A session was read for a response whose headers do not stop shared caches from serving it to other visitors. */
export class SessionExposedError extends ClientSessionsError {
  readonly code = 'ERR_SESSION_EXPOSED';

  constructor(readonly session: string) {
    super(
      `Session "${session}" was read for a response that a shared cache may serve to others: ` +
        'its head was sent without "Vary: Cookie". Read sessions before the first byte of the response, ' +
        'and do not bypass "writeHead" of the response, because that is where headers are added.',
    );
  }
}
