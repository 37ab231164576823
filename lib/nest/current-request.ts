import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';

/** The key of what holds the request under way, for all copies of this package. */
const CURRENT_REQUEST = Symbol.for('nestjs-client-sessions/1.current-request');

const shared = globalThis as { [CURRENT_REQUEST]?: AsyncLocalStorage<IncomingMessage> };

/** Returns the request that the running code belongs to, if it was entered. */
export function currentRequest(): IncomingMessage | undefined {
  return shared[CURRENT_REQUEST]?.getStore();
}

/** Does something on behalf of a request, and everything that comes of it. */
export function enterRequest<T>(request: IncomingMessage, act: () => T): T {
  const storage = (shared[CURRENT_REQUEST] ??= new AsyncLocalStorage());
  return storage.getStore() === request ? act() : storage.run(request, act);
}
