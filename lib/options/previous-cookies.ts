import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { shownValue } from '../errors/shown-value.js';
import { assertListed } from './assert-listed.js';
import {
  acceptableAttributes,
  assertCookieName,
  assertDomain,
  assertPath,
  type CookieAttributes,
  plainDomain,
} from './cookie-options.js';

/**
 * A cookie that the session had earlier. For a browser, a cookie is its name, domain, path and partition: if one of
 * them changes, the browser keeps both cookies. What is left out is as today.
 */
export interface PreviousCookie {
  /** @default today's name */
  name?: string | undefined;
  /** `false` or `undefined`, if it is written out: the cookie had no domain. @default today's domain */
  domain?: string | false | undefined;
  /** @default today's path */
  path?: string | undefined;
  /** @default as today */
  partitioned?: boolean | undefined;
}

/** A cookie that the session had earlier, with its complete name. */
export interface EarlierCookie extends PreviousCookie {
  readonly name: string;
}

interface TodaysCookie {
  readonly name: string;
  readonly attributes: CookieAttributes;
  /** Whether its attributes are the same for every request. */
  readonly isFixed: boolean;
}

const OPTION = 'previousCookies';
/** Each of them can be a header of every response that writes the session. */
const MOST_COOKIES = 8;
const KEYS: Readonly<Record<keyof PreviousCookie, true>> = {
  name: true,
  domain: true,
  path: true,
  partitioned: true,
};

/**
 * Checks `previousNames` and `previousCookies`.
 *
 * @param names names of cookies whose other attributes were as today
 * @throws {@link InvalidOptionsError}
 */
export function resolvePreviousCookies(
  names: unknown,
  cookies: unknown,
  today: TodaysCookie,
): readonly EarlierCookie[] {
  assertNames(names, today.name);
  if (!Array.isArray(cookies) || cookies.length > MOST_COOKIES) {
    throw new InvalidOptionsError(
      OPTION,
      `must be a list of up to ${MOST_COOKIES} cookies`,
      "Give a list such as [{ domain: 'example.org' }].",
    );
  }
  return [
    ...names.map((name) => ({ name })),
    ...cookies.map((given, i) => resolvePreviousCookie(given, `${OPTION}[${i}]`, today)),
  ];
}

/** Returns the attributes with which a browser finds an earlier cookie. */
export function attributesOfEarlier(earlier: EarlierCookie, today: CookieAttributes): CookieAttributes {
  const { path = today.path, partitioned = today.partitioned } = earlier;
  const domain = 'domain' in earlier ? earlier.domain || undefined : today.domain;
  const attributes = { ...today, path, domain, partitioned };
  // Browsers take a partitioned cookie with these attributes only.
  const usable: CookieAttributes = partitioned
    ? { ...attributes, secure: true, sameSite: 'none' }
    : attributes;
  return acceptableAttributes(usable, earlier.name);
}

/** Whether two cookies of one name are the same one for a browser. */
export function isSameCookie(one: CookieAttributes, other: CookieAttributes): boolean {
  return (
    one.path === other.path &&
    one.partitioned === other.partitioned &&
    plainDomain(one.domain ?? '') === plainDomain(other.domain ?? '')
  );
}

function resolvePreviousCookie(given: unknown, option: string, today: TodaysCookie): EarlierCookie {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidOptionsError(
      option,
      `must be an object, got ${shownValue(given)}`,
      "Give an object such as { domain: 'example.org' }.",
    );
  }
  assertListed(given, KEYS, option);
  const { name = today.name, ...scope } = given as PreviousCookie;
  assertCookieName(name, `${option}.name`);
  if (scope.domain) assertDomain(scope.domain, `${option}.domain`);
  if (scope.path !== undefined) assertPath(scope.path, `${option}.path`);
  if (scope.partitioned !== undefined && typeof scope.partitioned !== 'boolean') {
    throw new InvalidOptionsError(`${option}.partitioned`, 'must be a boolean', 'Use true or false.');
  }
  const earlier = { ...scope, name };
  const attributes = attributesOfEarlier(earlier, today.attributes);
  const isPossible = !scope.domain || attributes.domain !== undefined;
  if (!isPossible || (scope.path !== undefined && scope.path !== attributes.path)) {
    throw new InvalidOptionsError(
      option,
      `must be a cookie that browsers have kept, and they keep "${name}" only with path '/' and without a domain`,
      'Give the name, domain and path that the cookie had.',
    );
  }
  if (today.isFixed && name === today.name && isSameCookie(attributes, today.attributes)) {
    throw new InvalidOptionsError(
      option,
      "must differ from today's cookie",
      'Give the name, domain, path or partition that the cookie had before.',
    );
  }
  return earlier;
}

function assertNames(names: unknown, cookieName: string): asserts names is readonly string[] {
  if (!Array.isArray(names)) {
    throw new InvalidOptionsError(
      'previousNames',
      'must be a list',
      "Give a list of names, such as ['basket'].",
    );
  }
  for (const name of names) assertCookieName(name, 'previousNames');
  if (!names.includes(cookieName)) return;
  throw new InvalidOptionsError(
    'previousNames',
    `must not contain "${cookieName}", which is the name in use`,
    'List earlier names only.',
  );
}
