import { SessionUnavailableError } from '../errors/session-unavailable.error.js';
import { joinText } from '../http/cookie-chunks.js';
import type { SessionCookies } from '../http/session-cookies.js';
import { companionName } from '../options/companion-cookies.js';
import type { Candidate } from '../session/candidate.js';
import { effectiveExpiry } from '../session/lifetime.js';
import { openRenewal } from '../session/renewal.js';
import {
  isDeletion,
  type ReceivedAttributes,
  receivedCookie,
  type ReceivedCookie,
} from './received-cookie.js';

/** A response of supertest, of `app.inject()`, of `fetch()`, or of a {@link TestBrowser}. */
export interface TestedResponse {
  readonly headers: object;
}

/** What a response tells the browser of a session. */
export interface SessionInResponse<T extends object> {
  /**
   * The content that the browser keeps. `undefined` if the session was cleared, or if the response only tells that it
   * was used.
   */
  readonly content: T | undefined;
  /** ms since epoch; `undefined` if the session was cleared */
  readonly createdAt: number | undefined;
  /** ms since epoch; `undefined` if the session was cleared */
  readonly expiresAt: number | undefined;
  /** The attributes of the cookie. */
  readonly attributes: ReceivedAttributes;
  /** Whether the browser deletes the session. */
  readonly cleared: boolean;
  /**
   * Whether the request has changed nothing, and the response only tells, in the cookie `NAME.r`, that the session was
   * used, prolonged or sealed anew.
   */
  readonly renewed: boolean;
}

/** The Set-Cookie headers of a response. */
export function setCookiesOf(response: TestedResponse): readonly string[] {
  const { headers } = response;
  if (typeof (headers as unknown) !== 'object')
    throw new TypeError('The value must be a response; await the request that it comes from');
  if (typeof (headers as Headers).getSetCookie === 'function') return (headers as Headers).getSetCookie();
  const given = (headers as { readonly 'set-cookie'?: unknown })['set-cookie'] ?? [];
  return [given].flat().map(String);
}

/**
 * Reads what a response tells the browser of a session.
 *
 * @returns `undefined` if it tells nothing
 * @throws `SessionUnavailableError` if another application has sealed the cookie
 */
export function sessionIn(
  response: TestedResponse,
  cookies: SessionCookies,
): SessionInResponse<object> | undefined {
  const { cookieName } = cookies.options;
  const received = receivedIn(response);
  const own = received.get(cookieName);
  if (own) {
    const { attributes } = own;
    if (isDeletion(own)) return { ...NOTHING, attributes, cleared: true, renewed: false };
    const text = joinText(cookieName, own.value, (name) => {
      const part = received.get(name);
      return part && [part.value];
    });
    return { ...contentOf(text, cookies), attributes, cleared: false, renewed: false };
  }
  const renewal = received.get(companionName(cookieName, 'r'));
  if (!renewal || isDeletion(renewal)) return undefined;
  return { ...renewedBy(renewal, cookies), attributes: renewal.attributes, cleared: false, renewed: true };
}

const NOTHING = { content: undefined, createdAt: undefined, expiresAt: undefined };

/** Of cookies with one name, today's comes last. */
function receivedIn(response: TestedResponse): Map<string, ReceivedCookie> {
  const received = setCookiesOf(response).flatMap((header) => receivedCookie(header) ?? []);
  return new Map(received.map((cookie) => [cookie.name, cookie]));
}

type Content = Pick<SessionInResponse<object>, 'content' | 'createdAt' | 'expiresAt'>;

/** It may have expired since then, because a test sets the clock forward. */
function contentOf(text: string, cookies: SessionCookies): Content {
  const { session } = cookies;
  const [candidate] = candidatesOf(cookies, cookies.options.cookieName, text).contents;
  const opened = candidate?.sealer.unseal(text);
  if (!opened?.ok) throw foreign(cookies.options.cookieName);
  const { record } = opened;
  const reading = session.model.read(record.json, record.version);
  if (!reading.ok) throw foreign(cookies.options.cookieName);
  const expiresAt = effectiveExpiry(record, session.lifetime);
  return { content: reading.content, createdAt: record.createdAt, expiresAt };
}

function renewedBy({ name, value }: ReceivedCookie, cookies: SessionCookies): Content {
  const { session } = cookies;
  const [candidate] = candidatesOf(cookies, name, value).renewals;
  const renewal = candidate && openRenewal(candidate);
  if (!renewal) throw foreign(name);
  const { record } = renewal;
  const reading = record.json === '' ? undefined : session.model.read(record.json, record.version);
  const content = reading?.ok ? reading.content : undefined;
  return { content, createdAt: record.createdAt, expiresAt: effectiveExpiry(record, session.lifetime) };
}

function candidatesOf(
  cookies: SessionCookies,
  name: string,
  text: string,
): { contents: readonly Candidate[]; renewals: readonly Candidate[] } {
  return cookies.candidatesAmong(new Map([[name, [text]]]));
}

function foreign(cookieName: string): SessionUnavailableError {
  return new SessionUnavailableError(
    `The cookie "${cookieName}" of this response must be sealed by the application of the test, ` +
      'but it does not open. ' +
      'Give a response of the application that you gave to testSessions().',
  );
}
