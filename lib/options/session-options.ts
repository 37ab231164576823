import type { SecretOption } from '../sealing/secret-source.js';
import type { SessionContent } from '../session/content.js';
import type { ContentOptions } from '../session/content-options.js';
import type { Duration } from '../session/duration.js';
import type { Lifetime, LifetimeOptions } from '../session/lifetime.js';
import type { ChunkOptions, ChunkPolicy } from './chunk-options.js';
import type { CookieAttributes, CookieFunction, CookieOptions } from './cookie-options.js';
import type { IssuedAfter } from './issued-after.js';
import type { LegacyOptions } from './legacy-options.js';
import type { PreviousCookie } from './previous-cookies.js';

/**
 * Returns who is logged in by a session's content: text, a number, or `undefined`. `defineSession()` knows the type of
 * the content; elsewhere you can give the parameter a type of your own.
 */
export type SubjectFunction = { of(content: SessionContent): unknown }['of'];

/** What caches are told of a response for which a session was read. */
export type CachePolicy = 'private' | 'no-store' | false;

/** The configuration of one named session. */
export interface SessionOptions extends LifetimeOptions, ContentOptions, ChunkOptions {
  /** Name of the session in your code, as in `@Session('cart')`. @default the cookie's name */
  name?: string | undefined;
  /** Name of the cookie. @default `name`, else 'session_state' */
  cookieName?: string | undefined;
  /** Property of the request that holds the session, as in `req.cart`. @default the cookie's name */
  requestKey?: string | undefined;
  /**
   * The secret that seals cookies: text of at least 32 bytes, a Buffer or a KeyObject, alone or as
   * `{ secret, notBefore, expires, revoked }`. In a list, the first secret that may seal does so, and every
   * secret opens cookies, so that you can replace a secret without logging anybody out. A function or an
   * Observable delivers such lists while the application runs.
   */
  secret?: SecretOption | undefined;
  /**
   * How old the list of a `secret` function may become. After that the function is called again, and requests
   * use the old list in the meantime. If the function fails, the old list stays.
   * @default '5 minutes'
   */
  secretRefresh?: Duration | undefined;
  /** Also reads cookies of client-sessions 0.8.0. @default off */
  legacy?: LegacyOptions | undefined;
  /** Earlier names of the cookie. Such cookies are read and cleared, but not written. @default none */
  previousNames?: readonly string[] | undefined;
  /**
   * Cookies that the session had before its domain, path, partition or name changed. They are read, and they are
   * cleared with every write while the browser may still have them. They are not written.
   * @default none
   * @example [{ domain: 'example.org' }] // today without a domain
   */
  previousCookies?: readonly PreviousCookie[] | undefined;
  /**
   * Separates applications or environments that share a secret: they do not open each other's cookies.
   * @default 'session'
   */
  purpose?: string | undefined;
  /**
   * Gives each session a random id, which `getSessionInfo()` returns. It takes 22 characters of the cookie.
   * @default false
   */
  id?: boolean | undefined;
  /**
   * Makes the session a login: returns who is logged in by this content, or `undefined` while nobody is. `Logins` can
   * then end it on all servers, see the option `revocations`. It takes about 34 characters of the cookie. The
   * sessions of one configuration share their subjects: where users and staff have the same numbers, return `user:5`
   * and `staff:5`.
   * @default its sessions are no logins
   * @example subject: (content) => content.userId
   */
  subject?: SubjectFunction | undefined;
  /**
   * Refuses sessions that began before this time, or a function that returns the time. It logs everybody out, without a
   * new secret. The function is called whenever a cookie is opened, so it must answer at once; if it throws, the last
   * time stays in force.
   * @default none
   * @example issuedAfter: '2027-01-31T08:00:00Z'
   */
  issuedAfter?: IssuedAfter | undefined;
  /**
   * How many recently opened cookies are remembered, so that each is decrypted once and not with every
   * request of a page. Keys, times and configuration are still checked every time. A remembered cookie takes
   * up to 8 KB of memory, usually far less. 0 switches the memory off.
   * @default 500
   */
  memo?: number | undefined;
  /**
   * What happens to a session that begins on a request from another site, if the browser withheld the cookie
   * because of `sameSite`. The visitor may already have a session, and the new one would replace it.
   * `'withhold'`: the new session is not stored, unless the handler called `reset()`, `regenerate()` or
   * `setDuration()`, as a login by `form_post` does. `'store'`: the new session is stored like any other.
   * @default 'withhold'
   */
  crossSite?: 'withhold' | 'store' | undefined;
  /**
   * Attributes of the cookie, or a function that returns them for a request, for example for tenants. What it returns
   * is merged over the attributes beside `sessions`, and is checked. It is called when the session is first used, and
   * `SessionCookieError` is thrown there if it throws or returns what browsers would reject.
   * @example cookie: (request) => ({ domain: tenantOf(request).domain })
   */
  cookie?: CookieOptions | CookieFunction | undefined;
  /**
   * The domains that a `cookie` function may return. A client can send any Host header, so others are refused.
   * @default none
   */
  cookieDomains?: readonly string[] | undefined;
  /**
   * What caches are told of a response for which the session was read. `Vary: Cookie` is always said.
   * `'private'`: no cache that visitors share keeps the response, unless the handler asks for that itself.
   * `'no-store'`: no cache keeps it, so that the Back button shows nothing after a logout. `false`: nothing
   * more is said. A response that writes the cookie says `private, no-store` in any case. Of several sessions
   * in one response, the strictest counts.
   * @default 'private'
   * @see https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.7
   */
  cache?: CachePolicy | undefined;
}

/** The complete configuration of one session. It is frozen and does not hold the secret. */
export interface ResolvedSessionOptions extends Lifetime, ChunkPolicy {
  readonly name: string;
  readonly cookieName: string;
  readonly requestKey: string;
  readonly purpose: string;
  readonly id: boolean;
  readonly memo: number;
  readonly crossSite: 'withhold' | 'store';
  readonly cache: CachePolicy;
  /** The attributes without those that a `cookie` function returns. */
  readonly cookie: CookieAttributes;
  /**
   * Ids of the secrets that are in force now, the sealing one first. You can log them and compare them
   * between servers.
   */
  readonly keyIds: readonly string[];
}
