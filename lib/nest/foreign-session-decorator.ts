import { Session as NestSession, type Type } from '@nestjs/common';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { methodsOf } from './methods.js';

/** The key under which Nest keeps the metadata of a method's parameter decorators. */
const ROUTE_ARGUMENTS = '__routeArguments__';

type RouteArguments = Readonly<Record<string, { readonly data?: unknown }>>;

/**
 * Refuses controllers that import `Session` from `@nestjs/common` by mistake. Nest's decorator ignores a
 * name, and reads `req.session`, even if no session is stored there.
 *
 * @param requestKeys the request's properties that hold sessions
 * @throws {@link InvalidOptionsError} with the controller's method
 */
export function refuseForeignDecorators(controllers: readonly Type[], requestKeys: readonly string[]): void {
  for (const controller of controllers) {
    for (const method of methodsOf(controller)) {
      for (const { data } of sessionArguments(controller, method)) {
        if (data === undefined && requestKeys.includes('session')) continue;
        throw new InvalidOptionsError(
          `${controller.name}.${method}`,
          'must not use @Session() of @nestjs/common, which ignores session names and reads req.session only',
          "Import { Session } from 'nestjs-client-sessions', or its alias ClientSession.",
        );
      }
    }
  }
}

function sessionArguments(controller: object, method: string): { readonly data?: unknown }[] {
  const found = Reflect.getMetadata(ROUTE_ARGUMENTS, controller, method) as RouteArguments | undefined;
  return Object.entries(found ?? {}).flatMap(([key, argument]) => (key.startsWith(mark) ? [argument] : []));
}

/**
 * How Nest marks arguments of its own decorator. It is read from a probe, because the number in it is not
 * public.
 */
const mark: string = (() => {
  class Probe {}
  NestSession()(Probe.prototype, 'method', 0);
  const [key = ''] = Object.keys(Reflect.getMetadata(ROUTE_ARGUMENTS, Probe, 'method') as RouteArguments);
  return key.slice(0, key.indexOf(':') + 1);
})();
