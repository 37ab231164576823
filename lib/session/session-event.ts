import type { ClientSessionsError } from '../errors/client-sessions.error.js';
import type { SealRefusal } from '../sealing/sealer.js';

/** Why a cookie did not become a session: see {@link SealRefusal}, or it opened but may not be used. */
export type RefusalReason =
  | SealRefusal
  /** Its time is over, by what is sealed or by today's configuration. */
  | 'expired'
  /** Made more than a minute ahead of this server's clock. */
  | 'future'
  /** Genuine, but no JSON object. */
  | 'content';

/** What an operator may want to know. Holds neither content nor cookie values nor secrets. */
export type SessionEvent =
  /** A cookie was refused; the visitor got a fresh session. */
  | { readonly type: 'refused'; readonly session: string; readonly reason: RefusalReason }
  /** A change could not be stored, and no exception could say so any more. */
  | { readonly type: 'lost'; readonly session: string; readonly error: ClientSessionsError }
  /** The deployment contradicts the configuration; reported once for each session and process. */
  | { readonly type: 'warning'; readonly session: string; readonly message: string };

/** Receives every {@link SessionEvent}. */
export type SessionReporter = (event: SessionEvent) => void;
