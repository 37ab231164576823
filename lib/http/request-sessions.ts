import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MissingHeader } from '../errors/session-exposed.error.js';
import type { CachePolicy, ResolvedSessionOptions } from '../options/session-options.js';
import type { SessionContent } from '../session/content.js';
import { Logins } from '../logins/logins.js';
import type { CandidateCookies } from '../session/arrived-cookies.js';
import { whileListenersWait } from '../session/listeners.js';
import { type SessionMode, SessionState } from '../session/session-state.js';
import {
  forbidCaching,
  isKeptFromOthers,
  isKeptNowhere,
  restrictToBrowser,
  varyOnCookie,
} from './cache-headers.js';
import type { CookieScopes } from './cookie-scopes.js';
import { isCookieWithheld } from './cross-site.js';
import { isWebSocket } from './handshake.js';
import { appendSetCookie, type HeadAuthor, prepareHead, prepareHeadsOfAll } from './response-head.js';
import { bytesOfArrived, bytesOfSetCookies, bytesOfWritten, type HeaderShare } from './header-budget.js';
import type { SessionCookies } from './session-cookies.js';
import type { SessionSet } from './session-set.js';
import { bytesKept } from './set-cookie.js';

/**
 * The key of a request's sessions. The symbol is registered, so that several copies of this package in one
 * process see each other's sessions. The copies call only public members of each other. Whenever those
 * change, the number changes.
 */
const ATTACHED = Symbol.for('nestjs-client-sessions/1.attached');

/** The key, in the prototype of an application's requests, of the function that attaches its sessions to one. */
const ATTACH = Symbol.for('nestjs-client-sessions/1.attach');

/** Attaches sessions to a request. Returns nothing for what is none, such as an object that requests inherit from. */
type Attach = (request: IncomingMessage) => RequestSessions | undefined;

interface AttachedRequest extends IncomingMessage {
  [ATTACHED]?: RequestSessions | undefined;
  readonly [ATTACH]?: Attach;
}

interface OpenedSession {
  readonly cookies: SessionCookies;
  /** How its cookies are written in the response, if there is one. */
  readonly scopes: CookieScopes | undefined;
  state: SessionState;
}

/** The sessions of one request. Nothing is read or opened before one of them is used. */
export class RequestSessions implements HeadAuthor {
  /**
   * The function of {@link attachWhenAsked} that was called last. Express moves a request on to an application that is
   * mounted in another one, and back.
   */
  askedFunction: Attach | undefined;
  readonly #request: AttachedRequest;
  readonly #response: ServerResponse | undefined;
  #available: SessionSet;
  #cookies: ReadonlyMap<string, readonly string[]> | undefined;
  /** The length of the Cookie header. */
  #cookieBytes = 0;
  /** Whether the sessions are those of several configurations. */
  #isJoined = false;
  /** Whether the head has had its say. */
  #isConcluded = false;
  readonly #opened: OpenedSession[] = [];

  private constructor(request: AttachedRequest, response: ServerResponse | undefined, available: SessionSet) {
    this.#request = request;
    this.#response = response;
    this.#available = available;
  }

  /** The sessions of a request, if it has any. */
  static of(request: IncomingMessage): RequestSessions | undefined {
    const attached: AttachedRequest = request;
    const sessions = attached[ATTACHED];
    const attach = attached[ATTACH];
    if (!attach || sessions?.askedFunction === attach) return sessions;
    const asked = attach(request);
    if (asked) asked.askedFunction = attach;
    return asked;
  }

  /**
   * Makes sessions available on a request. Repeated calls change nothing.
   *
   * @param response the response that carries the cookies; without it the sessions are read-only
   * @param isInnermost whether the sessions come before those that the request already has, or after them
   */
  static attach(
    sessions: SessionSet,
    request: IncomingMessage,
    response: ServerResponse | undefined,
    isInnermost = false,
  ): RequestSessions {
    const attached = (request as AttachedRequest)[ATTACHED];
    if (attached) return attached.add(sessions, isInnermost);
    const carrier = isWebSocket(request) ? undefined : response;
    return ((request as AttachedRequest)[ATTACHED] = new RequestSessions(request, carrier, sessions));
  }

  /** Lets the sessions of each request prepare the head of its response. All responses inherit from the prototype. */
  static prepareHeadsOfAll(responses: ServerResponse): void {
    prepareHeadsOfAll(responses, ({ req }) => (req as AttachedRequest | undefined)?.[ATTACHED]);
  }

  /**
   * Attaches sessions to a request of an application when it is first asked for them, so that all other
   * requests cost nothing.
   *
   * @param requests the object that all requests of the application inherit from
   * @param attach attaches the sessions to one request
   */
  static attachWhenAsked(requests: object, attach: Attach): void {
    const earlier = Object.getOwnPropertyDescriptor(requests, ATTACH)?.value as Attach | undefined;
    const value: Attach = (request) => {
      // The sessions of an application around this one are available, too, but behind this one's.
      const before = earlier ?? (Object.getPrototypeOf(requests) as AttachedRequest)[ATTACH];
      before?.(request);
      return attach(request);
    };
    Object.defineProperty(requests, ATTACH, { configurable: true, value });
  }

  /** Whether the response has left, or its visitor has. What comes now comes of another request. */
  get isAnswered(): boolean {
    return this.#response !== undefined && (this.#response.writableFinished || this.#response.destroyed);
  }

  /**
   * Returns the session object of a name, or of the default session.
   *
   * @throws `UnknownSessionError`
   */
  get(name: string | undefined): SessionContent {
    return this.open(this.#available.find(name)).object;
  }

  open(cookies: SessionCookies): SessionState {
    for (const opened of this.#opened) if (opened.cookies === cookies) return this.#current(opened);
    return whileListenersWait(() => this.#openFirst(cookies));
  }

  #openFirst(cookies: SessionCookies): SessionState {
    const scopes = this.#response && cookies.scopesFor(this.#request);
    const state = this.#open(cookies, scopes);
    // Functions of the application may have thrown, and nothing must be watched for a session that was not opened.
    if (this.#opened.length === 0 && this.#response) this.#watch(this.#response);
    if (this.#isJoined && this.#response) this.#warnOfSharedCookies(cookies);
    this.#opened.push({ cookies, scopes, state });
    if (this.#response && isStillCacheable(this.#request, this.#response)) {
      const missing = missingHeader(this.#response, cookies.options);
      if (missing) state.reportExposure(missing);
    }
    return state;
  }

  /** One configuration has a cookie for each of its sessions, and knows nothing of others. */
  #warnOfSharedCookies(cookies: SessionCookies): void {
    const session = cookies.options.name;
    for (const { cookies: other } of this.#opened) {
      const shared = other.cookieSharedWith(cookies);
      if (shared === undefined) continue;
      const message =
        `Session "${session}": session "${other.options.name}" of another configuration has the same cookie, ` +
        `"${shared}", and the last change of one request replaces the others. Give one of the two another name.`;
      cookies.session.report({ type: 'warning', session, message });
    }
  }

  /**
   * Opens the session anew if it has ended, because a WebSocket or a long response may outlive its session.
   */
  #current(opened: OpenedSession): SessionState {
    if (!opened.state.isOver || opened.state.stands()) return opened.state;
    opened.state.end();
    return whileListenersWait(() => (opened.state = this.#open(opened.cookies, opened.scopes)));
  }

  #open(cookies: SessionCookies, scopes: CookieScopes | undefined): SessionState {
    const candidates = cookies.candidatesAmong(this.#arrived());
    const mode = this.#modeOf(cookies.options, scopes, candidates);
    const state = new SessionState(cookies.session, candidates, mode);
    if (this.#isConcluded || this.#response?.headersSent) {
      state.conclude();
      if (this.#response!.closed) state.end();
    }
    return state;
  }

  #modeOf(
    options: ResolvedSessionOptions,
    scopes: CookieScopes | undefined,
    { contents, renewals }: CandidateCookies,
  ): SessionMode {
    if (!scopes) return 'read-only';
    if (contents.length > 0 || renewals.length > 0 || options.crossSite === 'store') return 'writable';
    return isCookieWithheld(this.#request, scopes.today.attributes.sameSite) ? 'withheld' : 'writable';
  }

  /** Asks the store itself which logins have ended. @throws `LoginsUnavailableError`, `InvalidOptionsError` */
  async catchUp(name: string | undefined): Promise<void> {
    await (this.#available.find(name).logins ?? new Logins(undefined)).catchUp();
  }

  /**
   * Seals what was changed so far, unless the head was sent.
   *
   * @throws the error that makes a session impossible to store
   */
  save(): void {
    if (!this.#response || this.#isConcluded || this.#response.headersSent) return;
    for (const { state } of this.#opened) state.save();
  }

  /** Makes more sessions available, in front of the present ones or behind them. */
  add(sessions: SessionSet, isInnermost: boolean): this {
    if (isInnermost && this.#available.beginsWith(sessions)) return this;
    const available = isInnermost ? sessions.with(this.#available) : this.#available.with(sessions);
    if (available !== this.#available) {
      this.#isJoined = true;
      this.#available = available;
      this.#cookies = undefined;
    }
    return this;
  }

  #arrived(): ReadonlyMap<string, readonly string[]> {
    if (this.#cookies) return this.#cookies;
    const header = this.#request.headers?.cookie;
    this.#cookieBytes = header?.length ?? 0;
    return (this.#cookies = this.#available.findCookies(header));
  }

  #watch(response: ServerResponse): void {
    this.#isConcluded = response.headersSent;
    // Test doubles of responses have no head and no events.
    if (typeof response.getHeader === 'function') prepareHead(response, this);
    if (typeof response.on === 'function') response.on('close', () => this.#end(response));
  }

  #end(response: ServerResponse): void {
    const isBypassed = !this.#isConcluded && response.headersSent;
    for (const { cookies, state } of this.#opened) {
      if (isBypassed) state.reportBypass(missingHeader(response, cookies.options));
      state.end();
    }
    // Code that keeps the request does not need to keep a second copy of its header.
    this.#cookies = undefined;
  }

  /**
   * @returns the status to send instead, if the response would claim success for a session that was not
   * stored
   */
  prepareHead(status: number): number | undefined {
    const response = this.#response;
    if (!response || this.#isConcluded || this.#opened.length === 0) return undefined;
    this.#isConcluded = true;
    let lost: number | undefined;
    let written: SessionCookies | undefined;
    varyOnCookie(response);
    for (const { cookies, scopes, state } of this.#opened) {
      const outcome = state.conclude();
      if (outcome.type === 'failed' && outcome.isNews) lost ??= outcome.status ?? 500;
      const headers = cookies.headersFor(outcome, scopes!, this.#request, this.#arrived());
      if (headers.length === 0) continue;
      const login = outcome.type === 'write' ? state.begunLogin : undefined;
      if (login) cookies.logins!.began(login, this.#request);
      appendSetCookie(response, headers);
      if (state.isFollowed) state.announce(outcome, bytesKept(headers));
      written ??= cookies;
    }
    this.#tellCaches(response, written);
    this.#checkBudget(response, written !== undefined);
    return status < 400 ? lost : undefined;
  }

  /**
   * Tells caches what the strictest of the sessions demands.
   *
   * @param written a session whose cookie the response carries
   */
  #tellCaches(response: ServerResponse, written: SessionCookies | undefined): void {
    const unwanted = written ?? this.#firstWith('no-store');
    if (unwanted) {
      if (forbidCaching(response)) unwanted.warnings.ofSharedCache(written ? 'written' : 'unwanted');
      return;
    }
    const confidential = this.#firstWith('private');
    if (confidential && restrictToBrowser(response)) confidential.warnings.ofSharedCache('read');
  }

  #checkBudget(response: ServerResponse, isWritten: boolean): void {
    const { budget } = this.#available;
    budget.check('in', this.#cookieBytes, () => this.#sharesOf(bytesOfArrived(this.#arrived())));
    if (isWritten)
      budget.check('out', bytesOfSetCookies(response), () => this.#sharesOf(bytesOfWritten(response)));
  }

  /** Returns the sessions that take a part of a header, the largest first. */
  #sharesOf(bytesOf: (cookieName: string) => number): readonly HeaderShare[] {
    const shares = this.#available.sessions.map((cookies): HeaderShare => {
      const { name } = cookies.options;
      const bytes = cookies.names.reduce((sum, cookieName) => sum + bytesOf(cookieName), 0);
      const opened = this.#opened.find((each) => each.cookies === cookies);
      return { name, bytes, keys: opened ? cookies.session.heaviestKeysOf(opened.state.object) : [] };
    });
    return shares.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
  }

  #firstWith(policy: CachePolicy): SessionCookies | undefined {
    return this.#opened.find(({ cookies }) => cookies.options.cache === policy)?.cookies;
  }
}

/** Returns the header that the sent head of a response lacks to keep the session from caches. */
function missingHeader(
  response: ServerResponse,
  { cache }: ResolvedSessionOptions,
): MissingHeader | undefined {
  if (cache === 'no-store') return isKeptNowhere(response) ? undefined : 'Cache-Control: no-store';
  return isKeptFromOthers(response) ? undefined : 'Vary: Cookie';
}

/**
 * Whether caches may keep the rest of the response, which may hold session data. They keep responses to GET
 * and HEAD only.
 */
function isStillCacheable({ method }: IncomingMessage, response: ServerResponse): boolean {
  return response.headersSent && !response.writableEnded && (method === 'GET' || method === 'HEAD');
}
