import { CookieJar } from './cookie-jar.js';
import type { Clock } from './session.js';
import type { Act, Site } from './sites.js';

/** One request of a plan: all times are ms from the plan's beginning. */
export interface Planned {
  readonly act: Act;
  /** When the browser sends it, with the cookies that it has then. */
  readonly sentAt: number;
  /** When the handler answers. */
  readonly answeredAt: number;
  /** When the browser stores the answer's cookies. */
  readonly arrivesAt: number;
}

/** A request of a plan, and the headers that its answer had. */
export interface Made extends Planned {
  setCookies: readonly string[];
}

/** A browser with a jar, whose answers arrive in any order. */
export class LateVisitor {
  readonly jar: CookieJar;

  constructor(readonly clock: Clock) {
    this.jar = new CookieJar('http://127.0.0.1', clock.now);
  }

  /** Makes one request whose answer arrives at once. @returns what the handler said */
  async visit(site: Site, act: Act): Promise<unknown> {
    const pending = await site.begin(this.jar.headerFor('/'), act);
    const { said, setCookies } = await pending.answer();
    this.#store(setCookies);
    return said;
  }

  /** Carries out a plan, one step after the other in the order of their times. */
  async make(site: Site, plan: readonly Planned[]): Promise<readonly Made[]> {
    const begin = this.clock.time;
    const steps: [time: number, step: () => Promise<void> | void][] = [];
    const made = plan.map((planned): Made => {
      const each: Made = { ...planned, setCookies: [] };
      let pending: ReturnType<Site['begin']>;
      steps.push(
        [each.sentAt, async () => void (await (pending = site.begin(this.jar.headerFor('/'), each.act)))],
        [each.answeredAt, async () => void (each.setCookies = (await (await pending).answer()).setCookies)],
        [each.arrivesAt, () => this.#store(each.setCookies)],
      );
      return each;
    });
    // The sort is stable, so that the steps of one request keep their order.
    for (const [time, step] of steps.sort(([a], [b]) => a - b)) {
      this.clock.time = begin + time;
      await step();
    }
    return made;
  }

  #store(setCookies: readonly string[]): void {
    for (const header of setCookies) this.jar.store(header, '/');
  }
}
