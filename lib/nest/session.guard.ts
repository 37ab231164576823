import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { sessionOf, sessionsOf } from '../get-session.js';
import { actionsOf } from '../session/session-object.js';
import { unauthorized } from './unauthorized.js';

/** Checks a session. Anything but `true`, or a promise of `true`, is a no. */
export type SessionPredicate<T extends object> = (
  content: T,
  context: ExecutionContext,
) => boolean | Promise<boolean>;

/** What lets a request pass. */
export interface SessionConditions {
  readonly isSatisfied: SessionPredicate<never>;
  /** Returns the exception. @default that of {@link unauthorized} */
  readonly refuse: ((context: ExecutionContext) => Error) | undefined;
  /** How long ago the session may have begun: ms. */
  readonly freshWithin: number;
  /** Whether the store itself is asked if the login has ended. */
  readonly asksStore: boolean;
}

/** Lets a request pass if its session satisfies a condition. */
export class SessionGuard implements CanActivate {
  constructor(
    private readonly session: string | undefined,
    private readonly conditions: SessionConditions,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { isSatisfied, refuse, freshWithin, asksStore } = this.conditions;
    if (asksStore) await sessionsOf(context)?.catchUp(this.session);
    const session = sessionOf(context, this.session);
    const { age } = actionsOf(session);
    // Other code may have opened the session before the store was asked.
    const isCurrent = !asksStore || actionsOf(session).stands();
    // Callers without types may answer with anything, such as an object. Only `true` is a yes.
    const answer: unknown = isCurrent && age <= freshWithin && (await isSatisfied(session as never, context));
    if (answer === true) return true;
    if (refuse) throw refuse(context);
    const exception = await unauthorized(context);
    if (exception) throw exception;
    return false;
  }
}
