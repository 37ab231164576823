import { ClientSessionsError } from './client-sessions.error.js';

/** The size of one top-level key of a session. */
export interface KeyWeight {
  readonly key: string;
  /** Bytes of the key and its value as JSON. */
  readonly bytes: number;
}

/** The sealed session is larger than browsers allow. They drop such a cookie silently and keep the old one. */
export class SessionTooLargeError extends ClientSessionsError {
  readonly code = 'ERR_SESSION_TOO_LARGE';

  constructor(
    readonly session: string,
    /** Bytes of the cookie's name and text; a lower bound if the content has too many values to count them all. */
    readonly bytes: number,
    /** The maximum of bytes that fit into the session's cookies. */
    readonly limit: number,
    /** The heaviest top-level keys, heaviest first. None if a codec cannot write them one by one. */
    readonly heaviest: readonly KeyWeight[],
  ) {
    const keys = heaviest.map(({ key, bytes }) => `${key} (${bytes} bytes)`).join(', ');
    super(
      `Session "${session}" cannot be stored: its cookie would take ${bytes} bytes, browsers keep ${limit}. ` +
        `${keys && `Heaviest: ${keys}. `}Keep an id in the session and the rest on the server, ` +
        'or split it into several named sessions. Several cookies hold more: see the option onTooLarge.',
    );
  }
}
