import type { ClientSessionsMiddleware } from '../client-sessions.middleware.js';

/** Gives sessions to the requests of one HTTP framework, at almost no cost for requests that use none. */
export interface Platform<Application = never> {
  /** What `getType()` of Nest's adapter returns. */
  readonly type: string;

  /**
   * Lets the middleware attach sessions to every request, before all other middleware.
   *
   * @param isEverywhere `false`: only some routes have sessions, and Nest mounts the middleware there. The
   * framework's own requests are prepared nevertheless.
   * @throws `InvalidOptionsError` if something else occupies one of the properties that hold sessions
   */
  mount(application: Application, middleware: ClientSessionsMiddleware, isEverywhere: boolean): void;
}
