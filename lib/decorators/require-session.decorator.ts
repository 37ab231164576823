import { applyDecorators, UnauthorizedException, UseGuards } from '@nestjs/common';
import type { SessionDefinition } from '../http/session-definition.js';
import { nameOf } from '../http/session-definition.js';
import type { SessionName } from '../interfaces/session-types.interface.js';
import { SessionGuard } from '../session.guard.js';

type ClassOrMethodDecorator = ClassDecorator & MethodDecorator;

/**
 * Lets a request pass only when a session holds what it must: on a controller or a method.
 *
 * @param session its name or definition
 * @param isSatisfied looks at the session's content
 * @param refuse makes the exception for everybody else. @default a 401, UnauthorizedException
 * @example
 * \@RequireSession(Auth, (auth) => auth.userId !== undefined)
 * \@Get('orders')
 * orders() {}
 */
export function RequireSession<T extends object>(
  session: SessionDefinition<T>,
  isSatisfied: (content: T) => boolean,
  refuse?: () => Error,
): ClassOrMethodDecorator;
export function RequireSession<T extends object = Record<string, unknown>>(
  session: SessionName,
  isSatisfied: (content: T) => boolean,
  refuse?: () => Error,
): ClassOrMethodDecorator;
export function RequireSession(
  session: string | SessionDefinition<object>,
  isSatisfied: (content: never) => boolean,
  refuse: () => Error = () => new UnauthorizedException(),
): ClassOrMethodDecorator {
  return applyDecorators(UseGuards(new SessionGuard(nameOf(session), isSatisfied, refuse)));
}
