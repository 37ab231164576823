import { setTimeout as pause } from 'node:timers/promises';
import { CookieJar } from '../support/cookie-jar.js';
import type { Judge } from './judge.js';
import { LoginModel } from './login-model.js';
import type { Random } from './random.js';
import { keyIdOf, type KeyHolders } from './rotation.js';
import { type Answer, cookieAfter, send, type Target } from './soak-client.js';
import type { SoakRecord } from './soak-record.js';
import type { Holder } from './worker/settings.js';

export interface CrowdSettings {
  readonly visitors: number;
  /** What the names of users begin with. Two crowds have no user in common. */
  readonly prefix: string;
  /** Several visitors are one user, on several devices. */
  readonly users: number;
  readonly thieves: number;
  /** How long a visitor waits between two steps, at most: ms. */
  readonly pause: number;
  readonly maxLag: number;
}

/** The cookies of a jar, as a thief has them or a tab that was restored, and the login that they hold. */
interface Copy {
  readonly cookie: string;
  readonly holder: Holder;
}

/** How many copies thieves have to choose from. */
const COPIES = 2_000;

/** Visitors and thieves, and what is found of what they see. */
export class LoginCrowd implements KeyHolders {
  readonly model: LoginModel;
  unwantedKey: string | undefined;
  readonly #visitors: Visitor[] = [];
  readonly #copies: Copy[] = [];
  #logins = 0;
  #isOver = false;

  constructor(
    private readonly settings: CrowdSettings,
    private readonly target: () => Target | undefined,
    private readonly judge: Judge,
    /** When no process opened cookies of a key any more, by its id: ms of `performance.now()`. */
    private readonly refusedKeys: ReadonlyMap<string, number>,
    private readonly random: Random,
    private readonly record: SoakRecord,
  ) {
    this.model = new LoginModel(settings.maxLag);
  }

  /** Goes on until `leave()`. */
  async live(): Promise<void> {
    const { visitors, prefix, users, thieves } = this.settings;
    await Promise.all([
      ...Array.from({ length: visitors }, (_, i) => this.#visit(`${prefix}-${i % users}`)),
      ...Array.from({ length: thieves }, () => this.#steal()),
    ]);
  }

  leave(): void {
    this.#isOver = true;
  }

  haveAllComeSince(time: number): boolean {
    return this.#visitors.every(({ holder, seenSince }) => !holder || seenSince > time);
  }

  holdKey(keyId: string): boolean {
    return this.#visitors.some((visitor) => visitor.holdsKey(keyId));
  }

  async #visit(user: string): Promise<void> {
    const visitor = new Visitor(user);
    this.#visitors.push(visitor);
    while (!this.#isOver) {
      await pause(this.random.between(0, this.settings.pause));
      const target = this.target();
      if (target) await this.#step(visitor, target);
    }
  }

  async #step(visitor: Visitor, target: Target): Promise<void> {
    if (!visitor.holder) return this.#login(visitor, target);
    this.#keepCopy({ cookie: visitor.cookie, holder: visitor.holder });
    const mustChange = this.unwantedKey !== undefined && visitor.holdsKey(this.unwantedKey);
    const act = this.random.weighted({
      read: mustChange ? 0 : 60,
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
    visitor.seenSince = answer.sentAt;
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
      if (!isSame(answer.holder, own))
        this.record.violation('another login than the cookie held', describe(own, answer));
      if (excuse === undefined) this.record.count('answers that prove that nobody was lost');
      visitor.take(answer, own);
      visitor.seenSince = answer.sentAt;
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
    if (!isSame(answer.holder, holder))
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
    if (answer.holder) {
      this.record.count('admitted logins');
      this.#judgeAdmission(answer.holder, answer);
      const keys = this.#keysOf(cookie);
      const isLogin = what[1].startsWith('/login');
      if (
        !isLogin &&
        keys.length > 0 &&
        keys.every((key) => (this.refusedKeys.get(key) ?? Infinity) < answer.sentAt)
      )
        this.record.violation('admitted with a key that nobody may use', describe(answer.holder, answer));
    } else if (answer.holder === null && this.#keysOf(cookie).some((key) => this.refusedKeys.has(key)))
      this.record.count('refused because of their key');
    this.judge.status(answer, what.join(' '), true);
    return answer;
  }

  #keysOf(cookie: string): string[] {
    return [...cookie.matchAll(/(?:^|; )auth(?:\.\w+)?=([^;]{20,})/g)].map(([, value]) => keyIdOf(value!));
  }

  #judgeAdmission(holder: Holder, answer: Answer): void {
    const lateness = this.model.lateness(holder, answer.sentAt, answer.process);
    if (!lateness) return;
    const { lag, isAtHome } = lateness;
    this.record.worstLag = Math.max(this.record.worstLag, lag);
    const example = `${describe(holder, answer)}, ${Math.round(lag)} ms after the end; ${this.model.history(holder)}`;
    if (isAtHome) this.record.violation('admitted by the process that had ended it', example);
    const { sentAt } = answer;
    if (lag > this.settings.maxLag + this.judge.delayOfLost(sentAt - lag, sentAt))
      this.record.violation('admitted later than maxLag after the end', example);
    else this.record.count('admitted within maxLag after an end');
  }
}

/** A visitor with a jar, and the login that the jar holds. */
class Visitor {
  readonly jar = new CookieJar();
  holder: Holder | undefined;
  /** When the last request was sent whose answer was for this login. */
  seenSince = 0;

  constructor(readonly user: string) {}

  holdsKey(keyId: string): boolean {
    const value = this.holder && this.jar.valueOf('auth');
    return value !== undefined && keyIdOf(value) === keyId;
  }

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

function isSame(one: Holder, other: Holder): boolean {
  return one.login === other.login && one.epoch === other.epoch && one.user === other.user;
}
