import { inspect, type InspectOptionsStylized } from 'node:util';
import type { ContentShape, SessionContent } from './content.js';
import type { Duration } from './duration.js';
import type { LoginOfSession, LoginRules } from './login-rules.js';
import { RESERVED_NAMES } from './reserved-names.js';
import type { SessionInfo } from './session-info.js';

/** A callback as in express-session. It is called at the end, with the error if there was one. */
export type SessionCallback = (error?: unknown) => void;

/** The methods of a session. Each of them throws a `SessionTooLateError` after the response head was sent. */
export interface SessionMethods<T extends object = SessionContent> {
  /**
   * Empties the session, except for the named keys, and starts it anew: the creation is now, the duration is
   * full, and the id is new, unless the keys that are kept make a login that goes on. The cookie is written in any
   * case. Call it when privileges change, as at a
   * login, and do not keep values there that a stranger may have chosen.
   *
   * @example session.reset();
   */
  readonly reset: (keep?: readonly (keyof T & string)[]) => void;
  /**
   * Empties the session and deletes the cookie in the browser. Content that is added afterwards starts a new
   * session.
   *
   * @param callback receives an error that would otherwise be thrown
   */
  readonly destroy: (callback?: SessionCallback) => void;
  /**
   * Gives this session a new duration from now on. The content stays. The duration may exceed the option
   * `duration`, but not `absoluteDuration`.
   *
   * @param duration ms, or text such as `'30 days'`
   * @param ephemeral `true`: the browser deletes the cookie when it closes, `false`: it does not. Default: as
   * before.
   * @throws `InvalidOptionsError` if it is not a duration
   */
  readonly setDuration: (duration: Duration, ephemeral?: boolean) => void;
  /**
   * Does the same as `reset()`, and makes a new session object for the request. The old object keeps its
   * content, but is not stored any more. Passport and similar libraries call this method before a login.
   *
   * @param keep names of keys that the new object takes over, as for `reset()`
   * @param callback receives an error that would otherwise be thrown
   */
  readonly regenerate: {
    (callback?: SessionCallback): void;
    (keep: readonly (keyof T & string)[], callback?: SessionCallback): void;
  };
  /**
   * Seals the session now, so that a problem throws early. The cookie is still sent with the response head.
   *
   * @param callback receives an error that would otherwise be thrown
   * @throws `SessionTooLargeError`, `SessionNotSerializableError`
   */
  readonly save: (callback?: SessionCallback) => void;
  /**
   * Discards the changes of this request, so that the session is as the browser sent it. Content may have a
   * key of this name, which hides the method.
   *
   * @param callback receives an error that would otherwise be thrown
   */
  readonly reload: (callback?: SessionCallback) => void;
}

/** A session: the content as plain properties, and inherited methods that no content can hide. */
export type Session<T extends ContentShape<T> = SessionContent> = T & SessionMethods<T>;

/** Carries out the methods of a session object. */
export interface SessionActions {
  reset(keep?: readonly string[]): void;
  destroy(): void;
  setDuration(duration: Duration, ephemeral?: boolean): void;
  regenerate(keep?: readonly string[]): void;
  save(): void;
  reload(): void;
  info(): SessionInfo;
  /** How long ago the session began, by first use, `reset()` or `regenerate()`: ms. */
  readonly age: number;
  /** Whether its times, its key and its login still allow the session to be used. */
  stands(): boolean;
  /** Whether changes of the session cannot reach the browser any more. */
  readonly isOver: boolean;
  /** What makes it a login, if it can be one: the same object for all sessions of one name. */
  readonly loginRules: LoginRules | undefined;
  /** The login that the session holds, or else the one that the request brought. */
  login(): LoginOfSession | undefined;
  /** Lets the login of this subject go on, with the generation that is current now. */
  renewLogin(subject: string): void;
}

/**
 * The key that leads from a session object to its actions, even if another copy of this package made the
 * object.
 */
export const ACTIONS: unique symbol = Symbol.for('nestjs-client-sessions/1.actions');

/**
 * The object that an application works with. Its own properties are the content. Everything else is private,
 * so that `Object.keys`, `JSON.stringify` and `util.inspect` show content only.
 */
class SessionObject {
  readonly #actions: SessionActions;

  constructor(actions: SessionActions) {
    this.#actions = actions;
  }

  get [ACTIONS](): SessionActions | undefined {
    return #actions in this ? this.#actions : undefined;
  }

  [inspect.custom](_depth: number, options: InspectOptionsStylized): string {
    return `Session ${inspect({ ...this }, options)}`;
  }
}
Object.defineProperty(SessionObject, 'name', { value: 'Session' });

const methods: SessionMethods = {
  reset(this: object, keep) {
    actionsBehind(this, 'reset').reset(assertKeys(keep));
  },
  destroy(this: object, callback) {
    tell(callback, () => actionsBehind(this, 'destroy').destroy());
  },
  setDuration(this: object, duration, ephemeral) {
    actionsBehind(this, 'setDuration').setDuration(duration, ephemeral);
  },
  regenerate(this: object, ...args: [keep?: unknown, callback?: unknown]) {
    const [keep, callback] = typeof args[0] === 'function' ? [undefined, args[0]] : args;
    tell(callback, () => actionsBehind(this, 'regenerate').regenerate(assertKeys(keep)));
  },
  save(this: object, callback) {
    tell(callback, () => actionsBehind(this, 'save').save());
  },
  reload(this: object, callback) {
    tell(callback, () => actionsBehind(this, 'reload').reload());
  },
};

/** Runs an action, and reports its result to the callback if there is one. */
function tell(callback: unknown, act: () => void): void {
  if (callback === undefined) return act();
  if (typeof callback !== 'function')
    throw new TypeError(
      `The callback must be a function, got a value of type ${typeof callback}; give a function, or leave it out`,
    );
  const answer = callback as SessionCallback;
  try {
    act();
  } catch (error) {
    return queueMicrotask(() => answer(error));
  }
  queueMicrotask(() => answer());
}

function assertKeys(keep: unknown): readonly string[] | undefined {
  if (keep === undefined || keep === null) return undefined;
  if (Array.isArray(keep) && keep.every((key) => typeof key === 'string')) return keep;
  throw new TypeError("The keys to keep must be a list of names; write them as in reset(['theme'])");
}

/**
 * The sessions of all visitors inherit from it, so nobody may change it, for example through
 * `session.__proto__`.
 */
const inherited = SessionObject.prototype;

/** What all session objects inherit from. */
export const SESSION_PROTOTYPE: object = inherited;

for (const name of RESERVED_NAMES) {
  const value = name === '__proto__' ? inherited : Object.freeze(methods[name as keyof SessionMethods]);
  Object.defineProperty(inherited, name, {
    get: () => value,
    set() {
      throw new TypeError(
        `"${name}" is reserved on a session and cannot be a key of its content; use another name`,
      );
    },
  });
}
// Content may have keys of these names, although the inherited properties cannot be changed.
for (const [name, value] of [
  ['constructor', SessionObject],
  ['reload', methods.reload],
] as const) {
  Object.defineProperty(inherited, name, {
    get: () => value,
    set(this: object, own: unknown) {
      Object.defineProperty(this, name, { value: own, writable: true, enumerable: true, configurable: true });
    },
  });
  Object.freeze(value);
}
Object.freeze(inherited);

/** Creates a session object without content. */
export function createSessionObject(actions: SessionActions): SessionContent {
  return new SessionObject(actions) as object as SessionContent;
}

/**
 * Returns the actions of a session object.
 *
 * @throws TypeError for any other value
 */
export function actionsOf(session: object): SessionActions {
  const actions = (session as Partial<SessionObject> | null | undefined)?.[ACTIONS];
  if (!actions)
    throw new TypeError(
      'Not a session object: use the object from @Session(), getSession() or req.session, not a copy of it',
    );
  return actions;
}

function actionsBehind(session: object | undefined, method: string): SessionActions {
  if (session !== undefined) return actionsOf(session);
  throw new TypeError(
    `${method}() was called without its session: write session.${method}(), or bind it to the session`,
  );
}
