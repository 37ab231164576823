import type { ClientSessionsError } from '../errors/client-sessions.error.js';
import type { ContentIssue } from '../errors/session-invalid.error.js';
import type { SealRefusal } from '../sealing/sealer.js';

/** Why a cookie did not become a session: see {@link SealRefusal}, or it opened but may not be used. */
export type RefusalReason =
  | SealRefusal
  /** Its time is over, by what is sealed or by today's configuration. */
  | 'expired'
  /** Made more than a minute ahead of this server's clock. */
  | 'future'
  /** Genuine, but no object, or no text of the session's codec, or with a key that is named like a method. */
  | 'content'
  /** Genuine, but the session's schema refuses it. */
  | 'schema'
  /** Genuine, but of an older version, and a migration threw or is missing. */
  | 'migration'
  /** Genuine, but of a newer version than this release knows. */
  | 'newer-version';

/** What an operator may want to know. Holds neither content nor cookie values nor secrets. */
export type SessionEvent =
  /** A cookie was refused; the visitor got a fresh session. */
  | {
      readonly type: 'refused';
      readonly session: string;
      readonly reason: RefusalReason;
      /** Version of the content, where it was read that far. */
      readonly version?: number;
      /** What the schema objected to; messages are the schema's and may quote values. */
      readonly issues?: readonly ContentIssue[];
    }
  /** A change could not be stored, and no exception could say so any more. */
  | {
      readonly type: 'lost';
      readonly session: string;
      readonly error: ClientSessionsError;
      /** How it becomes an exception that the application can answer, where the response head was the first to find out. */
      readonly remedy?: string;
    }
  /** A session was read for a response that a shared cache may serve to others. */
  | { readonly type: 'exposed'; readonly session: string; readonly error: ClientSessionsError }
  /**
   * A session that began on a request which another site sent was not stored, because the browser had withheld the cookie that it would
   * have replaced.
   */
  | { readonly type: 'withheld'; readonly session: string }
  /** The keys in force, the sealing one first: at start, and whenever they are exchanged, revoked, or begin or end by their times. */
  | {
      readonly type: 'keys';
      readonly sessions: readonly string[];
      readonly keyIds: readonly string[];
      /** There where no key may seal, so that nothing can be stored. */
      readonly isSealing?: false;
    }
  /** New secrets could not be had, or cannot be used; the last good ones stay in force, but for what the new ones revoke. */
  | {
      readonly type: 'keys-failed';
      readonly sessions: readonly string[];
      readonly error: ClientSessionsError;
    }
  /** The deployment contradicts the configuration; reported once for each session and process. */
  | { readonly type: 'warning'; readonly session: string; readonly message: string };

/** Receives every {@link SessionEvent}. */
export type SessionReporter = (event: SessionEvent) => void;
