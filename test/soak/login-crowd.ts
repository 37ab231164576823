import { setTimeout as pause } from 'node:timers/promises';
import { CookieJar } from '../support/cookie-jar.js';
import type { Faults } from './faults.js';
import { LoginModel } from './login-model.js';
import type { Random } from './random.js';
import { type Answer, cookieAfter, send, type Target } from './soak-client.js';
import type { SoakRecord } from './soak-record.js';
import type { Holder } from './worker/settings.js';

export interface CrowdSettings {
  readonly visitors: number;
  /** Several visitors are one user, on several devices. */
  readonly users: number;
  readonly thieves: number;
  /** How long a visitor waits between two steps, at most: ms. */
  readonly pause: number;
  readonly maxLag: number;
  /** After this time the servers have to be well again: ms. */
  readonly recovery: number;
}

/** The cookies of a jar, as a thief has them or a tab that was restored, and the login that they hold. */
interface Copy {
  readonly cookie: string;
  readonly holder: Holder;
}

/** How many copies thieves have to choose from. */
const COPIES = 2_000;

/** Visitors and thieves, and what is found of what they see. */
export class LoginCrowd {
  readonly model: LoginModel;
  readonly #copies: Copy[] = [];
  #logins = 0;
  #isOver = false;

  constructor(
    private readonly settings: CrowdSettings,
    private readonly target: () => Target | undefined,
    private readonly faults: Faults,
    private readonly random: Random,
    private readonly record: SoakRecord,
  ) {
    this.model = new LoginModel(settings.maxLag);
  }

  /** Goes on until `leave()`. */
  async live(): Promise<void> {
    const { visitors, users, thieves } = this.settings;
    await Promise.all([
      ...Array.from({ length: visitors }, (_, i) => this.#visit(`user-${i % users}`)),
      ...Array.from({ length: thieves }, () => this.#steal()),
    ]);
  }

  leave(): void {
    this.#isOver = true;
  }

  async #visit(user: string): Promise<void> {
    const visitor = new Visitor(user);
    while (!this.#isOver) {
      await pause(this.random.between(0, this.settings.pause));
      const target = this.target();
      if (target) await this.#step(visitor, target);
    }
  }

  async #step(visitor: Visitor, target: Target): Promise<void> {
    if (this.random.isIn(0.05)) await this.#ask(target, ['POST', '/cart'], visitor.cookie);
    if (!visitor.holder) return this.#login(visitor, target);
    this.#keepCopy({ cookie: visitor.cookie, holder: visitor.holder });
    const act = this.random.weighted({
      read: 60,
      change: 20,
      logout: 6,
      byId: 2,
      everywhere: 1,
      elsewhere: 2,
    });
    if (act === 'read') await this.#look(visitor, target, ['GET', '/me']);
    else if (act === 'change') await this.#look(visitor, target, ['POST', '/visit']);
    else if (act === 'byId') await this.#endById(visitor, target);
    else await this.#end(visitor, target, act);
  }

  async #login(visitor: Visitor, target: Target): Promise<void> {
    const login = ++this.#logins;
    this.model.begin(login, visitor.user, performance.now());
    const headers = { 'x-login': String(login) };
    const path = `/login/${visitor.user}/${login}`;
    const answer = await this.#ask(target, ['POST', path], visitor.cookie, { headers });
    if (answer.status !== 201) return;
    this.record.count('logins begun');
    this.model.began(login, answer.receivedAt);
    visitor.take(answer, { user: visitor.user, login, epoch: 0 });
  }

  /** The login of the visitor has to be there, unless somebody may have ended it. */
  async #look(visitor: Visitor, target: Target, what: readonly ['GET' | 'POST', string]): Promise<Answer> {
    const own = visitor.holder!;
    const answer = await this.#ask(target, what, visitor.cookie);
    if (answer.holder === undefined) return answer;
    const excuse = this.model.excuse(own, answer.receivedAt);
    if (answer.holder === null) {
      if (excuse === undefined)
        this.record.violation(
          'lost, and nobody had ended it',
          `${describe(own, answer)}; ${this.model.history(own)}`,
        );
      if (excuse === 'began too early')
        this.record.count('logins that began while "everywhere" was not heard everywhere, and ended with it');
      visitor.forget();
    } else {
      if (excuse === undefined) this.record.count('answers that prove that nobody was lost');
      visitor.take(answer, own);
    }
    return answer;
  }

  /** While one tab ends something, the others read and change. */
  async #end(visitor: Visitor, target: Target, act: 'logout' | 'everywhere' | 'elsewhere'): Promise<void> {
    const own = visitor.holder!;
    const isSweep = act !== 'logout';
    const sweep = isSweep
      ? this.model.sweep(own.user, performance.now(), act === 'elsewhere' ? own : undefined)
      : undefined;
    if (!sweep) this.model.ending(own.login);
    const copy = { cookie: visitor.cookie, holder: own };
    const [answer] = await Promise.all([
      this.#ask(target, ['POST', `/${act}`], visitor.cookie),
      ...(['read', 'change'] as const).map(async (what) => {
        await pause(this.random.between(0, 20));
        const other = this.target();
        if (other) await this.#try(other, what, copy);
      }),
    ]);
    if (answer.status !== 201) {
      this.record.count('ends that rejected');
      if (!sweep) return;
      sweep.failedAt = answer.receivedAt;
      return this.#sweepAgain(visitor.user);
    }
    const { receivedAt: at, process } = answer;
    if (answer.holder === null) {
      // It had ended already, so nothing was ended now.
      if (sweep) sweep.resolvedAt = -Infinity;
      return visitor.forget();
    }
    this.record.count(
      act === 'logout' ? 'ends: logout' : sweep?.except ? 'ends: everywhere but here' : 'ends: everywhere',
    );
    if (sweep) this.model.swept(sweep, { at, process });
    else this.model.ended(own.login, { at, process });
    if (act === 'elsewhere') visitor.take(answer, { ...own, epoch: own.epoch + 1 });
    else visitor.forget(answer);
  }

  /** Nobody knows whether an end that rejected is stored, so it is asked for until it is. */
  async #sweepAgain(user: string): Promise<void> {
    while (!this.#isOver) {
      await pause(this.random.between(0, this.settings.pause));
      const target = this.target();
      if (!target) continue;
      const sweep = this.model.sweep(user, performance.now());
      const answer = await this.#ask(target, ['POST', `/staff/everywhere/${user}`], '');
      if (answer.status === 201) {
        this.record.count('ends: everywhere');
        return this.model.swept(sweep, { at: answer.receivedAt, process: answer.process });
      }
      this.record.count('ends that rejected');
      sweep.failedAt = answer.receivedAt;
    }
  }

  async #endById(visitor: Visitor, target: Target): Promise<void> {
    const { body } = await this.#look(visitor, target, ['GET', '/devices']);
    const { devices = [] } = body as { devices?: { id: string; description: number }[] };
    const known = devices.filter(({ description }) => description > 0);
    const where = this.target();
    if (known.length === 0 || !where) return;
    const { id, description: login } = this.random.of(known);
    this.model.ending(login);
    const answer = await this.#ask(where, ['POST', '/end'], visitor.cookie, { body: { id } });
    if (answer.status !== 201) return this.record.count('ends that rejected');
    this.record.count('ends: by id');
    this.model.ended(login, { at: answer.receivedAt, process: answer.process });
  }

  /** Thieves prefer what has ended. */
  async #steal(): Promise<void> {
    while (!this.#isOver) {
      await pause(this.random.between(0, this.settings.pause));
      const target = this.target();
      if (!target || this.#copies.length === 0) continue;
      const tried = Array.from({ length: 5 }, () => this.random.of(this.#copies));
      const copy = tried.find(({ holder }) => this.model.hasEnded(holder)) ?? tried[0]!;
      await this.#try(target, this.random.isIn(0.7) ? 'read' : 'change', copy);
    }
  }

  /** Somebody comes with a copy. What they are given is a copy of the same login. */
  async #try(target: Target, act: 'read' | 'change', { cookie, holder }: Copy): Promise<void> {
    const answer = await this.#ask(target, act === 'read' ? ['GET', '/me'] : ['POST', '/visit'], cookie);
    this.record.count('requests with a copied cookie');
    if (answer.holder === null && this.model.hasEnded(holder)) this.record.count('refused copies');
    if (!answer.holder) return;
    if (answer.holder.login !== holder.login || answer.holder.epoch !== holder.epoch)
      this.record.violation('another login than the cookie held', describe(holder, answer));
    if (answer.setCookies.length > 0)
      this.#keepCopy({ cookie: cookieAfter(cookie, answer.setCookies), holder });
  }

  #keepCopy(copy: Copy): void {
    if (this.#copies.length < COPIES) this.#copies.push(copy);
    else this.#copies[Math.floor(this.random.next() * COPIES)] = copy;
  }

  /** Sends a request, and judges what can be judged of every answer. */
  async #ask(
    target: Target,
    what: readonly ['GET' | 'POST', string],
    cookie: string,
    more?: Parameters<typeof send>[3],
  ): Promise<Answer> {
    const answer = await send(target, what, cookie, more);
    this.record.count('requests');
    const { status, holder, sentAt, receivedAt, process, setCookies } = answer;
    if (holder) {
      this.record.count('admitted logins');
      this.#judgeAdmission(holder, answer);
    }
    const example = `${what.join(' ')}: ${status} of ${process}, sent at ${Math.round(sentAt)}`;
    const since = this.faults.timeSince(sentAt, receivedAt);
    if (status === 0) {
      this.record.count('cut off');
      if (since === undefined || since > this.settings.recovery)
        this.record.violation('no answer, and no fault', example);
    } else if (status === 503) {
      this.record.count('503s');
      this.record.longestRecovery = Math.max(this.record.longestRecovery, since ?? 0);
      if (since === undefined || since > this.settings.recovery)
        this.record.violation('a 503 long after the fault', `${example}, ${since} ms after the fault`);
      if (setCookies.some((header) => header.startsWith('auth')))
        this.record.violation('a 503 with a cookie', example);
      if (what[1] === '/cart') this.record.violation('a 503 without a login', example);
    } else if (status !== (what[0] === 'GET' ? 200 : 201)) {
      this.record.violation('a status that nothing explains', example);
    }
    return answer;
  }

  #judgeAdmission(holder: Holder, answer: Answer): void {
    const lateness = this.model.lateness(holder, answer.sentAt, answer.process);
    if (!lateness) return;
    const { lag, isAtHome } = lateness;
    this.record.worstLag = Math.max(this.record.worstLag, lag);
    const example = `${describe(holder, answer)}, ${Math.round(lag)} ms after the end; ${this.model.history(holder)}`;
    if (isAtHome) this.record.violation('admitted by the process that had ended it', example);
    if (lag > this.settings.maxLag)
      this.record.violation('admitted later than maxLag after the end', example);
    else this.record.count('admitted within maxLag after an end');
  }
}

/** A visitor with a jar, and the login that the jar holds. */
class Visitor {
  readonly jar = new CookieJar();
  holder: Holder | undefined;

  constructor(readonly user: string) {}

  get cookie(): string {
    return this.jar.headerFor('/');
  }

  take({ setCookies }: Answer, holder: Holder): void {
    for (const header of setCookies) this.jar.store(header, '/');
    this.holder = holder;
  }

  forget({ setCookies }: Pick<Answer, 'setCookies'> = { setCookies: [] }): void {
    for (const header of setCookies) this.jar.store(header, '/');
    this.holder = undefined;
  }
}

function describe({ user, login, epoch }: Holder, { process, sentAt, status }: Answer): string {
  return `login ${login}.${epoch} of ${user}: ${status} of ${process}, sent at ${Math.round(sentAt)}`;
}
