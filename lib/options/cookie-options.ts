import type { IncomingMessage } from 'node:http';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { type Duration, milliseconds } from '../session/duration.js';
import { shownValue } from '../errors/shown-value.js';

/** The attributes of a session's cookie. */
export interface CookieOptions {
  /** The browser sends the cookie only with requests below this path. @default '/' */
  path?: string | undefined;
  /** Shares the cookie with all subdomains of this domain. @default none: only this host gets the cookie */
  domain?: string | undefined;
  /**
   * How long the browser keeps the cookie after each write, if this differs from the expiry of the session.
   * Browsers keep no cookie for more than 400 days.
   * @default until the session expires
   */
  maxAge?: Duration | undefined;
  /** The browser deletes the cookie when it closes. @default false */
  ephemeral?: boolean | undefined;
  /** Scripts in the page cannot read the cookie. @default true */
  httpOnly?: boolean | undefined;
  /**
   * Marks the cookie `Secure`, so that the browser sends it over TLS only. `'auto'` marks it if the request
   * came over TLS. The framework decides that. Behind a proxy, set Express's `trust proxy` or Fastify's
   * `trustProxy`.
   * @default 'auto'
   */
  secure?: boolean | 'auto' | undefined;
  /**
   * A prefix of the cookie's name, with which browsers demand certain attributes. `__Host-` keeps out cookies that
   * other hosts of the domain set. `'auto'`: `__Host-` if `secure` is `true`, `path` is `'/'` and there is no `domain`;
   * otherwise none. The session and the property of the request keep their names. If the cookie had no prefix before,
   * list its name in `previousNames`.
   * @default false
   * @see https://www.rfc-editor.org/rfc/rfc6265bis#section-4.1.3
   */
  prefix?: '__Host-' | '__Secure-' | 'auto' | false | undefined;
  /** `true` means the same as `secure: true`, as in client-sessions. */
  secureProxy?: boolean | undefined;
  /**
   * With which requests from other sites the browser sends the cookie. `'none'` needs `secure: true`.
   * @default 'lax'
   */
  sameSite?: 'strict' | 'lax' | 'none' | undefined;
  /**
   * The browser keeps a separate cookie for each embedding site (CHIPS). Needs `secure: true` and
   * `sameSite: 'none'`.
   * @default false
   */
  partitioned?: boolean | undefined;
  /**
   * Browsers that are short of space evict cookies of low priority first.
   * @default none: browsers assume medium
   */
  priority?: 'low' | 'medium' | 'high' | undefined;
}

/** Returns attributes of a session's cookie for one request. They are merged over the others. */
export type CookieFunction = (request: IncomingMessage) => CookieOptions;

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

const PREFIXES: readonly unknown[] = ['__Host-', '__Secure-', 'auto', false];
const PATH_BYTES = 1024;
const DOMAIN_BYTES = 254;

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.2 */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PATH = /^\/(?:[\x20-\x3a\x3c-\x7e]*[\x21-\x3a\x3c-\x7e])?$/;
const DOMAIN = /^\.?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i;

const SAME_SITE = ['strict', 'lax', 'none'] as const;
const PRIORITY = ['low', 'medium', 'high'] as const;

/** @throws {@link InvalidOptionsError} if no browser would keep a cookie of this name */
export function assertCookieName(name: unknown, option = 'cookieName'): asserts name is string {
  if (typeof name === 'string' && TOKEN.test(name) && name.length <= 256) return;
  throw new InvalidOptionsError(
    option,
    `must be the name of a cookie, got ${shownValue(name)}`,
    'Use up to 256 letters, digits and - _ . only; no spaces, no "=", no ";".',
  );
}

/**
 * @param mayHaveDomain whether the cookie has a domain for some requests
 * @throws {@link InvalidOptionsError} if no name of a cookie can come of it
 */
export function prefixedName(name: string, options: CookieOptions, mayHaveDomain: boolean): string {
  const { prefix = false, path = '/', domain, secure, secureProxy } = options;
  if (!PREFIXES.includes(prefix)) {
    throw new InvalidOptionsError(
      'cookie.prefix',
      `must be a known prefix, got ${shownValue(prefix)}`,
      "Use one of '__Host-', '__Secure-', 'auto', false.",
    );
  }
  if (prefix === false) return name;
  const own = prefixOf(name);
  if (own) {
    throw new InvalidOptionsError(
      'cookie.prefix',
      `must not be set, because the name "${name}" already has a prefix`,
      'Leave one of the two out.',
    );
  }
  if (prefix === '__Host-' && mayHaveDomain) {
    throw new InvalidOptionsError(
      'cookie.prefix',
      'must not be \'__Host-\' together with "cookieDomains", because browsers reject such a cookie with a domain',
      'Use \'__Secure-\', or leave "cookieDomains" out.',
    );
  }
  const isHost =
    !mayHaveDomain && (secure === true || secureProxy === true) && path === '/' && domain === undefined;
  if (prefix === 'auto') return isHost ? `__Host-${name}` : name;
  return prefix + name;
}

/** Returns a domain as browsers compare it: without a leading dot, and in lower case. */
export function plainDomain(domain: string): string {
  return domain.toLowerCase().replace(/^\./, '');
}

/** @throws {@link InvalidOptionsError} if it is not the path of a cookie */
export function assertPath(path: unknown, option: string): asserts path is string {
  if (typeof path === 'string' && PATH.test(path) && path.length <= PATH_BYTES) return;
  throw new InvalidOptionsError(
    option,
    `must be a path, got ${shownValue(path)}`,
    "Begin with '/', use no ';', no control characters and no space at the end, and at most 1024 bytes.",
  );
}

/** @throws {@link InvalidOptionsError} if it is not the domain of a cookie */
export function assertDomain(domain: unknown, option: string): asserts domain is string {
  if (typeof domain === 'string' && DOMAIN.test(domain) && domain.length <= DOMAIN_BYTES) return;
  throw new InvalidOptionsError(
    option,
    `must be a domain, got ${shownValue(domain)}`,
    "Write a host name such as 'example.org', without scheme, port, path and '*', or leave it out.",
  );
}

/**
 * @param name the cookie's name; its prefix (`__Host-`, `__Secure-`) demands certain attributes
 * @throws {@link InvalidOptionsError} for attributes that make browsers reject the cookie
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

  assertPath(path, 'cookie.path');
  if (domain !== undefined) assertDomain(domain, 'cookie.domain');
  if (!SAME_SITE.includes(sameSite)) {
    refuse(
      'sameSite',
      `must be a known policy, got ${shownValue(sameSite)}`,
      `Use one of ${SAME_SITE.join(', ')}.`,
    );
  }
  if (priority !== undefined && !PRIORITY.includes(priority)) {
    refuse(
      'priority',
      `must be a known priority, got ${shownValue(priority)}`,
      `Use one of ${PRIORITY.join(', ')}.`,
    );
  }
  if (ephemeral && maxAge !== undefined) {
    refuse('maxAge', 'must not be set together with "cookie.ephemeral"', 'Leave one of the two out.');
  }
  if (maxAge === 0) {
    refuse(
      'maxAge',
      'must be more than 0 ms, because browsers would delete the cookie at once',
      'Give the time that browsers are to keep the cookie, or leave it out; ' +
        'set "cookie.ephemeral" if it is to end with the browser.',
    );
  }
  if (sameSite === 'none' && secure !== true) {
    refuse(
      'sameSite',
      "must not be 'none' without Secure, because browsers reject such a cookie",
      "Set cookie.secure to true, or use 'lax' or 'strict'.",
    );
  }
  if (partitioned && secure !== true) {
    refuse(
      'partitioned',
      'must not be true without Secure, because browsers reject such a cookie',
      "Set cookie.secure to true, and cookie.sameSite to 'none'.",
    );
  }
  if (partitioned && sameSite !== 'none') {
    refuse(
      'partitioned',
      `must not be true with SameSite=${sameSite}, because browsers never store such a cookie in another site's page`,
      "Set cookie.sameSite to 'none', or leave partitioned out.",
    );
  }
  const prefix = prefixOf(name);
  if (prefix && secure !== true) {
    refuse(
      'secure',
      `must be true, because browsers reject a cookie named "${name}" without Secure`,
      'Set cookie.secure to true.',
    );
  }
  if (prefix?.startsWith('host') && domain !== undefined) {
    refuse(
      'domain',
      `must not be set, because browsers reject a cookie named "${name}" with a domain`,
      'Leave the domain out, or use the prefix __Secure-.',
    );
  }
  if (prefix?.startsWith('host') && path !== '/') {
    refuse(
      'path',
      `must be '/', because browsers reject a cookie named "${name}" with another path`,
      "Leave the path out, or set it to '/'.",
    );
  }
  if (prefix?.endsWith('http') && !attributes.httpOnly) {
    refuse(
      'httpOnly',
      `must be true, because browsers reject a cookie named "${name}" without HttpOnly`,
      'Leave httpOnly out.',
    );
  }
  return attributes;
}

/**
 * Returns the attributes with which browsers accept a cookie of this name, also to delete it. The prefix of
 * the name overrides the configuration, because that may have been made for another name.
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
  throw new InvalidOptionsError(
    `cookie.${name}`,
    `must be a boolean, got ${shownValue(value)}`,
    `Use ${allowed}.`,
  );
}
