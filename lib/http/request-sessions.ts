import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Candidate } from '../session/candidate.js';
import type { SessionContent } from '../session/content.js';
import { type SessionMode, SessionState } from '../session/session-state.js';
import { forbidCaching, isKeptFromOthers, varyOnCookie } from './cache-headers.js';
import { findCookies } from './cookie-header.js';
import { isCookieWithheld } from './cross-site.js';
import type { NamedSession } from './named-session.js';
import { appendSetCookie, type HeadAuthor, prepareHeads } from './response-head.js';
import type { SessionSet } from './session-set.js';

// Registered, so that several copies of this package in one process see each other's sessions; what they call of each other is public. The
// number changes whenever that does.

/** On a request: its sessions, once one of them is touched or a middleware has seen it. */
const REQUEST_SESSIONS = Symbol.for('nestjs-client-sessions/1.attached');
/** On a request, or on what all requests of an application inherit from: the sessions it has, once they are asked for. */
const OFFERED_SESSIONS = Symbol.for('nestjs-client-sessions/1.offered');
/** On what all requests of an application inherit from: the heads of their responses are prepared without further ado. */
const HEADS_ARE_PREPARED = Symbol.for('nestjs-client-sessions/1.heads');
/** On a request: its response, where the framework does not say. */
const RESPONSE = Symbol.for('nestjs-client-sessions/1.response');

interface AttachedRequest extends IncomingMessage {
  [REQUEST_SESSIONS]?: RequestSessions | undefined;
  [OFFERED_SESSIONS]?: SessionSet;
  [HEADS_ARE_PREPARED]?: boolean;
  [RESPONSE]?: ServerResponse | undefined;
  /** Express's request knows its response. */
  readonly res?: ServerResponse;
}

interface OpenedSession {
  readonly session: NamedSession;
  state: SessionState;
}

/** What all requests and all responses of an application inherit from. */
export interface ApplicationPrototypes {
  readonly request: object;
  readonly response: ServerResponse;
}

/** The sessions of one request. Nothing is read or opened before the first of them is touched. */
export class RequestSessions implements HeadAuthor {
  readonly #request: AttachedRequest;
  readonly #response: ServerResponse | undefined;
  #available: SessionSet;
  #cookies: ReadonlyMap<string, string[]> | undefined;
  #hasThrown = false;
  #isConcluded = false;
  readonly #opened: OpenedSession[] = [];

  private constructor(request: AttachedRequest, response: ServerResponse | undefined, available: SessionSet) {
    this.#request = request;
    this.#response = response;
    this.#available = available;
  }

  /** The sessions of a request, if it has any. */
  static of(request: IncomingMessage): RequestSessions | undefined {
    const target = request as AttachedRequest;
    const attached = target[REQUEST_SESSIONS];
    if (attached) return attached;
    const offered = target[OFFERED_SESSIONS];
    return offered && RequestSessions.attach(offered, request, target[RESPONSE] ?? target.res);
  }

  /** The sessions of a request, if one of them may have been touched. */
  static touched(request: IncomingMessage): RequestSessions | undefined {
    return (request as AttachedRequest)[REQUEST_SESSIONS];
  }

  /** The sessions that a response has to say something about. */
  static toConclude({ req }: ServerResponse): RequestSessions | undefined {
    const sessions = (req as AttachedRequest | undefined)?.[REQUEST_SESSIONS];
    return sessions?.isTouched ? sessions : undefined;
  }

  /**
   * Makes sessions available on a request, once however often it is asked.
   *
   * @param response what carries the cookies; without it the sessions are read-only
   */
  static attach(
    sessions: SessionSet,
    request: IncomingMessage,
    response: ServerResponse | undefined,
  ): RequestSessions {
    const target = request as AttachedRequest;
    const attached = target[REQUEST_SESSIONS];
    if (attached) return attached.add(sessions);
    const available = withOffered(sessions, target);
    return (target[REQUEST_SESSIONS] = new RequestSessions(target, response, available));
  }

  /** Makes sessions available on a request at next to no cost, should it never ask for one. */
  static offer(sessions: SessionSet, request: IncomingMessage, response: ServerResponse): void {
    const target = request as AttachedRequest;
    target[OFFERED_SESSIONS] = withOffered(sessions, target);
    target[RESPONSE] = response;
  }

  /** Makes sessions available on every request of an application, at no cost to those that ask for none. */
  static offerAll(sessions: SessionSet, { request, response }: ApplicationPrototypes): void {
    const target = request as AttachedRequest;
    target[OFFERED_SESSIONS] = withOffered(sessions, target);
    // What requests lack is found to be absent here, and not at the end of a long chain of prototypes.
    target[REQUEST_SESSIONS] = target[RESPONSE] = undefined;
    if (target[HEADS_ARE_PREPARED]) return;
    target[HEADS_ARE_PREPARED] = true;
    prepareHeads(response, (each) => RequestSessions.toConclude(each));
  }

  /**
   * The session object of a name, or of the default session.
   *
   * @param isRouted the request has passed all middleware
   * @throws `UnknownSessionError`
   */
  get(name: string | undefined, isRouted: boolean): SessionContent {
    return this.open(this.#available.find(name), isRouted).object;
  }

  /** Whether a session was asked for. */
  get isTouched(): boolean {
    return this.#opened.length > 0;
  }

  open(session: NamedSession, isRouted = false): SessionState {
    for (const opened of this.#opened) if (opened.session === session) return this.#current(opened);
    if (this.#opened.length === 0 && this.#response) this.#watch(this.#response, isRouted);
    const state = this.#open(session);
    this.#opened.push({ session, state });
    if (this.#response && isExposed(this.#request, this.#response)) state.reportExposure();
    return state;
  }

  /** A connection may outlive its session: a WebSocket, or a response that goes on and on. */
  #current(opened: OpenedSession): SessionState {
    if (!opened.state.isOver || opened.state.stands()) return opened.state;
    opened.state.end();
    return (opened.state = this.#open(opened.session));
  }

  #open(session: NamedSession): SessionState {
    const candidates = this.#candidates(session);
    const state = new SessionState(session.kind, candidates, this.#modeOf(session, candidates));
    if (this.#response?.headersSent) state.conclude();
    if (this.#response?.closed) state.end();
    return state;
  }

  #modeOf(session: NamedSession, candidates: readonly Candidate[]): SessionMode {
    if (!this.#response) return 'read-only';
    if (candidates.length > 0 || session.options.crossSite === 'store') return 'writable';
    return isCookieWithheld(this.#request, session.options.cookie.sameSite) ? 'withheld' : 'writable';
  }

  /** Seals what was changed so far, while the head is not sent. @throws what makes a session impossible to store */
  save(): void {
    if (!this.#response || this.#response.headersSent || this.#isConcluded) return;
    for (const { state } of this.#opened) state.save();
  }

  /** The same, but with nothing more to say once it has thrown: whoever answers for that must not be stopped by it again. */
  saveOnce(): void {
    if (this.#hasThrown) return;
    try {
      this.save();
    } catch (error) {
      this.#hasThrown = true;
      throw error;
    }
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

  #candidates(session: NamedSession): readonly Candidate[] {
    const cookies = this.#arrived();
    const candidates: Candidate[] = [];
    for (const { name, sealer } of session.openers) {
      const texts = cookies.get(name);
      if (texts) for (const text of texts) candidates.push({ text, sealer });
    }
    return candidates;
  }

  #arrived(): ReadonlyMap<string, string[]> {
    return (this.#cookies ??= findCookies(this.#request.headers?.cookie, this.#available.cookieNames));
  }

  #watch(response: ServerResponse, isRouted: boolean): void {
    this.#isConcluded = response.headersSent;
    // Middleware may hand the response on to another application, which changes what it inherits from.
    const isPrepared = isRouted && response.req === this.#request && this.#request[HEADS_ARE_PREPARED];
    // Doubles of responses, in tests, have no heads and no events.
    if (!isPrepared && typeof response.getHeader === 'function') prepareHeads(response, () => this);
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
    for (const { session, state } of this.#opened) {
      const outcome = state.conclude();
      if (outcome.type === 'failed' && outcome.isNews) isLost = true;
      const headers = session.headersFor(outcome, this.#request, this.#arrived());
      if (headers.length === 0) continue;
      appendSetCookie(response, headers);
      if (forbidCaching(response)) session.warnOfSharedCache();
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

/** The sessions that were offered already come first. */
function withOffered(sessions: SessionSet, { [OFFERED_SESSIONS]: offered }: AttachedRequest): SessionSet {
  return offered ? offered.with(sessions) : sessions;
}
