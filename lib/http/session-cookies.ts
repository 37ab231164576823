import type { IncomingMessage } from 'node:http';
import { createSealer } from '../sealing/create-sealer.js';
import { LegacyFormat } from '../sealing/legacy-format.js';
import type { LegacySide } from '../sealing/migrating-sealer.js';
import type { Sealer } from '../sealing/sealer.js';
import type { SecretSource } from '../sealing/secret-source.js';
import { acceptableAttributes } from '../options/cookie-options.js';
import type { ResolvedSession } from '../options/resolve-sessions.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { type Candidate, NamedSession } from '../session/named-session.js';
import type { SessionReporter } from '../session/session-event.js';
import type { SessionOutcome } from '../session/session-state.js';
import { isSecureRequest } from './secure-request.js';
import { type CookieEnd, SetCookie } from './set-cookie.js';
import { TransportWarnings } from './transport-warnings.js';

/** One cookie that may hold the session: how it is opened, and how it is written or cleared. */
interface SessionCookie {
  readonly header: SetCookie;
  readonly sealer: Sealer;
}

/**
 * All cookies of one named session: their names, and how they are found in a request, written and cleared.
 * The first one is today's. The others are read, and they are cleared with the first write. Otherwise they
 * would bring the session back after a logout.
 */
export class SessionCookies {
  readonly session: NamedSession;
  /** The session's configuration. `keyIds` is read from the current secrets. */
  readonly options: ResolvedSessionOptions;
  /** The names of all these cookies, today's first. */
  readonly names: readonly string[];
  /** Today's cookie first. */
  readonly #cookies: readonly [SessionCookie, ...SessionCookie[]];
  readonly warnings: TransportWarnings;

  constructor(resolved: ResolvedSession, secrets: SecretSource, report: SessionReporter) {
    const { options, cookieNames, model, now } = resolved;
    const { name, cookieName, cookie } = options;
    const [today, ...earlier] = cookieNames.map((each) => ({
      header: new SetCookie(each, acceptableAttributes(cookie, each)),
      sealer: sealerOf(resolved, secrets, each),
    }));
    this.names = cookieNames;
    this.#cookies = [today!, ...earlier];
    this.warnings = new TransportWarnings(options, report);
    this.options = Object.freeze({
      ...options,
      get keyIds() {
        return Object.freeze(secrets.known.idsInForce(now()));
      },
    });
    this.session = new NamedSession({
      name,
      sealer: today!.sealer,
      cookieName,
      lifetime: options,
      model,
      hasId: options.id,
      now,
      report,
    });
  }

  /**
   * Returns the cookie values that may hold the session.
   *
   * @param arrived the values of cookies that the request brought, by their names
   */
  candidatesAmong(arrived: ReadonlyMap<string, readonly string[]>): readonly Candidate[] {
    const candidates: Candidate[] = [];
    for (const { header, sealer } of this.#cookies) {
      for (const text of arrived.get(header.name) ?? []) candidates.push({ text, sealer });
    }
    return candidates;
  }

  /** Returns the Set-Cookie headers for an outcome, if the browser must learn of it. */
  headersFor(
    outcome: SessionOutcome,
    request: IncomingMessage,
    arrived: ReadonlyMap<string, unknown>,
  ): string[] {
    if (outcome.type !== 'write' && outcome.type !== 'delete') return [];
    const isSecure = isSecureRequest(request);
    this.warnings.ofRequest(request, isSecure);
    const [today, ...earlier] = this.#cookies;
    const cleared = earlier.filter(({ header }) => arrived.has(header.name));
    return [
      this.#headerFor(today, outcome, isSecure),
      ...cleared.map(({ header }) => header.delete(isSecure)),
    ];
  }

  #headerFor(
    { header }: SessionCookie,
    outcome: Extract<SessionOutcome, { type: 'write' | 'delete' }>,
    isSecure: boolean,
  ): string {
    if (outcome.type === 'delete') return header.delete(isSecure);
    const now = this.session.now();
    return header.write(outcome.text, this.#endOf(outcome, now), now, isSecure);
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
