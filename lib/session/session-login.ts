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

  /** The login that this content makes, as it is sealed. @throws `LoginsUnavailableError` for one that begins */
  madeBy(content: object): Omit<SubjectLogin, 'id'> | undefined {
    const subject = this.#rules.subjectOf(content);
    if (subject === undefined) return undefined;
    const brought = this.#brought;
    const goesOn = this.#goesOn && brought?.subject === subject;
    const generation = goesOn ? this.#rules.nextGenerationOf(brought) : this.#rules.generationOf(subject);
    return { subject, generation };
  }

  /** Whether a login is not as the request brought it. */
  isNew({ id, generation, subject }: LoginOfSession): boolean {
    const brought = this.#brought;
    return brought?.subject !== subject || !brought.id.equals(id) || !brought.generation.equals(generation);
  }

  /** The login that the request brought, also after the session was ended or begun anew. */
  get brought(): LoginOfSession | undefined {
    return this.#brought;
  }
}
