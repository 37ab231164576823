import { CookieJar } from '../support/cookie-jar.js';
import type { Connection } from './connection.js';
import type { Visit } from './worker/visit.js';

/**
 * What became of a request. `lost`: a fresh session instead of the visitor's own. `wrong`: another visitor's.
 * `miscounted`: the visitor's own,
 * but not as it was left. `cut off`: no complete answer.
 */
export type Verdict = 'recognised' | 'lost' | 'wrong' | 'miscounted' | 'cut off';

/** Of so many requests one only looks. */
const LOOKS = 3;

/** One visitor with a cookie jar, who knows what every answer has to say. */
export class Visitor {
  readonly #jar = new CookieJar();
  /** How often the visit was counted, by the cookies that arrived; 0 before the first. */
  #visits = 0;
  #requests = 0;

  constructor(readonly number: number) {}

  /**
   * Enters, or comes again. After a loss the visitor enters anew, and after a cut comes again with the jar as it is.
   *
   * @param onlyLooks nothing is changed by those who have entered
   */
  async visit(connection: Connection, onlyLooks: boolean): Promise<Verdict> {
    const [method, path, visits] = this.#next(onlyLooks);
    const { status, setCookies, text } = await connection.request(method, path, this.#jar.headerFor(path));
    for (const header of setCookies) this.#jar.store(header, path);
    // A browser that has the cookie has it, with or without the page.
    if (setCookies.length > 0) this.#visits = visits;
    if (text === undefined) return 'cut off';
    if (status >= 400) throw new Error(`A worker answered ${path} with ${status}.`);
    const verdict = this.#judge(JSON.parse(text) as Visit, visits);
    if (verdict === 'lost') this.#visits = 0;
    return verdict;
  }

  /** @returns the request, and what the counter has to be when it is answered */
  #next(onlyLooks: boolean): readonly [method: string, path: string, visits: number] {
    if (this.#visits === 0) return ['POST', `/enter/${this.number}`, 1];
    if (++this.#requests % LOOKS === 0 || onlyLooks) return ['GET', '/look', this.#visits];
    return ['POST', '/count', this.#visits + 1];
  }

  #judge({ visitor, visits }: Visit, expected: number): Verdict {
    if (visitor === undefined) return 'lost';
    if (visitor !== this.number) return 'wrong';
    return visits === expected ? 'recognised' : 'miscounted';
  }
}
