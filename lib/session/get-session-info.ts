import type { SessionInfo } from './session-info.js';
import { actionsOf } from './session-object.js';

/**
 * Returns the metadata of a session. It is kept beside the content, never in it.
 *
 * @param session the object from `@Session()`, `getSession()` or `req.session`
 * @throws TypeError if it is not a session object, for example a copy of one
 */
export function getSessionInfo(session: object): SessionInfo {
  return actionsOf(session).info();
}
