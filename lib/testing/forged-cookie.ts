import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { splitText } from '../http/cookie-chunks.js';
import type { SessionCookies } from '../http/session-cookies.js';
import { chunkName } from '../options/chunk-options.js';
import { createSessionId } from '../sealing/session-id.js';
import { type SealTimes, timesOf } from '../session-codec.js';
import { entriesOf } from '../session/content.js';
import { begin, latestExpiry } from '../session/lifetime.js';
import { loginWithin } from '../session/login-rules.js';
import { withIssues } from './unfit-content.error.js';

/** The cookies of a session; several if it is in chunks. */
export interface ForgedCookies {
  readonly pairs: readonly (readonly [name: string, value: string])[];
  /** When the browser deletes them: ms since epoch. */
  readonly expiresAt: number;
}

/**
 * Makes the cookies that a browser would have after a handler had put this content into a fresh session.
 *
 * @throws `UnfitContentError`, and what storing would throw
 */
export function forgeCookies(
  cookies: SessionCookies,
  content: object,
  { createdAt, expiresAt }: SealTimes = {},
): ForgedCookies {
  const { session, options } = cookies;
  const { model, lifetime, logins } = session;
  const whole = { ...model.fresh().content, ...Object.fromEntries(entriesOf(content, session.name)) };
  const times = timesOf(begin(createdAt ?? session.now(), lifetime), lifetime, expiresAt);
  const id = session.hasId ? createSessionId() : undefined;
  const subject = logins?.subjectOf(whole);
  const generation = subject === undefined ? undefined : logins!.generationOf(subject);
  const text = withIssues(() => session.seal(whole, model.write(whole), times, { id, generation }));
  if (subject !== undefined) {
    // `list()` of the application shows it, as if a handler had begun it.
    const login = loginWithin({ subject, id: id!, generation: generation! }, times, lifetime);
    cookies.logins!.began(login, emptyRequest());
  }
  const { cookieName } = options;
  const parts = splitText(cookieName, text);
  return {
    pairs: parts.map((part, i) => [chunkName(cookieName, i), part]),
    expiresAt: latestExpiry(times, lifetime),
  };
}

function emptyRequest(): IncomingMessage {
  return new IncomingMessage(new Socket());
}
