import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { timeText } from '../sealing/point-in-time.js';
import type { SecretOption } from '../sealing/secret-source.js';
import { ContentModel } from '../session/content-model.js';
import { milliseconds } from '../session/duration.js';
import { resolveLifetime } from '../session/lifetime.js';
import type { ClientSessionsOptions } from './client-sessions-options.js';
import { assertCookieName, resolveCookieAttributes } from './cookie-options.js';
import { assertKnown } from './option-names.js';
import { type Legacy, resolveLegacy } from './legacy-options.js';
import { lifetimeWarnings } from './lifetime-warnings.js';
import { assertRequestKey } from './request-key.js';
import { optionsOf } from './session-definition.js';
import type { ResolvedSessionOptions, SessionOptions } from './session-options.js';
import { shownValue } from '../errors/shown-value.js';

/**
 * The checked and completed options of one session. Nothing has started yet: no secret was fetched, and no
 * stream is followed.
 */
export interface ResolvedSession {
  /** Whether there are several sessions, so that messages must name the session. */
  readonly isOneOfSeveral: boolean;
  readonly options: Omit<ResolvedSessionOptions, 'keyIds'>;
  /** The option as it was given. `SecretSource` checks it, and fetches or follows later lists. */
  readonly secret: SecretOption;
  /** ms */
  readonly secretRefresh: number;
  readonly model: ContentModel;
  readonly legacy: Legacy | undefined;
  /** All names that the session's cookie may have, today's first. */
  readonly cookieNames: readonly string[];
  /** The clock: ms since epoch. */
  readonly now: () => number;
  /** Warnings about options that work, but probably not as intended. They are reported once, at start. */
  readonly warnings: readonly string[];
}

const DEFAULT_COOKIE_NAME = 'session_state';

/** Options that tell sessions apart. Sessions that shared such a default would collide. */
const OWN_OPTIONS = ['name', 'cookieName', 'requestKey'] as const;
const CROSS_SITE = ['withhold', 'store'] as const;
const CACHE = ['private', 'no-store', false] as const;

/**
 * Checks, completes, copies and freezes all options. Only secrets are checked later, by the `SecretSource`
 * that starts with them.
 *
 * @throws {@link InvalidOptionsError} with the option, the problem and the remedy
 */
export function resolveSessions(options: ClientSessionsOptions): readonly ResolvedSession[] {
  assertObject(options, 'options', 'Call it with { secret, … }.');
  assertKnown(options, 'all', '');
  const { sessions, overrides = {}, onEvent, now: givenClock, ...shared } = options;
  assertFunction(onEvent, 'onEvent');
  const now = resolveClock(givenClock);
  if (sessions !== undefined) assertSeveral(sessions, shared);
  assertObject(overrides, 'overrides', 'Give an object such as { cart: { duration } }.');

  const configured = (sessions ?? [{}]).map((given, i) => {
    const own = optionsOf(given);
    const at = sessions ? `sessions[${i}]` : '';
    assertObject(own, at, 'Give an object such as { name, duration }.');
    assertKnown(own, 'session', at);
    const named = own.name ?? own.cookieName ?? shared.name ?? shared.cookieName ?? DEFAULT_COOKIE_NAME;
    // Callers without types may give anything.
    const name = String(named);
    const override = Object.hasOwn(overrides, name) ? (overrides[name] ?? {}) : {};
    assertObject(override, `overrides.${name}`, 'Give an object such as { duration }.');
    assertKnown(override, 'session', `overrides.${name}`);
    const isOneOfSeveral = sessions !== undefined;
    return within(isOneOfSeveral ? name : '', () => ({
      isOneOfSeveral,
      ...resolveSession(merge(shared, own, override), now),
    }));
  });
  assertDistinct(configured);
  for (const name of Object.keys(overrides)) {
    const known = configured.map((session) => session.options.name);
    if (known.includes(name)) continue;
    throw new InvalidOptionsError(
      `overrides.${name}`,
      'must be the name of a session',
      `Use one of: ${known.join(', ')}.`,
    );
  }
  return configured;
}

function resolveSession(options: SessionOptions, now: () => number): Omit<ResolvedSession, 'isOneOfSeveral'> {
  const cookieName = options.cookieName ?? options.name ?? DEFAULT_COOKIE_NAME;
  assertCookieName(cookieName);
  const {
    name = cookieName,
    requestKey = cookieName,
    purpose = 'session',
    id = false,
    memo = 500,
    crossSite = 'withhold',
    cache = 'private',
    previousNames = [],
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
  const lifetime = resolveLifetime(options);
  const cookie = Object.freeze(resolveCookieAttributes(options.cookie ?? {}, cookieName));
  assertPreviousNames(previousNames, cookieName);
  const codec = options.codec ?? (options.legacy?.write ? 'json' : undefined);
  const model = new ContentModel(name, { ...options, ...(codec && { codec }) });
  const host = {
    cookieName,
    duration: lifetime.duration,
    version: model.version,
    hasId: id,
    codec,
    now: now(),
  };
  const secretRefresh = milliseconds(options.secretRefresh ?? '5 minutes', 'secretRefresh');
  if (options.legacy !== undefined) {
    assertObject(
      options.legacy,
      'legacy',
      'Give an object such as { secret, acceptUntil }, or leave it out.',
    );
    assertKnown(options.legacy, 'legacy', 'legacy');
  }
  const legacy = options.legacy && resolveLegacy(options.legacy, host);
  const warnings = [
    ...lifetimeWarnings({ ...lifetime, cookie }),
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
      ...lifetime,
      cookie,
    }),
    secret: options.secret,
    secretRefresh,
    model,
    legacy,
    cookieNames: [...new Set([cookieName, ...(legacy ? [legacy.cookieName] : []), ...previousNames])],
    now,
    warnings: warnings.map((warning) => `Session "${name}": ${warning}`),
  };
}

function legacyWarnings({ acceptUntil, weakness }: Legacy, now: number): string[] {
  if (acceptUntil <= now) {
    return [
      `the legacy format is not read any more, because its "acceptUntil" was ${timeText(acceptUntil)}. ` +
        'Visitors with a legacy cookie get a fresh session. ' +
        'Remove "legacy", or give a later day to read legacy cookies again.',
    ];
  }
  return weakness === undefined
    ? []
    : [
        `the secret of the legacy format is weak (${weakness}), and legacy cookies are only as safe as this secret. ` +
          'Choose an early "acceptUntil".',
      ];
}

/**
 * Merges options. Later layers win. `undefined` counts as absent, because a missing environment variable
 * gives `undefined`.
 */
function merge(...layers: readonly SessionOptions[]): SessionOptions {
  for (const { cookie } of layers) {
    if (cookie === undefined) continue;
    assertObject(cookie, 'cookie', 'Give an object such as { sameSite, secure }.');
    assertKnown(cookie, 'cookie', 'cookie');
  }
  return { ...mergeDefined(layers), cookie: mergeDefined(layers.map(({ cookie }) => cookie ?? {})) };
}

function mergeDefined<T extends object>(layers: readonly T[]): T {
  const entries = layers.flatMap((layer) => Object.entries(layer));
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as T;
}

function assertSeveral(sessions: unknown, shared: SessionOptions): void {
  if (!Array.isArray(sessions) || sessions.length === 0) {
    throw new InvalidOptionsError(
      'sessions',
      'must be a non-empty list of sessions',
      'List at least one session, or leave it out.',
    );
  }
  const own = OWN_OPTIONS.find((option) => shared[option] !== undefined);
  if (own)
    throw new InvalidOptionsError(
      own,
      'must not be shared by several sessions',
      'Write it inside "sessions".',
    );
}

function assertDistinct(sessions: readonly ResolvedSession[]): void {
  for (const option of OWN_OPTIONS) {
    const names = sessions.map(({ options }) => options[option]);
    const twice = findTwice(names);
    if (twice === undefined) continue;
    throw new InvalidOptionsError(
      option,
      `must be different for each session, but two sessions have "${twice}"`,
      'Give each session a name of its own.',
    );
  }
  const twice = findTwice(sessions.flatMap(({ cookieNames }) => cookieNames));
  if (twice === undefined) return;
  throw new InvalidOptionsError(
    sessions.some((session) => isPreviousName(twice, session)) ? 'previousNames' : 'legacy.cookieName',
    `must not make two sessions read the cookie "${twice}"`,
    'Write it inside "sessions", at the one session that had this name.',
  );
}

function isPreviousName(name: string, { options, legacy, cookieNames }: ResolvedSession): boolean {
  return cookieNames.includes(name) && name !== options.cookieName && name !== legacy?.cookieName;
}

function findTwice(values: readonly string[]): string | undefined {
  return values.find((value, i) => values.indexOf(value) < i);
}

function assertPreviousNames(names: unknown, cookieName: string): void {
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

function assertObject(value: unknown, option: string, remedy: string): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new InvalidOptionsError(option, 'must be an object', remedy);
}

function assertFunction(value: unknown, option: string): void {
  if (value === undefined || typeof value === 'function') return;
  throw new InvalidOptionsError(option, 'must be a function', 'Give a function, or leave it out.');
}

/**
 * Returns the clock to use. `Date.now` is looked up at each call, so that it follows fake timers that a test
 * installs later.
 *
 * @throws {@link InvalidOptionsError} if the clock returns no time
 */
function resolveClock(given: unknown): () => number {
  if (given === undefined || given === Date.now) return () => Date.now();
  assertFunction(given, 'now');
  const now = given as () => number;
  if (Number.isFinite(now())) return now;
  throw new InvalidOptionsError(
    'now',
    'must return a number',
    'Let it return ms since epoch, as Date.now() does, or leave it out.',
  );
}

/** Adds the name of the session to the messages of invalid options. */
function within<T>(session: string, resolve: () => T): T {
  try {
    return resolve();
  } catch (error) {
    if (!session || !(error instanceof InvalidOptionsError)) throw error;
    throw error.within(session);
  }
}
