import { applyDecorators, type ExecutionContext, UnauthorizedException, UseGuards } from '@nestjs/common';
import { noteAskedSession } from '../asked-sessions.js';
import type { SessionDefinition } from '../../options/session-definition.js';
import { nameOf } from '../../options/session-definition.js';
import type { SessionName } from '../../options/session-types.js';
import { SessionGuard, type SessionPredicate } from '../session.guard.js';
import { flushAfter } from './flush-after.js';

type ClassOrMethodDecorator = ClassDecorator & MethodDecorator;
type Refusal = (context: ExecutionContext) => Error;

/**
 * Lets a request pass only when a session holds what it must: on a controller or a method. What the handler changes is flushed when it returns,
 * as with `@Session()`.
 *
 * @param session its name or definition. @default the default session
 * @param isSatisfied looks at the session's content, and at the context if it wants to; it may take its time, and only `true` is a yes
 * @param refuse returns the exception that everybody else gets. @default a 401, UnauthorizedException
 * @throws TypeError when there is no such function
 * @example
 * \@RequireSession(Auth, (auth) => auth.userId !== undefined)
 * \@Get('orders')
 * orders() {}
 */
export function RequireSession<T extends object>(
  session: SessionDefinition<T>,
  isSatisfied: SessionPredicate<T>,
  refuse?: Refusal,
): ClassOrMethodDecorator;
export function RequireSession<T extends object = Record<string, unknown>>(
  session: SessionName,
  isSatisfied: SessionPredicate<T>,
  refuse?: Refusal,
): ClassOrMethodDecorator;
export function RequireSession<T extends object = Record<string, unknown>>(
  isSatisfied: SessionPredicate<T>,
  refuse?: Refusal,
): ClassOrMethodDecorator;
export function RequireSession(...args: [session: unknown, ...functions: unknown[]]): ClassOrMethodDecorator {
  const isUnnamed = typeof args[0] === 'function';
  const [isSatisfied, refuse = () => new UnauthorizedException()] = isUnnamed ? args : args.slice(1);
  assertFunction(isSatisfied, 'looks at the session');
  assertFunction(refuse, 'makes the exception');
  const name = nameOf(isUnnamed ? [] : args);
  const guard = new SessionGuard(name, isSatisfied as SessionPredicate<never>, refuse as Refusal);
  return applyDecorators(UseGuards(guard), (target: object, method?: string | symbol) => {
    noteAskedSession(target, method, name);
    flushAfter(target, method);
  });
}

function assertFunction(value: unknown, task: string): void {
  if (typeof value === 'function') return;
  throw new TypeError(
    `@RequireSession() has no function that ${task}; write it as in @RequireSession(Auth, (auth) => auth.userId !== undefined)`,
  );
}
