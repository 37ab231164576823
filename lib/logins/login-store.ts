/** A text that a store keeps and hands out unchanged. It holds no personal data and no secret. */
export interface StoredFact {
  readonly text: string;
  /** From this time on nobody needs the fact: ms since epoch. */
  readonly until: number;
}

/** A part of the facts, in the order in which they were added. */
export interface FactPage {
  readonly facts: readonly StoredFact[];
  /** Where the next `read()` goes on. `undefined` if there is no fact yet. */
  readonly cursor: string | undefined;
  /** Whether there are more facts already. */
  readonly hasMore: boolean;
  /** Whether the store has lost the fact of the given cursor. The page then begins with its first fact. */
  readonly isLost?: boolean | undefined;
}

/** One login in the list of its subject. */
export interface ListedLogin {
  readonly id: string;
  /** A sealed text that describes the login. */
  readonly text: string;
  /** ms since epoch; `undefined` before the first `touch()` */
  readonly usedAt?: number | undefined;
}

/** A login that is to be listed. */
export interface NotedLogin {
  /** A keyed hash of the subject. */
  readonly subject: string;
  readonly id: string;
  readonly text: string;
  /** From this time on the login is not listed: ms since epoch. */
  readonly until: number;
}

/**
 * Keeps what several processes have to know of ended logins. The store holds no session and nobody's name: only facts
 * that are added and expire, and a list of logins for convenience. No fact is ever changed or taken back, so an end
 * cannot be undone by a request that was under way.
 *
 * Every method rejects if the store cannot do it, and none waits longer than a few seconds. Times are given, because
 * the clock is injected.
 */
export interface LoginStore {
  /**
   * Adds facts. Once it has resolved, every `read()` that begins later returns them, in every process, also after the
   * store was killed and restarted.
   *
   * @param now ms since epoch; the store may forget facts whose time was over an hour before
   */
  add(facts: readonly StoredFact[], now: number): Promise<void>;

  /**
   * Returns facts that were added after the one with the cursor, the oldest first, at most some thousands. All
   * processes read them in the same order.
   *
   * @param after the cursor of an earlier page. @default from the beginning
   */
  read(after: string | undefined): Promise<FactPage>;

  /** Lists a login, or lists it anew. The store keeps a thousand logins of a subject, those that end last. */
  note(login: NotedLogin, now: number): Promise<void>;

  /** Keeps when a login was used last. A login that is not listed stays unlisted. */
  touch(subject: string, id: string, usedAt: number): Promise<void>;

  /** Returns the listed logins of a subject, in any order. */
  list(subject: string, now: number): Promise<readonly ListedLogin[]>;

  /** Ends timers, connections and files that the store itself opened. Clients that were given to it stay open. */
  close?(): void | Promise<void>;
}
