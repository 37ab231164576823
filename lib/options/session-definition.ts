import { shownValue } from '../errors/shown-value.js';
import type { SecretOption } from '../sealing/secret-source.js';
import type { ContentShape, SessionContent } from '../session/content.js';
import type { Subject } from '../session/login-rules.js';
import type { SchemaInput, SchemaOutput, StandardSchema } from '../session/standard-schema.js';
import { frozenCopy } from './frozen-copy.js';
import type { SessionOptions } from './session-options.js';

type RequiredKeys<T> = { [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? never : K }[keyof T];

/**
 * `defaults` must hold every required key of the content's type, because a fresh session holds nothing else.
 */
type DefaultsOption<T extends object> = [RequiredKeys<T>] extends [never]
  ? { defaults?: Partial<T> | (() => Partial<T>) }
  : { defaults: DefaultsOf<T> | (() => DefaultsOf<T>) };

type DefaultsOf<T extends object> = Pick<T, RequiredKeys<T>> & Partial<T>;

/** See `SessionOptions.subject`. */
interface SubjectOption<T extends object> {
  subject?: ((content: T) => Subject | null | undefined) | undefined;
}

/** Options of {@link defineSession} with a type argument. */
export type TypedSessionOptions<T extends object> = Omit<
  SessionOptions,
  'name' | 'schema' | 'defaults' | 'subject'
> &
  SubjectOption<T> &
  DefaultsOption<T>;

/** Options of {@link defineSession} with a schema. */
export type SchemaSessionOptions<S extends StandardSchema> = Omit<
  SessionOptions,
  'name' | 'schema' | 'defaults' | 'subject'
> &
  SubjectOption<SchemaOutput<S> & object> & {
    schema: S;
    defaults?: Partial<SchemaInput<S>> | (() => Partial<SchemaInput<S>>);
  };

/**
 * Accepts a schema only if it accepts its own output, because content is sealed as output and is validated
 * again when it is read.
 */
type Reversible<S extends StandardSchema> =
  SchemaOutput<S> extends SchemaInput<S>
    ? S
    : { readonly 'this schema does not accept what it returns': never };

/**
 * The key under which a definition gives all its options, including secrets. The symbol is registered,
 * because another copy of this package may have made the definition.
 */
const DEFINITION = Symbol.for('nestjs-client-sessions.definition');

interface OptionsHolder {
  readonly [DEFINITION]?: () => Readonly<SessionOptions>;
}

/** A session's name, configuration and type in one value, made by {@link defineSession}. */
export class SessionDefinition<T extends object = SessionContent> {
  /** Carries the content's type. It does not exist at run time. */
  declare readonly content: T;
  readonly name: string;
  /** A copy of the options without any secret, so that a definition can be printed. */
  readonly options: Readonly<Omit<SessionOptions, 'secret'>>;

  constructor(name: string, options: SessionOptions) {
    const own = ownCopy({ ...options, name });
    this.name = name;
    this.options = ownCopy(withoutSecrets(own));
    // A function hides the secrets when the object is printed, even with hidden properties and getters.
    Object.defineProperty(this, DEFINITION, { value: () => own });
    Object.freeze(this);
  }

  /**
   * Returns the same session with a secret, for `createSessionCodec()`.
   *
   * @example createSessionCodec(Cart.with(secret)).seal({ items: [] })
   */
  with(secret: SecretOption): SessionDefinition<T> {
    return new SessionDefinition<T>(this.name, { ...optionsOf(this), secret });
  }
}

/** Whether a value is a definition, from any copy of this package. */
export function isDefinition(value: unknown): value is SessionDefinition<object> {
  return (
    typeof value === 'object' && value !== null && typeof (value as OptionsHolder)[DEFINITION] === 'function'
  );
}

/** What helps where a session is undefined. */
export const REMEDY_OF_UNDEFINED =
  'If you gave a definition, the file that makes it imports this file: move it into a file of its own.';

/** All options of a session or a definition, including secrets. */
export function optionsOf(session: SessionOptions | SessionDefinition<object>): Readonly<SessionOptions> {
  return isDefinition(session) ? (session as OptionsHolder)[DEFINITION]!() : session;
}

/**
 * Options that are plain data and are copied. The others may have state of their own, such as a stream of
 * secrets, and are used as they were given.
 */
const DATA: readonly string[] = [
  'cookie',
  'legacy',
  'previousNames',
  'previousCookies',
  'migrate',
  'defaults',
];
/** Options that are secrets, here and inside `legacy`. */
const SECRETS: readonly string[] = ['secret', 'encryptionKey', 'signatureKey'];

/** Returns a frozen copy of options. Neither the caller nor a reader can change it. */
function ownCopy<O extends SessionOptions>(options: O): Readonly<O> {
  const entries = Object.entries(options).map(([option, value]) => [
    option,
    DATA.includes(option) ? frozenCopy<unknown>(value) : (value as unknown),
  ]);
  return Object.freeze(Object.fromEntries(entries) as O);
}

function withoutSecrets(options: SessionOptions): Omit<SessionOptions, 'secret'> {
  const { legacy } = options;
  return { ...withoutOwnSecrets(options), ...(legacy && { legacy: withoutOwnSecrets(legacy) }) };
}

function withoutOwnSecrets<O extends object>(options: O): O {
  return Object.fromEntries(Object.entries(options).filter(([option]) => !SECRETS.includes(option))) as O;
}

/**
 * Returns the name of the session that a name or a definition refers to.
 *
 * @throws TypeError for anything else, such as a definition that a circular import has left undefined
 */
export function nameOf(session: unknown): string {
  if (typeof session === 'string') return session;
  if (isDefinition(session)) return session.name;
  throw new TypeError(
    `The session must be a name or a definition, got ${shownValue(session)}. ` +
      'If you gave a definition, the file that makes it imports this file, and the definition does not exist yet: ' +
      'move it into a file of its own.',
  );
}

/**
 * Defines a session once, for modules, controllers, guards and tests: its name, its options, and the type of
 * its content.
 *
 * @param name the session's name, as in `@Session(name)`; also the cookie's name, unless `cookieName` is set
 * @example
 * export const Cart = defineSession('cart', {
 *   schema: z.object({ items: z.array(Item).default([]) }),
 *   duration: '120 days',
 * });
 * // sessions: [Cart]                                        in ClientSessionsModule.forRoot()
 * // add(@Session(Cart) cart: SessionOf<typeof Cart>)        in a controller
 * // getSession(request, Cart)                               anywhere else
 */
export function defineSession<S extends StandardSchema>(
  name: string,
  options: SchemaSessionOptions<S> & { schema: Reversible<S> },
): SessionDefinition<SchemaOutput<S> & object>;
/**
 * Defines a session with a type argument instead of a schema. `defaults` must hold every required key of the
 * type, because a fresh session holds nothing else.
 *
 * @example export const Auth = defineSession<{ userId?: string }>('auth', { duration: '1 day' });
 */
export function defineSession<T extends ContentShape<T> = SessionContent>(
  name: string,
  ...options: Record<never, never> extends TypedSessionOptions<T>
    ? [options?: TypedSessionOptions<T>]
    : [options: TypedSessionOptions<T>]
): SessionDefinition<T>;
export function defineSession(name: string, options: SessionOptions = {}): SessionDefinition {
  return new SessionDefinition(name, options);
}
