import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { sessionOf } from '../get-session.js';

/** Whether a session is as it must be; anything but `true`, also later, is a no. */
export type SessionPredicate<T extends object> = (
  content: T,
  context: ExecutionContext,
) => boolean | Promise<boolean>;

/** Lets a request pass when its session satisfies a condition. */
export class SessionGuard implements CanActivate {
  constructor(
    private readonly session: string | undefined,
    private readonly isSatisfied: SessionPredicate<never>,
    private readonly refuse: (context: ExecutionContext) => Error,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    // Callers without types may answer with anything: a promise or any other object is no yes.
    const answer: unknown = await this.isSatisfied(sessionOf(context, this.session) as never, context);
    if (answer === true) return true;
    throw this.refuse(context);
  }
}
