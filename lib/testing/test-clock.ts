import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import type { SessionClock } from '../options/session-clock.js';
import { type Duration, milliseconds } from '../session/duration.js';

/**
 * The clock of the application's sessions, in the hands of a test. It is the application's own until the test sets it.
 * From then on it stands still between two calls. It moves sessions, logins and the cookies of test browsers.
 * Timers, and `Date.now()` in other code, stay as they are.
 */
export class TestClock {
  readonly #clocks: readonly SessionClock[];

  /** @param clocks of each module that configures sessions; at least one @internal */
  constructor(clocks: readonly SessionClock[]) {
    this.#clocks = clocks;
  }

  /** The current time: ms since epoch. */
  now(): number {
    return this.#clocks[0]!.now();
  }

  /**
   * Sets the clock forward.
   *
   * @param duration ms, or text such as `'2 days'`
   * @example sessions.clock.advance('2 days');
   */
  advance(duration: Duration): void {
    this.#standAt(this.now() + milliseconds(duration, 'clock.advance(duration)'));
  }

  /**
   * Sets the clock to a time.
   *
   * @param time a date, text such as `'2027-01-01T12:00:00Z'`, or ms since epoch
   */
  set(time: Date | number | string): void {
    const ms = new Date(time).getTime();
    if (Number.isNaN(ms))
      throw new InvalidOptionsError(
        'clock.set(time)',
        'must be a time',
        "Give a Date, text such as '2027-01-01T12:00:00Z', or ms since epoch.",
      );
    this.#standAt(ms);
  }

  /** Gives the application its own clock back. Call it in `afterEach` if tests share an application. */
  reset(): void {
    for (const clock of this.#clocks) clock.read = clock.own;
  }

  /** Runs something, and sets the clock back to what it was before. @internal */
  async during<T>(act: () => Promise<T>): Promise<T> {
    const before = this.#clocks.map(({ read }) => read);
    try {
      return await act();
    } finally {
      this.#clocks.forEach((clock, i) => (clock.read = before[i]!));
    }
  }

  #standAt(ms: number): void {
    for (const clock of this.#clocks) clock.read = () => ms;
  }
}
