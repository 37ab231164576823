import type { IncomingMessage } from 'node:http';
import { createSealer } from '../sealing/create-sealer.js';
import { LegacyFormat } from '../sealing/legacy-format.js';
import type { LegacySide } from '../sealing/migrating-sealer.js';
import type { Sealer } from '../sealing/sealer.js';
import type { SecretSource } from '../sealing/secret-source.js';
import { chunkName, chunkNamesOf } from '../options/chunk-options.js';
import type { CookieAttributes } from '../options/cookie-options.js';
import { cookieNamesOf, ownNamesOf, type ResolvedSession } from '../options/resolved-session.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { type Candidate, NamedSession } from '../session/named-session.js';
import type { SessionReporter } from '../session/session-event.js';
import type { SessionOutcome } from '../session/session-state.js';
import { capacityOf, isChunk, joinText, splitText } from './cookie-chunks.js';
import { CookieScopes, isHidden } from './cookie-scopes.js';
import { isSecureRequest } from './secure-request.js';
import type { CookieEnd, SetCookie } from './set-cookie.js';
import { TransportWarnings } from './transport-warnings.js';

/** The values of cookies that a request brought, by their names. */
type Arrived = ReadonlyMap<string, readonly string[]>;
type Written = Extract<SessionOutcome, { type: 'write' }>;

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
  /** How many cookies the session had earlier. The browser may send all of them. */
  readonly earlierCount: number;
  /** By cookie names, today's first. */
  readonly #sealers: ReadonlyMap<string, Sealer>;
  readonly #scopes: CookieScopes;
  readonly #resolved: ResolvedSession;
  /** The scopes of attributes that depend on the request. */
  readonly #scopesOf = new WeakMap<CookieAttributes, CookieScopes>();
  /** How many cookies may hold the session. */
  readonly #count: number;
  readonly warnings: TransportWarnings;

  constructor(resolved: ResolvedSession, secrets: SecretSource, report: SessionReporter) {
    const { options, earlierCookies, model, now } = resolved;
    const { name, cookieName, cookie, onTooLarge, maxChunks } = options;
    const names = ownNamesOf(resolved);
    this.#count = onTooLarge === 'chunk' ? maxChunks : 1;
    this.names = cookieNamesOf(resolved);
    this.earlierCount = earlierCookies.length;
    this.#sealers = new Map(names.map((each) => [each, sealerOf(resolved, secrets, each)]));
    this.#resolved = resolved;
    this.#scopes = new CookieScopes(cookieName, cookie, earlierCookies);
    this.warnings = new TransportWarnings(options, report);
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
      capacity: capacityOf(cookieName, this.#count),
      movedNames: this.#scopes.movedNames,
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
  candidatesAmong(arrived: Arrived): readonly Candidate[] {
    const candidates: Candidate[] = [];
    for (const [cookieName, sealer] of this.#sealers) {
      for (const value of arrived.get(cookieName)?.toReversed() ?? []) {
        const text = this.#count === 1 ? value : joinText(cookieName, value, (name) => arrived.get(name));
        candidates.push({ cookieName, text, sealer });
      }
    }
    return candidates;
  }

  /** Returns the cookies as they are written for a request. @throws `SessionCookieError` */
  scopesFor(request: IncomingMessage): CookieScopes {
    const { requestAttributes, options, earlierCookies } = this.#resolved;
    if (!requestAttributes) return this.#scopes;
    const attributes = requestAttributes.of(request);
    let scopes = this.#scopesOf.get(attributes);
    if (!scopes) {
      scopes = new CookieScopes(options.cookieName, attributes, earlierCookies);
      this.#scopesOf.set(attributes, scopes);
    }
    return scopes;
  }

  /**
   * Returns the Set-Cookie headers for an outcome, if the browser must learn of it. Today's cookie comes after
   * earlier ones of its name, because some clients take a cookie with a domain and one without it for the same.
   */
  headersFor(
    outcome: SessionOutcome,
    scopes: CookieScopes,
    request: IncomingMessage,
    arrived: Arrived,
  ): string[] {
    if (outcome.type !== 'write' && outcome.type !== 'delete') return [];
    const isSecure = isSecureRequest(request);
    const { today } = scopes;
    this.warnings.ofRequest(request, today.attributes, isSecure);
    const earlier = scopes.earlierIn(request, arrived);
    const clear = (cookies: readonly SetCookie[]): string[] =>
      cookies.flatMap((cookie) => this.#clear(cookie, request, arrived, isSecure));
    return [
      ...clear(earlier.filter(({ name }) => name === today.name)),
      ...(outcome.type === 'write' ? this.#write(today, outcome, arrived, isSecure) : clear([today])),
      ...clear(earlier.filter(({ name }) => name !== today.name)),
    ];
  }

  #write(cookie: SetCookie, outcome: Written, arrived: Arrived, isSecure: boolean): string[] {
    const now = this.session.now();
    const end = endOf(outcome, cookie.attributes, now);
    if (this.#count === 1) return [cookie.write(outcome.text, end, now, isSecure)];
    const parts = splitText(cookie.name, outcome.text);
    return [
      ...parts.map((part, i) => cookie.write(part, end, now, isSecure, chunkName(cookie.name, i))),
      ...this.#clearChunks(cookie, arrived, isSecure, parts.length),
    ];
  }

  #clear(cookie: SetCookie, request: IncomingMessage, arrived: Arrived, isSecure: boolean): string[] {
    if (this.#count === 1) return [cookie.delete(isSecure)];
    const known = !isHidden(cookie, request) && arrived;
    return [cookie.delete(isSecure), ...this.#clearChunks(cookie, known, isSecure, 1)];
  }

  /**
   * Clears the chunks that the browser has and the text does not need.
   *
   * @param arrived `false`: the browser may have chunks that it did not send
   */
  #clearChunks(cookie: SetCookie, arrived: Arrived | false, isSecure: boolean, from: number): string[] {
    const superfluous = chunkNamesOf(cookie.name).slice(from);
    const known = superfluous.filter((name) => !arrived || arrived.get(name)?.some(isChunk));
    return known.map((name) => cookie.delete(isSecure, name));
  }
}

function endOf(outcome: Written, { maxAge, ephemeral }: CookieAttributes, now: number): CookieEnd {
  if (outcome.ephemeral ?? ephemeral) return 'with the browser';
  return maxAge === undefined ? outcome.expiresAt : now + maxAge;
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
