import type { LoginOfSession, LoginRules, SubjectLogin } from './login-rules.js';

/** The login of one session in one request. */
export class SessionLogin {
  readonly #rules: LoginRules;
  /** The login that the request brought. */
  #brought: LoginOfSession | undefined;
  /** Whether the login that the request brought goes on. */
  #goesOn = false;

  constructor(rules: LoginRules) {
    this.#rules = rules;
  }

  adopt(login: LoginOfSession | undefined): void {
    this.#brought = login;
    this.#goesOn = login !== undefined;
    if (login) this.#rules.used(login);
  }

  /** Has the next login sealed with the generation that is current then, as one that begins. */
  renew(): void {
    this.#goesOn = false;
  }

  /** Begins anew with the content that is kept. The login goes on if that content makes it. */
  restart(kept: object): void {
    this.#goesOn &&= this.#isMadeBy(kept);
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
      return { subject, id, generation: this.#rules.generationOf(subject) };
    if (this.#rules.hasEnded(brought)) return { subject, id: brought.id, generation: brought.generation };
    return { subject, id, generation: this.#rules.nextGenerationOf(brought) };
  }

  /** Whether a login is not as the request brought it. */
  isNew({ id, generation, subject }: LoginOfSession): boolean {
    const brought = this.#brought;
    return brought?.subject !== subject || !brought.id.equals(id) || !brought.generation.equals(generation);
  }

  #isMadeBy(content: object): boolean {
    try {
      return this.#rules.subjectOf(content) === this.#brought?.subject;
    } catch {
      // The function of the application finds nobody in content of which parts were left behind.
      return false;
    }
  }

  /** The login that the request brought, also after the session was ended or begun anew. */
  get brought(): LoginOfSession | undefined {
    return this.#brought;
  }
}
