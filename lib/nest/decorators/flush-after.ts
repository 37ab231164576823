import { UseInterceptors } from '@nestjs/common';
import { ClientSessionsInterceptor } from '../client-sessions.interceptor.js';

const bound = new WeakSet<object>();

/**
 * Binds {@link ClientSessionsInterceptor} to a controller or to one of its methods. Repeated calls change
 * nothing.
 *
 * Decorators of parameters run before those of their method, so it becomes the outermost of the method's
 * interceptors.
 *
 * @param target the target of a decorator: a class, or its prototype together with `method`
 */
export function flushAfter(target: object, method?: string | symbol): void {
  const descriptor = method === undefined ? undefined : Object.getOwnPropertyDescriptor(target, method);
  const decorated = (descriptor?.value ?? target) as object;
  if (bound.has(decorated)) return;
  bound.add(decorated);
  const bind: (...args: unknown[]) => void = UseInterceptors(ClientSessionsInterceptor);
  bind(target, method, descriptor);
}
