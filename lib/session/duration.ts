import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { shownValue } from '../errors/shown-value.js';
import { MAXIMUM_LIFETIME } from '../sealing/session-record.js';

/**
 * Milliseconds as a number, or text such as `'15m'`, `'1 day'`, `'120 days'` (ms, s, m, h, d, w, y; a year is
 * 365 days).
 */
export type Duration = number | string;

const UNITS: Record<string, number> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};

const TEXT = new RegExp(
  String.raw`^(\d+(?:\.\d+)?) ?` +
    '(?:(ms|milliseconds?)|(s|secs?|seconds?)|(m|mins?|minutes?)|(h|hrs?|hours?)|(d|days?)|(w|weeks?)|(y|years?))$',
  'i',
);

/**
 * Returns a duration in milliseconds.
 *
 * @param option path of the option, for the message
 * @throws {@link InvalidOptionsError} if the value is not a duration, negative, or above 34 years
 */
export function milliseconds(duration: unknown, option: string): number {
  const ms = typeof duration === 'string' ? parse(duration) : duration;
  if (typeof ms === 'number' && ms >= 0 && ms <= MAXIMUM_LIFETIME) return Math.round(ms);
  throw new InvalidOptionsError(
    option,
    `must be a duration, got ${shownValue(duration)}`,
    "Give milliseconds as a number, or text such as '15m', '1 day' or '120 days', up to 34 years.",
  );
}

/** Returns a duration above 0 in milliseconds. @throws {@link InvalidOptionsError} for 0, too */
export function positiveMilliseconds(duration: unknown, option: string, remedy: string): number {
  const ms = milliseconds(duration, option);
  if (ms > 0) return ms;
  throw new InvalidOptionsError(option, 'must be more than 0 ms', remedy);
}

/** Elsewhere, a capital M means months. */
const MONTHS = /[\d ]M$/;

function parse(given: string): number | undefined {
  const text = given.trim();
  if (MONTHS.test(text)) return undefined;
  const [, amount, ...units] = TEXT.exec(text) ?? [];
  const unit = Object.keys(UNITS)[units.findIndex((match) => match !== undefined)];
  return unit === undefined ? undefined : Number(amount) * UNITS[unit]!;
}

/** The units in which a duration is shown, the largest first, with their length in ms. */
export const SHOWN_UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** A duration as you can write it in the options. */
export function durationText(ms: number): string {
  const unit = SHOWN_UNITS.find(([, length]) => ms % length === 0);
  if (!unit) return String(ms);
  const amount = ms / unit[1];
  return `'${amount} ${unit[0]}${amount === 1 ? '' : 's'}'`;
}
