import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { shownValue } from '../errors/shown-value.js';
import type { ClientSessionsModuleExtras } from './client-sessions-module-options.js';

/** The routes that the middleware is limited to. */
export type SessionRoutes = Pick<ClientSessionsModuleExtras, 'forRoutes' | 'exclude'>;

/** @throws {@link InvalidOptionsError} for what is no list of routes */
export function sessionRoutes(given: SessionRoutes): SessionRoutes {
  for (const [option, routes] of Object.entries(given) as [string, unknown][]) {
    if (routes === undefined || Array.isArray(routes)) continue;
    throw new InvalidOptionsError(
      option,
      `must be a list of routes, got ${shownValue(routes)}`,
      "Give a list such as ['cart', CartController].",
    );
  }
  return given;
}
