import { Session as NestSession, type Type } from '@nestjs/common';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';

/** Under this key Nest keeps what the parameter decorators of a method have left. */
const ROUTE_ARGUMENTS = '__routeArguments__';

type RouteArguments = Readonly<Record<string, { readonly data?: unknown }>>;

/**
 * Refuses controllers that import `Session` from `@nestjs/common` where ours was meant: with a name it would ignore, or where no session is
 * called `req.session`, which it reads.
 *
 * @param requestKeys the request's properties that hold sessions
 * @throws {@link InvalidOptionsError} naming the controller's method
 */
export function refuseForeignDecorators(controllers: readonly Type[], requestKeys: readonly string[]): void {
  for (const controller of controllers) {
    for (const method of methodsOf(controller)) {
      for (const { data } of sessionArguments(controller, method)) {
        if (data === undefined && requestKeys.includes('session')) continue;
        throw new InvalidOptionsError(
          `${controller.name}.${method}`,
          'its @Session() is the one of @nestjs/common, which knows no named sessions and reads req.session only',
          "Import { Session } from 'nestjs-client-sessions', or its alias ClientSession.",
        );
      }
    }
  }
}

/** The names of a controller's methods, inherited ones included. */
function methodsOf(controller: Type): Set<string> {
  const names = new Set<string>();
  for (
    let holder = controller.prototype as object;
    holder && holder !== Object.prototype;
    holder = Object.getPrototypeOf(holder) as object
  ) {
    for (const name of Object.getOwnPropertyNames(holder)) names.add(name);
  }
  return names;
}

function sessionArguments(controller: object, method: string): { readonly data?: unknown }[] {
  const found = Reflect.getMetadata(ROUTE_ARGUMENTS, controller, method) as RouteArguments | undefined;
  return Object.entries(found ?? {}).flatMap(([key, argument]) => (key.startsWith(mark) ? [argument] : []));
}

/** How Nest marks arguments of its own decorator: learnt from it, as the number behind it is not public. */
const mark: string = (() => {
  class Probe {}
  NestSession()(Probe.prototype, 'method', 0);
  const [key = ''] = Object.keys(Reflect.getMetadata(ROUTE_ARGUMENTS, Probe, 'method') as RouteArguments);
  return key.slice(0, key.indexOf(':') + 1);
})();
