import { ClientSessionsError } from './client-sessions.error.js';

/** A session was read for a response whose head does not keep caches from serving it to others. */
export class SessionExposedError extends ClientSessionsError {
  readonly code = 'ERR_SESSION_EXPOSED';

  constructor(readonly session: string) {
    super(
      `Session "${session}" was read for a response that a shared cache may serve to others: its head was sent without "Vary: Cookie". ` +
        'Read sessions before the first byte of a response, and leave "writeHead" of the response to those who put headers into it.',
    );
  }
}
