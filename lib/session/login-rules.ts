import type { Login } from '../sealing/login.js';
import type { SessionRecord } from '../sealing/session-record.js';
import { effectiveExpiry, latestEnd, type Lifetime, type SessionTimes } from './lifetime.js';

/** Who is logged in: what a session's `subject` function returns. */
export type Subject = string | number;

/** A login, and who is logged in by it. */
export interface SubjectLogin extends Login {
  readonly subject: string;
}

/** What makes a session a login, and which logins have ended. Sessions without `subject` have no such rules. */
export interface LoginRules {
  /** Returns who is logged in by this content, if anybody is. @throws TypeError for what is no subject */
  subjectOf(content: object): string | undefined;
  /** Returns the login that content and the record around it make, if they make one. @throws TypeError likewise */
  loginIn(content: object, record: SessionRecord): SubjectLogin | undefined;
  /** @throws `LoginsUnavailableError` if this process does not know */
  isEnded(login: Login): boolean;
  /** The generation to seal a login of this subject with. @throws `LoginsUnavailableError` */
  generationOf(subject: string): Buffer;
  /** Whether a login has ended as far as this process knows, up to date or not. */
  hasEnded(login: Login): boolean;
  /**
   * The generation to seal a login with that goes on. It is the current one under the secret that seals now, so that
   * the login can be ended when its old secret is gone.
   */
  nextGenerationOf(login: SubjectLogin): Buffer;
  /** Notes that a login is in use. */
  used(login: LoginOfSession): void;
}

/** The login that a session holds. All times are ms since epoch. */
export interface LoginOfSession extends SubjectLogin {
  /** When the login began. */
  readonly startedAt: number;
  /** When it ends unless it is used. */
  readonly expiresAt: number;
  /** No cookie of it lives longer. */
  readonly latestEnd: number;
}

/** Returns a login with the times of the session that holds it. */
export function loginWithin(
  { subject, id, generation }: SubjectLogin,
  times: SessionTimes,
  lifetime: Lifetime,
): LoginOfSession {
  const { startedAt } = times;
  const [expiresAt, end] = [effectiveExpiry(times, lifetime), latestEnd(times, lifetime)];
  // Each request with a login makes one, and to copy an object by spreading it takes microseconds.
  return { subject, id, generation, startedAt, expiresAt, latestEnd: end };
}
