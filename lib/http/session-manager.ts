import type { IncomingMessage, ServerResponse } from 'node:http';
import { UnknownSessionError } from '../errors/unknown-session.error.js';
import { NamedSession } from './named-session.js';
import { createRequestProperty, defineRequestProperty, type RequestProperty } from './request-property.js';
import { RequestSessions } from './request-sessions.js';
import type { ClientSessionsOptions } from './client-sessions-options.js';
import { resolveSessions } from './configured-session.js';
import type { ResolvedSessionOptions } from './session-options.js';
import { createReporter, type SessionLogger } from './session-reporter.js';

interface ServedRequest extends IncomingMessage {
  readonly socket: IncomingMessage['socket'] & { readonly server?: object };
}

/** Which sessions belong to an HTTP server: a WebSocket handshake arrives there and passes no middleware. */
const managersByServer = new WeakMap<object, SessionManager>();

/** All sessions of one configuration: made once, at start, and shared by every request. */
export class SessionManager {
  /** The configurations in force, the default session first. */
  readonly options: readonly ResolvedSessionOptions[];
  /** The properties that hold the sessions on requests. */
  readonly properties: readonly RequestProperty[];
  readonly #sessions: readonly NamedSession[];

  /** @throws `InvalidOptionsError` */
  constructor(options: ClientSessionsOptions, logger: SessionLogger) {
    const configured = resolveSessions(options);
    const { now = Date.now, onEvent } = options;
    const report = createReporter(logger, onEvent);
    this.#sessions = configured.map((session) => new NamedSession(session, now, report));
    this.options = this.#sessions.map((session) => session.options);
    this.properties = this.#sessions.map(createRequestProperty);
  }

  /**
   * Makes the sessions available on a request and its property, once however often it is called.
   *
   * @param response what carries the cookies; without it the sessions are read-only
   * @throws `InvalidOptionsError` when something else occupies the property
   */
  attach(request: IncomingMessage, response?: ServerResponse): RequestSessions {
    for (const property of this.properties) defineRequestProperty(request, property);
    return RequestSessions.attach(this.#sessions, request, response);
  }

  /** The configuration in force of a session, or of the default one. @throws `UnknownSessionError` */
  optionsOf(name?: string): ResolvedSessionOptions {
    const options =
      name === undefined ? this.options[0] : this.options.find((session) => session.name === name);
    if (options) return options;
    throw new UnknownSessionError(
      String(name),
      this.options.map((session) => session.name),
    );
  }

  /** Makes the sessions available to handshakes that an HTTP server receives. */
  serveHandshakesOf(server: object): void {
    managersByServer.set(server, this);
  }

  static ofHandshake(request: IncomingMessage): SessionManager | undefined {
    const server = (request as Partial<ServedRequest>).socket?.server;
    return server && managersByServer.get(server);
  }
}
