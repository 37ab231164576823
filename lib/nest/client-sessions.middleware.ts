import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type NestMiddleware } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { RequestProperty } from '../http/request-property.js';
import type { RequestSessions } from '../http/request-sessions.js';
import { SessionManager } from '../http/session-manager.js';
import { ApplicationSessions } from './application-sessions.js';
import { enterRequest } from './current-request.js';

/**
 * Makes the sessions available on every request, and opens none. On Express and Fastify, the module mounts it
 * in the cheapest way: see platforms/. With `forRoutes` or `exclude`, and on other platforms, it is an
 * ordinary middleware.
 */
@Injectable()
export class ClientSessionsMiddleware implements NestMiddleware<IncomingMessage, ServerResponse> {
  readonly #application: ApplicationSessions;

  constructor(
    private readonly manager: SessionManager,
    modules: ModulesContainer,
  ) {
    this.#application = ApplicationSessions.of(modules);
  }

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
    // Of several configurations, each of which needs names, none comes before another one.
    this.manager.attachWithProperties(request, response, this.manager.hasDefault);
    if (this.#application.isInjected) enterRequest(request, next);
    else next();
  }

  /** Calls the listener as soon as a provider has a session injected, which needs to know the request under way. */
  whenInjected(listener: () => void): void {
    this.#application.whenInjected(listener);
  }
}
