import type { IncomingMessage } from 'node:http';
import { COOKIE_BYTES } from '../errors/session-too-large.error.js';
import { LegacyFormat } from '../sealing/legacy-format.js';
import { Format1 } from '../sealing/format-1.js';
import { MigratingSealer } from '../sealing/migrating-sealer.js';
import type { Sealer } from '../sealing/sealer.js';
import { SessionKind } from '../session/session-kind.js';
import type { SessionReporter } from '../session/session-event.js';
import type { SessionOutcome } from '../session/session-outcome.js';
import {
  claimsTlsProxy,
  type Framework,
  frameworkOf,
  isLocalRequest,
  isSecureRequest,
} from './secure-request.js';
import { type ConfiguredSession, cookieNamesOf } from '../options/resolve-sessions.js';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import { type CookieEnd, SetCookie } from './set-cookie.js';

/** How a framework is told that there is a TLS proxy in front of it. */
const TRUST: Readonly<Record<Framework, string>> = {
  express: 'let Express trust it: app.set("trust proxy", 1), or its addresses instead of 1',
  fastify: 'let Fastify trust it: new FastifyAdapter({ trustProxy: [its addresses] })',
};

/** One configured session: its cookie and what is in it. Made once, at start. */
export class NamedSession {
  readonly options: ResolvedSessionOptions;
  readonly kind: SessionKind;
  /** What opens the session under each name its cookie may arrive with, today's first. */
  readonly openers: readonly { readonly name: string; readonly sealer: Sealer }[];
  readonly #setCookie: SetCookie;
  readonly #earlier: readonly SetCookie[];
  readonly #report: SessionReporter;

  constructor(session: ConfiguredSession, report: SessionReporter) {
    const { options, model, now } = session;
    const { name, cookieName, id, cookie } = options;
    const names = cookieNamesOf(session);
    this.options = options;
    this.openers = names.map((each) => ({ name: each, sealer: sealerOf(session, each) }));
    this.kind = new SessionKind({
      name,
      sealer: this.openers[0]!.sealer,
      lifetime: options,
      model,
      hasId: id,
      sizeLimit: COOKIE_BYTES,
      nameBytes: Buffer.byteLength(cookieName),
      now,
      report,
    });
    this.#setCookie = new SetCookie(cookieName, cookie);
    this.#earlier = names.slice(1).map((each) => new SetCookie(each, cookie));
    this.#report = report;
  }

  /**
   * The Set-Cookie headers that tell the browser about an outcome, if it has to be told. What the session was called earlier is cleared with
   * the first write, or a logout would bring it back.
   *
   * @param arrived the cookies that the request brought, by their names
   */
  headersFor(
    outcome: SessionOutcome,
    request: IncomingMessage,
    arrived: ReadonlyMap<string, unknown>,
  ): string[] {
    if (outcome.type !== 'write' && outcome.type !== 'delete') return [];
    const isSecure = isSecureRequest(request);
    if (!isSecure) this.#warnOfPlainHttp(request);
    const headers = [this.#headerFor(outcome, isSecure)];
    for (const earlier of this.#earlier)
      if (arrived.has(earlier.name)) headers.push(earlier.delete(isSecure));
    return headers;
  }

  /** Says once that a response which shared caches may keep carried this cookie. */
  warnOfSharedCache(): void {
    this.#warn(
      'it is written in a response that asked shared caches to keep it',
      'The response now says private, no-store. Do not touch sessions where responses are public.',
    );
  }

  #headerFor(outcome: Extract<SessionOutcome, { type: 'write' | 'delete' }>, isSecure: boolean): string {
    if (outcome.type === 'delete') return this.#setCookie.delete(isSecure);
    const now = this.kind.now();
    return this.#setCookie.write(outcome.text, this.#endOf(outcome, now), now, isSecure);
  }

  #endOf(outcome: { expiresAt: number; ephemeral: boolean | undefined }, now: number): CookieEnd {
    const { maxAge, ephemeral } = this.options.cookie;
    if (outcome.ephemeral ?? ephemeral) return 'with the browser';
    return maxAge === undefined ? outcome.expiresAt : now + maxAge;
  }

  /** Without TLS here, there may be a proxy that the browser talks TLS to. Then `Secure` should be there, and otherwise it should not. */
  #warnOfPlainHttp(request: IncomingMessage): void {
    const { secure } = this.options.cookie;
    if (secure === false) return;
    const isProxied = claimsTlsProxy(request);
    const framework = frameworkOf(request);
    if (secure === 'auto' && isProxied) {
      this.#warn(
        'a proxy says that the browser came over TLS, but nobody here trusts the proxy, so the cookie is written without Secure',
        framework
          ? `Either ${TRUST[framework]}; it has to send X-Forwarded-Proto. Or set cookie.secure to true.`
          : 'Set cookie.secure to true.',
      );
    }
    if (secure === true && !isProxied && !isLocalRequest(request)) {
      const told = framework
        ? TRUST[framework]
        : 'let it send X-Forwarded-Proto: https, as there is no framework with a "trust proxy" of its own';
      this.#warn(
        'its cookie says Secure, but the request came over plain http, and browsers drop it then',
        `Behind a TLS proxy, ${told}. Without TLS, set cookie.secure to "auto".`,
      );
    }
  }

  #warn(problem: string, remedy: string): void {
    const session = this.options.name;
    this.#report({ type: 'warning', session, message: `Session "${session}": ${problem}. ${remedy}` });
  }
}

/** What opens and seals cookies of one name: the legacy format, where it is read, goes by one name only. */
function sealerOf({ options, secrets, legacy, now }: ConfiguredSession, cookieName: string): Sealer {
  const { purpose, duration, activeDuration, memo } = options;
  const current = new Format1(secrets, { purpose, cookieName }, now, memo);
  if (cookieName !== legacy?.cookieName) return current;
  const { keys, isWriting, acceptUntil, legacyDuration } = legacy;
  const scope = { cookieName, duration, activeDuration, legacyDuration, isWriting, now };
  const legacyFormat = new LegacyFormat(keys, scope);
  return new MigratingSealer({ current, legacy: legacyFormat, isWritingLegacy: isWriting, acceptUntil, now });
}
