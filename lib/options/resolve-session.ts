import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { shownValue } from '../errors/shown-value.js';
import { ContentModel } from '../session/content-model.js';
import { milliseconds } from '../session/duration.js';
import { LONGEST_KEPT, resolveLifetime } from '../session/lifetime.js';
import { chunkWarnings, resolveChunks } from './chunk-options.js';
import {
  assertCookieName,
  assertDomain,
  type CookieFunction,
  type CookieOptions,
  plainDomain,
  prefixedName,
  resolveCookieAttributes,
} from './cookie-options.js';
import { issuedAfterWarnings, resolveIssuedAfter } from './issued-after.js';
import { legacyWarnings, resolveLegacy } from './legacy-options.js';
import { lifetimeWarnings, unitWarnings } from './lifetime-warnings.js';
import { resolvePreviousCookies } from './previous-cookies.js';
import { RequestAttributes } from './request-attributes.js';
import { assertRequestKey } from './request-key.js';
import type { ResolvedSession } from './resolved-session.js';
import type { SessionOptions } from './session-options.js';

/** The merged options of a session. Cookie attributes that depend on the request are apart. */
export type MergedOptions = Omit<SessionOptions, 'cookie'> & {
  readonly cookie: CookieOptions;
  readonly cookieOf: CookieFunction | undefined;
};

export const DEFAULT_COOKIE_NAME = 'session_state';
const CROSS_SITE = ['withhold', 'store'] as const;
const CACHE = ['private', 'no-store', false] as const;

/** @throws {@link InvalidOptionsError} */
export function resolveSession(
  options: MergedOptions,
  now: () => number,
): Omit<ResolvedSession, 'isOneOfSeveral' | 'clock'> {
  const ownName = options.cookieName ?? options.name ?? DEFAULT_COOKIE_NAME;
  assertCookieName(ownName, options.cookieName === undefined ? 'name' : 'cookieName');
  const { cookieOf, cookieDomains = [] } = options;
  assertDomains(cookieDomains);
  const cookieName = prefixedName(ownName, options.cookie, cookieDomains.length > 0);
  const {
    name = ownName,
    requestKey = ownName,
    purpose = 'session',
    id = false,
    memo = 500,
    crossSite = 'withhold',
    cache = 'private',
    previousNames = [],
    previousCookies = [],
  } = options;
  if (typeof name !== 'string' || name === '') {
    throw new InvalidOptionsError(
      'name',
      'must be a non-empty text',
      'Give the name that you write in @Session(name).',
    );
  }
  assertRequestKey(requestKey);
  if (typeof purpose !== 'string' || purpose.length > 256) {
    throw new InvalidOptionsError(
      'purpose',
      'must be a text of up to 256 characters',
      "Give a short text such as 'staging'.",
    );
  }
  if (/[\p{Surrogate}\ufffd]/u.test(purpose)) {
    throw new InvalidOptionsError(
      'purpose',
      'must be valid Unicode without the replacement character, because other purposes would count as the same',
      "Give a short text such as 'staging'.",
    );
  }
  if (!Number.isSafeInteger(memo) || memo < 0) {
    throw new InvalidOptionsError(
      'memo',
      'must be 0 or a positive whole number',
      'Give the number of cookies to remember, or 0.',
    );
  }
  const issuedAfter = resolveIssuedAfter(options.issuedAfter);
  if (typeof id !== 'boolean') throw new InvalidOptionsError('id', 'must be a boolean', 'Use true or false.');
  if (!CROSS_SITE.includes(crossSite)) {
    throw new InvalidOptionsError(
      'crossSite',
      `must be a known policy, got ${shownValue(crossSite)}`,
      `Use one of ${CROSS_SITE.join(', ')}.`,
    );
  }
  if (!CACHE.includes(cache)) {
    throw new InvalidOptionsError(
      'cache',
      `must be a known policy, got ${shownValue(cache)}`,
      "Use 'private', 'no-store', or false to leave caches to the handlers.",
    );
  }
  const chunks = resolveChunks(options);
  const { subject } = options;
  if (subject !== undefined && typeof subject !== 'function') {
    throw new InvalidOptionsError(
      'subject',
      'must be a function',
      'Give a function such as (content) => content.userId, or leave it out.',
    );
  }
  const lifetime = resolveLifetime(subject ? boundedLifetime(options) : options);
  const cookie = Object.freeze(resolveCookieAttributes(options.cookie, cookieName));
  const today = { name: cookieName, attributes: cookie, isFixed: cookieOf === undefined };
  const earlierCookies = resolvePreviousCookies(previousNames, previousCookies, today);
  const codec = options.codec ?? (options.legacy?.write ? 'json' : undefined);
  const model = new ContentModel(name, { ...options, ...(codec && { codec }) });
  const host = {
    cookieName,
    ownName,
    duration: lifetime.duration,
    version: model.version,
    hasId: id,
    hasSubject: subject !== undefined,
    isEndedByIdleness: lifetime.idleDuration !== Infinity,
    codec,
    onTooLarge: chunks.onTooLarge,
    now: now(),
  };
  const secretRefresh = milliseconds(options.secretRefresh ?? '5 minutes', 'secretRefresh');
  const legacy = options.legacy === undefined ? undefined : resolveLegacy(options.legacy, host);
  const warnings = [
    ...unitWarnings(options),
    ...lifetimeWarnings({ ...lifetime, cookie }),
    ...chunkWarnings(chunks),
    ...issuedAfterWarnings(issuedAfter, now()),
    ...(legacy ? legacyWarnings(legacy, now()) : []),
  ];
  return {
    options: Object.freeze({
      name,
      cookieName,
      requestKey,
      purpose,
      id,
      memo,
      crossSite,
      cache,
      ...chunks,
      ...lifetime,
      cookie,
    }),
    secret: options.secret,
    secretRefresh,
    model,
    legacy,
    earlierCookies: [
      ...(legacy && legacy.cookieName !== cookieName ? [{ name: legacy.cookieName }] : []),
      ...earlierCookies,
    ],
    requestAttributes:
      cookieOf &&
      new RequestAttributes({
        session: name,
        cookieName,
        given: cookieOf,
        base: options.cookie,
        domains: cookieDomains.map(plainDomain),
      }),
    issuedAfter,
    subject,
    now,
    warnings: warnings.map((warning) => `Session "${name}": ${warning}`),
  };
}

/**
 * An ended login has to be remembered for as long as its cookie may live, so that time must have an end. Browsers keep
 * no cookie for longer.
 */
function boundedLifetime(options: MergedOptions): MergedOptions {
  const duration = milliseconds(options.duration ?? 0, 'duration');
  return { ...options, absoluteDuration: options.absoluteDuration ?? Math.max(duration, LONGEST_KEPT) };
}

function assertDomains(domains: unknown): void {
  if (!Array.isArray(domains)) {
    throw new InvalidOptionsError('cookieDomains', 'must be a list', "Give a list such as ['example.org'].");
  }
  for (const domain of domains) assertDomain(domain, 'cookieDomains');
}
