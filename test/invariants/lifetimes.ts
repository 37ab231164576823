import { MINUTE, SECOND } from '../support/session.js';
import type { Lifetimes } from './application.js';

/** What a session's cookies say of its times: ms since epoch. */
export interface Times {
  /** The beginning, which nothing but `reset()`, `regenerate()` and `destroy()` moves. */
  readonly startedAt: number;
  /** The beginning, or the last `setDuration()`. */
  readonly createdAt: number;
  readonly end: number;
  /** Whether `setDuration()` gave it more than the configured duration. */
  readonly isOwn: boolean;
  readonly isProlonged: boolean;
  /** When the cookie was written. */
  readonly at: number;
  /** The last use that the browser knows of. */
  readonly usedAt: number;
}

/** Written times are rounded by up to a second in the longest of these lives. Nearer than this, both is right. */
export const TOLERANCE = 2 * SECOND;
/** A cookie has 24 bits for the part of its life that had passed when it was written. */
const PARTS_OF_LIFE = 2 ** 24 - 1;
const AHEAD = MINUTE;

export function begin(now: number, { duration }: Lifetimes): Times {
  const end = now + duration;
  return { startedAt: now, createdAt: now, end, isOwn: false, isProlonged: false, at: now, usedAt: now };
}

/** A write counts as later than the one that it follows by at least this time. */
export function tickOf({ createdAt, end }: Times): number {
  return Math.ceil((end - createdAt) / PARTS_OF_LIFE);
}

export function withDuration(times: Times, ms: number, now: number, { duration }: Lifetimes): Times {
  return { ...times, createdAt: now, end: now + ms, isOwn: ms > duration, isProlonged: false };
}

/** When a session is over although it is used. Today's configuration limits what was sealed under an earlier one. */
export function latestEnd(times: Times, today: Lifetimes): number {
  const { createdAt, startedAt, end, isOwn, isProlonged, at } = times;
  const configured = isOwn ? -Infinity : createdAt + today.duration;
  const prolonged = isProlonged ? at + 2 * today.activeDuration : -Infinity;
  const limit = Math.max(configured, prolonged);
  const ceiling = startedAt + (today.absoluteDuration ?? Infinity);
  return Math.min(end, limit === -Infinity ? Infinity : limit, ceiling);
}

/** When a session is over if nobody uses it any more. A use may be noted up to a tenth late. */
export function endOf(times: Times, today: Lifetimes): number {
  return Math.min(latestEnd(times, today), times.usedAt + 1.1 * (today.idleDuration ?? Infinity));
}

/** Whether a session can be used. `undefined`: it is so near to its end that both is right. */
export function isAlive(times: Times, now: number, today: Lifetimes): boolean | undefined {
  const left = Math.min(endOf(times, today) - now, now + AHEAD - times.createdAt);
  return Math.abs(left) <= TOLERANCE ? undefined : left > 0;
}

/** The times of a session in use. `undefined`: it has enough time left, or may not get more. */
export function prolonged(times: Times, now: number, today: Lifetimes): Times | undefined {
  const end = latestEnd(times, today);
  if (end - now >= today.activeDuration) return undefined;
  const wanted = {
    ...times,
    end: end + today.activeDuration,
    isProlonged: true,
    at: now,
    usedAt: Math.max(now, times.usedAt),
  };
  const reached = latestEnd(wanted, today);
  return reached > end ? { ...wanted, end: reached } : undefined;
}

/** Whether a use has to be noted. `undefined`: nearly. */
export function isUseDue(
  times: Times,
  now: number,
  { idleDuration = Infinity }: Lifetimes,
): boolean | undefined {
  const unnoted = now - times.usedAt - idleDuration / 10;
  return Math.abs(unnoted) <= TOLERANCE ? undefined : unnoted > 0;
}

/** The times that several cookies of one session tell together. */
export function joined(own: Times, renewals: readonly Times[], today: Lifetimes): Times {
  const usedAt = Math.max(own.usedAt, ...renewals.map((each) => each.usedAt));
  const [latest] = [own, ...renewals.filter(({ createdAt }) => createdAt === own.createdAt)].sort(
    (a, b) => latestEnd(b, today) - latestEnd(a, today),
  );
  return { ...latest!, usedAt };
}
