import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { sessionOf } from '../get-session.js';

/** Checks a session. Anything but `true`, or a promise of `true`, is a no. */
export type SessionPredicate<T extends object> = (
  content: T,
  context: ExecutionContext,
) => boolean | Promise<boolean>;

/** Lets a request pass if its session satisfies a condition. */
export class SessionGuard implements CanActivate {
  constructor(
    private readonly session: string | undefined,
    private readonly isSatisfied: SessionPredicate<never>,
    private readonly refuse: (context: ExecutionContext) => Error,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    // Callers without types may answer with anything, such as an object. Only `true` is a yes.
    const answer: unknown = await this.isSatisfied(sessionOf(context, this.session) as never, context);
    if (answer === true) return true;
    throw this.refuse(context);
  }
}
