import type { Type } from '@nestjs/common';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { methodHolderOf } from './methods.js';

/** A place in the code that asks for a session. */
interface AskedSession {
  readonly place: string;
  /** `undefined`: the whole class asks for it. */
  readonly method: string | symbol | undefined;
  /** `undefined`: the default session. */
  readonly name: string | undefined;
  readonly how: How;
  /** What a decorator has given the method, or the class, to guard it. */
  readonly guard: object | undefined;
}

/**
 * In a handler, in a guard that asks the store whether the login has ended, by injection, or for the configuration of
 * the session only.
 */
type How = 'handled' | 'checked in the store' | 'injected' | 'options';

const ASKED_SESSIONS = Symbol('nestjs-client-sessions.asked');

/**
 * Records that a class, or a method of it, asks for a session, so that an unknown name stops the application
 * at start and not at the first request.
 *
 * @param target the target of a decorator: a class or its prototype
 */
export function noteAskedSession(
  target: object,
  method: string | symbol | undefined,
  name: string | undefined,
  how: How = 'handled',
  guard?: object,
): void {
  const type = typeof target === 'function' ? target : target.constructor;
  const place = method === undefined ? type.name : `${type.name}.${String(method)}`;
  const asked = askedBy(type);
  Reflect.defineMetadata(ASKED_SESSIONS, [...asked, { place, method, name, how, guard }], type);
}

/** Why a session without a name means none. */
export type ReasonForNames = 'several configurations' | 'features only';

const REASONS: Readonly<Record<ReasonForNames, readonly [problem: string, remedy: string]>> = {
  'several configurations': [
    'because ClientSessionsModule is configured more than once, and each configuration has its own default session',
    'Call forRoot() once, with all sessions',
  ],
  'features only': [
    'because forRoot() lists no session, and none of forFeature() is the default one',
    'List the default session first in "sessions" of forRoot()',
  ],
};

/**
 * Refuses classes that ask for an unknown session, or for the default session if there is none.
 *
 * @param known names of all sessions, if they are known
 * @param reason why a session without a name means none. @default it means one certain session
 * @throws {@link InvalidOptionsError} with the class and its method
 */
export function assertAskedSessionsExist(
  types: readonly Type[],
  known: readonly string[] | undefined,
  reason: ReasonForNames | undefined,
): void {
  const list = known ? `one of: ${known.join(', ')}` : 'a configured one';
  for (const { place, name, how } of types.flatMap(askedByParentsOf)) {
    if (name === undefined) {
      // Each module sees the options of the configuration that it imports.
      if (!reason || (how === 'options' && reason === 'several configurations')) continue;
      const [problem, remedy] = REASONS[reason];
      throw new InvalidOptionsError(
        place,
        `must name the session, ${problem}`,
        `${remedy}; or name the session, ${list}.`,
      );
    }
    if (known?.includes(name) ?? true) continue;
    throw new InvalidOptionsError(
      place,
      `asks for the session "${name}", which does not exist`,
      `Add it to "sessions" of ClientSessionsModule, or use ${list}.`,
    );
  }
}

/**
 * Refuses classes that ask the store whether a session has ended that is no login.
 *
 * @param canBeLogin whether a session can be a login; without a name, the default session
 * @throws {@link InvalidOptionsError} with the class and its method
 */
export function assertAskedLoginsExist(
  types: readonly Type[],
  canBeLogin: (name: string | undefined) => boolean,
): void {
  for (const { place, name, how } of types.flatMap(guardsOf)) {
    if (how !== 'checked in the store' || canBeLogin(name)) continue;
    const session = name === undefined ? 'the default session' : `the session "${name}"`;
    throw new InvalidOptionsError(
      place,
      `must not ask the store about ${session}, which is no login`,
      "Give the session the option subject: (content) => content.userId, or leave out consistency: 'store'.",
    );
  }
}

/** Returns the guards that decorators have given the methods of a class and of its parents. */
export function guardedMethodsOf(type: Type): { readonly method: string | symbol; readonly guard: object }[] {
  return guardsOf(type).flatMap(({ method, guard }) => (method && guard ? { method, guard } : []));
}

/** Returns the methods of a class, own and inherited ones, that ask for a session. */
export function askingMethodsOf(type: Type): Set<string | symbol> {
  return new Set(askedByParentsOf(type).flatMap(({ method }) => method ?? []));
}

/**
 * Returns what a class and its parents ask for. Nest gives a method that overrides another one the same
 * arguments.
 */
function askedByParentsOf(type: Type): readonly AskedSession[] {
  return ownersOf(type).flatMap(askedBy);
}

/** Returns a class and its parents. */
function ownersOf(type: Type): readonly Type[] {
  const parent = Object.getPrototypeOf(type) as Type | null;
  return parent === null ? [type] : [type, ...ownersOf(parent)];
}

/** The guards of a method are not those of the method that it overrides. */
function guardsOf(type: Type): readonly AskedSession[] {
  const isOverridden = ({ method }: AskedSession, owner: Type): boolean =>
    method !== undefined && holderOf(type, method) !== holderOf(owner, method);
  return ownersOf(type).flatMap((owner) => askedBy(owner).filter((asked) => !isOverridden(asked, owner)));
}

function holderOf(type: Type, method: string | symbol): object | undefined {
  return methodHolderOf(type.prototype as object, method);
}

function askedBy(type: object): readonly AskedSession[] {
  return (Reflect.getOwnMetadata(ASKED_SESSIONS, type) as AskedSession[] | undefined) ?? [];
}
