import type { Content } from './contents.js';
import type { Times } from './lifetimes.js';

/** One session of one browser, from its beginning to its end. */
export interface Life {
  readonly browser: number;
  /** What tells it from others of its name. */
  readonly identity: string;
}

/** Who is logged in by a session, and by which login. */
export interface Login {
  readonly user: string;
  readonly id: object;
  /** How often all logins of the user had been ended before. */
  readonly generation: number;
}

interface Told {
  readonly session: string;
  /** The cookies that hold it, the first of which has the session's name. */
  readonly cookies: readonly Pair[];
  /** `undefined`: the format of client-sessions, which has a secret of its own. */
  readonly secret: string | undefined;
  readonly life: Life;
  readonly times: Times;
}

/** Content that a response has stored. */
export interface Written extends Told {
  readonly type: 'content';
  readonly content: Content;
  readonly ephemeral: boolean | undefined;
  readonly version: number;
  readonly loginId: object;
  readonly login: Login | undefined;
  /** What it replaces. */
  readonly base: Written | undefined;
}

/** What a response has told of a session that it has not changed. */
export interface Renewed extends Told {
  readonly type: 'renewal';
  readonly seen: Written;
  /** The same content as the release has seen it that renewed it. */
  readonly copy: Written;
  /** Whether it holds this copy. `undefined`: perhaps. */
  readonly holdsCopy: boolean | undefined;
}

/** What a response has told of sessions that have ended. */
export interface Ended extends Omit<Told, 'life' | 'times'> {
  readonly type: 'ending';
  readonly identities: readonly string[];
  readonly until: number;
}

export type Cookie = Written | Renewed | Ended;
export type Pair = readonly [name: string, value: string];

const keyOf = ([name, value]: Pair): string => `${name}=${value}`;

/** Every cookie that a response has ever set, and what it stands for. */
export class History {
  readonly #cookies = new Map<string, Cookie>();
  /** Every cookie that was set, in this order. */
  readonly pairs: Pair[] = [];

  add(cookie: Cookie): void {
    for (const pair of cookie.cookies) this.pairs.push(pair);
    this.#cookies.set(keyOf(cookie.cookies[0]!), cookie);
  }

  /** What the Cookie header of a request holds of a session, as far as it is complete and nobody tampered with it. */
  read(header: string, session: string): readonly Cookie[] {
    const pairs = pairsIn(header);
    const arrived = new Set(pairs.map(keyOf));
    return pairs.flatMap((pair) => {
      const cookie = this.#cookies.get(keyOf(pair));
      const isWhole = cookie?.session === session && cookie.cookies.every((each) => arrived.has(keyOf(each)));
      return isWhole ? [cookie] : [];
    });
  }

  /** The cookies of a Cookie header in which a session was continued, and that nobody has changed. */
  chunksIn(header: string): readonly string[] {
    const known = new Set(this.pairs.map(keyOf));
    return pairsIn(header)
      .filter((pair) => /\.\d$/.test(pair[0]) && known.has(keyOf(pair)))
      .map(([name]) => name);
  }

  /** Whether a text holds a part of any cookie. */
  isQuotedIn(text: string): boolean {
    const runs = text.match(/[\w-]{20,}/g) ?? [];
    return runs.some((run) => this.pairs.some(([, value]) => value.includes(run.slice(0, 20))));
  }
}

export function pairsIn(header: string): readonly Pair[] {
  if (header === '') return [];
  return header.split('; ').map((each): Pair => {
    const end = each.indexOf('=');
    return [each.slice(0, end), each.slice(end + 1)];
  });
}

/** Whether a write contains another one: it was made from it, or from one that was. */
export function contains(later: Written, earlier: Written): boolean {
  for (let each: Written | undefined = later; each; each = each.base) if (each === earlier) return true;
  return false;
}
