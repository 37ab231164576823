import type { IncomingMessage } from 'node:http';
import { Format1 } from '../sealing/format-1.js';
import { SessionKind } from '../session/session-kind.js';
import type { SessionReporter } from '../session/session-event.js';
import type { SessionOutcome } from '../session/session-state.js';
import { COOKIE_BYTES } from './cookie-options.js';
import { isLocalRequest, isSecureRequest } from './secure-request.js';
import type { ConfiguredSession } from './configured-session.js';
import type { ResolvedSessionOptions } from './session-options.js';
import { type CookieEnd, SetCookie } from './set-cookie.js';

/** One configured session: its cookie and what is in it. Made once, at start. */
export class NamedSession {
  readonly options: ResolvedSessionOptions;
  readonly kind: SessionKind;
  readonly #setCookie: SetCookie;
  readonly #report: SessionReporter;

  constructor({ options, ring, model }: ConfiguredSession, now: () => number, report: SessionReporter) {
    const { name, cookieName, purpose, id, cookie } = options;
    this.options = options;
    this.kind = new SessionKind({
      name,
      sealer: new Format1(ring, { purpose, cookieName }),
      lifetime: options,
      model,
      hasId: id,
      sizeLimit: COOKIE_BYTES,
      nameBytes: Buffer.byteLength(cookieName),
      now,
      report,
    });
    this.#setCookie = new SetCookie(cookieName, cookie);
    this.#report = report;
  }

  /** The Set-Cookie header that tells the browser about an outcome, if it has to be told. */
  headerFor(outcome: SessionOutcome, request: IncomingMessage): string | undefined {
    if (outcome.type !== 'write' && outcome.type !== 'delete') return undefined;
    const isSecure = isSecureRequest(request);
    this.#warnIfDropped(isSecure, request);
    if (outcome.type === 'delete') return this.#setCookie.delete(isSecure);
    const now = this.kind.now();
    return this.#setCookie.write(outcome.text, this.#endOf(outcome, now), now, isSecure);
  }

  /** Says once that a response which shared caches may keep carried this cookie. */
  warnOfSharedCache(): void {
    this.#warn(
      'it is written in a response that asked shared caches to keep it',
      'The response now says private, no-store. Do not touch sessions where responses are public.',
    );
  }

  #endOf(outcome: { expiresAt: number; ephemeral: boolean | undefined }, now: number): CookieEnd {
    const { maxAge, ephemeral } = this.options.cookie;
    if (outcome.ephemeral ?? ephemeral) return 'with the browser';
    return maxAge === undefined ? outcome.expiresAt : now + maxAge;
  }

  #warnIfDropped(isSecure: boolean, request: IncomingMessage): void {
    if (this.options.cookie.secure !== true || isSecure || isLocalRequest(request)) return;
    this.#warn(
      'its cookie says Secure, but the request came over plain http, and browsers drop it then',
      'Behind a TLS proxy, let the framework trust it (Express: app.set("trust proxy", 1), Fastify: trustProxy); without TLS, set cookie.secure to "auto".',
    );
  }

  #warn(problem: string, remedy: string): void {
    const session = this.options.name;
    this.#report({ type: 'warning', session, message: `Session "${session}": ${problem}. ${remedy}` });
  }
}
