import type { IncomingMessage, ServerResponse } from 'node:http';
import { debuglog } from 'node:util';
import { type LegacyUtil, legacyUtil } from './legacy-util.js';
import { SessionManager } from './http/session-manager.js';
import type { SessionLogger } from './http/session-reporter.js';
import type { ClientSessionsOptions } from './options/client-sessions-options.js';

/** Connect's middleware, as Express and bare `node:http` take it. */
export type ConnectMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** See {@link clientSessions}. */
export interface ClientSessions {
  (options: ClientSessionsOptions): ConnectMiddleware;
  /** Makes and reads cookies of client-sessions 0.8.0, as its `util` does. */
  readonly util: LegacyUtil;
}

const debug = debuglog('client-sessions');

const CONNECTED_NAMES = Symbol.for('nestjs-client-sessions/1.connected');

const shared = globalThis as { [CONNECTED_NAMES]?: Set<string> };

/** Names of all sessions that such middleware brings, of whatever copy of this package, for whoever checks names before there is a request. */
export const connectedNames: Set<string> = (shared[CONNECTED_NAMES] ??= new Set());

/** Key ids and refused cookies are shown where `NODE_DEBUG=client-sessions` asks for them. */
const logger: SessionLogger = {
  debug,
  log: debug,
  warn: (message) => console.warn(message),
  error: (message) => console.error(message),
};

/**
 * The same sessions without Nest: middleware for Express, Connect and bare `node:http`, and for `app.use()` in `main.ts`.
 *
 * @example app.use(clientSessions({ cookieName: 'session', secret: process.env.SESSION_SECRET, duration: '1 day' }));
 * @throws `InvalidOptionsError` for options that cannot work
 */
export const clientSessions: ClientSessions = Object.assign(connect, { util: legacyUtil });

function connect(options: ClientSessionsOptions): ConnectMiddleware {
  let manager: SessionManager | undefined = new SessionManager(options, logger);
  let isReady = manager.ready === undefined;
  for (const { name } of manager.options) connectedNames.add(name);

  async function attachLater(
    pending: SessionManager,
    ...[request, response, next]: Parameters<ConnectMiddleware>
  ): Promise<void> {
    try {
      await pending.ready;
      isReady = true;
      pending.attach(request, response);
    } catch (error) {
      // Secrets that could not be had are asked for again with the next request.
      if (!isReady && manager === pending) manager = undefined;
      return next(error);
    }
    next();
  }

  return (request, response, next) => {
    try {
      manager ??= new SessionManager(options, logger);
      if (!isReady) return void attachLater(manager, request, response, next);
      manager.attach(request, response);
    } catch (error) {
      return next(error);
    }
    next();
  };
}
