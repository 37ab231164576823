import type { CookieAttributes } from './cookie-options.js';

/** When the browser shall forget the cookie: ms since epoch, or when it closes. */
export type CookieEnd = number | 'with the browser';

/**
 * Writes the Set-Cookie headers of one cookie.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265bis#section-4.1
 */
export class SetCookie {
  readonly name: string;
  readonly #before: string;
  readonly #after: string;

  constructor(
    name: string,
    readonly attributes: CookieAttributes,
  ) {
    const { path, domain, httpOnly, sameSite, partitioned, priority } = attributes;
    this.name = name;
    this.#before = `; Path=${path}${domain === undefined ? '' : `; Domain=${domain}`}`;
    this.#after =
      (httpOnly ? '; HttpOnly' : '') +
      `; SameSite=${capitalize(sameSite)}` +
      (partitioned ? '; Partitioned' : '') +
      (priority ? `; Priority=${capitalize(priority)}` : '');
  }

  /** @param isSecure whether `secure: 'auto'` means yes for this request */
  write(value: string, end: CookieEnd, now: number, isSecure: boolean): string {
    const lifetime =
      end === 'with the browser' ? '' : `; Expires=${utc(end)}; Max-Age=${Math.ceil((end - now) / 1000)}`;
    return this.#assemble(value, lifetime, isSecure);
  }

  /** Browsers delete a cookie only when path, domain and partition are those it was set with. */
  delete(isSecure: boolean): string {
    return this.#assemble('', `; Expires=${utc(0)}; Max-Age=0`, isSecure);
  }

  #assemble(value: string, lifetime: string, isSecure: boolean): string {
    const { secure } = this.attributes;
    const secureAttribute = secure === true || (secure === 'auto' && isSecure) ? '; Secure' : '';
    return `${this.name}=${value}${this.#before}${lifetime}${secureAttribute}${this.#after}`;
  }
}

function utc(time: number): string {
  return new Date(time).toUTCString();
}

function capitalize(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1);
}
