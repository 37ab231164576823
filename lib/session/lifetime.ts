import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { MAXIMUM_LIFETIME, type SessionRecord } from '../sealing/session-record.js';
import { type Duration, milliseconds } from './duration.js';

/** How long a session lives. */
export interface LifetimeOptions {
  /**
   * How long a session lives from its creation, that is from its first use or `reset()`. Changing the content does not prolong it. What is
   * configured today limits sessions that were sealed before, too; only `setDuration()` may exceed it.
   * @default '1 day'
   */
  duration?: Duration | undefined;
  /**
   * When a session is used with less than this left, it is prolonged by this much, and so ends less than twice this after its last use. 0
   * switches that off.
   * @default 0
   */
  activeDuration?: Duration | undefined;
  /**
   * The longest a session lives from its creation, however often it is prolonged and whatever `setDuration()` says.
   * @default no limit
   */
  absoluteDuration?: Duration | undefined;
}

/** Resolved {@link LifetimeOptions}, in ms. */
export interface Lifetime {
  readonly duration: number;
  readonly activeDuration: number;
  readonly absoluteDuration: number;
}

/** The times of one session, as they are sealed with it. */
export type SessionTimes = Pick<
  SessionRecord,
  'createdAt' | 'expiresAt' | 'startedAt' | 'ownDuration' | 'renewed' | 'renewedAt'
>;

const ONE_DAY = 86_400_000;
/** Servers' clocks may differ by this much; a cookie from further ahead was not made by one of ours. */
const CLOCK_TOLERANCE = 60_000;

/** @throws {@link InvalidOptionsError} for what is no duration, or durations that contradict each other */
export function resolveLifetime(options: LifetimeOptions): Lifetime {
  const duration = milliseconds(options.duration ?? ONE_DAY, 'duration');
  const activeDuration = milliseconds(options.activeDuration ?? 0, 'activeDuration');
  const absoluteDuration =
    options.absoluteDuration === undefined
      ? Infinity
      : milliseconds(options.absoluteDuration, 'absoluteDuration');
  if (duration === 0) {
    throw new InvalidOptionsError(
      'duration',
      'no session lives for 0 ms',
      "Give the lifetime of a session, such as '1 day'.",
    );
  }
  if (absoluteDuration < duration) {
    throw new InvalidOptionsError(
      'absoluteDuration',
      'it is shorter than "duration", which it limits',
      'Make it at least as long as "duration", or leave it out.',
    );
  }
  return { duration, activeDuration, absoluteDuration };
}

/** The times of a session that begins now. */
export function begin(now: number, lifetime: Lifetime): SessionTimes {
  return {
    createdAt: now,
    startedAt: now,
    expiresAt: now + lifetime.duration,
    ownDuration: false,
    renewed: false,
  };
}

/**
 * The times after `setDuration(duration)`: creation is now, but the absolute limit still counts from the start. Only a duration that exceeds
 * the configured one is not limited by it later.
 */
export function withOwnDuration(
  times: SessionTimes,
  duration: number,
  now: number,
  lifetime: Lifetime,
): SessionTimes {
  return {
    createdAt: now,
    startedAt: times.startedAt,
    expiresAt: now + duration,
    ownDuration: duration > lifetime.duration,
    renewed: false,
  };
}

/** The prolonged times of a session in use, or `undefined` when it has enough time left or may not live longer. */
export function renew(times: SessionTimes, now: number, lifetime: Lifetime): SessionTimes | undefined {
  const current = effectiveExpiry(times, lifetime);
  if (current - now >= lifetime.activeDuration) return undefined;
  const latest = times.createdAt + MAXIMUM_LIFETIME;
  const { createdAt, startedAt, ownDuration } = times;
  const wanted = Math.min(current + lifetime.activeDuration, latest);
  const renewed = { createdAt, startedAt, expiresAt: wanted, ownDuration, renewed: true, renewedAt: now };
  const expiresAt = effectiveExpiry(renewed, lifetime);
  return expiresAt > current ? { ...renewed, expiresAt } : undefined;
}

/** When a session ends: by what is sealed or by today's configuration, whichever is earlier. */
export function effectiveExpiry(times: SessionTimes, lifetime: Lifetime): number {
  return Math.min(
    times.expiresAt,
    configuredExpiry(times, lifetime),
    times.startedAt + lifetime.absoluteDuration,
  );
}

/** When a session ends by the configured durations. */
function configuredExpiry(times: SessionTimes, { duration, activeDuration }: Lifetime): number {
  const unprolonged = times.createdAt + duration;
  if (!times.renewed) return times.ownDuration ? Infinity : unprolonged;
  // Before a renewal less than activeDuration is left, after it less than twice as much.
  if (times.renewedAt !== undefined) {
    const prolonged = times.renewedAt + 2 * activeDuration;
    return times.ownDuration ? prolonged : Math.max(unprolonged, prolonged);
  }
  return times.ownDuration || activeDuration > 0 ? Infinity : unprolonged;
}

/** Whether a session may be used now, or why not. */
export function standing(
  times: SessionTimes,
  now: number,
  lifetime: Lifetime,
): 'live' | 'expired' | 'future' {
  if (times.createdAt > now + CLOCK_TOLERANCE) return 'future';
  return effectiveExpiry(times, lifetime) > now ? 'live' : 'expired';
}
