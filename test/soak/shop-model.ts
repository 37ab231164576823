import type { Goods, ShopName, ShopNews } from './worker/names.js';
import type { Release } from './worker/settings.js';

export type ShopAct = 'look' | 'add' | 'clear';

/** What the cookies of one visitor hold, by the responses that have arrived. */
export interface Held {
  readonly goods: Goods;
  /** Which session it is: a new one has a new number. */
  readonly session: number;
  /** The release that stored it. */
  readonly release: Release;
}

/** A request, and what its cookies held. */
export interface Asked {
  readonly name: ShopName;
  readonly act: ShopAct;
  readonly held: Held | undefined;
  /** The key of what was stored, by its id, if it may have been sealed anew with another one since. */
  readonly keySealedAnew: string | undefined;
}

export type ShopVerdict =
  | 'a visitor saw what is of another'
  | 'what was stored was lost'
  | 'what had ended came back'
  | 'something that nobody stored'
  | 'a change that was not made'
  | 'refused, and nothing explains it'
  | 'a newer release was overwritten'
  | 'a look replaced what was stored';

/** Sessions that are larger are renewed in place, so that a look may undo a change. SECURITY.md says so. */
const RENEWED_IN_PLACE: readonly ShopName[] = ['basket'];

/** What one visitor has of one session, and what responses have to say of it. */
export class ShopModel {
  #held: Held | undefined;
  #sessions = 0;
  readonly #ended = new Set<number>();

  constructor(
    private readonly name: ShopName,
    private readonly owner: number,
    /** Keys that a process may have dropped already, by their ids. */
    private readonly endedKeys: ReadonlySet<string>,
  ) {}

  get held(): Held | undefined {
    return this.#held;
  }

  ask(act: ShopAct, keySealedAnew: string | undefined): Asked {
    return { name: this.name, act, held: this.#held, keySealedAnew };
  }

  /** Takes note of a response in the moment in which its cookies are stored. @returns what is wrong with it */
  heard(asked: Asked, news: ShopNews, cookieNames: readonly string[], item: string): ShopVerdict | undefined {
    const wrong = this.#hear(asked, news, cookieNames, item);
    // What went wrong once is told once.
    if (wrong)
      this.#held = news.after
        ? { goods: news.after, session: ++this.#sessions, release: news.release }
        : undefined;
    return wrong;
  }

  #hear(
    { act, held, keySealedAnew }: Asked,
    news: ShopNews,
    cookieNames: readonly string[],
    item: string,
  ): ShopVerdict | undefined {
    const isStored = cookieNames.includes(this.name);
    const { before, after, refused, release } = news;
    if (refused === 'newer-version') {
      // What a newer release has sealed anew for a look is all there is when the key of the rest has ended.
      const isCopyOfNewer = keySealedAnew !== undefined && this.endedKeys.has(keySealedAnew);
      const isOfNewer = held?.release === 2 || (held !== undefined && isCopyOfNewer);
      if (this.name !== 'cart' || release === 2 || !isOfNewer) return 'refused, and nothing explains it';
      return isStored ? 'a newer release was overwritten' : undefined;
    }
    const wrong = this.#judge(held, before);
    if (wrong) return wrong;
    if (act === 'clear') {
      if (after !== null) return 'a change that was not made';
      if (!held) return undefined;
      this.#ended.add(held.session);
      this.#held = undefined;
      return undefined;
    }
    const session = held?.session ?? ++this.#sessions;
    if (act === 'add') {
      if (after?.owner !== this.owner || after.items.at(-1) !== item || !isStored)
        return 'a change that was not made';
      const expected = [...(before?.items ?? []), item].slice(-after.items.length);
      if (JSON.stringify(after.items) !== JSON.stringify(expected)) return 'something that nobody stored';
      // A change of a session that has ended meanwhile replaces whatever there is, and is refused from then on.
      this.#held = this.#ended.has(session) ? undefined : { goods: after, session, release };
      return undefined;
    }
    if (!isStored) return undefined;
    if (!RENEWED_IN_PLACE.includes(this.name) || !held) return 'a look replaced what was stored';
    this.#held = this.#ended.has(session) ? undefined : held;
    return undefined;
  }

  #judge(held: Held | undefined, before: Goods | null): ShopVerdict | undefined {
    if (before && before.owner !== this.owner) return 'a visitor saw what is of another';
    const own = `${this.owner}-`;
    if (before && ![...before.items, ...before.tags].every((each) => each.startsWith(own)))
      return before.tags.includes('torn')
        ? 'something that nobody stored'
        : 'a visitor saw what is of another';
    if (!held) return before ? 'what had ended came back' : undefined;
    if (!before) return 'what was stored was lost';
    return JSON.stringify(before) === JSON.stringify(held.goods) ? undefined : 'something that nobody stored';
  }
}
