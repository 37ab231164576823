import type { ClientSessionsMiddleware } from '../client-sessions.middleware.js';

/** How the requests of one HTTP framework come to have sessions, at next to no cost to those that ask for none. */
export interface Platform<Application = never> {
  /** What `getType()` of Nest's adapter returns. */
  readonly type: string;

  /**
   * Has the middleware attach sessions to every request, in front of everybody else's middleware.
   *
   * @param isEverywhere `false`: some routes only have sessions, and Nest mounts the middleware there. What the framework's own requests need
   * is done nevertheless.
   * @throws `InvalidOptionsError` when something else occupies one of the properties that hold sessions
   */
  mount(application: Application, middleware: ClientSessionsMiddleware, isEverywhere: boolean): void;
}
