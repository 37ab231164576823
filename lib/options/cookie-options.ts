import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { type Duration, milliseconds } from '../session/duration.js';
import { shownValue } from '../errors/shown-value.js';

/** The attributes of a session's cookie. */
export interface CookieOptions {
  /** Only requests below this path bring the cookie. @default '/' */
  path?: string | undefined;
  /** Share the cookie with all subdomains of this domain. @default none: this host alone */
  domain?: string | undefined;
  /**
   * How long the browser keeps the cookie after each write, where that shall differ from the session's own expiry. Browsers keep none for
   * more than 400 days.
   * @default until the session expires
   */
  maxAge?: Duration | undefined;
  /** The browser forgets the cookie when it closes. @default false */
  ephemeral?: boolean | undefined;
  /** Scripts in the page cannot read the cookie. @default true */
  httpOnly?: boolean | undefined;
  /**
   * Send the cookie over TLS only. `'auto'` does so where the request came over TLS, by the framework's own judgement
   * (behind a proxy: Express's `trust proxy`, Fastify's `trustProxy`).
   * @default 'auto'
   */
  secure?: boolean | 'auto' | undefined;
  /** Synonym of `secure: true`, as in client-sessions. */
  secureProxy?: boolean | undefined;
  /** Which requests of other sites bring the cookie. `'none'` needs `secure: true`. @default 'lax' */
  sameSite?: 'strict' | 'lax' | 'none' | undefined;
  /** Keep a separate cookie for each embedding site (CHIPS). Needs `secure: true` and `sameSite: 'none'`. @default false */
  partitioned?: boolean | undefined;
  /** What the browser evicts last. @default none: the browser's own, medium */
  priority?: 'low' | 'medium' | 'high' | undefined;
}

/** Resolved {@link CookieOptions}. */
export interface CookieAttributes {
  readonly path: string;
  readonly domain: string | undefined;
  readonly maxAge: number | undefined;
  readonly ephemeral: boolean;
  readonly httpOnly: boolean;
  readonly secure: boolean | 'auto';
  readonly sameSite: 'strict' | 'lax' | 'none';
  readonly partitioned: boolean;
  readonly priority: 'low' | 'medium' | 'high' | undefined;
}

const PATH_BYTES = 1024;

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PATH = /^\/[\x20-\x3a\x3c-\x7e]*$/;
const DOMAIN = /^\.?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i;

const SAME_SITE = ['strict', 'lax', 'none'] as const;
const PRIORITY = ['low', 'medium', 'high'] as const;

/** @throws {@link InvalidOptionsError} when no browser would keep a cookie of this name */
export function assertCookieName(name: unknown, option = 'cookieName'): asserts name is string {
  if (typeof name === 'string' && TOKEN.test(name) && name.length <= 256) return;
  throw new InvalidOptionsError(
    option,
    `${shownValue(name)} is no name for a cookie`,
    'Use up to 256 letters, digits and - _ . only; no spaces, no "=", no ";".',
  );
}

/**
 * @param name the cookie's name, whose prefix (`__Host-`, `__Secure-`) browsers hold the attributes to
 * @throws {@link InvalidOptionsError} for attributes with which a browser would not keep the cookie
 */
export function resolveCookieAttributes(options: CookieOptions, name: string): CookieAttributes {
  const attributes: CookieAttributes = {
    path: options.path ?? '/',
    domain: options.domain,
    maxAge: options.maxAge === undefined ? undefined : milliseconds(options.maxAge, 'cookie.maxAge'),
    ephemeral: flag(options, 'ephemeral', false),
    httpOnly: flag(options, 'httpOnly', true),
    secure:
      flag(options, 'secureProxy', false) ||
      (options.secure === 'auto' ? 'auto' : flag(options, 'secure', 'auto')),
    sameSite: options.sameSite ?? 'lax',
    partitioned: flag(options, 'partitioned', false),
    priority: options.priority,
  };
  const { path, domain, maxAge, ephemeral, secure, sameSite, partitioned, priority } = attributes;
  const refuse = (attribute: keyof CookieOptions, problem: string, remedy: string): never => {
    throw new InvalidOptionsError(`cookie.${attribute}`, problem, remedy);
  };

  if (typeof path !== 'string' || !PATH.test(path) || path.length > PATH_BYTES) {
    refuse(
      'path',
      `${shownValue(path)} is no path`,
      "Begin with '/', without ';' and control characters, up to 1024 bytes.",
    );
  }
  if (domain !== undefined && (typeof domain !== 'string' || !DOMAIN.test(domain))) {
    refuse(
      'domain',
      `${shownValue(domain)} is no domain`,
      "Write a host name such as 'example.org', or leave it out.",
    );
  }
  if (!SAME_SITE.includes(sameSite)) {
    refuse('sameSite', `${shownValue(sameSite)} is unknown`, `Use one of ${SAME_SITE.join(', ')}.`);
  }
  if (priority !== undefined && !PRIORITY.includes(priority)) {
    refuse('priority', `${shownValue(priority)} is unknown`, `Use one of ${PRIORITY.join(', ')}.`);
  }
  if (ephemeral && maxAge !== undefined) {
    refuse('maxAge', 'it contradicts "cookie.ephemeral"', 'Leave one of the two out.');
  }
  if (maxAge === 0) {
    refuse(
      'maxAge',
      'browsers delete a cookie that lasts for 0 ms, so nothing would ever be stored',
      'Give the time that browsers shall keep it, or leave it out; "cookie.ephemeral" ends it with the browser.',
    );
  }
  if (sameSite === 'none' && secure !== true) {
    refuse(
      'sameSite',
      "browsers refuse 'none' without Secure",
      'Set cookie.secure to true, or use lax or strict.',
    );
  }
  if (partitioned && secure !== true) {
    refuse(
      'partitioned',
      'browsers refuse it without Secure',
      "Set cookie.secure to true, and cookie.sameSite to 'none'.",
    );
  }
  if (partitioned && sameSite !== 'none') {
    refuse(
      'partitioned',
      `in another site's page, which it is for, browsers never store a cookie with SameSite=${sameSite}`,
      "Set cookie.sameSite to 'none', or leave partitioned out.",
    );
  }
  const prefix = prefixOf(name);
  if (prefix && secure !== true) {
    refuse('secure', `browsers refuse a cookie named "${name}" without Secure`, 'Set cookie.secure to true.');
  }
  if (prefix?.startsWith('host') && domain !== undefined) {
    refuse(
      'domain',
      `browsers refuse a cookie named "${name}" with a domain`,
      'Leave the domain out, or use the prefix __Secure-.',
    );
  }
  if (prefix?.startsWith('host') && path !== '/') {
    refuse(
      'path',
      `browsers refuse a cookie named "${name}" with a path of its own`,
      "Leave the path out, or set it to '/'.",
    );
  }
  if (prefix?.endsWith('http') && !attributes.httpOnly) {
    refuse('httpOnly', `browsers refuse a cookie named "${name}" without HttpOnly`, 'Leave httpOnly out.');
  }
  return attributes;
}

/**
 * The attributes with which browsers accept a cookie of this name, be it to delete it: what the name's prefix demands stands above the
 * configuration, which may be that of another name.
 */
export function acceptableAttributes(attributes: CookieAttributes, name: string): CookieAttributes {
  const prefix = prefixOf(name);
  if (!prefix) return attributes;
  return {
    ...attributes,
    secure: true,
    ...(prefix.startsWith('host') && { path: '/', domain: undefined }),
    ...(prefix.endsWith('http') && { httpOnly: true }),
  };
}

/** @see https://www.rfc-editor.org/rfc/rfc6265bis#section-4.1.3 */
function prefixOf(name: string): string | undefined {
  return /^__(host-http|host|http|secure)-/i.exec(name)?.[1]?.toLowerCase();
}

function flag<D>(
  options: CookieOptions,
  name: 'ephemeral' | 'httpOnly' | 'secure' | 'secureProxy' | 'partitioned',
  fallback: D,
): boolean | D {
  const value = options[name];
  if (value === undefined) return fallback;
  if (typeof value === 'boolean') return value;
  const allowed = name === 'secure' ? "true, false or 'auto'" : 'true or false';
  throw new InvalidOptionsError(`cookie.${name}`, `${shownValue(value)} is no boolean`, `Use ${allowed}.`);
}
