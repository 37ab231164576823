import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { shownValue } from '../errors/shown-value.js';
import type { ClientSessionsModuleExtras } from './client-sessions-module-options.js';

/** The routes that the middleware is limited to. */
export type SessionRoutes = Pick<ClientSessionsModuleExtras, 'forRoutes' | 'exclude'>;

/** @throws {@link InvalidOptionsError} for what is no list of routes */
export function assertRoutes(given: SessionRoutes): void {
  for (const [option, routes] of Object.entries(given) as [string, unknown][]) {
    if (routes === undefined) continue;
    if (!Array.isArray(routes)) {
      throw new InvalidOptionsError(
        option,
        `must be a list of routes, got ${shownValue(routes)}`,
        "Give a list such as ['cart', CartController].",
      );
    }
    if (option === 'forRoutes' && routes.length === 0) {
      throw new InvalidOptionsError(
        option,
        'must list a route, or none has sessions',
        'Leave it out if all routes are to have sessions.',
      );
    }
    for (const [i, route] of routes.entries()) assertRoute(route, `${option}[${i}]`);
  }
}

function assertRoute(route: unknown, at: string): void {
  const isObject = typeof route === 'object' && route !== null;
  if (typeof route === 'string' || typeof route === 'function' || isObject) return;
  throw new InvalidOptionsError(
    at,
    `must be a route, got ${shownValue(route)}`,
    route === undefined
      ? 'If you gave a controller, its file imports this file: give its path as text.'
      : "Give a path, a controller, or an object such as { path: 'cart', method: RequestMethod.GET }.",
  );
}
