import { createSessionId } from '../sealing/session-id.js';
import type { LoginOfSession, LoginRules, SubjectLogin } from './login-rules.js';

/** The login of one session in one request. */
export class SessionLogin {
  readonly #rules: LoginRules;
  /** The login that the request brought. */
  #brought: LoginOfSession | undefined;
  /** The login in the cookie that was sealed last. */
  #sealed: SubjectLogin | undefined;
  /** Whether the login that the request brought goes on. */
  #goesOn = false;
  /** The generation that {@link renew} has chosen. */
  #chosen: Omit<SubjectLogin, 'id'> | undefined;
  #freshId: Buffer | undefined;

  constructor(rules: LoginRules) {
    this.#rules = rules;
  }

  adopt(login: LoginOfSession | undefined): void {
    this.#brought = login;
    this.#goesOn = login !== undefined;
    this.#chosen = undefined;
    if (login) this.#rules.used(login);
  }

  /**
   * Lets the login that the request brought go on with the generation that is current now, if it is one of this
   * subject. Whatever ends it, or all logins of the subject, from now on has ended it, also before it is sealed.
   *
   * @throws `LoginsUnavailableError`
   */
  renew(subject: string): void {
    if (this.#brought?.subject !== subject) return;
    this.#chosen = { subject, generation: this.#rules.generationOf(subject) };
  }

  /**
   * Begins anew with the content that is kept. The login goes on if that content makes it. Otherwise a next one of the
   * same subject has nothing to do with it.
   *
   * @returns the id of the login that goes on. It stays, so that whoever ends the login reaches it
   */
  restart(kept: object): Buffer | undefined {
    if (!this.#goesOn && !this.#chosen) return undefined;
    if (!this.#isMadeBy(kept)) {
      this.#goesOn = false;
      this.#chosen = undefined;
    }
    return this.#goesOn ? this.#brought?.id : undefined;
  }

  /**
   * The login that this content makes, as it is sealed. One that has ended stays ended, also under a new id.
   *
   * @param id the session's id
   * @throws `LoginsUnavailableError` for one that begins
   */
  madeBy(content: object, id: Buffer): SubjectLogin | undefined {
    const subject = this.#rules.subjectOf(content);
    if (subject === undefined) return undefined;
    const brought = this.#brought;
    if (!this.#goesOn || brought?.subject !== subject)
      return this.#beginning({ subject, id, generation: this.#generationOf(subject) });
    if (this.#chosen) return { ...this.#chosen, id };
    if (this.#rules.hasEnded(brought)) return { subject, id: brought.id, generation: brought.generation };
    return { subject, id, generation: this.#rules.nextGenerationOf(brought) };
  }

  /** Notes the login that is sealed now. @throws as {@link madeBy} does */
  seal(content: object, id: Buffer): SubjectLogin | undefined {
    return (this.#sealed = this.madeBy(content, id));
  }

  /** The login that was sealed, if it is not as the request brought it. */
  get begun(): SubjectLogin | undefined {
    const [sealed, brought] = [this.#sealed, this.#brought];
    if (!sealed || !brought || sealed.subject !== brought.subject) return sealed;
    const isSame = brought.id.equals(sealed.id) && brought.generation.equals(sealed.generation);
    return isSame ? undefined : sealed;
  }

  /** The login that goes on, or else the one that the request brought. Its end outlives the cookies of both. */
  lasting(current: LoginOfSession | undefined): LoginOfSession | undefined {
    const brought = this.#brought;
    if (!current || !brought) return current ?? brought;
    return { ...current, latestEnd: Math.max(current.latestEnd, brought.latestEnd) };
  }

  /** The session may have been a login before, which has ended. The next one must not end with it. */
  #beginning(login: SubjectLogin): SubjectLogin {
    return this.#rules.hasEnded(login) ? { ...login, id: (this.#freshId ??= createSessionId()) } : login;
  }

  #generationOf(subject: string): Buffer {
    const chosen = this.#chosen;
    return chosen?.subject === subject ? chosen.generation : this.#rules.generationOf(subject);
  }

  #isMadeBy(content: object): boolean {
    try {
      return this.#rules.subjectOf(content) === this.#brought?.subject;
    } catch {
      // The function of the application finds nobody in content of which parts were left behind.
      return false;
    }
  }
}
