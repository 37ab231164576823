import type { SessionDefinition } from './session-definition.js';
import type { SessionMethods } from '../session/session-object.js';

/**
 * For those who like names better than definitions: declare here what each named session holds, and names are typed everywhere.
 *
 * Each name becomes a property of Express's `Request`, which cannot be `session` while `@types/express-session` or `@types/cookie-session` is
 * installed: give the session another name until they are gone, for `name` and `requestKey` alike.
 *
 * @example
 * declare module 'nestjs-client-sessions' {
 *   interface SessionTypes { cart: { items?: string[] } }
 * }
 */
export interface SessionTypes {}

/** A declared name, or any text where none is declared. */
export type SessionName = [keyof SessionTypes] extends [never] ? string : keyof SessionTypes & string;

type ContentOf<D> = (D extends SessionDefinition<infer T>
  ? T
  : D extends keyof SessionTypes
    ? SessionTypes[D]
    : never) &
  object;

/**
 * The session object of a definition, or of a name declared in {@link SessionTypes}.
 *
 * @example add(@Session(Cart) cart: SessionOf<typeof Cart>) {}
 */
export type SessionOf<D extends SessionDefinition<object> | keyof SessionTypes> = ContentOf<D> &
  SessionMethods<ContentOf<D>>;

/** The properties of requests that hold the sessions declared in {@link SessionTypes}: `FastifyRequest & SessionProperties`. */
export type SessionProperties = { [Name in keyof SessionTypes]: SessionOf<Name> };

declare global {
  // The way Express's types are extended.
  namespace Express {
    interface Request extends SessionProperties {}
  }
}
