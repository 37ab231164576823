import { type Type, UseInterceptors } from '@nestjs/common';
import { ClientSessionsInterceptor } from './client-sessions.interceptor.js';
import { methodsOf } from './controller-methods.js';

/** Under these keys Nest keeps what `@Redirect()`, `@Render()` and `@Sse()` have left on a handler. */
const OTHER_ANSWERS = ['__redirect__', '__renderTemplate__', '__sse__'];

const bindInterceptor = UseInterceptors(new ClientSessionsInterceptor());
const bound = new WeakSet<object>();

/** Binds the interceptor to handlers that Nest answers for in another way than by a reply: for the others see platforms/replies.ts. */
export function sealAfterHandlersWithoutReply(controllers: readonly Type[]): void {
  for (const controller of controllers) {
    for (const { name, descriptor } of methodsOf(controller)) {
      const handler = descriptor.value as object;
      if (bound.has(handler) || !OTHER_ANSWERS.some((key) => Reflect.hasMetadata(key, handler))) continue;
      bound.add(handler);
      bindInterceptor(controller.prototype as object, name, descriptor);
    }
  }
}
