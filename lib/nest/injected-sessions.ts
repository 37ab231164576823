import type { NestModuleRef } from './configurations.js';
import { isSessionToken } from './client-sessions.constants.js';

/** How Nest notes what constructors and properties have injected by a token. */
const OF_CONSTRUCTOR = 'self:paramtypes';
const OF_PROPERTIES = 'self:properties_metadata';

/** What Nest knows of a class, or a factory, that has something injected. */
interface Wrapper {
  readonly metatype: unknown;
  /** The tokens of a factory. Nest turns aliases into factories. */
  readonly inject?: readonly unknown[] | null;
}

/** Whether anything in a module has a session injected, whatever its scope is, and whether or not it exists already. */
export function hasInjectedSession(module: NestModuleRef): boolean {
  const { providers, controllers, injectables, middlewares } = module;
  return [providers, controllers, injectables, middlewares].some((wrappers) =>
    [...wrappers.values()].some((wrapper: Wrapper) => tokensOf(wrapper).some(isSessionToken)),
  );
}

function tokensOf({ metatype, inject }: Wrapper): unknown[] {
  return [
    ...(inject ?? []).map((given) => (given as { token?: unknown } | null)?.token ?? given),
    ...declared(metatype, OF_CONSTRUCTOR, 'param'),
    ...declared(metatype, OF_PROPERTIES, 'type'),
  ].map(referred);
}

function declared(type: unknown, key: string, part: 'param' | 'type'): unknown[] {
  const notes: unknown = typeof type === 'function' ? Reflect.getMetadata(key, type) : undefined;
  return Array.isArray(notes) ? notes.map((note: Record<string, unknown>) => note[part]) : [];
}

/** What `forwardRef()` stands for. */
function referred(token: unknown): unknown {
  const { forwardRef } = (token ?? {}) as { forwardRef?: unknown };
  return typeof forwardRef === 'function' ? (forwardRef as () => unknown)() : token;
}
