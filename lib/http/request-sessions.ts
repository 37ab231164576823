import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ResolvedSessionOptions } from '../options/session-options.js';
import type { SessionContent } from '../session/content.js';
import type { Candidate } from '../session/named-session.js';
import { type SessionMode, SessionState } from '../session/session-state.js';
import { forbidCaching, isKeptFromOthers, varyOnCookie } from './cache-headers.js';
import { findCookies } from './cookie-header.js';
import { isCookieWithheld } from './cross-site.js';
import { appendSetCookie, type HeadAuthor, prepareHead } from './response-head.js';
import type { SessionCookies } from './session-cookies.js';
import type { SessionSet } from './session-set.js';

/**
 * On a request: its sessions. Registered, so that several copies of this package in one process see each other's sessions; what they call of each
 * other is public. The number changes whenever that does.
 */
const ATTACHED = Symbol.for('nestjs-client-sessions/1.attached');

/** On what all requests of an application inherit from: attaches its sessions to one of them. */
const ATTACH = Symbol.for('nestjs-client-sessions/1.attach');

/** On a request: the application that was asked last. A request moves on to one that is mounted, and back. */
const ASKED = Symbol.for('nestjs-client-sessions/1.asked');

type Attach = (request: IncomingMessage) => RequestSessions;

interface AttachedRequest extends IncomingMessage {
  [ATTACHED]?: RequestSessions | undefined;
  readonly [ATTACH]?: Attach;
  [ASKED]?: Attach;
}

interface OpenedSession {
  readonly cookies: SessionCookies;
  state: SessionState;
}

/** The sessions of one request. Nothing is read or opened before the first of them is touched. */
export class RequestSessions implements HeadAuthor {
  readonly #request: AttachedRequest;
  readonly #response: ServerResponse | undefined;
  #available: SessionSet;
  #cookies: ReadonlyMap<string, string[]> | undefined;
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
    const attach = attached[ATTACH];
    if (attach && attached[ASKED] !== attach) {
      // Whoever attaches sessions comes here again, and is not to start over.
      attached[ASKED] = attach;
      attach(request);
    }
    return attached[ATTACHED];
  }

  /**
   * Makes sessions available on a request, behind those that it has already, and once however often it is asked.
   *
   * @param response what carries the cookies; without it the sessions are read-only
   */
  static attach(
    sessions: SessionSet,
    request: IncomingMessage,
    response: ServerResponse | undefined,
  ): RequestSessions {
    const attached = RequestSessions.of(request);
    if (attached) return attached.add(sessions);
    return ((request as AttachedRequest)[ATTACHED] = new RequestSessions(request, response, sessions));
  }

  /**
   * Has sessions attached to each request of an application when it is first asked for them, so that the others cost nothing.
   *
   * @param requests what all requests of the application inherit from
   * @param attach attaches them to one
   */
  static attachWhenAsked(requests: object, attach: (request: IncomingMessage) => RequestSessions): void {
    const earlier = Object.getOwnPropertyDescriptor(requests, ATTACH)?.value as Attach | undefined;
    const value: Attach = (request) => {
      // Other configurations of this application come first, and those of applications around it.
      const before = earlier ?? (Object.getPrototypeOf(requests) as AttachedRequest)[ATTACH];
      before?.(request);
      return attach(request);
    };
    Object.defineProperty(requests, ATTACH, { configurable: true, value });
  }

  /**
   * The session object of a name, or of the default session.
   *
   * @throws `UnknownSessionError`
   */
  get(name: string | undefined): SessionContent {
    return this.open(this.#available.find(name)).object;
  }

  open(cookies: SessionCookies): SessionState {
    for (const opened of this.#opened) if (opened.cookies === cookies) return this.#current(opened);
    if (this.#opened.length === 0 && this.#response) this.#watch(this.#response);
    const state = this.#open(cookies);
    this.#opened.push({ cookies, state });
    if (this.#response && isExposed(this.#request, this.#response)) state.reportExposure();
    return state;
  }

  /** A connection may outlive its session: a WebSocket, or a response that goes on and on. */
  #current(opened: OpenedSession): SessionState {
    if (!opened.state.isOver || opened.state.stands()) return opened.state;
    opened.state.end();
    return (opened.state = this.#open(opened.cookies));
  }

  #open(cookies: SessionCookies): SessionState {
    const candidates = cookies.candidatesAmong(this.#arrived());
    const mode = this.#modeOf(cookies.options, candidates);
    const state = new SessionState(cookies.session, candidates, mode);
    if (this.#response?.headersSent) state.conclude();
    if (this.#response?.closed) state.end();
    return state;
  }

  #modeOf(options: ResolvedSessionOptions, candidates: readonly Candidate[]): SessionMode {
    if (!this.#response) return 'read-only';
    if (candidates.length > 0 || options.crossSite === 'store') return 'writable';
    return isCookieWithheld(this.#request, options.cookie.sameSite) ? 'withheld' : 'writable';
  }

  /** Seals what was changed so far, while the head is not sent. @throws what makes a session impossible to store */
  save(): void {
    if (!this.#response || this.#response.headersSent || this.#isConcluded) return;
    for (const { state } of this.#opened) state.save();
  }

  /** Makes more sessions available. */
  add(sessions: SessionSet): this {
    const available = this.#available.with(sessions);
    if (available !== this.#available) {
      this.#available = available;
      this.#cookies = undefined;
    }
    return this;
  }

  #arrived(): ReadonlyMap<string, string[]> {
    return (this.#cookies ??= findCookies(this.#request.headers?.cookie, this.#available.cookieNames));
  }

  #watch(response: ServerResponse): void {
    this.#isConcluded = response.headersSent;
    // Doubles of responses, in tests, have no heads and no events.
    if (typeof response.getHeader === 'function') prepareHead(response, this);
    if (typeof response.on === 'function') response.on('close', () => this.#end(response));
  }

  #end(response: ServerResponse): void {
    const isBypassed = !this.#isConcluded && response.headersSent;
    for (const { state } of this.#opened) {
      if (isBypassed) state.reportBypass(!isKeptFromOthers(response));
      state.end();
    }
    // Whoever keeps the request does not keep its header twice.
    this.#cookies = undefined;
  }

  /** @returns the status to send instead, when the response would claim success for a session that was not stored */
  prepareHead(status: number): number | undefined {
    const response = this.#response;
    if (!response || this.#isConcluded) return undefined;
    this.#isConcluded = true;
    let isLost = false;
    varyOnCookie(response);
    for (const { cookies, state } of this.#opened) {
      const outcome = state.conclude();
      if (outcome.type === 'failed' && outcome.isNews) isLost = true;
      const headers = cookies.headersFor(outcome, this.#request, this.#arrived());
      if (headers.length === 0) continue;
      appendSetCookie(response, headers);
      if (forbidCaching(response)) cookies.warnOfSharedCache();
    }
    return isLost && status < 400 ? 500 : undefined;
  }
}

/** Whether caches keep what is still to be written, with something of a session in it. They keep answers to nothing but GET and HEAD. */
function isExposed({ method }: IncomingMessage, response: ServerResponse): boolean {
  if (!response.headersSent || response.writableEnded || (method !== 'GET' && method !== 'HEAD'))
    return false;
  return !isKeptFromOthers(response);
}
