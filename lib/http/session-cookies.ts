import type { IncomingMessage } from 'node:http';
import { createSealer } from '../sealing/create-sealer.js';
import { LegacyFormat } from '../sealing/legacy-format.js';
import type { LegacySide } from '../sealing/migrating-sealer.js';
import type { Sealer } from '../sealing/sealer.js';
import type { SecretSource } from '../sealing/secret-source.js';
import { chunkName, chunkNamesOf } from '../options/chunk-options.js';
import { type Companion, companionName, companionNamesOf } from '../options/companion-cookies.js';
import type { CookieAttributes } from '../options/cookie-options.js';
import { cookieNamesOf, ownNamesOf, type ResolvedSession } from '../options/resolved-session.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { Logins } from '../logins/logins.js';
import type { CandidateCookies } from '../session/arrived-cookies.js';
import type { Candidate } from '../session/candidate.js';
import { NamedSession } from '../session/named-session.js';
import type { SessionReporter } from '../session/session-event.js';
import { COOKIE_BYTES } from '../session/size-limit.js';
import type { EndedNote, SealedCookie, SessionOutcome } from '../session/session-outcome.js';
import { capacityOf, isChunk, joinText, splitText } from './cookie-chunks.js';
import { MOST_OF_ONE_NAME } from './cookie-header.js';
import { CookieScopes, isHidden } from './cookie-scopes.js';
import { isSecureRequest } from './secure-request.js';
import type { CookieEnd, SetCookie } from './set-cookie.js';
import type { SessionLogins } from './session-logins.js';
import { TransportWarnings } from './transport-warnings.js';

/** The values of cookies that a request brought, by their names. */
type Arrived = ReadonlyMap<string, readonly string[]>;

/** What a session shares with others. */
export interface CookieSettings {
  /** The most characters of a renewal that holds the content, so that both fit into a header. */
  readonly renewalLimit?: number | undefined;
  /** What is known of ended logins, if one of the sessions can be a login. */
  readonly logins?: SessionLogins | undefined;
}

/** What a response writes and clears. */
interface Reply {
  readonly request: IncomingMessage;
  readonly arrived: Arrived;
  readonly isSecure: boolean;
}

/** The sealers of a session's cookies of one name. */
interface Sealers {
  readonly content: Sealer;
  readonly renewal: Sealer;
  readonly ending: Sealer;
}

/**
 * How many cookies of one session are opened at most: each attempt takes microseconds, and anybody can forge as many as
 * fit into a header. A session with many earlier cookies gets more, because its browsers may have all of them.
 */
const MOST_CANDIDATES = 9;

const NONE: readonly Candidate[] = [];

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
  /** How many cookies of one name are opened: some, and those that the session had earlier, which may all arrive. */
  readonly mostOfOneName: number;
  /** By cookie names, today's first. */
  readonly #sealers: ReadonlyMap<string, Sealers>;
  readonly #scopes: CookieScopes;
  readonly #resolved: ResolvedSession;
  /** The scopes of attributes that depend on the request. */
  readonly #scopesOf = new WeakMap<CookieAttributes, CookieScopes>();
  /** How many cookies may hold the session. */
  readonly #count: number;
  readonly #mostCandidates: number;
  readonly warnings: TransportWarnings;
  /** `undefined` if the session is no login. */
  readonly logins: Logins | undefined;

  constructor(
    resolved: ResolvedSession,
    secrets: SecretSource,
    report: SessionReporter,
    { renewalLimit = COOKIE_BYTES, logins }: CookieSettings = {},
  ) {
    const { options, earlierCookies, model, legacy, now } = resolved;
    const { name, cookieName, cookie, onTooLarge, maxChunks } = options;
    const names = ownNamesOf(resolved);
    this.#count = onTooLarge === 'chunk' ? maxChunks : 1;
    this.names = cookieNamesOf(resolved);
    const ofEach = 1 + companionNamesOf(cookieName).length;
    this.mostOfOneName = MOST_OF_ONE_NAME + earlierCookies.length;
    this.#mostCandidates = Math.max(MOST_CANDIDATES, ofEach * (1 + earlierCookies.length));
    this.#sealers = new Map(names.map((each) => [each, sealersOf(resolved, secrets, each)]));
    this.#resolved = resolved;
    this.#scopes = new CookieScopes(cookieName, cookie, earlierCookies);
    this.warnings = new TransportWarnings(options, report);
    this.options = Object.freeze({
      ...options,
      get keyIds() {
        return Object.freeze(secrets.known.idsInForce(now()));
      },
    });
    const rules = logins?.rulesOf(resolved, secrets);
    this.logins = rules && logins!.logins;
    const { content, renewal, ending } = this.#sealers.get(cookieName)!;
    const renewalCapacity = Math.min(renewalLimit, capacityOf(companionName(cookieName, 'r'), 1));
    this.session = new NamedSession({
      name,
      sealer: content,
      renewalSealer: renewal,
      endingSealer: ending,
      // Legacy servers know today's cookie only.
      renewalCapacity: () => (legacy?.isWriting && now() < legacy.acceptUntil ? 0 : renewalCapacity),
      issuedAfter: () =>
        resolved.issuedAfter((problem) =>
          report({ type: 'warning', session: name, message: `Session "${name}": ${problem}` }),
        ),
      cookieName,
      capacity: capacityOf(cookieName, this.#count),
      movedNames: this.#scopes.movedNames,
      lifetime: options,
      model,
      hasId: options.id || options.idleDuration !== Infinity || rules !== undefined,
      logins: rules,
      now,
      report,
    });
  }

  /**
   * Returns the cookies that may tell of the session. Of cookies with one name, the browser sends the oldest one first,
   * so the last one comes first here. Of too many, those of today's name count.
   *
   * @param arrived the values of cookies that the request brought, by their names
   */
  candidatesAmong(arrived: Arrived): CandidateCookies {
    const contents: Candidate[] = [];
    let renewals = NONE;
    let endings = NONE;
    let endingCount = 0;
    const left = (): number => this.#mostCandidates - contents.length - renewals.length - endings.length;
    const most = (): number => Math.min(this.mostOfOneName, left());
    for (const [cookieName, sealers] of this.#sealers) {
      const values = arrived.get(cookieName)?.slice(0, this.mostOfOneName).toReversed() ?? [];
      for (const value of values.slice(0, left())) {
        const text = this.#count === 1 ? value : joinText(cookieName, value, (name) => arrived.get(name));
        contents.push({ cookieName, text, sealer: sealers.content });
      }
      const [ending, renewal] = [companionName(cookieName, 'x'), companionName(cookieName, 'r')];
      endingCount += arrived.get(ending)?.length ?? 0;
      endings = withCompanions(endings, ending, sealers.ending, arrived, most());
      renewals = withCompanions(renewals, renewal, sealers.renewal, arrived, most());
    }
    return { contents, renewals, endings, hasUnreadEndings: endingCount > endings.length };
  }

  /** Another path or domain keeps cookies of one name apart. */
  cookieSharedWith({ names, options }: SessionCookies): string | undefined {
    const [own, theirs] = [this.options.cookie, options.cookie];
    if (own.path !== theirs.path || own.domain !== theirs.domain) return undefined;
    return this.names.find((name) => names.includes(name));
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
    if (outcome.type === 'keep' || outcome.type === 'failed') return [];
    const { today } = scopes;
    const reply = { request, arrived, isSecure: isSecureRequest(request) };
    this.warnings.ofRequest(request, today.attributes, reply.isSecure);
    if (outcome.type === 'renew') return [this.#writeCompanion('r', today, outcome, reply)];
    const earlier = scopes.earlierIn(request, arrived);
    const clear = (cookies: readonly SetCookie[]): string[] =>
      cookies.flatMap((cookie) => this.#clear(cookie, reply));
    return [
      ...clear(earlier.filter(({ name }) => name === today.name)),
      ...(outcome.type === 'write' ? this.#write(today, outcome, reply) : clear([today])),
      ...clear(earlier.filter(({ name }) => name !== today.name)),
      ...this.#noteEnded(today, outcome.ended, reply),
    ];
  }

  #write(cookie: SetCookie, outcome: SealedCookie, reply: Reply): string[] {
    const now = this.session.now();
    const end = endOf(outcome, cookie.attributes, now);
    const { arrived, isSecure } = reply;
    const renewals = this.#clearRenewals(cookie, arrived, isSecure);
    if (this.#count === 1) return [cookie.write(outcome.text, end, now, isSecure), ...renewals];
    const parts = splitText(cookie.name, outcome.text);
    return [
      ...parts.map((part, i) => cookie.write(part, end, now, isSecure, chunkName(cookie.name, i))),
      ...this.#clearChunks(cookie, arrived, isSecure, parts.length),
      ...renewals,
    ];
  }

  #writeCompanion(
    companion: Companion,
    cookie: SetCookie,
    sealed: SealedCookie,
    { isSecure }: Reply,
  ): string {
    const now = this.session.now();
    const end = companion === 'x' ? sealed.expiresAt : endOf(sealed, cookie.attributes, now);
    return cookie.write(sealed.text, end, now, isSecure, companionName(cookie.name, companion));
  }

  #noteEnded(cookie: SetCookie, ended: EndedNote, reply: Reply): string[] {
    if (ended === undefined) return [];
    if (ended === 'over') return [cookie.delete(reply.isSecure, companionName(cookie.name, 'x'))];
    return [this.#writeCompanion('x', cookie, ended, reply)];
  }

  #clear(cookie: SetCookie, { request, arrived, isSecure }: Reply): string[] {
    const known = !isHidden(cookie, request) && arrived;
    const renewals = this.#clearRenewals(cookie, known, isSecure);
    if (this.#count === 1) return [cookie.delete(isSecure), ...renewals];
    return [cookie.delete(isSecure), ...this.#clearChunks(cookie, known, isSecure, 1), ...renewals];
  }

  /** @param arrived `false`: the browser may have renewals that it did not send */
  #clearRenewals(cookie: SetCookie, arrived: Arrived | false, isSecure: boolean): string[] {
    const name = companionName(cookie.name, 'r');
    return !arrived || arrived.has(name) ? [cookie.delete(isSecure, name)] : [];
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

function endOf(outcome: SealedCookie, { maxAge, ephemeral }: CookieAttributes, now: number): CookieEnd {
  if (outcome.ephemeral ?? ephemeral) return 'with the browser';
  return maxAge === undefined ? outcome.expiresAt : now + maxAge;
}

function withCompanions(
  found: readonly Candidate[],
  cookieName: string,
  sealer: Sealer,
  arrived: Arrived,
  most: number,
): readonly Candidate[] {
  const values = arrived.get(cookieName);
  return values ? [...found, ...values.slice(0, most).map((text) => ({ cookieName, text, sealer }))] : found;
}

/** Creates the sealers of a cookie and of its companions. None opens what another has sealed. */
function sealersOf(resolved: ResolvedSession, secrets: SecretSource, cookieName: string): Sealers {
  const { purpose, memo } = resolved.options;
  const { now } = resolved;
  const create = (name: string, legacy?: LegacySide): Sealer =>
    createSealer(secrets, { purpose, cookieName: name }, { now, memo, legacy });
  return {
    content: create(cookieName, legacySideOf(resolved, cookieName)),
    renewal: create(companionName(cookieName, 'r')),
    ending: create(companionName(cookieName, 'x')),
  };
}

/** Returns the legacy format for the one cookie name that it is used with. */
function legacySideOf({ options, legacy, now }: ResolvedSession, cookieName: string): LegacySide | undefined {
  if (cookieName !== legacy?.cookieName) return undefined;
  const { duration, activeDuration } = options;
  const { keys, isWriting, acceptUntil, legacyDuration } = legacy;
  const scope = { cookieName, duration, activeDuration, legacyDuration, isWriting, now };
  return { sealer: new LegacyFormat(keys, scope), isWriting, acceptUntil };
}
