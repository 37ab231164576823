import { applyDecorators, type ExecutionContext, UseGuards } from '@nestjs/common';
import { InvalidOptionsError } from '../../errors/invalid-options.error.js';
import { shownValue } from '../../errors/shown-value.js';
import { assertListed } from '../../options/assert-listed.js';
import { type Duration, positiveMilliseconds } from '../../session/duration.js';
import { noteAskedSession } from '../asked-sessions.js';
import type { SessionDefinition } from '../../options/session-definition.js';
import { nameOf } from '../../options/session-definition.js';
import type { SessionName, SessionOf, SessionTypes } from '../../options/session-types.js';
import { type SessionConditions, SessionGuard, type SessionPredicate } from '../session.guard.js';
import { flushAfter } from './flush-after.js';

type ClassOrMethodDecorator = ClassDecorator & MethodDecorator;

const KNOWN: Readonly<Record<keyof RequireSessionOptions, true>> = {
  freshWithin: true,
  consistency: true,
  refuse: true,
};
type Refusal = (context: ExecutionContext) => Error;

/** Further conditions of {@link RequireSession}, and the exception for those who do not meet them. */
export interface RequireSessionOptions {
  /**
   * Lets a request pass only if the session began, by `reset()` or `regenerate()` at the login, within this time. Use
   * it for steps for which visitors have to give their password again.
   * @default however long ago
   * @example freshWithin: '10 minutes'
   */
  freshWithin?: Duration | undefined;
  /**
   * `'store'`: asks the store itself whether the login has ended, before each request. Without it, this process may
   * learn of an end up to `revocations.maxLag` later. The session needs the option `subject`.
   * @default 'memory'
   */
  consistency?: 'memory' | 'store' | undefined;
  /** Returns the exception. @default a 401, UnauthorizedException; in gateways, WsException('Unauthorized') */
  refuse?: Refusal | undefined;
}

/**
 * Lets a request pass only if a session satisfies a condition. It decorates a controller, a GraphQL resolver, a
 * gateway, or a method of one. Changes are flushed when the handler returns, as with `@Session()`.
 *
 * @param session name or definition of the session. @default the default session
 * @param isSatisfied checks the session's content and, if needed, the context. It may return a promise; only
 * `true` is a yes
 * @param options further conditions, or a function that returns the exception for all other requests. @default a 401,
 * UnauthorizedException; in gateways, WsException('Unauthorized')
 * @throws TypeError if a function is missing; `InvalidOptionsError` for options that cannot work
 * @example
 * \@RequireSession(Auth, (auth) => auth.userId !== undefined)
 * \@Get('orders')
 * orders() {}
 * @example \@RequireSession(Auth, (auth) => auth.isAdmin, { freshWithin: '10 minutes', consistency: 'store' })
 */
export function RequireSession<T extends object>(
  session: SessionDefinition<T>,
  isSatisfied: SessionPredicate<T>,
  options?: RequireSessionOptions | Refusal,
): ClassOrMethodDecorator;
export function RequireSession<N extends keyof SessionTypes>(
  session: N,
  isSatisfied: SessionPredicate<SessionOf<N>>,
  options?: RequireSessionOptions | Refusal,
): ClassOrMethodDecorator;
export function RequireSession<T extends object = Record<string, unknown>>(
  session: SessionName,
  isSatisfied: SessionPredicate<T>,
  options?: RequireSessionOptions | Refusal,
): ClassOrMethodDecorator;
export function RequireSession<T extends object = Record<string, unknown>>(
  isSatisfied: SessionPredicate<T>,
  options?: RequireSessionOptions | Refusal,
): ClassOrMethodDecorator;
export function RequireSession(...args: [session: unknown, ...rest: unknown[]]): ClassOrMethodDecorator {
  const isUnnamed = args.length === 0 || typeof args[0] === 'function';
  const [isSatisfied, options] = isUnnamed ? args : args.slice(1);
  const name = isUnnamed ? undefined : nameOf(args[0]);
  const conditions = conditionsOf(isSatisfied, options);
  const guard = new SessionGuard(name, conditions);
  return applyDecorators(UseGuards(guard), (target: object, method?: string | symbol) => {
    noteAskedSession(target, method, name, conditions.asksStore ? 'checked in the store' : 'handled', guard);
    flushAfter(target, method);
  });
}

function conditionsOf(isSatisfied: unknown, given: unknown): SessionConditions {
  assertFunction(isSatisfied, 'checks the session');
  const isObject = typeof given === 'object' && given !== null;
  if (given !== undefined && !isObject) assertFunction(given, 'returns the exception');
  const options = (isObject ? given : { refuse: given }) as RequireSessionOptions;
  assertListed(options, KNOWN, 'RequireSession');
  const { freshWithin, consistency = 'memory', refuse } = options;
  if (refuse !== undefined) assertFunction(refuse, 'returns the exception');
  if (consistency !== 'memory' && consistency !== 'store') {
    throw new InvalidOptionsError(
      'RequireSession.consistency',
      `must be a known word, got ${shownValue(consistency)}`,
      "Use 'store' to ask the store itself, or leave it out.",
    );
  }
  return {
    isSatisfied: isSatisfied as SessionPredicate<never>,
    refuse,
    freshWithin:
      freshWithin === undefined
        ? Infinity
        : positiveMilliseconds(
            freshWithin,
            'RequireSession.freshWithin',
            "Give a time such as '10 minutes', or leave it out.",
          ),
    asksStore: consistency === 'store',
  };
}

function assertFunction(value: unknown, task: string): void {
  if (typeof value === 'function') return;
  throw new TypeError(
    `@RequireSession() must get a function that ${task}; ` +
      'write it as in @RequireSession(Auth, (auth) => auth.userId !== undefined)',
  );
}
