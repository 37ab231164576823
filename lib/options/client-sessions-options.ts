import type { SessionEvent } from '../session/session-event.js';
import type { SessionDefinition } from './session-definition.js';
import type { SessionOptions } from './session-options.js';

/** One session in the shape of the original README, or several under `sessions`, with the defaults for each beside them. */
export interface ClientSessionsOptions extends SessionOptions {
  /** The named sessions. The first is the default one. */
  sessions?: readonly (SessionOptions | SessionDefinition<object>)[] | undefined;
  /** Changes to the sessions by their names, for what is known only at start. */
  overrides?: Readonly<Record<string, SessionOptions>> | undefined;
  /** Receives refusals, losses and warnings. They hold no content, no cookie value and no secret. Its own faults are logged, also later ones. */
  onEvent?: ((event: SessionEvent) => void) | undefined;
  /** The clock, in ms since epoch, for tests. @default `Date.now()`, asked each time, so that fake timers act */
  now?: (() => number) | undefined;
}
