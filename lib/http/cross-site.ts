import type { IncomingMessage } from 'node:http';
import type { CookieAttributes } from '../options/cookie-options.js';

/**
 * The methods with which the browser sends Lax cookies when a visitor follows a link from another site.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1
 */
const SAFE_METHODS: readonly unknown[] = ['GET', 'HEAD', 'OPTIONS', 'TRACE'];

/**
 * A middleware may have replaced the method by one that the form names. The browser sent the original method.
 */
interface OverriddenRequest extends IncomingMessage {
  readonly originalMethod?: string;
}

/**
 * Whether the browser says that another site sent the request, and therefore withheld cookies with this
 * `sameSite`. The browser would still store such a cookie from the response.
 *
 * @see https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
 * @see https://www.rfc-editor.org/rfc/rfc6265bis#section-5.6.7.1
 */
export function isCookieWithheld(
  { method, originalMethod = method, headers }: OverriddenRequest,
  sameSite: CookieAttributes['sameSite'],
): boolean {
  if (sameSite === 'none' || headers?.['sec-fetch-site'] !== 'cross-site') return false;
  return sameSite === 'strict' || !SAFE_METHODS.includes(originalMethod);
}
