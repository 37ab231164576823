import type { LoginOfSession } from '../session/login-rules.js';

/** What has to be known of a session in order to end its login. */
export interface LoginSession {
  /** Returns nothing if nobody is logged in. */
  login(): LoginOfSession | undefined;
  /** Lets the login of this subject go on, with the generation that is current now. */
  renewLogin(subject: string): void;
  destroy(): void;
  /** Whether the response head was sent, so that the browser cannot be told of anything any more. */
  readonly isOver: boolean;
}

/** Finds what is behind a session object. @throws TypeError for any other object */
export type LoginSessionOf = (session: object) => LoginSession;
