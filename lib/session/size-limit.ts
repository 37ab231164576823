import { type KeyWeight, SessionTooLargeError } from '../errors/session-too-large.error.js';

/**
 * The most bytes that browsers keep of one cookie: its name and value, without the attributes.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265bis#section-5.6
 */
export const COOKIE_BYTES = 4096;

/** How many of the heaviest keys are named. */
const NAMED_KEYS = 3;

/** A sealed session that is to become a cookie. */
export interface SealedSession {
  /** The session's name, for messages. */
  readonly session: string;
  readonly cookieName: string;
  readonly text: string;
  /** The most characters that the text may have. */
  readonly capacity: number;
  readonly content: object;
}

/**
 * @param stringify turns content into text
 * @throws {@link SessionTooLargeError} if it does not fit into the session's cookies
 */
export function assertFits(
  { session, cookieName, text, capacity, content }: SealedSession,
  stringify: (content: object) => string,
): void {
  if (text.length <= capacity) return;
  const heaviest = heaviestKeys(content, stringify);
  throw new SessionTooLargeError(
    session,
    cookieName.length + text.length,
    cookieName.length + capacity,
    heaviest,
  );
}

/** Returns the heaviest top-level keys by their size as text, heaviest first, or none if that cannot be told. */
export function heaviestKeys(content: object, stringify: (content: object) => string): readonly KeyWeight[] {
  const weightOf = ([key, value]: [string, unknown]): KeyWeight => ({
    key,
    bytes: Buffer.byteLength(stringify({ [key]: value })) - '{}'.length,
  });
  try {
    const weights = Object.entries(content).map(weightOf);
    return weights.sort((a, b) => b.bytes - a.bytes).slice(0, NAMED_KEYS);
  } catch {
    // A codec of the application may need the whole content, and what cannot be stored is reported elsewhere.
    return [];
  }
}
