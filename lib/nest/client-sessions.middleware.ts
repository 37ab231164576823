import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type NestMiddleware } from '@nestjs/common';
import type { RequestProperty } from '../http/request-property.js';
import type { RequestSessions } from '../http/request-sessions.js';
import { SessionManager } from '../http/session-manager.js';

/**
 * Makes the sessions available on every request, and opens none. On Express and Fastify, the module mounts it
 * in the cheapest way: see platforms/. With `forRoutes` or `exclude`, and on other platforms, it is an
 * ordinary middleware.
 */
@Injectable()
export class ClientSessionsMiddleware implements NestMiddleware<IncomingMessage, ServerResponse> {
  constructor(private readonly manager: SessionManager) {}

  /** The properties of requests that hold the sessions. */
  get properties(): readonly RequestProperty[] {
    return this.manager.properties;
  }

  /**
   * Attaches the sessions to a request. Repeated calls change nothing.
   *
   * @param isInnermost whether these sessions come before those that the request already has
   */
  attach(
    request: IncomingMessage,
    response: ServerResponse | undefined,
    isInnermost?: boolean,
  ): RequestSessions {
    return this.manager.attach(request, response, isInnermost);
  }

  /** @throws `InvalidOptionsError` if something else occupies one of the properties */
  use(request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void {
    this.manager.attachWithProperties(request, response);
    next();
  }
}
