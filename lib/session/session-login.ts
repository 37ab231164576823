import type { LoginOfSession, LoginRules, SubjectLogin } from './login-rules.js';

/** The login of one session in one request. */
export class SessionLogin {
  readonly #rules: LoginRules;
  /** The login that the request brought. */
  #brought: LoginOfSession | undefined;
  /** What is sealed, if the same subject is still logged in then. */
  #sealed: Omit<SubjectLogin, 'id'> | undefined;

  constructor(rules: LoginRules) {
    this.#rules = rules;
  }

  adopt(login: LoginOfSession | undefined): void {
    this.#brought = this.#sealed = login;
    if (login) this.#rules.used(login);
  }

  /** Seals the login with the generation that is current then. */
  renew(): void {
    this.#sealed = undefined;
  }

  /** The login that this content makes, as it is sealed. @throws `LoginsUnavailableError` for one that begins */
  madeBy(content: object): Omit<SubjectLogin, 'id'> | undefined {
    const subject = this.#rules.subjectOf(content);
    if (subject === undefined) return undefined;
    if (this.#sealed?.subject !== subject) {
      this.#sealed = { subject, generation: this.#rules.generationOf(subject) };
    }
    return this.#sealed;
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
