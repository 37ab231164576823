import { startSource } from '../http/secret-sources.js';
import { SessionCookies } from '../http/session-cookies.js';
import { resolveSessions } from '../options/resolve-sessions.js';
import { nameOf, optionsOf } from '../options/session-definition.js';
import type { SessionOptions } from '../options/session-options.js';
import { createSessionId } from '../sealing/session-id.js';
import type { SealTimes } from '../session-codec.js';
import { actionsOf, type SessionMethods } from '../session/session-object.js';
import { SessionState } from '../session/session-state.js';
import { forgeCookies } from './forged-cookie.js';
import type { GivenContent, TestedContent, TestedSession } from './tested-session.js';
import { withIssues } from './unfit-content.error.js';

/** What the response of a request would have told the browser of a fake session. */
export interface FakeOutcome {
  /** The content at the end. */
  readonly content: Record<string, unknown>;
  /** Whether the browser would have got the content. */
  readonly written: boolean;
  /** Whether the browser would have deleted the session. */
  readonly destroyed: boolean;
}

/** Distinguishes the sessions of tests from those of requests. */
class FakeSession extends SessionState {}

/**
 * Creates a session without a request, for unit tests of code that gets a session. Its methods work, and
 * `getSessionInfo()` knows it. Options that the module adds are not known here, such as a shorter duration.
 *
 * @param content what an earlier request has put into the session, besides its defaults. Without it the visitor is new.
 * @param times when the session began, and when it ends: ms since epoch
 * @example
 * const auth = fakeSession(Auth, { userId: '42' });
 * new AuthController().logout(auth);
 * expect(outcomeOf(auth).destroyed).toBe(true);
 * @throws `SessionInvalidError` with the issues in its message if the schema refuses the content
 */
export function fakeSession<D extends TestedSession>(
  session: D,
  content?: GivenContent<D>,
  times?: SealTimes,
): TestedContent<D> & SessionMethods<TestedContent<D>> {
  const cookies = cookiesOf(session);
  const { pairs } = content ? forgeCookies(cookies, content, times) : { pairs: [] };
  const arrived = cookies.candidatesAmong(new Map(pairs.map(([name, value]) => [name, [value]])));
  return new FakeSession(cookies.session, arrived).object as never;
}

/**
 * Returns what the response would tell the browser of a fake session now. It changes nothing.
 *
 * @throws what storing would throw; TypeError for a session that is not from {@link fakeSession}
 */
export function outcomeOf(session: object): FakeOutcome {
  const state = actionsOf(session);
  if (!(state instanceof FakeSession))
    throw new TypeError('The session must be a fake one; give what fakeSession() returned');
  const { type } = withIssues(() => state.save());
  return { content: { ...state.object }, written: type === 'write', destroyed: type === 'delete' };
}

/** Options that neither form the content nor the times of a session. They may need secrets, requests or a store. */
const LEFT_OUT = {
  secretRefresh: undefined,
  legacy: undefined,
  cookieName: undefined,
  requestKey: undefined,
  previousNames: undefined,
  previousCookies: undefined,
  subject: undefined,
  issuedAfter: undefined,
  cookie: undefined,
  cookieDomains: undefined,
} satisfies SessionOptions;

function cookiesOf(session: TestedSession): SessionCookies {
  const given = optionsOf(typeof session === 'string' ? { name: session } : session);
  const resolved = resolveSessions({
    ...given,
    ...LEFT_OUT,
    name: nameOf(session),
    id: given.id === true || given.subject !== undefined,
    secret: Buffer.concat([createSessionId(), createSessionId()]),
  })[0]!;
  return new SessionCookies(resolved, startSource(resolved), () => undefined);
}
