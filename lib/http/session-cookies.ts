import type { IncomingMessage } from 'node:http';
import { createSealer } from '../sealing/create-sealer.js';
import { LegacyFormat } from '../sealing/legacy-format.js';
import type { LegacySide } from '../sealing/migrating-sealer.js';
import type { Sealer } from '../sealing/sealer.js';
import type { SecretSource } from '../sealing/secret-source.js';
import { cookieNamesOf, type ResolvedSession } from '../options/resolve-sessions.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { type Candidate, NamedSession } from '../session/named-session.js';
import type { SessionReporter } from '../session/session-event.js';
import type { SessionOutcome } from '../session/session-state.js';
import { CookieScopes } from './cookie-scopes.js';
import { isSecureRequest } from './secure-request.js';
import type { CookieEnd, SetCookie } from './set-cookie.js';
import { TransportWarnings } from './transport-warnings.js';

/**
 * All cookies of one named session: their names, and how they are found in a request, written and cleared.
 * Today's cookie is written. Earlier ones are read, and they are cleared with every write. Otherwise they
 * would bring the session back after a logout.
 */
export class SessionCookies {
  readonly session: NamedSession;
  /** The session's configuration. `keyIds` is read from the current secrets. */
  readonly options: ResolvedSessionOptions;
  /** The names of all these cookies, today's first. */
  readonly names: readonly string[];
  /** By cookie names, today's first. */
  readonly #sealers: ReadonlyMap<string, Sealer>;
  readonly #scopes: CookieScopes;
  readonly #warnings: TransportWarnings;

  constructor(resolved: ResolvedSession, secrets: SecretSource, report: SessionReporter) {
    const { options, earlierCookies, model, now } = resolved;
    const { name, cookieName, cookie } = options;
    this.names = cookieNamesOf(resolved);
    this.#sealers = new Map(this.names.map((each) => [each, sealerOf(resolved, secrets, each)]));
    this.#scopes = new CookieScopes(cookieName, cookie, earlierCookies);
    this.#warnings = new TransportWarnings(options, report);
    this.options = Object.freeze({
      ...options,
      get keyIds() {
        return Object.freeze(secrets.known.idsInForce(now()));
      },
    });
    this.session = new NamedSession({
      name,
      sealer: this.#sealers.get(cookieName)!,
      cookieName,
      lifetime: options,
      model,
      hasId: options.id,
      now,
      report,
    });
  }

  /**
   * Returns the cookie values that may hold the session. Of cookies with one name, the browser sends the oldest one
   * first, so the last one comes first here.
   *
   * @param arrived the values of cookies that the request brought, by their names
   */
  candidatesAmong(arrived: ReadonlyMap<string, readonly string[]>): readonly Candidate[] {
    const candidates: Candidate[] = [];
    for (const [cookieName, sealer] of this.#sealers) {
      for (const text of arrived.get(cookieName)?.toReversed() ?? [])
        candidates.push({ cookieName, text, sealer });
    }
    return candidates;
  }

  /**
   * Returns the Set-Cookie headers for an outcome, if the browser must learn of it. Today's cookie comes last, because
   * some clients take a cookie with a domain and one without it for the same.
   */
  headersFor(
    outcome: SessionOutcome,
    request: IncomingMessage,
    arrived: ReadonlyMap<string, unknown>,
  ): string[] {
    if (outcome.type !== 'write' && outcome.type !== 'delete') return [];
    const isSecure = isSecureRequest(request);
    if (!isSecure) this.#warnings.ofPlainHttp(request);
    const { today } = this.#scopes;
    return [
      ...this.#scopes.earlierIn(request, arrived).map((cookie) => cookie.delete(isSecure)),
      this.#headerFor(today, outcome, isSecure),
    ];
  }

  /** Warns once that one of the cookies was in a response that shared caches may keep. */
  warnOfSharedCache(): void {
    this.#warnings.ofSharedCache();
  }

  #headerFor(
    cookie: SetCookie,
    outcome: Extract<SessionOutcome, { type: 'write' | 'delete' }>,
    isSecure: boolean,
  ): string {
    if (outcome.type === 'delete') return cookie.delete(isSecure);
    const now = this.session.now();
    return cookie.write(outcome.text, this.#endOf(outcome, now), now, isSecure);
  }

  #endOf(outcome: { expiresAt: number; ephemeral: boolean | undefined }, now: number): CookieEnd {
    const { maxAge, ephemeral } = this.options.cookie;
    if (outcome.ephemeral ?? ephemeral) return 'with the browser';
    return maxAge === undefined ? outcome.expiresAt : now + maxAge;
  }
}

/** Creates the sealer of all cookies of one name. */
function sealerOf(resolved: ResolvedSession, secrets: SecretSource, cookieName: string): Sealer {
  const { options, now } = resolved;
  const { purpose, memo } = options;
  return createSealer(
    secrets,
    { purpose, cookieName },
    { now, memo, legacy: legacySideOf(resolved, cookieName) },
  );
}

/** Returns the legacy format for the one cookie name that it is used with. */
function legacySideOf({ options, legacy, now }: ResolvedSession, cookieName: string): LegacySide | undefined {
  if (cookieName !== legacy?.cookieName) return undefined;
  const { duration, activeDuration } = options;
  const { keys, isWriting, acceptUntil, legacyDuration } = legacy;
  const scope = { cookieName, duration, activeDuration, legacyDuration, isWriting, now };
  return { sealer: new LegacyFormat(keys, scope), isWriting, acceptUntil };
}
