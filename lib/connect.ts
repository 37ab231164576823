import type { IncomingMessage, ServerResponse } from 'node:http';
import { SessionManager } from './http/session-manager.js';
import type { ClientSessionsOptions } from './http/session-options.js';

/** Connect's middleware, as Express and bare `node:http` take it. */
export type ConnectMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * The same sessions without Nest: middleware for Express, Connect and bare `node:http`, and for `app.use()` in `main.ts`.
 *
 * @example app.use(clientSessions({ cookieName: 'session', secret: process.env.SESSION_SECRET, duration: '1 day' }));
 * @throws `InvalidOptionsError` for options that cannot work
 */
export function clientSessions(options: ClientSessionsOptions): ConnectMiddleware {
  const manager = new SessionManager(options, console);
  return (request, response, next) => {
    try {
      manager.attach(request, response);
    } catch (error) {
      return next(error);
    }
    next();
  };
}
