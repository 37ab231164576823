import { firstGeneration, nextGeneration } from '../sealing/login.js';
import { MARGIN } from './ended-marks.js';
import type { EndedGeneration } from './login-fact.js';

/** So many ends of one subject may be lost without putting anybody out. */
const MOST_LOST = 32;
/** The start of a longer chain is remembered, so that no visitor makes logins dear by ending theirs again and again. */
const LONGEST_WALK = 16;

/** The start of a chain whose generations all rest. */
interface Walk {
  /** The generation behind it. */
  readonly next: Buffer;
  readonly length: number;
  /** When the first of them does not rest any more: ms since epoch. */
  readonly earliestRest: number;
  /** The latest times of its facts: ms since epoch. */
  readonly latest: Pick<EndedGeneration, 'restsUntil' | 'until'>;
}

/**
 * What is remembered of a generation that has ended. Its bytes are the key, and those of the call are text, too: a
 * small Buffer would keep the block of 8 KB that Node has cut it from.
 */
interface Remembered extends Pick<EndedGeneration, 'restsUntil' | 'until'> {
  readonly call: string;
}

/**
 * The generations of all subjects that have ended. Those of one subject form a chain: each follows from the one before.
 * The first one that does not rest is current. An ended generation rests until all its logins have expired, and then
 * it may be current again. The fact is kept for another lifetime, because until then there may be logins of the
 * generations behind it.
 */
export class Generations {
  readonly #facts = new Map<string, Remembered>();
  /** By the first generation of a subject. */
  readonly #walks = new Map<string, Walk>();
  /** Where the search for expired facts goes on. */
  #hand: Iterator<[string, Remembered]> = this.#facts.entries();

  get size(): number {
    return this.#facts.size;
  }

  /** @returns whether the generation was in use until now, so that this fact has ended it */
  apply(fact: EndedGeneration, now: number): boolean {
    const key = textOf(fact.generation);
    const known = this.#facts.get(key);
    const isNew = isEnded(fact, now) && !(known && isEnded(known, now));
    const restsUntil = Math.max(fact.restsUntil, known?.restsUntil ?? 0);
    const until = Math.max(fact.until, known?.until ?? 0);
    // Walks hold the times of the facts that they have passed.
    if (known && (restsUntil > known.restsUntil || until > known.until)) this.#walks.clear();
    const call = isNew || !known ? textOf(fact.call) : known.call;
    this.#facts.set(key, { call, restsUntil, until });
    return isNew;
  }

  /** The generation of the logins that are sealed now. */
  current(subjectHash: Buffer, now: number): Buffer {
    return this.#walk(firstGeneration(subjectHash), now).next;
  }

  /**
   * The generation for a login that goes on. It stays if it is current, or comes after the current one because the
   * facts before it were lost. Otherwise it was sealed under another secret.
   */
  following(generation: Buffer, subjectHash: Buffer, now: number): Buffer {
    const current = this.current(subjectHash, now);
    let later = current;
    for (let i = 0; i < MOST_LOST; i++) {
      if (later.equals(generation)) return generation;
      later = nextGeneration(later);
    }
    return current;
  }

  /**
   * The facts that end all logins of a subject.
   *
   * @param lifetime for how long a login can be used after it was sealed: ms
   */
  endsOf(subjectHash: Buffer, now: number, lifetime: number, call: Buffer): EndedGeneration[] {
    const living: Buffer[] = [];
    const first = firstGeneration(subjectHash);
    // A generation is ended for a little less long than it rests.
    const walk = this.#walk(first, now + MARGIN);
    let restsUntil = Math.max(now + lifetime + 2 * MARGIN, walk.latest.restsUntil);
    let until = Math.max(now + 2 * (lifetime + 2 * MARGIN), walk.latest.until);
    let generation = walk.next;
    for (let i = walk.length; i <= this.#facts.size; i++) {
      const fact = this.#facts.get(textOf(generation));
      if (!fact || !isEnded(fact, now)) living.push(generation);
      if (!fact) break;
      // The chain must not break where a fact expires earlier than one before it.
      restsUntil = Math.max(restsUntil, fact.restsUntil);
      until = Math.max(until, fact.until);
      generation = nextGeneration(generation);
    }
    return living.map((generation) => ({ type: 'generation', generation, restsUntil, call, until }));
  }

  /** Passes the generations that rest, until the first one that does not. */
  #walk(first: Buffer, now: number): Walk {
    const key = textOf(first);
    const known = this.#walks.get(key);
    let walk = known && now < known.earliestRest ? known : walkFrom(first);
    while (walk.length <= this.#facts.size) {
      const fact = this.#facts.get(textOf(walk.next));
      if (!fact || now >= fact.restsUntil) break;
      walk = passed(walk, fact);
    }
    if (walk.length > LONGEST_WALK) this.#walks.set(key, walk);
    else if (known) this.#walks.delete(key);
    return walk;
  }

  /** Whether this call of `endAll()` was the one that ended the generation. */
  isEndedBy(call: Buffer, generation: Buffer): boolean {
    return this.#facts.get(textOf(generation))?.call === textOf(call);
  }

  /** Forgets expired facts among the next ones, and walks whose facts must be gone. */
  sweep(now: number, count: number): void {
    if (this.#walks.size * LONGEST_WALK > this.#facts.size) this.#walks.clear();
    for (let i = 0; i < count; i++) {
      const next = this.#hand.next();
      if (next.done) {
        this.#hand = this.#facts.entries();
        return;
      }
      const [key, fact] = next.value;
      if (now >= fact.until + MARGIN) this.#facts.delete(key);
    }
  }

  *facts(): Iterable<EndedGeneration> {
    for (const [key, { call, ...times }] of this.#facts)
      yield { type: 'generation', generation: bytesOf(key), call: bytesOf(call), ...times };
  }
}

/** Until when the logins of an ended generation are refused: ms since epoch. */
export function refusedUntil({ restsUntil }: Pick<EndedGeneration, 'restsUntil'>): number {
  return restsUntil - MARGIN;
}

function walkFrom(first: Buffer): Walk {
  return { next: first, length: 0, earliestRest: Infinity, latest: { restsUntil: 0, until: 0 } };
}

function passed({ next, length, earliestRest, latest }: Walk, { restsUntil, until }: Remembered): Walk {
  return {
    next: nextGeneration(next),
    length: length + 1,
    earliestRest: Math.min(earliestRest, restsUntil),
    latest: { restsUntil: Math.max(latest.restsUntil, restsUntil), until: Math.max(latest.until, until) },
  };
}

function isEnded(fact: Pick<EndedGeneration, 'restsUntil'>, now: number): boolean {
  return now < refusedUntil(fact);
}

function textOf(bytes: Buffer): string {
  return bytes.toString('latin1');
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
