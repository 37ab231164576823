import { durationText } from '../session/duration.js';
import { type Lifetime, LONGEST_KEPT } from '../session/lifetime.js';
import type { ResolvedSessionOptions, SessionOptions } from './session-options.js';

type Lifetimes = Lifetime & Pick<ResolvedSessionOptions, 'cookie'>;

/**
 * Returns warnings about lifetimes that work, but end earlier than the options say. Each warning ends in the
 * remedy.
 */
export function lifetimeWarnings(options: Lifetimes): string[] {
  const { duration, absoluteDuration, idleDuration, cookie } = options;
  const { maxAge, ephemeral } = cookie;
  const usable = longestLife(options);
  const warnings: string[] = [];
  if (maxAge !== undefined && maxAge > usable) {
    const toSet = maxAge > absoluteDuration ? 'duration and absoluteDuration' : 'duration';
    warnings.push(
      `"cookie.maxAge" lets browsers keep the cookie for ${durationText(maxAge)}, ` +
        `but without setDuration() the session is over after ${durationText(usable)}. ` +
        `Set ${toSet} to ${durationText(maxAge)}, or leave cookie.maxAge out.`,
    );
  }
  if (idleDuration !== Infinity && idleDuration >= usable) {
    warnings.push(
      `"idleDuration" has no effect: without use, the session is over after ${durationText(usable)} anyway. ` +
        'Make it shorter than "duration", or leave it out.',
    );
  }
  const kept = maxAge ?? usable;
  if (kept > LONGEST_KEPT && !ephemeral) {
    const option =
      maxAge !== undefined ? 'cookie.maxAge' : duration > LONGEST_KEPT ? 'duration' : 'activeDuration';
    warnings.push(
      `"${option}" lets browsers keep the cookie for ${durationText(kept)}, ` +
        'but browsers keep no cookie for more than 400 days. ' +
        'Make it shorter; every write of the cookie starts the 400 days anew.',
    );
  }
  return warnings;
}

const LIFETIMES = ['duration', 'activeDuration', 'absoluteDuration', 'idleDuration'] as const;
/** A number that is less is more likely one of seconds: ms. */
const LEAST_NUMBER = 60_000;

/** Returns warnings about numbers that look like seconds, as other libraries have them. */
export function unitWarnings(given: Pick<SessionOptions, (typeof LIFETIMES)[number]>): string[] {
  return LIFETIMES.flatMap((option) => {
    const time = given[option];
    if (typeof time !== 'number' || time === 0 || !looksLikeSeconds(time)) return [];
    return [
      `"${option}" is ${time} ms, because numbers are milliseconds. ` +
        `If you mean seconds, write '${time} s'; if not, write '${time} ms'.`,
    ];
  });
}

/** Such as 3600, or 86400 and 604800, which are whole minutes of seconds, but no whole seconds of milliseconds. */
function looksLikeSeconds(time: number): boolean {
  return time < LEAST_NUMBER || (time % 60 === 0 && time % 1000 !== 0);
}

/** The longest time that a session can have left without `setDuration()`, in ms. */
export function longestLife({ duration, activeDuration, absoluteDuration }: Lifetime): number {
  // A prolonged session has less than twice activeDuration left.
  return Math.min(Math.max(duration, 2 * activeDuration), absoluteDuration);
}
