import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type NestMiddleware } from '@nestjs/common';
import { SessionManager } from '../http/session-manager.js';

/** Makes the sessions available on every request. Opens none. */
@Injectable()
export class ClientSessionsMiddleware implements NestMiddleware<IncomingMessage, ServerResponse> {
  constructor(private readonly manager: SessionManager) {}

  use(request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void {
    this.manager.attach(request, response);
    next();
  }
}
