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
 * Lets a request pass only if a session satisfies a condition. It decorates a controller or a method. Changes
 * are flushed when the handler returns, as with `@Session()`.
 *
 * @param session name or definition of the session. @default the default session
 * @param isSatisfied checks the session's content and, if needed, the context. It may return a promise; only
 * `true` is a yes
 * @param refuse returns the exception for all other requests. @default a 401, UnauthorizedException
 * @throws TypeError if one of the two is not a function
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
  assertFunction(isSatisfied, 'checks the session');
  assertFunction(refuse, 'returns the exception');
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
    `@RequireSession() must get a function that ${task}; ` +
      'write it as in @RequireSession(Auth, (auth) => auth.userId !== undefined)',
  );
}
