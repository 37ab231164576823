import { Logins } from '../logins/logins.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequestProperty, defineRequestProperty, type RequestProperty } from './request-property.js';
import { RequestSessions } from './request-sessions.js';
import type { ClientSessionsOptions } from '../options/client-sessions-options.js';
import type { KeyRing } from '../sealing/key-ring.js';
import type { SecretSource } from '../sealing/secret-source.js';
import type { Lifetime } from '../session/lifetime.js';
import type { SessionReporter } from '../session/session-event.js';
import { resolveSessions } from '../options/resolve-sessions.js';
import { keyTimeWarnings } from '../options/key-time-warnings.js';
import { longestLife } from '../options/lifetime-warnings.js';
import type { SessionClock } from '../options/session-clock.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { resolveRevocations } from '../options/revocation-options.js';
import { resolveHeaderLimits } from '../options/header-limits.js';
import { receiversOf } from './handshake.js';
import { HeaderBudget } from './header-budget.js';
import { startSecrets } from './secret-sources.js';
import { type SessionLogins, startLogins } from './session-logins.js';
import { SessionCookies } from './session-cookies.js';
import { SessionSet } from './session-set.js';
import { createReporter, type SessionLogger } from './session-reporter.js';

/**
 * The key of the sessions of an HTTP server or of a gateway. A WebSocket handshake arrives there and passes no
 * middleware.
 */
const HANDSHAKE_SESSIONS = Symbol.for('nestjs-client-sessions/1.handshakes');

interface HandshakeReceiver {
  readonly [HANDSHAKE_SESSIONS]?: Set<Pick<SessionManager, 'attachWithProperties'>>;
}

/** A session that is sealed with the secrets of a source. */
type SealedSession = Pick<ResolvedSessionOptions, 'name' | keyof Lifetime>;

/** All sessions of one configuration. They are made once, at start, and all requests share them. */
export class SessionManager {
  /** The configurations in force, the default session first. */
  readonly options: readonly ResolvedSessionOptions[];
  /** The properties that hold the sessions on requests. */
  readonly properties: readonly RequestProperty[];
  /** Settles when all secrets have arrived. `undefined` if they were available at once. */
  readonly ready: Promise<void> | undefined;
  /** The clock of all sessions. */
  readonly clock: SessionClock;
  readonly #sessions: SessionSet;
  readonly #secrets: ReadonlySet<SecretSource>;
  readonly #report: SessionReporter;
  readonly #logins: SessionLogins | undefined;

  /** @throws `InvalidOptionsError` */
  constructor(options: ClientSessionsOptions, logger: SessionLogger) {
    const resolved = resolveSessions(options);
    this.clock = resolved[0]!.clock;
    const sources = startSecrets(resolved);
    this.#report = createReporter(logger, options.onEvent);
    const budget = new HeaderBudget(resolveHeaderLimits(options.headerBudget), this.#report);
    this.#logins = startLogins(resolved, sources, resolveRevocations(options.revocations), this.#report);
    const sessions = resolved.map(
      (each) =>
        new SessionCookies(each, sources.get(each)!, this.#report, {
          renewalLimit: budget.halfOfRequest,
          logins: this.#logins,
        }),
    );
    this.#sessions = new SessionSet(sessions, budget);
    this.options = sessions.map((session) => session.options);
    this.properties = sessions.map(createRequestProperty);
    this.#secrets = new Set(sources.values());
    for (const { options, warnings } of resolved) {
      for (const message of warnings) this.#report({ type: 'warning', session: options.name, message });
    }
    for (const source of this.#secrets) {
      const sealed = resolved.filter((each) => sources.get(each) === source);
      this.#watch(
        source,
        sealed.map(({ options }) => options),
      );
    }
    const pending = [...this.#secrets, ...(this.#logins ? [this.#logins] : [])].flatMap(
      ({ ready }) => ready ?? [],
    );
    this.ready = pending.length ? this.#settle(pending) : undefined;
    // The code that awaits it learns of a failure. Until then, the rejection must not end the process.
    this.ready?.catch(() => undefined);
  }

  /**
   * Resolves when an application may start.
   *
   * @throws what kept the secrets from arriving; `InvalidOptionsError` if the store of logins can never work
   */
  async start(): Promise<void> {
    await this.ready;
    const refusal = this.#logins?.refusal;
    if (!refusal) return;
    this.close();
    throw refusal;
  }

  /** Stops following the secrets and the ended logins. */
  close(): void {
    for (const source of this.#secrets) source.close();
    this.#logins?.close();
  }

  /**
   * Makes the sessions available on a request. Repeated calls change nothing.
   *
   * @param response the response that carries the cookies; without it the sessions are read-only
   * @param isInnermost whether these sessions come before those that the request already has
   */
  attach(request: IncomingMessage, response?: ServerResponse, isInnermost?: boolean): RequestSessions {
    return RequestSessions.attach(this.#sessions, request, response, isInnermost);
  }

  /**
   * Makes the sessions available on a request and as its properties. Repeated calls change nothing.
   *
   * @param response the response that carries the cookies; without it the sessions are read-only
   * @param isInnermost whether these sessions come before those that the request already has
   * @throws `InvalidOptionsError` if something else occupies one of the properties
   */
  attachWithProperties(
    request: IncomingMessage,
    response?: ServerResponse,
    isInnermost?: boolean,
  ): RequestSessions {
    for (const property of this.properties) defineRequestProperty(request, property);
    return this.attach(request, response, isInnermost);
  }

  /** Ends logins on all servers. Each method throws if no session can be a login. */
  get logins(): Logins {
    return this.#logins?.logins ?? new Logins(undefined);
  }

  /** Names of the sessions that can be logins. */
  get loginNames(): readonly string[] {
    return this.#sessions.sessions.flatMap(({ logins, options }) => (logins ? options.name : []));
  }

  /** Returns the configuration of a session, or of the default session. @throws `UnknownSessionError` */
  optionsOf(name?: string): ResolvedSessionOptions {
    return name === undefined ? this.options[0]! : this.cookiesOf(name).options;
  }

  /** Returns the name of a cookie that both configurations would write or read, if there is one. */
  cookieSharedWith(other: SessionManager): string | undefined {
    return this.#sessions.cookieSharedWith(other.#sessions);
  }

  /** Returns all cookies of a session. @throws `UnknownSessionError` */
  cookiesOf(name: string): SessionCookies {
    return this.#sessions.find(name);
  }

  /** Whether a session without a name means the first session. */
  get hasDefault(): boolean {
    return this.#sessions.hasDefault;
  }

  /**
   * Requires a name for each session. Call it if there are other configurations, because each of them has a
   * default session, or if the order of the sessions is an accident.
   */
  withdrawDefault(): void {
    this.#sessions.hasDefault = false;
  }

  /** Makes the sessions available to handshakes that an HTTP server or a gateway receives. */
  serveHandshakesOf(receiver: object): void {
    const present = (receiver as HandshakeReceiver)[HANDSHAKE_SESSIONS];
    if (present) present.add(this);
    else Object.defineProperty(receiver, HANDSHAKE_SESSIONS, { value: new Set([this]) });
  }

  /** Attaches the sessions of all managers that serve the handshakes of who has received the request. */
  static attachToHandshake(request: IncomingMessage): RequestSessions | undefined {
    const managers = receiversOf(request).flatMap((receiver) => [
      ...((receiver as HandshakeReceiver)[HANDSHAKE_SESSIONS] ?? []),
    ]);
    return managers.map((manager) => manager.attachWithProperties(request))[0];
  }

  async #settle(pending: readonly Promise<void>[]): Promise<void> {
    try {
      await Promise.all(pending);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #watch(source: SecretSource, sealed: readonly SealedSession[]): void {
    const sessions = sealed.map(({ name }) => name);
    let known: KeyRing | undefined;
    const announce = (ring: KeyRing): void => {
      const now = source.now();
      const keyIds = ring.idsInForce(now);
      this.#report({ type: 'keys', sessions, keyIds, ...(!ring.canSeal(now) && { isSealing: false }) });
      // A ring is announced again when one of its times comes. Its warnings were given the first time.
      if (ring === known) return;
      known = ring;
      this.#warnOfTimes(ring, source, sealed);
    };
    const ring = source.ready ? undefined : source.ring;
    source.watch({
      ring: announce,
      failure: (error) => this.#report({ type: 'keys-failed', sessions, error }),
    });
    if (ring) announce(ring);
  }

  /** Warns in the name of the session that lives longest, because that one is affected first. */
  #warnOfTimes(ring: KeyRing, source: SecretSource, sealed: readonly SealedSession[]): void {
    const longest = sealed.reduce((a, b) => (longestLife(b) > longestLife(a) ? b : a));
    const { isFixed } = source;
    const schedule = { keys: ring.times, isFixed, longestLife: longestLife(longest), now: source.now() };
    for (const warning of keyTimeWarnings(schedule)) {
      const message = `Session "${longest.name}": ${warning}`;
      this.#report({ type: 'warning', session: longest.name, message });
    }
  }
}
