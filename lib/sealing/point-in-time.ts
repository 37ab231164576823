import { InvalidOptionsError } from '../errors/invalid-options.error.js';

/**
 * A point in time: a Date, ms since epoch, or ISO 8601 text with a time zone, such as `'2027-01-31T00:00:00Z'`. A date
 * without a time, such as `'2027-01-31'`, means midnight in UTC.
 */
export type Time = Date | number | string;

const REMEDY = "Give a Date, ms since epoch, or text such as '2027-01-31T00:00:00Z'.";
/** As ms this is March 1973; as seconds it is the year 5138. */
const EARLIEST_MS = 1e11;
/** As ms this is the year 33658; as microseconds it is September 2001. */
const LATEST_MS = 1e15;

const ISO =
  /^(?<day>(?:\d{4}|[+-]\d{6})-\d\d-\d\d)(?:T(?<clock>\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?<zone>Z|[+-]\d\d:?\d\d)?)?$/;
const NUMBER = /^\s*[+-]?\d+(?:\.\d+)?(?:e\d+)?\s*$/i;
/** A length of time: in the form of options such as `duration`, or in the form of ISO 8601. */
const LENGTH = /^\s*\d[\d.]*\s*[a-z]+\s*$|^P[\dT]/i;

/** In ms since epoch. @throws {@link InvalidOptionsError} if the value is not a point in time, or is implausible */
export function timeOf(time: unknown, option: string): number {
  const refuse = (problem: string, hint = ''): never => {
    throw new InvalidOptionsError(option, problem, `${hint}${REMEDY}`);
  };
  const ms = typeof time === 'string' ? parse(time, refuse) : time instanceof Date ? time.getTime() : time;
  if (typeof ms !== 'number' || !Number.isFinite(ms)) return refuse('must be a point in time');
  // A Date of 0 is a usual way to say "over", and text is never ambiguous.
  const isMeant = typeof time === 'string' || (time instanceof Date && ms <= 0);
  if (ms < EARLIEST_MS && !isMeant) {
    refuse(
      'as ms since epoch it is before March 1973, so it seems to be in seconds, or to be a length of time',
      'Multiply seconds by 1000. ',
    );
  }
  if (ms >= LATEST_MS) {
    refuse('as ms since epoch it is thousands of years ahead', 'Divide microseconds by 1000. ');
  }
  return ms;
}

/** Formats a time as options accept it. Seconds are left out if they are zero. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/(?::00)?\.000Z$/, 'Z');
}

function parse(text: string, refuse: (problem: string, hint?: string) => never): number {
  const { day, zone, clock } = ISO.exec(text)?.groups ?? {};
  if (day === undefined) {
    if (NUMBER.test(text))
      refuse('must be a point in time, got a number as text', 'Use Number(text) if it is ms since epoch. ');
    return refuse(
      LENGTH.test(text)
        ? 'must be a point in time, got a length of time'
        : 'must be a point in time in ISO 8601',
    );
  }
  if (clock !== undefined && zone === undefined) {
    refuse(
      'must have a time zone, otherwise it is a different moment on each machine',
      "Add 'Z', or an offset such as '+01:00'. ",
    );
  }
  const [ms, midnight] = [Date.parse(text), Date.parse(`${day}T00:00:00Z`)];
  // Date.parse accepts 31 days in every month and continues in the next month.
  const exists =
    Number.isFinite(ms) && Number.isFinite(midnight) && new Date(midnight).toISOString().startsWith(day);
  return exists ? ms : refuse('must be a day, time and zone that exist');
}
