import type { Login } from '../sealing/login.js';

/** The login that a session holds. All times are ms since epoch. */
export interface LoginOfSession extends Login {
  readonly subject: string;
  /** When the login began. */
  readonly startedAt: number;
  /** When it ends unless it is used. */
  readonly expiresAt: number;
  /** When the last cookie that may exist of it will have expired. */
  readonly latestEnd: number;
}

/** What has to be known of a session in order to end its login. */
export interface LoginSession {
  /** Returns nothing if nobody is logged in. */
  login(): LoginOfSession | undefined;
  /** Has the login sealed anew, with the generation that is current then. */
  renewLogin(): void;
  destroy(): void;
  /** Whether the response head was sent, so that the browser cannot be told of anything any more. */
  readonly isOver: boolean;
}

/** Finds what is behind a session object. @throws TypeError for any other object */
export type LoginSessionOf = (session: object) => LoginSession;
