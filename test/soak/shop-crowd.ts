import { setTimeout as pause } from 'node:timers/promises';
import { companionName } from '../../lib/options/companion-cookies.js';
import { CookieJar } from '../support/cookie-jar.js';
import type { Judge } from './judge.js';
import type { Random } from './random.js';
import { keyIdOf, type KeyHolders } from './rotation.js';
import { ShopModel, type ShopAct } from './shop-model.js';
import { type Head, type Method, send, type Target } from './soak-client.js';
import type { SoakRecord } from './soak-record.js';
import { NEWS_HEADER, type ShopName, type ShopNews, WAIT_HEADER } from './worker/names.js';

export interface ShopSettings {
  readonly visitors: number;
  /** How long a visitor waits between two pages, at most: ms. */
  readonly pause: number;
}

const NAMES: readonly ShopName[] = ['cart', 'basket'];
const METHODS: Readonly<Record<ShopAct, Method>> = { look: 'GET', add: 'POST', clear: 'POST' };

/** Visitors of a shop, each with several requests at a time. */
export class ShopCrowd implements KeyHolders {
  unwantedKey: string | undefined;
  readonly #visitors: readonly ShopVisitor[];
  #isOver = false;
  #items = 0;

  constructor(
    private readonly settings: ShopSettings,
    private readonly target: () => Target | undefined,
    private readonly judge: Judge,
    /** Keys that a process may have dropped already, by their ids. */
    endedKeys: ReadonlySet<string>,
    private readonly random: Random,
    private readonly record: SoakRecord,
  ) {
    this.#visitors = Array.from({ length: settings.visitors }, (_, i) => new ShopVisitor(i + 1, endedKeys));
  }

  /** Goes on until `leave()`. */
  async live(): Promise<void> {
    await Promise.all(this.#visitors.map((visitor) => this.#visit(visitor)));
  }

  leave(): void {
    this.#isOver = true;
  }

  haveAllComeSince(time: number): boolean {
    return this.#visitors.every(({ models, seenSince }) =>
      NAMES.every((name) => !models[name].held || seenSince[name] > time),
    );
  }

  holdKey(keyId: string): boolean {
    return this.#visitors.some((visitor) => visitor.holdsKey(keyId));
  }

  async #visit(visitor: ShopVisitor): Promise<void> {
    while (!this.#isOver) {
      await pause(this.random.between(0, this.settings.pause));
      await this.#page(visitor);
    }
  }

  /** What a page loads, and the clicks of an impatient visitor: all with one jar. */
  async #page(visitor: ShopVisitor): Promise<void> {
    const name = this.random.of(NAMES);
    const began = performance.now();
    visitor.answered = false;
    const first = this.#actOf(visitor, name);
    // Two sessions that begin at the same time would be two sessions, of which a browser keeps one.
    if (!visitor.models[name].held) await this.#request(visitor, name, first);
    else {
      const further = Math.floor(this.random.between(0, 3.5));
      const acts = [first, ...Array.from({ length: further }, () => this.#actOf(visitor, name))];
      await Promise.all(
        acts.map(async (act) => {
          await pause(this.random.between(0, 15));
          // One that began after the end would begin another one.
          await this.#request(visitor, name, visitor.models[name].held ? act : 'look');
        }),
      );
    }
    if (visitor.answered) visitor.seenSince[name] = began;
  }

  #actOf(visitor: ShopVisitor, name: ShopName): ShopAct {
    if (this.unwantedKey !== undefined && visitor.holdsKey(this.unwantedKey, name)) return 'add';
    return visitor.models[name].held
      ? this.random.weighted({ look: 60, add: 34, clear: 6 })
      : this.random.weighted({ look: 20, add: 80 });
  }

  async #request(visitor: ShopVisitor, name: ShopName, act: ShopAct): Promise<void> {
    const target = this.target();
    if (!target) return;
    const { number, jar } = visitor;
    const item = `${number}-${++this.#items}`;
    const path = {
      look: `/shop/${name}`,
      add: `/shop/${name}/${number}/${item}`,
      clear: `/shop/${name}/clear`,
    }[act];
    const asked = visitor.models[name].ask(act, visitor.sealedAnew(name));
    const abortAfter = this.random.isIn(0.04) ? this.random.between(0, 30) : undefined;
    const onHead = (head: Head): void => {
      for (const header of head.setCookies) jar.store(header, '/');
      const text = head.header(NEWS_HEADER);
      if (head.status >= 300 || text === null) return;
      const news = JSON.parse(text) as ShopNews;
      const names = head.setCookies.map((header) => header.split('=', 1)[0]!);
      const wrong = visitor.models[name].heard(asked, news, names, item);
      if (news.refused === 'newer-version')
        this.record.count('pages of an older release, which leaves the cart alone');
      else {
        visitor.answered = true;
        this.record.count(
          asked.held
            ? 'answers that prove that nothing was lost'
            : 'answers that prove that nothing came back',
        );
      }
      if (wrong)
        this.record.violation(
          wrong,
          `${act} ${name} of ${number} at ${target.process}: held ${JSON.stringify(asked.held)}, heard ${text}`,
        );
    };
    const cookie = this.random.isIn(0.1) ? withJunk(jar.headerFor('/'), this.random) : jar.headerFor('/');
    const headers = { [WAIT_HEADER]: String(Math.floor(this.random.between(0, 20))) };
    const answer = await send(target, [METHODS[act], path], cookie, { headers, abortAfter, onHead });
    this.record.count('requests of the shop');
    if (abortAfter !== undefined && answer.status === 0) this.record.count('aborted by the visitor');
    else this.judge.status(answer, `${act} ${name}`, false);
  }
}

class ShopVisitor {
  readonly jar = new CookieJar();
  readonly models: Readonly<Record<ShopName, ShopModel>>;
  /** Since when a page was opened that has answered. */
  readonly seenSince: Record<ShopName, number> = { cart: 0, basket: 0 };
  answered = false;

  constructor(
    readonly number: number,
    endedKeys: ReadonlySet<string>,
  ) {
    const modelOf = (name: ShopName): ShopModel => new ShopModel(name, number, endedKeys);
    this.models = { cart: modelOf('cart'), basket: modelOf('basket') };
  }

  holdsKey(keyId: string, name?: ShopName): boolean {
    return (name ? [name] : NAMES).some((each) => this.models[each].held && this.#keyOf(each) === keyId);
  }

  /** The key of what was stored, if it may have been sealed anew with another one since. */
  sealedAnew(name: ShopName): string | undefined {
    const key = this.#keyOf(name);
    const renewedWith = this.#keyOf(companionName(name, 'r'));
    return renewedWith !== undefined && renewedWith !== key ? key : undefined;
  }

  #keyOf(cookieName: string): string | undefined {
    const value = this.jar.valueOf(cookieName);
    return value === undefined ? undefined : keyIdOf(value);
  }
}

/** What other applications of the site, old browsers and attackers send besides. */
function withJunk(cookie: string, random: Random): string {
  const real = cookie.split('; ').filter(Boolean);
  const values = real.map((pair) => pair.slice(pair.indexOf('=') + 1));
  const value = values.length > 0 ? random.of(values) : 'AQAAAAAA';
  const junk = [
    ...Array.from({ length: Math.floor(random.between(0, 20)) }, (_, i) => `_ga_${i}=GA1.${random.next()}`),
    `cart=${value.slice(0, Math.floor(value.length / 2))}`,
    `basket=${value.slice(0, 40)}${'A'.repeat(30)}`,
    `auth=${'A'.repeat(80)}`,
    `cart.9=${value.slice(0, 60)}`,
    'cart',
    '=x',
    'cart=',
    '__proto__=1',
  ];
  const chosen = junk.filter(() => random.isIn(0.5));
  const at = Math.floor(random.between(0, chosen.length + 1));
  return [...chosen.slice(0, at), ...real, ...chosen.slice(at)].join('; ');
}
