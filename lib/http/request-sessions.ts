import type { IncomingMessage, ServerResponse } from 'node:http';
import { UnknownSessionError } from '../errors/unknown-session.error.js';
import type { Candidate } from '../session/candidate.js';
import type { SessionContent } from '../session/content.js';
import { SessionState } from '../session/session-state.js';
import { forbidCaching, varyOnCookie } from './cache-headers.js';
import { findCookies } from './cookie-header.js';
import type { NamedSession } from './named-session.js';
import { appendSetCookie, onResponseHead } from './response-head.js';

const REQUEST_SESSIONS = Symbol('nestjs-client-sessions');

interface AttachedRequest extends IncomingMessage {
  [REQUEST_SESSIONS]?: RequestSessions;
}

/** The sessions of one request. Nothing is read, opened or hooked before the first of them is touched. */
export class RequestSessions {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse | undefined;
  #available: readonly NamedSession[] = [];
  #cookies: ReadonlyMap<string, string[]> | undefined;
  readonly #opened = new Map<NamedSession, SessionState>();

  private constructor(request: IncomingMessage, response: ServerResponse | undefined) {
    this.#request = request;
    this.#response = response;
  }

  static of(request: IncomingMessage): RequestSessions | undefined {
    return (request as AttachedRequest)[REQUEST_SESSIONS];
  }

  /**
   * Makes sessions available on a request, once however often it is asked.
   *
   * @param response what carries the cookies; without it the sessions are read-only
   */
  static attach(
    sessions: readonly NamedSession[],
    request: IncomingMessage,
    response: ServerResponse | undefined,
  ): RequestSessions {
    const attached = ((request as AttachedRequest)[REQUEST_SESSIONS] ??= new RequestSessions(
      request,
      response,
    ));
    if (!attached.#available.includes(sessions[0]!)) {
      attached.#available = [...attached.#available, ...sessions];
      attached.#cookies = undefined;
    }
    return attached;
  }

  /** The session object of a name, or of the default session. @throws {@link UnknownSessionError} */
  get(name?: string): SessionContent {
    const session =
      name === undefined ? this.#available[0] : this.#available.find(({ options }) => options.name === name);
    if (session) return this.open(session).object;
    throw new UnknownSessionError(
      String(name),
      this.#available.map(({ options }) => options.name),
    );
  }

  open(session: NamedSession): SessionState {
    let state = this.#opened.get(session);
    if (!state) {
      if (this.#opened.size === 0 && this.#response) this.#watch(this.#response);
      state = new SessionState(session.kind, this.#candidates(session), !this.#response);
      this.#opened.set(session, state);
      if (this.#response?.headersSent) state.conclude();
    }
    return state;
  }

  /** Seals what was changed so far, while the head is not sent. @throws what makes a session impossible to store */
  save(): void {
    if (!this.#response || this.#response.headersSent) return;
    for (const state of this.#opened.values()) state.save();
  }

  #candidates(session: NamedSession): readonly Candidate[] {
    const cookies = this.#arrived();
    return [...session.sealers].flatMap(([name, sealer]) =>
      (cookies.get(name) ?? []).map((text) => ({ text, sealer })),
    );
  }

  #arrived(): ReadonlyMap<string, string[]> {
    const wanted = (): Set<string> => new Set(this.#available.flatMap(({ sealers }) => [...sealers.keys()]));
    return (this.#cookies ??= findCookies(this.#request.headers.cookie, wanted()));
  }

  #watch(response: ServerResponse): void {
    onResponseHead(response, (status) => this.#conclude(response, status));
    response.once('close', () => {
      for (const state of this.#opened.values()) state.reportLateChanges();
    });
  }

  /** @returns the status to send instead, when the response would claim success for a session that was not stored */
  #conclude(response: ServerResponse, status: number): number | undefined {
    let isLost = false;
    varyOnCookie(response);
    for (const [session, state] of this.#opened) {
      const outcome = state.conclude();
      if (outcome.type === 'failed' && outcome.isNews) isLost = true;
      const headers = session.headersFor(outcome, this.#request, new Set(this.#arrived().keys()));
      if (headers.length === 0) continue;
      appendSetCookie(response, headers);
      if (forbidCaching(response)) session.warnOfSharedCache();
    }
    return isLost && status < 400 ? 500 : undefined;
  }
}
