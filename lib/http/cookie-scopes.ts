import type { IncomingMessage } from 'node:http';
import type { CookieAttributes } from '../options/cookie-options.js';
import { attributesOfEarlier, type EarlierCookie, isSameCookie } from '../options/previous-cookies.js';
import { isCookieWithheld } from './cross-site.js';
import { SetCookie } from './set-cookie.js';

/** Express replaces the URL in mounted applications. The browser asked for the original one. */
interface MountedRequest extends IncomingMessage {
  readonly originalUrl?: string;
}

/** An earlier cookie may have had another `sameSite` than today's. */
const STRICTEST = 'strict';

/**
 * Today's cookie of a session, and those that the session had earlier. For a browser, a cookie is its name, domain,
 * path and partition, so each of them has to be written and cleared with attributes of its own.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265bis#section-5.7
 */
export class CookieScopes {
  readonly today: SetCookie;
  readonly #earlier: readonly SetCookie[];

  constructor(name: string, attributes: CookieAttributes, earlier: readonly EarlierCookie[]) {
    this.today = new SetCookie(name, attributes);
    this.#earlier = earlier
      .map((cookie) => new SetCookie(cookie.name, attributesOfEarlier(cookie, attributes)))
      .filter((cookie, i, all) => ![this.today, ...all.slice(0, i)].some((other) => isSame(cookie, other)));
  }

  /** Names that browsers may have several cookies of. */
  get movedNames(): ReadonlySet<string> {
    const names = [this.today, ...this.#earlier].map(({ name }) => name);
    return new Set(names.filter((name, i) => names.indexOf(name) < i));
  }

  /**
   * Returns the earlier cookies that the browser may still have: those whose name arrived, and those that it does not
   * send with this request.
   */
  earlierIn(request: IncomingMessage, arrived: ReadonlyMap<string, unknown>): readonly SetCookie[] {
    return this.#earlier.filter((cookie) => arrived.has(cookie.name) || isHidden(cookie, request));
  }
}

/** Whether a browser that has the cookie does not send it with this request, because of its path or its origin. */
export function isHidden({ attributes }: SetCookie, request: IncomingMessage): boolean {
  return !isBelow(pathOf(request), attributes.path) || isCookieWithheld(request, STRICTEST);
}

function pathOf({ originalUrl, url = '/' }: MountedRequest): string {
  return (originalUrl ?? url).split('?', 1)[0]!;
}

/** @see https://www.rfc-editor.org/rfc/rfc6265bis#section-5.1.4 */
function isBelow(path: string, cookiePath: string): boolean {
  if (!path.startsWith(cookiePath)) return false;
  return path.length === cookiePath.length || cookiePath.endsWith('/') || path[cookiePath.length] === '/';
}

function isSame(one: SetCookie, other: SetCookie): boolean {
  return one.name === other.name && isSameCookie(one.attributes, other.attributes);
}
