import { createParamDecorator, type ExecutionContext, type PipeTransform, type Type } from '@nestjs/common';
import { noteAskedSession } from '../asked-sessions.js';
import { sessionOf } from '../../get-session.js';
import { nameOf, type SessionDefinition } from '../../options/session-definition.js';
import type { SessionName } from '../../options/session-types.js';
import type { ContentShape, SessionContent } from '../../session/content.js';
import type { Session as SessionOf } from '../../session/session-object.js';
import { flushAfter } from './flush-after.js';

type Pipe = Type<PipeTransform> | PipeTransform;
type NameOrDefinition = SessionName | SessionDefinition<object>;

const SessionParam: (name: string | undefined, ...pipes: Pipe[]) => ParameterDecorator = createParamDecorator(
  (name: string | undefined, context: ExecutionContext) => sessionOf(context, name),
);

/**
 * Injects a session into a method of a controller, and flushes its changes when the method returns. If the
 * session cannot be stored, the method fails with an exception. The same is true for GraphQL resolvers. In
 * gateways, sessions are read-only.
 *
 * @param session name or definition of the session. @default the default session
 * @param pipes as for Nest's own parameter decorators
 * @example add(@Session('cart') cart: Session<Cart>) { cart.items = [...(cart.items ?? []), 'tea']; }
 * @example add(@Session(Cart) cart: SessionOf<typeof Cart>) { cart.items.push('tea'); }
 */
export function Session(session?: NameOrDefinition, ...pipes: Pipe[]): ParameterDecorator;
export function Session(...args: [session?: unknown, ...pipes: Pipe[]]): ParameterDecorator {
  const [, ...pipes] = args;
  const name = args.length === 0 ? undefined : nameOf(args[0]);
  const inject = SessionParam(name, ...pipes);
  return (target, method, index: number | undefined) => {
    if (method === undefined || index === undefined) {
      throw new TypeError(
        '@Session() must decorate a parameter of a method; elsewhere, use @InjectSession()',
      );
    }
    inject(target, method, index);
    noteAskedSession(target, method, name);
    hideTypeFromPipes(target, method, index);
    flushAfter(target, method);
  };
}

/** A session object: the content as plain properties, and the methods of `SessionMethods`. */
export type Session<T extends ContentShape<T> = SessionContent> = SessionOf<T>;

/** Another name of `Session`, for files that import Nest's own decorator of that name. */
export const ClientSession: typeof Session = Session;
/** Another name of `Session`, for files that import Nest's own decorator of that name. */
export type ClientSession<T extends ContentShape<T> = SessionContent> = SessionOf<T>;

/**
 * Hides the session's type from validating pipes, which leave values of the declared type Object alone.
 * Otherwise a global `ValidationPipe` with `validateCustomDecorators` would give the handler a copy of the
 * session, and changes of a copy are not seen.
 */
function hideTypeFromPipes(target: object, method: string | symbol, index: number): void {
  const types = Reflect.getMetadata('design:paramtypes', target, method) as unknown[] | undefined;
  if (types) Reflect.defineMetadata('design:paramtypes', types.with(index, Object), target, method);
}
