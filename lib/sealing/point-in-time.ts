import { InvalidOptionsError } from '../errors/invalid-options.error.js';

/**
 * A point in time: a Date, ms since epoch, or ISO 8601 text with its zone, such as `'2027-01-31T00:00:00Z'`. A day alone, `'2027-01-31'`, is
 * its midnight in UTC.
 */
export type Time = Date | number | string;

const REMEDY = "Give a Date, ms since epoch, or text such as '2027-01-31T00:00:00Z'.";
/** In ms it is in March 1973; in seconds, in the year 5138. */
const EARLIEST_MS = 1e11;
/** In ms it is in the year 33658; in microseconds, in September 2001. */
const LATEST_MS = 1e15;

const ISO =
  /^(?<day>(?:\d{4}|[+-]\d{6})-\d\d-\d\d)(?:T(?<clock>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?<zone>Z|[+-]\d\d:?\d\d)?)?$/;
const NUMBER = /^\s*[+-]?\d+(?:\.\d+)?(?:e\d+)?\s*$/i;
/** As options take it elsewhere, and as ISO 8601 writes it. */
const LENGTH = /^\s*\d[\d.]*\s*[a-z]+\s*$|^P[\dT]/i;

/** ms since epoch. @throws {@link InvalidOptionsError} for what is no point in time, or not surely the one that is meant */
export function timeOf(time: unknown, option: string): number {
  const refuse = (problem: string, hint = ''): never => {
    throw new InvalidOptionsError(option, problem, `${hint}${REMEDY}`);
  };
  const ms = typeof time === 'string' ? parse(time, refuse) : time instanceof Date ? time.getTime() : time;
  if (typeof ms !== 'number' || !Number.isFinite(ms)) return refuse('it is no point in time');
  // A Date of 0 is a usual way to say "over", and text says what it says.
  const isMeant = typeof time === 'string' || (time instanceof Date && ms <= 0);
  if (ms < EARLIEST_MS && !isMeant) {
    refuse(
      'in ms since epoch it lies before March 1973, so it seems to count seconds, or to be a length of time',
      'Multiply seconds by 1000. ',
    );
  }
  if (ms >= LATEST_MS) {
    refuse('in ms since epoch it lies thousands of years ahead', 'Divide microseconds by 1000. ');
  }
  return ms;
}

/** As it may be written in options, without seconds where there are none. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/(?::00)?\.000Z$/, 'Z');
}

function parse(text: string, refuse: (problem: string, hint?: string) => never): number {
  const { day, zone, clock } = ISO.exec(text)?.groups ?? {};
  if (day === undefined) {
    if (NUMBER.test(text))
      refuse('it is a number in the form of text', 'Use Number(text) where it is ms since epoch. ');
    return refuse(
      LENGTH.test(text)
        ? 'it is a length of time, not a point in time'
        : 'it is no point in time in ISO 8601',
    );
  }
  if (clock !== undefined && zone === undefined) {
    refuse(
      'it has no time zone, so it is another moment on every machine',
      "Add 'Z', or an offset such as '+01:00'. ",
    );
  }
  const [ms, midnight] = [Date.parse(text), Date.parse(`${day}T00:00:00Z`)];
  // Date.parse gives every month 31 days, and goes on in the next one.
  const exists =
    Number.isFinite(ms) && Number.isFinite(midnight) && new Date(midnight).toISOString().startsWith(day);
  return exists ? ms : refuse('there is no such day, time or zone');
}
