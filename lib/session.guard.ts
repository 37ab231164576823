import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { sessionOf } from './get-session.js';

/** Lets a request pass when its session satisfies a condition. */
export class SessionGuard implements CanActivate {
  constructor(
    private readonly session: string | undefined,
    private readonly isSatisfied: (content: never) => boolean,
    private readonly refuse: () => Error,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.isSatisfied(sessionOf(context, this.session) as never)) return true;
    throw this.refuse();
  }
}
