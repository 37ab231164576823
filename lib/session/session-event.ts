import type { ClientSessionsError } from '../errors/client-sessions.error.js';
import type { ContentIssue } from '../errors/session-invalid.error.js';
import type { SealRefusal } from '../sealing/sealer.js';
import type { LoginReport } from './login-report.js';

/**
 * Why a cookie did not become a session. It did not open, see {@link SealRefusal}, or it opened but may not
 * be used.
 */
export type RefusalReason =
  | SealRefusal
  /** Its time is over, by its sealed times or by today's configuration. */
  | 'expired'
  /** It was not used for longer than `idleDuration`. */
  | 'idle'
  /**
   * It was ended by `destroy()`, `reset()` or `regenerate()`, and a late response has brought it back; or more notes of
   * ended sessions came than are opened, so that it may have been.
   */
  | 'ended'
  /** It began before `issuedAfter`. */
  | 'issued-before'
  /** It was made more than a minute ahead of this server's clock. */
  | 'future'
  /** It is genuine, but the codec cannot parse it, it is not an object, or a key is named like a method. */
  | 'content'
  /** It is genuine, but the session's schema refuses it. */
  | 'schema'
  /** It is genuine, but has an older version, and a migration threw or is missing. */
  | 'migration'
  /** It is genuine, but has a newer version than this release knows. */
  | 'newer-version';

/**
 * A problem, or something else that operators may want to act on. What happens with every request is a
 * `SessionActivity` instead. No event holds content, a cookie value or a secret.
 */
export type SessionEvent =
  /** A cookie was refused; the visitor got a fresh session. */
  | {
      readonly type: 'refused';
      readonly session: string;
      readonly reason: RefusalReason;
      /** Version of the content, if it was read. */
      readonly version?: number;
      /** The issues that the schema found. Their messages come from the schema and may quote values. */
      readonly issues?: readonly ContentIssue[];
    }
  /** A change could not be stored, and it was too late to throw an exception. */
  | {
      readonly type: 'lost';
      readonly session: string;
      readonly error: ClientSessionsError;
      /** How to get an exception in time, if the problem was found only when the response head was sent. */
      readonly remedy?: string;
    }
  /** A session was read for a response that a cache may keep, or serve to others. */
  | { readonly type: 'exposed'; readonly session: string; readonly error: ClientSessionsError }
  /**
   * A session that began on a request from another site was not stored, because the browser had withheld the
   * cookie that the session would have replaced.
   */
  | { readonly type: 'withheld'; readonly session: string }
  /** The browser sent several genuine cookies of one session, as after a change of `domain` or `path`. */
  | {
      readonly type: 'duplicate';
      readonly session: string;
      /** How many cookies were genuine. */
      readonly count: number;
    }
  /** What this process knows of ended logins, and of the store that tells it, has changed. */
  | { readonly type: 'logins'; readonly report: LoginReport }
  /**
   * A change replaced another change of the same session, which it does not contain: both were made at the same time,
   * and the one that was stored last counts.
   */
  | { readonly type: 'overwritten'; readonly session: string }
  /** The cookies of a request or a response have used up a header, or nearly so. */
  | {
      readonly type: 'budget';
      /** `in`: the Cookie header of the request. `out`: the Set-Cookie headers of the response. */
      readonly direction: 'in' | 'out';
      readonly bytes: number;
      /** What servers and proxies are expected to accept, in bytes. */
      readonly limit: number;
      /** The sessions in the header, with their bytes and the names of their heaviest keys. */
      readonly sessions: readonly {
        readonly name: string;
        readonly bytes: number;
        readonly keys: readonly string[];
      }[];
    }
  /**
   * The keys in force, the sealing one first. Reported at start, and whenever keys are replaced, revoked, or
   * begin or end by their times.
   */
  | {
      readonly type: 'keys';
      readonly sessions: readonly string[];
      readonly keyIds: readonly string[];
      /** Present if no key may seal, so that nothing can be stored. */
      readonly isSealing?: false;
    }
  /**
   * New secrets could not be loaded or used. The last good ones stay in force, except those that the new list
   * revokes.
   */
  | {
      readonly type: 'keys-failed';
      readonly sessions: readonly string[];
      readonly error: ClientSessionsError;
    }
  /** The deployment contradicts the configuration. Reported once for each session and process. */
  | { readonly type: 'warning'; readonly session: string; readonly message: string };

/** Receives every {@link SessionEvent}. */
export type SessionReporter = (event: SessionEvent) => void;
