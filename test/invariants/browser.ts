import { CookieJar } from '../support/cookie-jar.js';
import { Values } from './contents.js';
import { type History, type Pair, pairsIn } from './history.js';
import { ORIGIN, PATH } from './hosts.js';
import type { Tampering } from './visits.js';

/** A visitor with a jar of tough-cookie. */
export class Browser {
  readonly values: Values;
  /** Whether the visitor has changed the cookies by hand, so that the past may come back. */
  isTampered = false;
  /** Identities of sessions that have ended in this browser, by the names of the sessions. */
  readonly gone = new Map<string, Set<string>>();
  readonly #jar: CookieJar;
  /** What responses have set here. */
  readonly #received: Pair[] = [];

  constructor(
    readonly number: number,
    now: () => number,
  ) {
    this.#jar = new CookieJar(ORIGIN, now);
    this.values = new Values(number);
  }

  get header(): string {
    return this.#jar.headerFor(PATH);
  }

  receive(setCookies: readonly string[]): void {
    for (const header of setCookies) {
      this.#jar.store(header, PATH);
      const [pair] = pairsIn(header.slice(0, header.indexOf(';')));
      if (pair![1] !== '') this.#received.push(pair!);
    }
  }

  /** @param names all names of cookies that the application knows */
  tamper(how: Tampering, which: number, at: number, names: readonly string[], history: History): void {
    const own = pairsIn(this.header);
    const [name, value] = pick(own, which) ?? ['', ''];
    const put = (to: string, text: string): void => {
      this.isTampered = true;
      for (const path of ['/', '/shop']) this.#jar.store(`${to}=${text}; Path=${path}`, PATH);
    };
    switch (how) {
      case 'flip': {
        if (value === '') return;
        const i = at % value.length;
        return put(name, value.slice(0, i) + (value[i] === 'A' ? 'B' : 'A') + value.slice(i + 1));
      }
      case 'cut':
        return value === '' ? undefined : put(name, value.slice(0, at % value.length));
      case 'forget':
        return value === '' ? undefined : this.#forget(name);
      case 'rename':
        return value === ''
          ? undefined
          : put(
              pick(
                names.filter((each) => each !== name),
                at,
              )!,
              value,
            );
      case 'plant': {
        const found = pick(history.pairs, which);
        return (
          found &&
          put(
            pick(
              names.filter((each) => each !== found[0]),
              at,
            )!,
            found[1],
          )
        );
      }
      case 'restore': {
        const earlier = pick(this.#received, which);
        return earlier && put(...earlier);
      }
    }
  }

  #forget(name: string): void {
    this.isTampered = true;
    for (const path of ['/', '/shop']) this.#jar.store(`${name}=; Path=${path}; Max-Age=0`, PATH);
  }
}

function pick<T>(list: readonly T[], which: number): T | undefined {
  return list[which % list.length];
}
