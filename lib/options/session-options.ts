import type { SecretOption } from '../sealing/secret-source.js';
import type { ContentOptions } from '../session/content-options.js';
import type { Duration } from '../session/duration.js';
import type { Lifetime, LifetimeOptions } from '../session/lifetime.js';
import type { CookieAttributes, CookieOptions } from './cookie-options.js';
import type { LegacyOptions } from './legacy-options.js';

/** The configuration of one named session. */
export interface SessionOptions extends LifetimeOptions, ContentOptions {
  /** How the code calls the session, as in `@Session('cart')`. @default the cookie's name */
  name?: string | undefined;
  /** Name of the cookie. @default `name`, else 'session_state' */
  cookieName?: string | undefined;
  /** Property of the request that holds the session, as in `req.cart`. @default the cookie's name */
  requestKey?: string | undefined;
  /**
   * What cookies are sealed with: text of at least 32 bytes, a Buffer or a KeyObject, alone or as `{ secret, notBefore, expires, revoked }`.
   * Of a list, the first that may seal does and all open, so that a secret can be replaced without logging anybody out. A function or an
   * Observable delivers such lists while the application runs.
   */
  secret?: SecretOption | undefined;
  /**
   * How old the list of a `secret` function may become. It is then asked again, while requests are served with what there is; when it
   * fails, that stays.
   * @default '5 minutes'
   */
  secretRefresh?: Duration | undefined;
  /** Cookies of client-sessions 0.8.0 are read, too. @default off */
  legacy?: LegacyOptions | undefined;
  /** Earlier names of the cookie, which are read and cleared, but not written. @default none */
  previousNames?: readonly string[] | undefined;
  /** Keeps the cookies of applications or environments apart that share a secret. @default 'session' */
  purpose?: string | undefined;
  /** Give each session a random id, to be read with `getSessionInfo()`. Takes 22 characters of the cookie. @default false */
  id?: boolean | undefined;
  /**
   * How many recently opened cookies are remembered, so that each is decrypted once and not with every request of a page. Keys, times and
   * configuration are checked every time. A cookie takes up to 8 KB of memory, usually far less. 0 switches that off.
   * @default 500
   */
  memo?: number | undefined;
  /**
   * What becomes of a session that begins on a request which another site sent, where the browser withheld the cookie for `sameSite`. The
   * visitor may well have one, and the new one would take its place. `'withhold'`: it is not stored, unless the handler called `reset()`,
   * `regenerate()` or `setDuration()`, as a login by `form_post` does. `'store'`: it is stored like any other.
   * @default 'withhold'
   */
  crossSite?: 'withhold' | 'store' | undefined;
  /** Attributes of the cookie. */
  cookie?: CookieOptions | undefined;
}

/** The configuration of one session as it is in force: complete, frozen, without the secret. */
export interface ResolvedSessionOptions extends Lifetime {
  readonly name: string;
  readonly cookieName: string;
  readonly requestKey: string;
  readonly purpose: string;
  readonly id: boolean;
  readonly memo: number;
  readonly crossSite: 'withhold' | 'store';
  readonly cookie: CookieAttributes;
  /** Ids of the secrets in force now, the sealing one first: safe to log, and to compare between servers. */
  readonly keyIds: readonly string[];
}
