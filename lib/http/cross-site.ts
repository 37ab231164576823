import type { IncomingMessage } from 'node:http';
import type { CookieAttributes } from '../options/cookie-options.js';

/** Methods with which a link of another site brings Lax cookies along. @see https://www.rfc-editor.org/rfc/rfc9110#section-9.2.1 */
const SAFE_METHODS: readonly unknown[] = ['GET', 'HEAD', 'OPTIONS', 'TRACE'];

/** A middleware may have replaced the method by another one that the form names; the browser sent the original. */
interface OverriddenRequest extends IncomingMessage {
  readonly originalMethod?: string;
}

/**
 * Whether the browser says that another site has sent the request, and keeps cookies of this kind from such a request. It would store one
 * from the response all the same.
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
