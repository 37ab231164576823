import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { type Time, timeOf, timeText } from '../sealing/point-in-time.js';

/** A time before which no session may have begun, or a function that returns the current one. */
export type IssuedAfter = Time | (() => Time | undefined);

/** How much the clock of whoever chose the time may be ahead: ms. */
const CLOCK_TOLERANCE = 60_000;

/**
 * Returns a function that tells the time: ms since epoch, `-Infinity` for none.
 *
 * @throws {@link InvalidOptionsError} for what is no time, also from the function at start
 */
export function resolveIssuedAfter(
  given: IssuedAfter | undefined,
): (complain: (problem: string) => void) => number {
  if (given === undefined) return () => -Infinity;
  if (typeof given !== 'function') {
    const time = timeOf(given, 'issuedAfter');
    return () => time;
  }
  let last = resolved(given());
  return (complain) => {
    try {
      last = resolved(given());
    } catch {
      // Its message may hold anything. The last time stays in force, as the last secrets do.
      complain(
        'the function "issuedAfter" threw, or returned no time. The last time stays in force. Mend the function.',
      );
    }
    return last;
  };
}

/** @param now ms since epoch */
export function issuedAfterWarnings(
  issuedAfter: (complain: (problem: string) => void) => number,
  now: number,
): string[] {
  const time = issuedAfter(() => undefined);
  if (time <= now + CLOCK_TOLERANCE) return [];
  return [
    `"issuedAfter" is in the future (${timeText(time)}), so that sessions that begin before are refused, too, ` +
      'and nobody can log in until then. Give a time that has passed.',
  ];
}

function resolved(time: unknown): number {
  if (time === undefined || time === null) return -Infinity;
  if (time instanceof Promise) {
    // It may reject later, and nobody else waits for it.
    time.catch(() => undefined);
    throw new InvalidOptionsError(
      'issuedAfter',
      'must return a time at once, because cookies are opened without waiting',
      'Load the time beforehand, and return the loaded one.',
    );
  }
  return timeOf(time, 'issuedAfter');
}
