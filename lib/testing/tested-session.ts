import type { SessionDefinition } from '../options/session-definition.js';
import type { SessionName, SessionTypes } from '../options/session-types.js';
import type { SessionContent } from '../session/content.js';

/** What a test names a session by: its definition, or its name. */
export type TestedSession = SessionDefinition<object> | SessionName;

/** The content of a session, by its definition or by a name that is declared in `SessionTypes`. */
export type TestedContent<D> =
  D extends SessionDefinition<infer T>
    ? T
    : D extends keyof SessionTypes
      ? SessionTypes[D] & object
      : SessionContent;

/** What a handler would have put into a fresh session. Defaults of the session need not be repeated. */
export type GivenContent<D> = Partial<TestedContent<D>>;
