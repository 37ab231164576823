import { type KeyWeight, SessionTooLargeError } from '../errors/session-too-large.error.js';

/**
 * The most bytes that browsers keep of one cookie: its name and value, without the attributes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265bis#section-5.6
 */
export const COOKIE_BYTES = 4096;

/** How many of the heaviest keys the error names. */
const NAMED_KEYS = 3;

/** A sealed session that is to become a cookie. */
export interface SealedSession {
  /** The session's name, for messages. */
  readonly session: string;
  readonly cookieName: string;
  readonly text: string;
  readonly content: object;
}

/**
 * @param stringify turns content into text
 * @throws {@link SessionTooLargeError} if no browser would keep the cookie
 */
export function assertFits(
  { session, cookieName, text, content }: SealedSession,
  stringify: (content: object) => string,
): void {
  const bytes = Buffer.byteLength(cookieName) + text.length;
  if (bytes <= COOKIE_BYTES) return;
  const weights = weighKeys(content, stringify);
  throw new SessionTooLargeError(session, bytes, COOKIE_BYTES, weights.slice(0, NAMED_KEYS));
}

/** Returns the top-level keys by their size as text, heaviest first. */
function weighKeys(content: object, stringify: (content: object) => string): KeyWeight[] {
  const weights = Object.entries(content).map(([key, value]) => ({
    key,
    bytes: Buffer.byteLength(stringify({ [key]: value as unknown })) - '{}'.length,
  }));
  return weights.sort((a, b) => b.bytes - a.bytes);
}
