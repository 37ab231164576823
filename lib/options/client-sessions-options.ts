import type { SessionEvent } from '../session/session-event.js';
import type { HeaderBudgetOptions } from './header-limits.js';
import type { RevocationOptions } from './revocation-options.js';
import type { SessionDefinition } from './session-definition.js';
import type { SessionOptions } from './session-options.js';

/**
 * Options of one session, as in client-sessions, or of several under `sessions`. Beside `sessions` stand the
 * defaults of all of them.
 */
export interface ClientSessionsOptions extends SessionOptions {
  /** The named sessions. The first is the default one. */
  sessions?: readonly (SessionOptions | SessionDefinition<object>)[] | undefined;
  /** Changes to single sessions, keyed by session name, for values that are known only at start. */
  overrides?: Readonly<Record<string, SessionOptions>> | undefined;
  /**
   * What servers and proxies are expected to accept. From 70 % on, a `budget` event and a warning name the sessions and
   * their heaviest keys. Nothing is refused. `false`: nobody counts.
   * @default { in: 8192, out: 4096 } // bytes
   */
  headerBudget?: HeaderBudgetOptions | false | undefined;
  /**
   * How logins are ended on all servers: the store, and what happens while it is down. For sessions with `subject`.
   * @default a file of SQLite, for the processes of one machine
   */
  revocations?: RevocationOptions | undefined;
  /**
   * Receives refusals, losses and warnings. They hold no content, no cookie value and no secret. If the
   * function throws, or its promise rejects, the fault is logged.
   */
  onEvent?: ((event: SessionEvent) => void) | undefined;
  /**
   * Returns the current time in ms since epoch, for tests.
   * @default `Date.now()`, looked up at each call, so that fake timers work
   */
  now?: (() => number) | undefined;
}
