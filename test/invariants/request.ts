import { isDeepStrictEqual, inspect } from 'node:util';
import { ClientSessionsError, getSessionInfo, type SessionEvent } from '../../lib/connect.js';
import type { ApplicationPlan, SessionPlan } from './application.js';
import type { Browser } from './browser.js';
import { type Content, marksIn, pushInto, REFUSED } from './contents.js';
import { parseSetCookie } from './cookies.js';
import type { ReleaseNumber } from './deployment.js';
import type { Answer, Call, Sessions, UnderWay } from './hosts.js';
import { endOf, TOLERANCE } from './lifetimes.js';
import { lookAt, type Sight } from './oracle.js';
import { checkReply } from './replies.js';
import { MINUTE } from '../support/session.js';
import { Shadow } from './shadow.js';
import type { Act, Visit } from './visits.js';
import type { World } from './world.js';

/** The package takes no response for longer than ten minutes, less what clocks are set back meanwhile: ms. */
const LONGEST_RESPONSE = 9 * MINUTE;

/** One request: what its handler does, beside what it should find and leave behind. */
export class RequestUnderWay implements Call {
  readonly header: string;
  readonly browser: Browser;
  readonly #shadows = new Map<string, Shadow>();
  /** Sessions of which the handler was told that they cannot be stored. */
  readonly #refused = new Set<string>();
  #sessions!: Sessions;
  #underWay!: UnderWay;
  #answer: Answer | undefined;
  /** What had ended in the browser when it sent the request. */
  readonly #gone: ReadonlyMap<string, ReadonlySet<string>>;
  #position = 0;
  readonly #sentAt: number;

  constructor(
    private readonly world: World,
    readonly visit: Visit,
    readonly release: ReleaseNumber,
  ) {
    this.browser = world.browsers[visit.browser]!;
    this.#sentAt = world.clock.time;
    this.#gone = new Map([...this.browser.gone].map(([name, gone]) => [name, new Set(gone)]));
    this.header = visit.isCrossSite ? '' : this.browser.header;
  }

  get isAnswered(): boolean {
    return this.#answer !== undefined;
  }

  async send(): Promise<void> {
    const { visit, header, world } = this;
    const host = await world.deployment.host(this.release);
    this.#position = world.witness.position;
    const headers = {
      ...(header !== '' && { cookie: header }),
      ...(visit.isCrossSite && { 'sec-fetch-site': 'cross-site' }),
    };
    this.#underWay = await host.begin(headers, this);
  }

  async answer(): Promise<void> {
    this.#position = this.world.witness.position;
    this.#answer = await this.#underWay.answer();
    await this.world.deployment.hear();
    if (this.world.isBroken) return;
    const events = this.world.witness.since(this.#position);
    const setCookies = this.#answer.setCookies.map(parseSetCookie);
    const names = new Set([...this.#shadows.values()].flatMap(({ plan }) => this.world.cookieNamesOf(plan)));
    for (const { name, header } of setCookies) {
      if (!names.has(name)) this.world.complain(`a cookie of a session that nobody used: ${header}`);
    }
    for (const [name, shadow] of this.#shadows) {
      const problems = events.filter((event) => 'session' in event && event.session === name);
      checkReply(this.world, shadow, setCookies, {
        problems,
        isTold: this.#refused.has(name),
        isFailed: this.#answer.status >= 400,
        release: this.release,
        isLate: this.#isLateIn(name),
        header: this.header,
      });
    }
  }

  arrive(): void {
    if (this.world.isBroken) return;
    this.browser.receive(this.#answer!.setCookies);
    for (const [name, shadow] of this.#shadows) {
      this.world.checkArrival(this.browser, name, shadow);
      const written = this.world.written.get(shadow);
      if (written && this.world.clock.time - this.#sentAt > LONGEST_RESPONSE)
        this.browser.gone.get(name)?.delete(written.life.identity);
    }
  }

  async abort(): Promise<void> {
    if (!this.isAnswered) await this.#underWay.abort();
    await this.world.deployment.hear();
  }

  open(sessions: Sessions): void {
    this.#sessions = sessions;
    for (const session of this.#used) {
      const plan = this.#planOf(session);
      if (this.#shadows.has(plan.name)) continue;
      const shadow = new Shadow(plan, plan.releases[this.release], {
        browser: this.browser.number,
        now: this.world.clock.now,
        logins: this.world.logins,
        sealingKey: () => this.world.keys.sealing,
        isWithheld: this.visit.isCrossSite,
      });
      this.#shadows.set(plan.name, shadow);
      this.#look(shadow, this.#position);
    }
  }

  async act(): Promise<void> {
    for (const { session, act } of this.visit.acts) {
      if (this.world.isBroken) return;
      const plan = this.#planOf(session);
      const shadow = this.#shadows.get(plan.name)!;
      try {
        await this.#do(act, plan, shadow);
      } catch (error) {
        // Hosts answer 500, which would look like a session that cannot be stored.
        return this.world.complain(`${act.type} failed: ${String(error)}`);
      }
      this.#compare(shadow, `after ${act.type}`);
    }
  }

  afterwards(): void {
    const { session } = this.visit.acts[0]!;
    if (this.visit.isLate) this.#sessions.of(this.#planOf(session).name)['late'] = this.browser.values.text();
  }

  #isLateIn(name: string): boolean {
    return (
      this.visit.isLate &&
      this.#plan.host === 'memory' &&
      this.#planOf(this.visit.acts[0]!.session).name === name
    );
  }

  get #plan(): ApplicationPlan {
    return this.world.plan;
  }

  /** Handlers of Nest take the default session as a parameter. */
  get #used(): readonly number[] {
    const { host } = this.#plan;
    const always = host === 'express' || host === 'fastify' ? [0] : [];
    return [...always, ...this.visit.acts.map(({ session }) => session)];
  }

  #planOf(session: number): SessionPlan {
    return this.#plan.sessions[session % this.#plan.sessions.length]!;
  }

  /**
   * Compares what a session holds with what it should hold, and goes on with that.
   *
   * @param position of the first event that may say why it holds nothing
   */
  #look(shadow: Shadow, position: number): void {
    const { world, browser, header } = this;
    const { name } = shadow.plan;
    const real = this.#sessions.of(name);
    const content = { ...real };
    const sight = lookAt(shadow.plan, shadow.today, header, world.circumstances);
    const info = getSessionInfo(real);
    const alike = sight.findings.filter((each) => isDeepStrictEqual(plain(each.content), plain(content)));
    const finding = alike.find(({ opened }) => info.isNew === (opened === undefined)) ?? alike[0];
    if (!finding) {
      world.complain(
        `${name} holds ${show(content)} instead of ${sight.findings.map((each) => show(each.content)).join(' or ')}`,
      );
      return;
    }
    const events = world.witness.since(position);
    this.#checkReasons(name, sight, finding.opened !== undefined, events);
    if (finding.opened && this.#gone.get(name)?.has(finding.opened.life.identity) && !browser.isTampered)
      world.complain(`${name} has come back after its end: ${show(content)}`);
    shadow.start(finding, content, sight);
    const end = endOf(shadow.times, shadow.today.lifetimes);
    if (info.isNew !== (finding.opened === undefined)) world.complain(`${name} is new: ${info.isNew}`);
    if (!shadow.isVague && Math.abs(info.expiresAt - end) > TOLERANCE)
      world.complain(`${name} expires at ${info.expiresAt} instead of ${end}`);
    this.#checkMarks(name, content);
  }

  #checkReasons(
    name: string,
    { hasContent, findings }: Sight,
    isOpened: boolean,
    events: readonly SessionEvent[],
  ): void {
    const refusals = events.filter((event) => event.type === 'refused' && event.session === name);
    if (!isOpened && hasContent && refusals.length === 0)
      this.world.complain(`${name} is lost without a reason`);
    if (isOpened && findings.length === 1 && refusals.length > 0)
      this.world.complain(`${name} is refused and opened`);
    if (this.header === '' && refusals.length > 0)
      this.world.complain(`${name} is refused although it is not there`);
  }

  #checkMarks(name: string, content: object): void {
    const foreign = marksIn(JSON.stringify(content)).filter((mark) => mark !== this.browser.number);
    if (foreign.length > 0)
      this.world.complain(`${name} holds something of browser ${foreign[0]}: ${show(content)}`);
  }

  #compare({ plan: { name }, content }: Shadow, moment: string): void {
    const real = { ...this.#sessions.of(name) };
    this.#checkMarks(name, real);
    if (!isDeepStrictEqual(plain(real), plain(content)))
      this.world.complain(`${name} holds ${show(real)} instead of ${show(content)} ${moment}`);
  }

  async #do(act: Act, plan: SessionPlan, shadow: Shadow): Promise<void> {
    const { world } = this;
    const { name, isLogin } = plan;
    const session = this.#sessions.of(name);
    const methods = session as unknown as Record<string, (...args: unknown[]) => void>;
    const values = this.#valuesFor(act);
    const { logins } = this.#sessions;
    switch (act.type) {
      case 'look':
        world.witness.see(`inspect() of ${name}`, inspect(session, { depth: 9 }).replaceAll(/mk\dx/g, ''));
        break;
      case 'set':
      case 'grow':
      case 'refused':
        Object.assign(session, structuredClone(values));
        break;
      case 'push':
        pushInto(session, values['pushed']);
        break;
      case 'drop':
        delete session[act.key];
        break;
      case 'replace':
        this.#sessions.replace(name, structuredClone(values));
        break;
      case 'save':
        this.#save(name, session);
        break;
      case 'reload': {
        const position = world.witness.position;
        methods['reload']!();
        return this.#look(shadow, position);
      }
      case 'destroy':
        methods['destroy']!();
        break;
      case 'reset':
      case 'regenerate':
        methods[act.type]!(act.keep);
        break;
      case 'setDuration':
        methods['setDuration']!(act.duration, act.ephemeral);
        break;
      case 'login':
        methods['reset']!();
        Object.assign(session, structuredClone(values));
        break;
      case 'logout':
        if (!isLogin || world.keys.sealing === undefined) return;
        if (shadow.endable) world.logins.end(shadow.endable);
        await logins.end(session);
        await world.deployment.hear();
        return shadow.destroy();
      case 'endAll': {
        const login = shadow.login;
        if (!login || world.keys.sealing === undefined) return;
        const goesOn = act.isExcepted && !world.logins.hasEnded(login);
        await logins.endAll(login.user, act.isExcepted ? { except: session } : {});
        world.logins.endAll(login.user);
        await world.deployment.hear();
        return goesOn ? shadow.exceptLogin() : undefined;
      }
    }
    shadow.follow(act, values);
  }

  /** What an act puts into a session. */
  #valuesFor(act: Act): Content {
    const { values } = this.browser;
    switch (act.type) {
      case 'set':
        return { [act.key]: values.of(act.shape) };
      case 'replace':
        return { a: values.of(act.shape), list: [values.text()] };
      case 'grow':
        return { big: values.text() + 'x'.repeat(act.length) };
      case 'login':
        return { user: act.user, a: values.text() };
      case 'push':
        return { pushed: values.text() };
      case 'refused':
        return REFUSED;
      default:
        return {};
    }
  }

  #save(name: string, session: Content): void {
    try {
      (session['save'] as () => void)();
    } catch (error) {
      if (!(error instanceof ClientSessionsError)) throw error;
      this.#refused.add(name);
      this.world.witness.see(`the error ${error.name}`, inspect(error) + JSON.stringify(error));
    }
  }
}

/** Objects of the library have a prototype of their own. */
function plain(content: object): unknown {
  return JSON.parse(JSON.stringify(content));
}

function show(content: object): string {
  return JSON.stringify(content).slice(0, 300);
}
