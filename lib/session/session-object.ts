import type { ContentShape, SessionContent } from './content.js';
import type { Duration } from './duration.js';
import { RESERVED_NAMES } from './reserved-names.js';
import type { SessionInfo } from './session-info.js';

/** What a session can do besides holding its content. */
export interface SessionMethods<T extends object = SessionContent> {
  /**
   * Empties the session but for the named keys and starts it anew: creation is now, full duration, new id.
   * The cookie is written in any case. Call it where privileges change, such as login.
   *
   * @example session.reset(['csrf']);
   */
  readonly reset: (keep?: readonly (keyof T & string)[]) => void;
  /** Empties the session and deletes the cookie in the browser. What is put in afterwards starts a new session. */
  readonly destroy: () => void;
  /**
   * A new duration from now, for this session only; the content stays.
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
   * @param callback called when done, as express-session does
   */
  readonly regenerate: (callback?: (error?: unknown) => void) => void;
  /**
   * Seals the session now, to learn of a problem early; the cookie still leaves with the response head.
   *
   * @param callback receives the problem, if there is one. Without it the problem is thrown.
   * @throws `SessionTooLargeError`, `SessionNotSerializableError`
   */
  readonly save: (callback?: (error?: unknown) => void) => void;
}

/** A session: the content as plain properties, and inherited methods that no content can hide. */
export type Session<T extends ContentShape<T> = SessionContent> = T & SessionMethods<T>;

/** What carries out the methods of a session object. */
export interface SessionActions {
  reset(keep?: readonly string[]): void;
  destroy(): void;
  setDuration(duration: Duration, ephemeral?: boolean): void;
  regenerate(): void;
  save(): void;
  info(): SessionInfo;
}

/**
 * The object an application works with. Content is its own properties; the way to everything else is private, so that
 * `Object.keys`, `JSON.stringify` and `util.inspect` show content only.
 */
class SessionObject {
  readonly #actions: SessionActions;

  constructor(actions: SessionActions) {
    this.#actions = actions;
  }

  static actionsOf(candidate: object): SessionActions | undefined {
    return #actions in candidate ? candidate.#actions : undefined;
  }
}
Object.defineProperty(SessionObject, 'name', { value: 'Session' });

const methods: SessionMethods = {
  reset(this: object, keep) {
    actionsOf(this).reset(keep);
  },
  destroy(this: object) {
    actionsOf(this).destroy();
  },
  setDuration(this: object, duration, ephemeral) {
    actionsOf(this).setDuration(duration, ephemeral);
  },
  regenerate(this: object, callback) {
    actionsOf(this).regenerate();
    if (callback) queueMicrotask(() => callback());
  },
  save(this: object, callback) {
    if (!callback) return actionsOf(this).save();
    let problem: unknown;
    try {
      actionsOf(this).save();
    } catch (error) {
      problem = error;
    }
    queueMicrotask(() => (problem === undefined ? callback() : callback(problem)));
  },
};

for (const name of RESERVED_NAMES) {
  const value = name === '__proto__' ? SessionObject.prototype : methods[name as keyof SessionMethods];
  Object.defineProperty(SessionObject.prototype, name, {
    get: () => value,
    set() {
      throw new TypeError(
        `"${name}" is reserved on a session and cannot be a key of its content; use another name`,
      );
    },
  });
}

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
  const actions = SessionObject.actionsOf(session);
  if (!actions)
    throw new TypeError(
      'Not a session object: use what @Session(), getSession() or req.session gave, not a copy of it',
    );
  return actions;
}
