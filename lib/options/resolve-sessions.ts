import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { assertObject } from './assert-object.js';
import type { ClientSessionsOptions } from './client-sessions-options.js';
import type { CookieFunction, CookieOptions } from './cookie-options.js';
import { companionNamesOf } from './companion-cookies.js';
import { resolveHeaderLimits } from './header-limits.js';
import { mergeDefined } from './merge-defined.js';
import { assertKnown } from './option-names.js';
import { DEFAULT_COOKIE_NAME, type MergedOptions, resolveSession } from './resolve-session.js';
import { cookieNamesOf, ownNamesOf, type ResolvedSession } from './resolved-session.js';
import { resolveRevocations } from './revocation-options.js';
import { SessionClock } from './session-clock.js';
import { optionsOf, REMEDY_OF_UNDEFINED } from './session-definition.js';
import type { SessionOptions } from './session-options.js';

/** Options that tell sessions apart. Sessions that shared such a default would collide. */
const OWN_OPTIONS = ['name', 'cookieName', 'requestKey'] as const;

/**
 * Checks, completes, copies and freezes all options. Only secrets are checked later, by the `SecretSource`
 * that starts with them.
 *
 * @throws {@link InvalidOptionsError} with the option, the problem and the remedy
 */
export function resolveSessions(options: ClientSessionsOptions): readonly ResolvedSession[] {
  assertObject(options, 'options', 'Call it with { secret, … }.');
  assertKnown(options, 'all', '');
  const {
    sessions,
    overrides = {},
    headerBudget,
    revocations,
    onEvent,
    now: givenClock,
    ...shared
  } = options;
  resolveHeaderLimits(headerBudget);
  resolveRevocations(revocations);
  assertFunction(onEvent, 'onEvent');
  const clock = resolveClock(givenClock);
  if (sessions !== undefined) assertSeveral(sessions, shared);
  assertObject(overrides, 'overrides', 'Give an object such as { cart: { duration } }.');

  const configured = (sessions ?? [{}]).map((given, i) => {
    const own = optionsOf(given);
    const at = sessions ? `sessions[${i}]` : '';
    const remedy =
      (given as unknown) === undefined ? REMEDY_OF_UNDEFINED : 'Give an object such as { name, duration }.';
    assertObject(own, at, remedy);
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
      clock,
      ...resolveSession(merge(shared, own, override), clock.now),
    }));
  });
  assertDistinct(configured);
  if (revocations !== undefined && !configured.some(({ subject }) => subject)) {
    throw new InvalidOptionsError(
      'revocations',
      'must not be given while no session has "subject", because nothing could be ended',
      'Give the session of the login a function such as subject: (content) => content.userId, or leave it out.',
    );
  }
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

/**
 * Merges options. Later layers win. `undefined` counts as absent, because a missing environment variable
 * gives `undefined`.
 */
function merge(...layers: readonly SessionOptions[]): MergedOptions {
  const cookies = layers.flatMap(({ cookie }) => cookie ?? []);
  for (const cookie of cookies) {
    if (typeof cookie === 'function') continue;
    assertObject(
      cookie,
      'cookie',
      'Give an object such as { sameSite, secure }, or a function that returns one.',
    );
    assertKnown(cookie, 'cookie', 'cookie');
  }
  const isFunction = (cookie: CookieOptions | CookieFunction): cookie is CookieFunction =>
    typeof cookie === 'function';
  return {
    ...mergeDefined(layers),
    cookie: mergeDefined(cookies.filter((cookie): cookie is CookieOptions => !isFunction(cookie))),
    cookieOf: cookies.findLast(isFunction),
  };
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
    const both = sessions
      .filter(({ options }) => options[option] === twice)
      .map(({ options }) => options.name);
    const who = option === 'name' ? 'two sessions' : `"${both[0]}" and "${both[1]}"`;
    throw new InvalidOptionsError(
      option,
      `must be different for each session, but ${who} have "${twice}"`,
      `Give each session a ${option} of its own.`,
    );
  }
  const twice = findTwice(sessions.flatMap(cookieNamesOf));
  if (twice === undefined) return;
  const owned = sessions.flatMap(ownNamesOf);
  if (owned.indexOf(twice) === owned.lastIndexOf(twice)) {
    if (sessions.flatMap(ownNamesOf).flatMap(companionNamesOf).includes(twice)) {
      throw new InvalidOptionsError(
        'name',
        `must not make two sessions use the cookie "${twice}", which stands beside that of another one`,
        'Give one of the sessions another name.',
      );
    }
    throw new InvalidOptionsError(
      'onTooLarge',
      `must not make two sessions read the cookie "${twice}", which can be a chunk`,
      'Give one of the sessions another name.',
    );
  }
  throw new InvalidOptionsError(
    sessions.some((session) => isPreviousName(twice, session)) ? 'previousNames' : 'legacy.cookieName',
    `must not make two sessions read the cookie "${twice}"`,
    'Write it inside "sessions", at the one session that had this name.',
  );
}

function isPreviousName(name: string, session: ResolvedSession): boolean {
  const { options, legacy } = session;
  return ownNamesOf(session).includes(name) && name !== options.cookieName && name !== legacy?.cookieName;
}

function findTwice(values: readonly string[]): string | undefined {
  return values.find((value, i) => values.indexOf(value) < i);
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
function resolveClock(given: unknown): SessionClock {
  if (given === undefined || given === Date.now) return new SessionClock(() => Date.now());
  assertFunction(given, 'now');
  const now = given as () => number;
  if (Number.isFinite(now())) return new SessionClock(now);
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
