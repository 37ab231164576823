import { inspect, type InspectOptionsStylized } from 'node:util';
import type { ContentShape, SessionContent } from './content.js';
import type { Duration } from './duration.js';
import { RESERVED_NAMES } from './reserved-names.js';
import type { SessionInfo } from './session-info.js';

/** Called when done, with the problem if there was one, as express-session does it. */
export type SessionCallback = (error?: unknown) => void;

/** What a session can do besides holding its content. Every method throws a `SessionTooLateError` once the response head was sent. */
export interface SessionMethods<T extends object = SessionContent> {
  /**
   * Empties the session but for the named keys and starts it anew: creation is now, full duration, new id.
   * The cookie is written in any case. Call it where privileges change, such as login, and keep nothing there that a stranger may have chosen.
   *
   * @example session.reset();
   */
  readonly reset: (keep?: readonly (keyof T & string)[]) => void;
  /**
   * Empties the session and deletes the cookie in the browser. What is put in afterwards starts a new session.
   *
   * @param callback receives a problem instead of its being thrown
   */
  readonly destroy: (callback?: SessionCallback) => void;
  /**
   * A new duration from now, for this session only; the content stays. It may exceed the option `duration`, and is limited by
   * `absoluteDuration`.
   *
   * @param duration ms, or text such as `'30 days'`
   * @param ephemeral `true`: the browser forgets the cookie when it closes, `false`: it does not. Default: as it was.
   * @throws `InvalidOptionsError` when it is no duration
   */
  readonly setDuration: (duration: Duration, ephemeral?: boolean) => void;
  /**
   * `reset()`, and the request's session becomes a new object: references to this one keep their content, which is stored no
   * more. What passport and its kind call before login.
   *
   * @param keep names of keys that the new object takes over, as for `reset()`
   * @param callback receives a problem instead of its being thrown
   */
  readonly regenerate: {
    (callback?: SessionCallback): void;
    (keep: readonly (keyof T & string)[], callback?: SessionCallback): void;
  };
  /**
   * Seals the session now, to learn of a problem early; the cookie still leaves with the response head.
   *
   * @param callback receives a problem instead of its being thrown
   * @throws `SessionTooLargeError`, `SessionNotSerializableError`
   */
  readonly save: (callback?: SessionCallback) => void;
  /**
   * Gives up what this request has changed: the session is again as the browser brought it. Content may have a key of this name, which hides
   * the method.
   *
   * @param callback receives a problem instead of its being thrown
   */
  readonly reload: (callback?: SessionCallback) => void;
}

/** A session: the content as plain properties, and inherited methods that no content can hide. */
export type Session<T extends ContentShape<T> = SessionContent> = T & SessionMethods<T>;

/** What carries out the methods of a session object. */
export interface SessionActions {
  reset(keep?: readonly string[]): void;
  destroy(): void;
  setDuration(duration: Duration, ephemeral?: boolean): void;
  regenerate(keep?: readonly string[]): void;
  save(): void;
  reload(): void;
  info(): SessionInfo;
}

/** Leads from a session object to its actions, also where another copy of this package has made it. */
const ACTIONS = Symbol.for('nestjs-client-sessions/1.actions');

/**
 * The object an application works with. Content is its own properties; the way to everything else is private, so that
 * `Object.keys`, `JSON.stringify` and `util.inspect` show content only.
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

/** Does something, and tells a callback how it went where there is one. */
function tell(callback: unknown, act: () => void): void {
  if (callback === undefined) return act();
  if (typeof callback !== 'function')
    throw new TypeError(`The callback is of type ${typeof callback}; give a function, or leave it out`);
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
  throw new TypeError("What to keep is no list of keys; write them as in reset(['theme'])");
}

/** All visitors inherit from it, so nothing in it can be changed, by way of `session.__proto__` for one. */
const inherited = SessionObject.prototype;

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
// Content may have keys of these names, although what is inherited cannot be changed.
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

/** A session object without content. */
export function createSessionObject(actions: SessionActions): SessionContent {
  return new SessionObject(actions) as object as SessionContent;
}

/**
 * What is behind a session object.
 *
 * @throws TypeError for any other value
 */
export function actionsOf(session: object): SessionActions {
  const actions = (session as Partial<SessionObject> | null | undefined)?.[ACTIONS];
  if (!actions)
    throw new TypeError(
      'Not a session object: use what @Session(), getSession() or req.session gave, not a copy of it',
    );
  return actions;
}

function actionsBehind(session: object | undefined, method: string): SessionActions {
  if (session !== undefined) return actionsOf(session);
  throw new TypeError(
    `${method}() was called without its session: write session.${method}(), or bind it to the session`,
  );
}
