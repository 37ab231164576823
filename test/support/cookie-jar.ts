import { Cookie, CookieJar as ToughCookieJar } from 'tough-cookie';
import { DAY } from './session.js';

/** Maximum bytes of a name and its value together. */
const LARGEST = 4096;
const LONGEST = 400 * DAY;

/**
 * The cookies of one visitor of one site, stored by tough-cookie. That package has no limits and no clock, so this
 * class adds them. As in Chromium, a cookie above 4096 bytes is dropped and the old one stays, and no cookie lives
 * longer than 400 days.
 */
export class CookieJar {
  readonly #jar = new ToughCookieJar(undefined, { looseMode: false, prefixSecurity: 'strict' });

  constructor(
    private readonly origin = 'http://127.0.0.1',
    private readonly now = (): number => Date.now(),
  ) {}

  /** Stores the cookie of a Set-Cookie header. Throws if a browser would refuse it for another reason than its size. */
  store(header: string, requestPath: string): void {
    this.#live();
    const cookie = Cookie.parse(header);
    if (!cookie) throw new Error(`This header holds no cookie: ${header}`);
    // Every character of a header is one byte.
    if (cookie.key.length + cookie.value.length > LARGEST) return;
    const now = new Date(this.now());
    if (cookie.isPersistent()) {
      // The package would count Max-Age from the last access to the cookie, and with the system clock.
      const end = Math.min(cookie.expiryTime(now)!, now.getTime() + LONGEST);
      Object.assign(cookie, { maxAge: null, expires: new Date(Math.max(end, 0)) });
    }
    this.#jar.setCookieSync(cookie, this.origin + requestPath, { now });
  }

  /** The value of a cookie, if there is one. */
  valueOf(name: string): string | undefined {
    return this.#live().find(({ key }) => key === name)?.value;
  }

  /** The Cookie header of a request. It is empty if there is nothing to send. */
  headerFor(path: string): string {
    this.#live();
    return this.#jar.getCookieStringSync(this.origin + path, { expire: false });
  }

  entries(): [name: string, value: string][] {
    return this.#live().map(({ key, value }) => [key, value]);
  }

  clear(): void {
    this.#jar.removeAllCookiesSync();
  }

  /** What becomes of the cookies when the browser is closed. */
  closeBrowser(): void {
    this.#keep((cookie) => cookie.isPersistent());
  }

  /** Removes expired cookies. @returns the remaining cookies */
  #live(): Cookie[] {
    const now = this.now();
    return this.#keep((cookie) => cookie.expiryTime()! > now);
  }

  /** Removes all cookies but those that are meant. @returns the remaining cookies */
  #keep(isMeant: (cookie: Cookie) => boolean): Cookie[] {
    const all = this.#jar.getCookiesSync(this.origin, { allPaths: true, expire: false, sort: true });
    for (const cookie of all)
      if (!isMeant(cookie)) void this.#jar.store.removeCookie(cookie.domain!, cookie.path!, cookie.key);
    return all.filter(isMeant);
  }
}
