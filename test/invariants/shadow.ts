import type { SessionPlan, SessionRelease } from './application.js';
import { type Content, freshContent, pushInto } from './contents.js';
import type { Life, Login, Renewed, Written } from './history.js';
import { begin, isUseDue, prolonged, tickOf, type Times, withDuration } from './lifetimes.js';
import type { LoginLedger } from './logins.js';
import type { Finding, Sight } from './oracle.js';
import type { Act } from './visits.js';

/** What surrounds a session in a request. */
export interface Surroundings {
  readonly browser: number;
  readonly now: () => number;
  readonly logins: LoginLedger;
  readonly sealingKey: () => string | undefined;
  /** Whether the browser has withheld its cookies. */
  readonly isWithheld: boolean;
}

/** What the response has to do with the session's own cookie. */
export type Duty = 'write' | 'delete' | 'leave';

let lastId = 0;

/** What one session of one request has to be: it is told everything that happens to the real one. */
export class Shadow {
  content!: Content;
  /** The write that the request brought, until the session begins anew. */
  opened: Written | undefined;
  times!: Times;
  renewals: readonly Renewed[] = [];
  isKept: boolean | undefined;
  isWithheld!: boolean;
  ephemeral: boolean | undefined;
  /** Identities of sessions that this request has ended. */
  ended!: string[];
  /** Whether a use has to be told to the browser. `undefined`: perhaps. */
  isUseDue: boolean | undefined;
  /** Whether what is told must hold the content. `undefined`: perhaps. */
  needsCopy: boolean | undefined;
  /** Whether the session may be in one of two states, both of which are right. */
  isVague = false;
  #isBegun!: boolean;
  #stored!: string;
  #fresh!: string;
  #intent!: Duty;
  #broughtAt = 0;
  #endedBefore!: readonly string[];
  #id!: object;
  #brought: Login | undefined;
  #goesOn!: boolean;
  /** The login that goes on although all others of the user have ended. */
  #excepted: Omit<Login, 'id'> | undefined;
  #freshId: object | undefined;

  constructor(
    readonly plan: SessionPlan,
    readonly today: SessionRelease,
    private readonly around: Surroundings,
  ) {}

  /** Begins with what was found. @param content the same content, with its keys in the order of the real session */
  start(finding: Finding, content: Content, { ended, findings }: Sight): void {
    const { opened, times, renewals } = finding;
    const now = this.around.now();
    this.content = structuredClone(content);
    this.#stored = this.#fresh = JSON.stringify(content);
    this.opened = opened;
    this.renewals = renewals;
    this.isKept = finding.isKept;
    this.isVague = findings.length > 1;
    this.isWithheld = this.around.isWithheld;
    this.#intent = 'leave';
    this.#endedBefore = ended;
    this.ended = [];
    this.#brought = opened?.login;
    this.#goesOn = opened?.login !== undefined;
    this.#excepted = undefined;
    this.#isBegun = opened === undefined;
    if (!opened || !times) {
      this.#id = newId();
      this.ephemeral = undefined;
      this.times = this.#begin();
      this.isUseDue = false;
      return;
    }
    const longer = prolonged(times, now, this.today.lifetimes);
    const { secret, version } = opened;
    const isOld =
      version < this.today.version ||
      opened.cookies[0]![0] !== this.today.scope.cookieName ||
      (secret === undefined
        ? !this.isLegacyWritten
        : this.isLegacyWritten || secret !== this.around.sealingKey());
    this.#id = opened.loginId;
    this.#broughtAt = opened.times.at;
    this.times = longer ?? times;
    this.ephemeral = opened.ephemeral;
    this.isUseDue =
      longer !== undefined || (isOld && renewals.length === 0) || isUseDue(times, now, this.today.lifetimes);
    if (isOld && !this.isUseDue) this.isUseDue = undefined;
    this.needsCopy = isOld || longer !== undefined || (renewals.length > 0 ? undefined : false);
  }

  /** Whether this release writes the format of client-sessions. */
  get isLegacyWritten(): boolean {
    return this.plan.isLegacy && this.today === this.plan.releases[0];
  }

  get life(): Life {
    const { startedAt, createdAt } = this.times;
    // The format of client-sessions knows one beginning only.
    const start = this.isLegacyWritten ? createdAt : startedAt;
    return { browser: this.around.browser, identity: this.#identityAt(start) };
  }

  get loginId(): object {
    return this.#login().id;
  }

  /** The login that the content makes, as it would be sealed now. */
  get login(): Login | undefined {
    return this.#login().login;
  }

  /** The login of the session, or else the one that the request brought. */
  get endable(): Login | undefined {
    return this.login ?? this.#brought;
  }

  get duty(): Duty {
    if (this.isKept || this.isWithheld) return 'leave';
    const text = JSON.stringify(this.content);
    if (this.#intent === 'delete' && text === this.#fresh) return 'delete';
    return this.#intent !== 'leave' || text !== this.#stored ? 'write' : 'leave';
  }

  get isChanged(): boolean {
    return JSON.stringify(this.content) !== this.#stored;
  }

  /** Whether somebody asked for a change that cannot be stored. */
  get isAsked(): boolean {
    return this.isChanged || this.#intent === 'delete';
  }

  /** Everything that has ended in this browser, as far as this request knows. */
  get allEnded(): readonly string[] {
    return [...new Set([...this.#endedBefore, ...this.ended])];
  }

  /** When the content counts as written. */
  get writtenAt(): number {
    const madeAt = this.#isBegun ? this.times.createdAt : this.around.now();
    return Math.max(madeAt, this.times.createdAt, this.#broughtAt + tickOf(this.times));
  }

  get baseAt(): number {
    return this.opened ? this.opened.times.at : Infinity;
  }

  /** Does what the act does to the content and the times. Logins and `reload()` are done by who knows them. */
  follow(act: Act, values: Content): void {
    switch (act.type) {
      case 'look':
      case 'save':
      case 'reload':
      case 'logout':
      case 'endAll':
        return;
      case 'set':
      case 'grow':
      case 'refused':
        Object.assign(this.content, structuredClone(values));
        return;
      case 'replace':
        this.content = structuredClone(values);
        return;
      case 'push':
        return pushInto(this.content, values['pushed']);
      case 'drop':
        delete this.content[act.key];
        return;
      case 'reset':
      case 'regenerate':
        return this.#reset(act.keep);
      case 'login':
        this.#reset([]);
        Object.assign(this.content, structuredClone(values));
        return;
      case 'destroy':
        return this.destroy();
      case 'setDuration':
        this.times = withDuration(this.times, act.duration, this.around.now(), this.today.lifetimes);
        this.ephemeral = act.ephemeral ?? this.ephemeral;
        this.#isBegun = true;
        this.isWithheld = false;
        this.#intent = 'write';
    }
  }

  destroy(): void {
    this.#restart([]);
    this.#intent = 'delete';
  }

  /** Goes on although all other logins of the user end. */
  exceptLogin(): void {
    const user = this.#brought?.user;
    if (user !== undefined) {
      this.#excepted = { user, generation: this.around.logins.generationOf(user) };
    }
    if (this.#intent !== 'delete') this.#intent = 'write';
  }

  #reset(keep: readonly string[]): void {
    this.#restart(keep);
    this.isWithheld = false;
    this.#intent = 'write';
  }

  #restart(keep: readonly string[]): void {
    const kept = Object.entries(this.content).filter(([key]) => keep.includes(key));
    if (this.opened) this.ended.push(this.opened.life.identity);
    this.opened = undefined;
    this.content = Object.fromEntries(kept);
    for (const [key, value] of Object.entries(freshContent(this.plan))) this.content[key] ??= value;
    this.#fresh = JSON.stringify(freshContent(this.plan));
    this.isKept = this.isUseDue = false;
    if (this.content['user'] !== this.#brought?.user) {
      this.#goesOn = false;
      this.#excepted = undefined;
    }
    this.#id = this.#goesOn ? this.#brought!.id : newId();
    this.times = this.#begin();
    this.#isBegun = true;
    this.ephemeral = undefined;
  }

  #begin(): Times {
    let times = begin(this.around.now(), this.today.lifetimes);
    const gone = [...this.#endedBefore, ...this.ended];
    while (gone.includes(this.#identityAt(times.startedAt)))
      times = begin(times.startedAt + 1, this.today.lifetimes);
    return times;
  }

  #identityAt(startedAt: number): string {
    const { hasId, isLogin } = this.plan;
    const isNamed = hasId || isLogin || this.today.lifetimes.idleDuration !== undefined;
    return isNamed ? `${(this.#id as { number: number }).number}@${startedAt}` : `@${startedAt}`;
  }

  #login(): { readonly id: object; readonly login: Login | undefined } {
    const { logins } = this.around;
    const user = this.plan.isLogin ? (this.content['user'] as string | undefined) : undefined;
    if (user === undefined) return { id: this.#id, login: undefined };
    const excepted = this.#excepted?.user === user ? this.#excepted : undefined;
    const generation = excepted?.generation ?? logins.generationOf(user);
    const brought = this.#brought;
    if (this.#goesOn && brought?.user === user) {
      const login = !excepted && logins.hasEnded(brought) ? brought : { user, id: this.#id, generation };
      return { id: login.id, login };
    }
    // A login that begins in a session whose login has ended must not end with it.
    const login = { user, id: this.#id, generation };
    if (logins.hasEnded(login)) login.id = this.#freshId ??= newId();
    return { id: login.id, login };
  }
}

function newId(): object {
  return { number: ++lastId };
}
