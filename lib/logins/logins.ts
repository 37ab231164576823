import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { LoginsUnavailableError } from '../errors/logins-unavailable.error.js';
import { shownValue } from '../errors/shown-value.js';
import { decodeBase64url } from '../sealing/base64url.js';
import { LOGIN_ID_BYTES, nextGeneration } from '../sealing/login.js';
import { createSessionId } from '../sealing/session-id.js';
import { schedule, type Schedule } from './clocks.js';
import type { EndedGeneration } from './login-fact.js';
import type { LoginFollower } from './login-follower.js';
import { type LoginEntry, LoginList, type LoginListSettings } from './login-list.js';
import type { LoginOfSession } from '../session/login-rules.js';
import type { LoginSession, LoginSessionOf } from './login-session.js';
import { answerInTime } from './answer-in-time.js';

/** Of calls of `endAll()` for one subject at the same time, each comes after the ones before. */
const MOST_CALLS_AT_ONCE = 20;

/** What {@link Logins} are made of. */
export interface LoginsSettings extends LoginListSettings {
  readonly follower: LoginFollower;
  /** ms */
  readonly maxLag: number;
  /** For how long a login can be used after it was sealed, in any session: ms. */
  readonly longestLifetime: number;
  readonly sessionOf: LoginSessionOf;
  readonly schedule?: Schedule | undefined;
}

/** How well this process knows who is logged in. */
export interface LoginsHealth {
  /** `down`: requests with a login are refused. */
  readonly status: 'up' | 'down';
  /** How old the knowledge of this process is: ms. */
  readonly lag: number;
  /** How many ends this process knows. */
  readonly ended: number;
}

/** The options of {@link Logins.endAll}. */
export interface EndAllOptions {
  /** A session of the same subject that goes on. */
  readonly except?: object | undefined;
}

/**
 * Ends logins on all servers. A session is a login while its option `subject` returns something.
 *
 * Where a method has resolved, the end is stored. This process refuses the login at once, and every other one within
 * `maxLag`.
 */
export class Logins {
  readonly #given: LoginsSettings | undefined;
  readonly #list: LoginList | undefined;

  /** @param settings `undefined` where no session can be a login @internal */
  constructor(settings: LoginsSettings | undefined) {
    this.#given = settings;
    this.#list = settings && new LoginList(settings);
  }

  /**
   * Ends the login of a session on all servers, and then destroys the session as `session.destroy()` does. A session
   * without a login is only destroyed.
   *
   * @example await logins.end(session);
   * @throws `LoginsUnavailableError` if the end could not be stored; then the session is not destroyed
   */
  async end(session: object): Promise<void> {
    const { follower } = this.#settings;
    const found = this.#sessionOf(session);
    const login = found.login();
    if (login) await follower.add([{ type: 'login', id: login.id, until: login.latestEnd }]);
    if (!found.isOver) found.destroy();
  }

  /**
   * Ends every login of a subject that began before now, listed or not.
   *
   * @param options `except`: a session of this subject that goes on. Its cookie is written anew, so its response head
   * must not have been sent. If two of these calls run at the same time, at most one of the two sessions goes on.
   * @example await logins.endAll(user.id, { except: session });
   * @throws TypeError if the subject is no text and no number, or if the session is none of its logins
   * @throws `LoginsUnavailableError` if the end could not be stored
   */
  async endAll(subject: string | number, { except }: EndAllOptions = {}): Promise<void> {
    const { revocations } = this.#settings;
    const text = subjectText(subject);
    const own = except === undefined ? undefined : this.#exceptionFor(except, text);
    const call = createSessionId();
    for (let i = 0; i < MOST_CALLS_AT_ONCE; i++) {
      const chains = await this.#endGenerations(text, call);
      if (own) {
        const { id, generation } = own.login;
        const next = chains.map((facts) => nextGeneration(facts.at(-1)!.generation));
        const isEnded = next.some((each) => revocations.isKnownToHaveEnded({ id, generation: each }));
        if (revocations.isEndedBy(call, generation) && !isEnded) own.session.renewLogin(text);
        return;
      }
      // A call that came before this one in the store may let a session go on that is to end now.
      if (chains.flat().every((fact) => revocations.isEndedBy(call, fact.generation))) return;
    }
    throw new LoginsUnavailableError('Logins could not be ended: too many calls end them at the same time');
  }

  /**
   * Ends a login of {@link list}. It is no error if there is no such login any more.
   *
   * @throws TypeError if it is not an id
   * @throws `LoginsUnavailableError` if the end could not be stored
   */
  async endById(id: string): Promise<void> {
    const bytes = typeof id === 'string' ? decodeBase64url(id) : undefined;
    if (bytes?.length !== LOGIN_ID_BYTES)
      throw new TypeError(
        'The id of a login must be text of 22 characters; give the "id" of an entry of list() as it is',
      );
    const { follower, clocks, longestLifetime } = this.#settings;
    await follower.add([{ type: 'login', id: bytes, until: clocks.now() + longestLifetime }]);
  }

  /**
   * Returns the logins of a subject that have not ended, the newest first.
   *
   * @throws TypeError if the subject is no text and no number
   * @throws `LoginsUnavailableError` if the store does not answer
   */
  async list(subject: string | number): Promise<LoginEntry[]> {
    const { maxLag, schedule: later = schedule } = this.#settings;
    const text = subjectText(subject);
    return answerInTime(maxLag, later, 'Logins cannot be listed', () => this.#list!.of(text));
  }

  /**
   * Calls a listener once, when `Logins` have ended the login of a session: at once in this process, soon in every
   * other. Close open WebSockets there. It does not tell that time has run out, and a session without a login never
   * calls it.
   *
   * @returns a function that takes the listener back. Call it when the connection closes
   * @example client.on('close', logins.onEnd(session, () => client.close(4401)));
   */
  onEnd(session: object, listener: () => unknown): () => void {
    const login = this.#sessionOf(session).login();
    return login ? this.#settings.revocations.onEnd(login, listener) : () => undefined;
  }

  /**
   * Asks the store itself: once it has resolved, this process knows of every end until now.
   *
   * @throws `LoginsUnavailableError` if the store does not answer within `maxLag`
   */
  async catchUp(): Promise<void> {
    await this.#settings.follower.catchUp();
  }

  /**
   * Returns the state of the logins as a health indicator of `@nestjs/terminus`.
   *
   * @param key the name in the report. @default 'logins'
   * @example health.check([() => logins.health()]);
   */
  health<const Key extends string = 'logins'>(key?: Key): Record<Key, LoginsHealth> {
    const { isUpToDate, lag, size: ended } = this.#settings.revocations;
    const health: LoginsHealth = { status: isUpToDate ? 'up' : 'down', lag: Math.round(lag), ended };
    return { [key ?? 'logins']: health } as Record<Key, LoginsHealth>;
  }

  /**
   * Lists a login that was sealed: a new one, and one with a new generation or a later end. It never throws.
   *
   * @internal
   */
  began(login: LoginOfSession, request: unknown): void {
    this.#list?.add(login, request);
  }

  /** Keeps that a login is in use. It never throws. @internal */
  used(login: LoginOfSession): void {
    this.#list?.touch(login);
  }

  /**
   * Ends the generations of a subject that are in use.
   *
   * @returns the facts, for each hash of the subject
   */
  async #endGenerations(subject: string, call: Buffer): Promise<readonly (readonly EndedGeneration[])[]> {
    const { follower, revocations, hashes, longestLifetime } = this.#settings;
    // Others may have ended the subject's logins before. New ones have begun since, and they are to end, too.
    await follower.catchUp();
    const chains = hashes.all(subject).map((hash) => revocations.endsOf(hash, longestLifetime, call));
    await follower.store(chains.flat());
    try {
      // Of calls at the same time, the one that comes first in the store has ended the generation.
      await follower.catchUp();
    } finally {
      revocations.apply(chains.flat());
    }
    return chains;
  }

  get #settings(): LoginsSettings {
    if (this.#given) return this.#given;
    throw new InvalidOptionsError(
      'subject',
      'must be given for a session, because otherwise there are no logins',
      'Give the session of the login a function such as subject: (content) => content.userId.',
    );
  }

  #sessionOf(session: object): LoginSession {
    return this.#settings.sessionOf(session);
  }

  #exceptionFor(except: object, subject: string): { session: LoginSession; login: LoginOfSession } {
    const session = this.#sessionOf(except);
    const login = session.login();
    if (login?.subject !== subject)
      throw new TypeError(
        '"except" must be a login of the same subject; give the session of the visitor who asks',
      );
    if (session.isOver)
      throw new TypeError(
        '"except" must be a session whose cookie can be written; call endAll() before the response is sent',
      );
    return { session, login };
  }
}

function subjectText(subject: unknown): string {
  if (typeof subject === 'string' && subject !== '') return subject;
  if (typeof subject === 'number' && Number.isFinite(subject)) return String(subject);
  throw new TypeError(
    `The subject of a login must be text or a number, got ${shownValue(subject)}; ` +
      'give what the option "subject" returns, such as the id of a user',
  );
}
