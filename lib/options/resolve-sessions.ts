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

/** What one session's options come to. Nothing of it is under way yet: no secret was fetched, no stream followed. */
export interface ResolvedSession {
  /** Where there are several, the name tells in messages which one is meant. */
  readonly isOneOfSeveral: boolean;
  readonly options: Omit<ResolvedSessionOptions, 'keyIds'>;
  /** As it was given: `SecretSource` checks it, and fetches or follows what is to come. */
  readonly secret: SecretOption;
  /** ms */
  readonly secretRefresh: number;
  readonly model: ContentModel;
  readonly legacy: Legacy | undefined;
  /** Every name under which the session's cookie may arrive, today's first. */
  readonly cookieNames: readonly string[];
  /** The clock: ms since epoch. */
  readonly now: () => number;
  /** What works, but hardly as it was meant: to be told once, at start. */
  readonly warnings: readonly string[];
}

const DEFAULT_COOKIE_NAME = 'session_state';

/** Options that tell sessions apart: as a default for several they would make them collide. */
const OWN_OPTIONS = ['name', 'cookieName', 'requestKey'] as const;
const CROSS_SITE = ['withhold', 'store'] as const;

/**
 * The one place where options are checked, completed, copied and frozen. Secrets are the exception: whoever starts them checks them.
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
    // Where there are no types, it may be anything.
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
      'there is no such session',
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
    previousNames = [],
  } = options;
  if (typeof name !== 'string' || name === '') {
    throw new InvalidOptionsError('name', 'it is no name', 'Give the text that stands in @Session(name).');
  }
  assertRequestKey(requestKey);
  if (typeof purpose !== 'string' || purpose.length > 256) {
    throw new InvalidOptionsError(
      'purpose',
      'it is no text of up to 256 characters',
      "Give a short text such as 'staging'.",
    );
  }
  if (/[\p{Surrogate}\ufffd]/u.test(purpose)) {
    throw new InvalidOptionsError(
      'purpose',
      'it holds half a character, or the sign that stands for a broken one, so that other purposes would be the same',
      "Give a short text such as 'staging'.",
    );
  }
  if (!Number.isSafeInteger(memo) || memo < 0) {
    throw new InvalidOptionsError('memo', 'it is no count', 'Give how many cookies to remember, or 0.');
  }
  if (typeof id !== 'boolean') throw new InvalidOptionsError('id', 'it is no boolean', 'Use true or false.');
  if (!CROSS_SITE.includes(crossSite)) {
    throw new InvalidOptionsError(
      'crossSite',
      `${shownValue(crossSite)} is unknown`,
      `Use one of ${CROSS_SITE.join(', ')}.`,
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
      `the legacy format is not read any more, as its "acceptUntil" was ${timeText(acceptUntil)}: whoever comes with such a cookie begins afresh. Remove "legacy", or give a later day if legacy cookies are still to be read.`,
    ];
  }
  return weakness === undefined
    ? []
    : [
        `the secret of the legacy format is weak (${weakness}). Legacy cookies are only as safe as it is; let "acceptUntil" come soon.`,
      ];
}

/** Later ones win; a value of `undefined` counts as absent, as it is what a missing environment variable gives. */
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
      'it is no list, or an empty one',
      'List at least one session, or leave it out.',
    );
  }
  const own = OWN_OPTIONS.find((option) => shared[option] !== undefined);
  if (own)
    throw new InvalidOptionsError(
      own,
      'it cannot be shared by several sessions',
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
      `two sessions are called "${twice}"`,
      'Give each session a name of its own.',
    );
  }
  const twice = findTwice(sessions.flatMap(({ cookieNames }) => cookieNames));
  if (twice === undefined) return;
  throw new InvalidOptionsError(
    sessions.some((session) => isPreviousName(twice, session)) ? 'previousNames' : 'legacy.cookieName',
    `two sessions would read the cookie "${twice}"`,
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
      'it is no list',
      "Give a list of names, such as ['basket'].",
    );
  }
  for (const name of names) assertCookieName(name, 'previousNames');
  if (!names.includes(cookieName)) return;
  throw new InvalidOptionsError(
    'previousNames',
    `"${cookieName}" is the name in use`,
    'List earlier names only.',
  );
}

function assertObject(value: unknown, option: string, remedy: string): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new InvalidOptionsError(option, 'it is no object', remedy);
}

function assertFunction(value: unknown, option: string): void {
  if (value === undefined || typeof value === 'function') return;
  throw new InvalidOptionsError(option, 'it is no function', 'Give a function, or leave it out.');
}

/**
 * The clock to ask. The system's is looked up each time, or fake timers that a test installs later would not act on it.
 *
 * @throws {@link InvalidOptionsError} for what tells no time
 */
function resolveClock(given: unknown): () => number {
  if (given === undefined || given === Date.now) return () => Date.now();
  assertFunction(given, 'now');
  const now = given as () => number;
  if (Number.isFinite(now())) return now;
  throw new InvalidOptionsError(
    'now',
    'it returns no number',
    'Let it return ms since epoch, as Date.now() does, or leave it out.',
  );
}

/** Says in the message which of several sessions an option belongs to. */
function within<T>(session: string, resolve: () => T): T {
  try {
    return resolve();
  } catch (error) {
    if (!session || !(error instanceof InvalidOptionsError)) throw error;
    throw error.within(session);
  }
}
