import type { SessionDefinition } from './session-definition.js';
import type { SessionMethods } from '../session/session-object.js';

/**
 * An alternative to definitions: declare here what each named session holds, and names are typed everywhere.
 *
 * Each name becomes a property of Express's `Request`. While `@types/express-session` or
 * `@types/cookie-session` is installed, that name cannot be `session`: use another name for both `name` and
 * `requestKey` until you have removed those types.
 *
 * @example
 * declare module 'nestjs-client-sessions' {
 *   interface SessionTypes { cart: { items?: string[] } }
 * }
 */
export interface SessionTypes {}

/** A declared name, or any text if no name is declared. */
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

/**
 * The properties of requests that hold the sessions declared in {@link SessionTypes}, as in
 * `FastifyRequest & SessionProperties`.
 */
export type SessionProperties = { [Name in keyof SessionTypes]: SessionOf<Name> };

declare global {
  // Express's types are meant to be extended in this way.
  namespace Express {
    interface Request extends SessionProperties {}
  }
}
