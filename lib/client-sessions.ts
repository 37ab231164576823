import type { IncomingMessage, ServerResponse } from 'node:http';
import { debuglog } from 'node:util';
import { type LegacyUtil, legacyUtil } from './legacy-util.js';
import type { Logins } from './logins/logins.js';
import { SessionManager } from './http/session-manager.js';
import type { SessionLogger } from './http/session-reporter.js';
import type { ClientSessionsOptions } from './options/client-sessions-options.js';

/** Middleware in the form of Connect, for Express and bare `node:http`. */
export type ConnectMiddleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** What {@link clientSessions} returns: middleware, and what belongs to its sessions. */
export interface SessionMiddleware extends ConnectMiddleware {
  /** Ends logins on all servers, for sessions with the option `subject`. */
  readonly logins: Logins;
  /** Stops following secrets and ended logins. Call it when the server has closed. */
  close(): void;
}

/** See {@link clientSessions}. */
export interface ClientSessions {
  (options: ClientSessionsOptions): SessionMiddleware;
  /** Makes and reads cookies of client-sessions 0.8.0, as its `util` does. */
  readonly util: LegacyUtil;
}

const debug = debuglog('client-sessions');

const CONNECTED_NAMES = Symbol.for('nestjs-client-sessions/1.connected');

const shared = globalThis as { [CONNECTED_NAMES]?: Set<string> };

/**
 * The names of all sessions of such middleware, in all copies of this package. The Nest module checks names
 * with them at start.
 */
export const connectedNames: Set<string> = (shared[CONNECTED_NAMES] ??= new Set());

/** Key ids and refused cookies are shown only with `NODE_DEBUG=client-sessions`. */
const logger: SessionLogger = {
  debug,
  log: debug,
  warn: (message) => console.warn(message),
  error: (message) => console.error(message),
};

/**
 * Returns middleware with the same sessions without Nest, for Express, Connect and bare `node:http`, and for
 * `app.use()` in `main.ts`.
 *
 * @example app.use(clientSessions({ cookieName: 'session', secret: process.env.SESSION_SECRET, duration: '1 day' }));
 * @throws `InvalidOptionsError` for options that cannot work
 */
export const clientSessions: ClientSessions = Object.assign(connect, { util: legacyUtil });

function connect(options: ClientSessionsOptions): SessionMiddleware {
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
      pending.attachWithProperties(request, response);
    } catch (error) {
      // If the secrets could not be loaded, the next request tries again.
      if (!isReady && manager === pending) manager = undefined;
      return next(error);
    }
    next();
  }

  const middleware = (...[request, response, next]: Parameters<ConnectMiddleware>): void => {
    try {
      manager ??= new SessionManager(options, logger);
      if (!isReady) return void attachLater(manager, request, response, next);
      manager.attachWithProperties(request, response);
    } catch (error) {
      return next(error);
    }
    next();
  };
  return Object.defineProperties(middleware, {
    logins: { get: () => (manager ??= new SessionManager(options, logger)).logins },
    close: { value: () => manager?.close() },
  }) as SessionMiddleware;
}
