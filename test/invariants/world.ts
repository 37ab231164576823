import { inspect } from 'node:util';
import { Clock } from '../support/session.js';
import type { ApplicationPlan, SessionPlan } from './application.js';
import { Browser } from './browser.js';
import { Deployment, type ReleaseNumber } from './deployment.js';
import { History, type Written } from './history.js';
import { KeyCabinet } from './keys.js';
import { isAlive, TOLERANCE } from './lifetimes.js';
import { LoginLedger } from './logins.js';
import type { Circumstances } from './oracle.js';
import { RequestUnderWay } from './request.js';
import type { Shadow } from './shadow.js';
import { BROWSERS, type Step, USERS, type Visit } from './visits.js';
import { Witness } from './witness.js';

/** So many requests are under way at once. */
const MOST_UNDER_WAY = 4;

/** An application, its visitors, and everything that is known of them. Nothing outlives it. */
export class World {
  readonly clock = new Clock();
  readonly keys = new KeyCabinet();
  readonly logins = new LoginLedger();
  readonly history = new History();
  readonly witness = new Witness();
  readonly browsers: readonly Browser[];
  readonly deployment: Deployment;
  /** What each session of each request has stored. */
  readonly written = new Map<Shadow, Written>();
  /** How many sessions were opened, and how many were found fresh: a model without both says nothing. */
  readonly #complaints: string[] = [];
  readonly #underWay: RequestUnderWay[] = [];
  /** The last change of each session that each process knows. */
  readonly #changes = new Map<string, number>();
  #release: ReleaseNumber = 0;

  constructor(readonly plan: ApplicationPlan) {
    const { keys, witness } = this;
    const { now } = this.clock;
    this.browsers = Array.from({ length: BROWSERS }, (_, i) => new Browser(i, now));
    this.deployment = new Deployment(plan, { keys, now, witness });
  }

  get circumstances(): Circumstances {
    const { history, keys, logins } = this;
    return { history, keys, logins, now: this.clock.time };
  }

  complain(complaint: string): void {
    this.#complaints.push(complaint);
  }

  /** Whether an invariant is broken, so that there is nothing more to learn from this step. */
  get isBroken(): boolean {
    return this.#complaints.length > 0;
  }

  /** Starts the first release. */
  async open(): Promise<void> {
    await this.#deploy(0);
  }

  /** Takes a step, and fails if an invariant does not hold any more. */
  async take(step: Step): Promise<void> {
    await this.#take(step);
    for (const problem of this.witness.check(this.history)) this.complain(problem);
    this.#checkStore();
    this.#fail();
  }

  /** Looks at what an application might print. */
  async checkPrintable(): Promise<void> {
    for (const object of await this.deployment.printable())
      this.witness.see('inspect()', inspect(object, { showHidden: true, depth: 6, maxArrayLength: 20 }));
    for (const problem of this.witness.check(this.history)) this.complain(problem.slice(0, 500));
    this.#fail();
  }

  cookieNamesOf({ releases }: SessionPlan): readonly string[] {
    const names = [...new Set(releases.map(({ scope }) => scope.cookieName))];
    return names.flatMap((name) => [name, ...['r', 'x', 1, 2, 3, 4].map((each) => `${name}.${each}`)]);
  }

  /** What was stored must be in the jar, and what was deleted must not. */
  checkArrival(browser: Browser, name: string, shadow: Shadow): void {
    const written = this.written.get(shadow);
    if (written && isAlive(written.times, this.clock.time, shadow.today.lifetimes)) {
      if (!this.history.read(browser.header, name).includes(written))
        this.complain(`${name} was not kept by the browser`);
    }
    const isTold = written !== undefined || shadow.duty === 'delete';
    if (!isTold || this.keys.sealing === undefined || shadow.plan.isLegacy) return;
    const gone = browser.gone.get(name) ?? new Set();
    browser.gone.set(name, gone);
    for (const identity of shadow.ended) gone.add(identity);
  }

  /**
   * Notes a write as the process does that has made it.
   *
   * @param base when the content was written that was changed. `undefined`: nothing was changed
   * @returns whether it replaces a change that it does not contain
   */
  noteChange(
    release: ReleaseNumber,
    session: string,
    { life, times }: Written,
    base: number | undefined,
  ): boolean {
    if (base === undefined) return false;
    const key = `${release} ${session} ${life.browser} ${life.identity}`;
    const known = this.#changes.get(key) ?? -Infinity;
    this.#changes.set(key, Math.max(known, times.at));
    return known > base + TOLERANCE;
  }

  async close(): Promise<void> {
    for (const request of this.#underWay) await request.abort();
    await this.deployment.close();
  }

  async #take(step: Step): Promise<void> {
    switch (step.type) {
      case 'visit': {
        const request = await this.#send(step);
        await request.answer();
        return request.arrive();
      }
      case 'send':
        if (this.#underWay.length < MOST_UNDER_WAY) this.#underWay.push(await this.#send(step));
        return;
      case 'answer':
        return this.#pick(step.which, false)?.answer();
      case 'arrive':
        return this.#remove(this.#pick(step.which, true))?.arrive();
      case 'abort':
        return this.#remove(this.#underWay[step.which % this.#underWay.length])?.abort();
      case 'pass':
        return this.clock.pass(step.ms);
      case 'keys':
        return this.keys.change(step.change);
      case 'deploy':
        // A process without a key that seals does not start.
        if (this.keys.sealing !== undefined) await this.#deploy(this.#release === 0 ? 1 : 0);
        return;
      case 'endAll':
        if (this.keys.sealing === undefined) return;
        await this.deployment.endAll(this.#release, step.user);
        return this.logins.endAll(step.user);
      case 'tamper': {
        const names = this.plan.sessions.flatMap((plan) => this.cookieNamesOf(plan));
        return this.browsers[step.browser]!.tamper(step.how, step.which, step.at, names, this.history);
      }
    }
  }

  async #deploy(release: ReleaseNumber): Promise<void> {
    await this.deployment.host(release);
    this.#release = release;
  }

  async #send(visit: Visit): Promise<RequestUnderWay> {
    const request = new RequestUnderWay(this, visit, this.#release);
    await request.send();
    return request;
  }

  #pick(which: number, isAnswered: boolean): RequestUnderWay | undefined {
    const found = this.#underWay.filter((each) => each.isAnswered === isAnswered);
    return found[which % found.length];
  }

  #remove(request: RequestUnderWay | undefined): RequestUnderWay | undefined {
    if (request) this.#underWay.splice(this.#underWay.indexOf(request), 1);
    return request;
  }

  /** The store of logins knows neither who is logged in nor what they store. */
  #checkStore(): void {
    const text = this.deployment.store.facts.map((fact) => fact.text).join();
    if (USERS.some((user) => text.includes(user))) this.complain('the store of logins holds a subject');
  }

  #fail(): void {
    if (this.isBroken) throw new Error(this.#complaints.join('\n'));
  }
}
