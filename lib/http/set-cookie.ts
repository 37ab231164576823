import type { CookieAttributes } from '../options/cookie-options.js';

/** When the browser deletes the cookie: at a time in ms since epoch, or when it closes. */
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

  /**
   * @param isSecure whether the request came over TLS, for `secure: 'auto'`
   * @param name a name with the same attributes
   */
  write(value: string, end: CookieEnd, now: number, isSecure: boolean, name: string = this.name): string {
    const lifetime =
      end === 'with the browser' ? '' : `; Expires=${utc(end)}; Max-Age=${Math.ceil((end - now) / 1000)}`;
    return this.#assemble(name, value, lifetime, isSecure);
  }

  /** Browsers delete a cookie only if path, domain and partition are the same as when it was set. */
  delete(isSecure: boolean, name: string = this.name): string {
    return this.#assemble(name, '', `; Expires=${utc(0)}; Max-Age=0`, isSecure);
  }

  #assemble(name: string, value: string, lifetime: string, isSecure: boolean): string {
    const { secure } = this.attributes;
    const secureAttribute = secure === true || (secure === 'auto' && isSecure) ? '; Secure' : '';
    return `${name}=${value}${this.#before}${lifetime}${secureAttribute}${this.#after}`;
  }
}

/** Returns the bytes that browsers keep of Set-Cookie headers: names and values. A deleted cookie has none. */
export function bytesKept(headers: readonly string[]): number {
  return headers.reduce((bytes, header) => {
    const [name, value] = header.slice(0, header.indexOf(';')).split('=') as [string, string];
    return value === '' ? bytes : bytes + Buffer.byteLength(name) + value.length;
  }, 0);
}

const ONE_DAY = 86_400_000;
/**
 * The text of each day, without the time. Cookies end on few different days, and formatting a date costs more
 * than everything else.
 */
const dates = new Map<number, string>();

/** Formats a time like `Date.toUTCString()`. */
function utc(time: number): string {
  const day = Math.floor(time / ONE_DAY);
  let date = dates.get(day);
  if (date === undefined) {
    date = new Date(time).toUTCString().slice(0, -'00:00:00 GMT'.length);
    dates.set(day, date);
  }
  const seconds = Math.floor((time - day * ONE_DAY) / 1000);
  const minutes = Math.floor(seconds / 60);
  return `${date}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)} GMT`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

function capitalize(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1);
}
