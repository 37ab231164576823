import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { RequestProperty } from '../http/request-property.js';
import type { RequestSessions } from '../http/request-sessions.js';
import { SessionManager } from '../http/session-manager.js';

/**
 * Makes the sessions available on every request, and opens none. The module mounts it in the way that costs least: see platforms/ for
 * Express and Fastify; with `forRoutes`, `exclude` and on other platforms it is a middleware like any other.
 */
@Injectable()
export class ClientSessionsMiddleware implements NestMiddleware<IncomingMessage, ServerResponse> {
  constructor(private readonly manager: SessionManager) {}

  /** The properties of requests that hold the sessions. */
  get properties(): readonly RequestProperty[] {
    return this.manager.properties;
  }

  /**
   * Attaches the sessions to a request, once however often it is called.
   *
   * @throws `InvalidOptionsError` when something else occupies one of the properties
   */
  attach(request: IncomingMessage, response: ServerResponse | undefined): RequestSessions {
    return this.manager.attach(request, response);
  }

  use(request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void {
    this.attach(request, response);
    next();
  }
}
