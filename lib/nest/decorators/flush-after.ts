import { type Type, UseInterceptors } from '@nestjs/common';
import { askingMethodsOf } from '../asked-sessions.js';
import { ClientSessionsInterceptor } from '../client-sessions.interceptor.js';
import { methodHolderOf } from '../methods.js';

const bound = new WeakSet<object>();
const bind: (...args: unknown[]) => void = UseInterceptors(new ClientSessionsInterceptor());

/**
 * Binds {@link ClientSessionsInterceptor} to a controller or to one of its methods. Repeated calls change nothing.
 *
 * Decorators of parameters run before those of their method, so it becomes the outermost of the method's interceptors.
 *
 * @param target the target of a decorator: a class, or its prototype together with the name of a method
 */
export function flushAfter(target: object, method?: string | symbol): void {
  const descriptor = method === undefined ? undefined : Object.getOwnPropertyDescriptor(target, method);
  const decorated = (descriptor?.value ?? target) as object;
  if (bound.has(decorated)) return;
  bound.add(decorated);
  bind(target, method, descriptor);
}

/**
 * Binds it to the methods of a class that ask for a session, as they are now: another decorator may have replaced a
 * method, or a subclass may have overridden it, and Nest gives the new function the same arguments.
 */
export function flushAfterAskedMethods(type: Type): void {
  for (const method of askingMethodsOf(type)) {
    const holder = methodHolderOf(type.prototype as object, method);
    if (holder) flushAfter(holder, method);
  }
}
