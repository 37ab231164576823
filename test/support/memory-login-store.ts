import { LoginStoreError } from '../../lib/errors/login-store.error.js';
import type {
  FactPage,
  ListedLogin,
  LoginStore,
  NotedLogin,
  StoredFact,
} from '../../lib/logins/login-store.js';

const HOUR = 3_600_000;
const LISTED_LOGINS = 1000;

interface Login extends NotedLogin {
  readonly usedAt?: number | undefined;
}

/** Stands in for a database: what all connections to it have in common, and the switches for what goes wrong. */
export class MemoryLogins {
  /** Every call is refused. */
  isDown = false;
  /** Nothing more can be added, but what there is can be read. */
  isFull = false;
  /** How many facts a page holds. */
  pageSize = 5000;
  /** How often it was asked, by method. */
  readonly calls: Record<keyof LoginStore, number> = {
    add: 0,
    read: 0,
    note: 0,
    touch: 0,
    list: 0,
    close: 0,
  };

  #facts: (StoredFact & { readonly number: number })[] = [];
  #logins: Login[] = [];
  #count = 0;
  readonly #lost = new Set<number>();
  #pause: { readonly over: Promise<void>; readonly end: () => void } | undefined;

  /** Another connection. */
  open(): LoginStore {
    return new MemoryLoginStore(this);
  }

  get facts(): readonly StoredFact[] {
    return this.#facts;
  }

  /** From now on calls wait until `resume()`, and then do what they were asked to. */
  pause(): void {
    const { promise: over, resolve: end } = withResolvers();
    this.#pause ??= { over, end };
  }

  resume(): void {
    this.#pause?.end();
    this.#pause = undefined;
  }

  /** Loses the newest facts, as a failover does; by default all, as a restart without persistence does. */
  lose(count: number = this.#facts.length): void {
    const lost = this.#facts.splice(Math.max(0, this.#facts.length - count));
    for (const { number } of lost) this.#lost.add(number);
  }

  async answer<Result>(method: keyof LoginStore, isWriting: boolean, work: () => Result): Promise<Result> {
    this.calls[method]++;
    await this.#pause?.over;
    if (this.isDown) throw new LoginStoreError('is down', 'Switch it on.');
    if (this.isFull && isWriting) throw new LoginStoreError('is full', 'Make room.');
    return work();
  }

  add(facts: readonly StoredFact[], now: number): void {
    this.#facts = this.#facts.filter(({ until }) => until >= now - HOUR);
    this.#facts.push(...facts.map(({ text, until }) => ({ text, until, number: ++this.#count })));
  }

  read(after: string | undefined): FactPage {
    const number = Number(after ?? 0);
    const isLost = this.#lost.has(number);
    const facts = this.#facts.filter((fact) => isLost || fact.number > number);
    const page = facts.slice(0, this.pageSize);
    const newest = page.at(-1);
    return {
      facts: page.map(({ text, until }) => ({ text, until })),
      cursor: newest ? String(newest.number) : isLost ? undefined : after,
      hasMore: facts.length > page.length,
      isLost,
    };
  }

  note(login: NotedLogin, now: number): void {
    const { subject, id } = login;
    const known = this.#logins.find((each) => each.subject === subject && each.id === id && each.until > now);
    const others = this.#logins.filter((each) => each.until > now && each !== known);
    const own = [...others.filter((each) => each.subject === subject), { ...login, usedAt: known?.usedAt }];
    own.sort((one, other) => other.until - one.until);
    this.#logins = [...others.filter((each) => each.subject !== subject), ...own.slice(0, LISTED_LOGINS)];
  }

  touch(subject: string, id: string, usedAt: number): void {
    this.#logins = this.#logins.map((each) =>
      each.subject === subject && each.id === id ? { ...each, usedAt } : each,
    );
  }

  list(subject: string, now: number): ListedLogin[] {
    return this.#logins
      .filter((each) => each.subject === subject && each.until > now)
      .map(({ id, text, usedAt }) => ({ id, text, usedAt }));
  }
}

class MemoryLoginStore implements LoginStore {
  readonly #logins: MemoryLogins;

  constructor(logins: MemoryLogins) {
    this.#logins = logins;
  }

  add(facts: readonly StoredFact[], now: number): Promise<void> {
    return this.#logins.answer('add', true, () => this.#logins.add(facts, now));
  }

  read(after: string | undefined): Promise<FactPage> {
    return this.#logins.answer('read', false, () => this.#logins.read(after));
  }

  note(login: NotedLogin, now: number): Promise<void> {
    return this.#logins.answer('note', true, () => this.#logins.note(login, now));
  }

  touch(subject: string, id: string, usedAt: number): Promise<void> {
    return this.#logins.answer('touch', true, () => this.#logins.touch(subject, id, usedAt));
  }

  list(subject: string, now: number): Promise<readonly ListedLogin[]> {
    return this.#logins.answer('list', false, () => this.#logins.list(subject, now));
  }

  close(): void {
    this.#logins.calls.close++;
  }
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
