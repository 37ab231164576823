import { createParamDecorator, type ExecutionContext, type PipeTransform, type Type } from '@nestjs/common';
import { getSession } from '../get-session.js';
import type { ContentShape, SessionContent } from '../session/content.js';
import type { Session as SessionOf } from '../session/session-object.js';

type Pipe = Type<PipeTransform> | PipeTransform;

const SessionParam: (name: string | undefined, ...pipes: Pipe[]) => ParameterDecorator = createParamDecorator(
  (name: string | undefined, context: ExecutionContext) => getSession(context, name),
);

/**
 * Injects a session into a controller's method.
 *
 * @param name the session's name. @default the default session
 * @param pipes as for Nest's own parameter decorators
 * @example add(@Session('cart') cart: Session<Cart>) { cart.items = [...(cart.items ?? []), 'tea']; }
 */
export function Session(name?: string, ...pipes: Pipe[]): ParameterDecorator {
  return SessionParam(name, ...pipes);
}

/** A session object: the content as plain properties, and the methods of `SessionMethods`. */
export type Session<T extends ContentShape<T> = SessionContent> = SessionOf<T>;

/** Another name of `Session`, for files that import Nest's own decorator of that name. */
export const ClientSession: typeof Session = Session;
/** Another name of `Session`, for files that import Nest's own decorator of that name. */
export type ClientSession<T extends ContentShape<T> = SessionContent> = SessionOf<T>;
