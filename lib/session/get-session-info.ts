import type { SessionInfo } from './session-info.js';
import { actionsOf } from './session-object.js';

/**
 * The metadata of a session, kept beside the content and never in it.
 *
 * @param session what `@Session()`, `getSession()` or `req.session` gave
 * @throws TypeError when it is no session object, such as a copy of one
 */
export function getSessionInfo(session: object): SessionInfo {
  return actionsOf(session).info();
}
