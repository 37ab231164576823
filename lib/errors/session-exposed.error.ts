import { ClientSessionsError } from './client-sessions.error.js';

/** A header that the head of a response lacks. */
export type MissingHeader = 'Vary: Cookie' | 'Cache-Control: no-store';

/** A session was read for a response whose headers do not tell caches what they have to know. */
export class SessionExposedError extends ClientSessionsError {
  readonly code = 'ERR_SESSION_EXPOSED';

  /** @param missing the header that the head lacks */
  constructor(
    readonly session: string,
    missing: MissingHeader,
  ) {
    super(
      `Session "${session}" was read for a response that a cache may ` +
        `${missing === 'Vary: Cookie' ? 'serve to others' : 'keep'}: its head was sent without "${missing}". ` +
        'Read sessions before the first byte of the response, ' +
        'and do not bypass "writeHead" of the response, because that is where headers are added.',
    );
  }
}
