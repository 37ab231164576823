import { UnknownSessionError } from '../errors/unknown-session.error.js';
import { CookieNames } from './cookie-names.js';
import { findCookies } from './cookie-header.js';
import type { HeaderBudget } from './header-budget.js';
import type { SessionCookies } from './session-cookies.js';

/**
 * Sessions that are available together, and the cookies to look for. The first session is the default one.
 */
export class SessionSet {
  readonly sessions: readonly SessionCookies[];
  /** What all their cookies together may take. */
  readonly budget: HeaderBudget;
  /** Whether a session without a name means the first session. */
  hasDefault: boolean;
  readonly #byName: ReadonlyMap<string, SessionCookies>;
  /** The names of all cookies of these sessions. */
  readonly #cookieNames: CookieNames;
  /** How many cookies of one name are looked at. */
  readonly #mostOfOneName: number;
  readonly #joined = new WeakMap<SessionSet, SessionSet>([[this, this]]);

  constructor(sessions: readonly SessionCookies[], budget: HeaderBudget, hasDefault = true) {
    this.sessions = sessions;
    this.budget = budget;
    // One more, so that a session sees that there are more than it opens.
    this.#mostOfOneName = 1 + Math.max(...sessions.map(({ mostOfOneName }) => mostOfOneName));
    this.hasDefault = hasDefault;
    // If two sessions have the same name, the first one counts, as in the list.
    this.#byName = new Map(sessions.toReversed().map((cookies) => [cookies.options.name, cookies]));
    this.#cookieNames = new CookieNames(sessions.flatMap(({ names }) => names));
  }

  /** Returns the values of these sessions' cookies in a Cookie header, by their names. */
  findCookies(header: string | undefined): ReadonlyMap<string, readonly string[]> {
    return findCookies(header, this.#cookieNames, this.#mostOfOneName);
  }

  /** Whether the first sessions of this set are those of another one. */
  beginsWith({ sessions }: SessionSet): boolean {
    return sessions.every((session, i) => session === this.sessions[i]);
  }

  /** Joins both sets, once for all requests. A session that is in both appears once. */
  with(other: SessionSet): SessionSet {
    const known = this.#joined.get(other);
    if (known) return known;
    const added = other.sessions.filter((session) => !this.sessions.includes(session));
    const sessions = [...this.sessions, ...added];
    const joined = added.length === 0 ? this : new SessionSet(sessions, this.budget, this.hasDefault);
    this.#joined.set(other, joined);
    return joined;
  }

  /** Returns the name of a cookie that sessions of both sets would write or read, if there is one. */
  cookieSharedWith(other: SessionSet): string | undefined {
    return this.sessions
      .flatMap((own) => other.sessions.map((theirs) => own.cookieSharedWith(theirs)))
      .find((name) => name !== undefined);
  }

  /** @throws {@link UnknownSessionError} */
  find(name: string | undefined): SessionCookies {
    const session = name === undefined ? this.#default : this.#byName.get(name);
    if (session) return session;
    throw new UnknownSessionError(
      name,
      this.sessions.map(({ options }) => options.name),
    );
  }

  get #default(): SessionCookies | undefined {
    return this.hasDefault ? this.sessions[0] : undefined;
  }
}
