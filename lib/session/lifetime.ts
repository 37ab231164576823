import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { MAXIMUM_LIFETIME, type SessionRecord, WRITE_PRECISION } from '../sealing/session-record.js';
import { type Duration, milliseconds } from './duration.js';

/** How long a session lives. */
export interface LifetimeOptions {
  /**
   * How long a session lives from its creation, which is its first use or the last `reset()`. Changes of the
   * content do not prolong it. Today's value also limits sessions that were sealed before; only
   * `setDuration()` may exceed it.
   * @default '1 day'
   */
  duration?: Duration | undefined;
  /**
   * If a session is used when less than this time is left, it is prolonged by this time. So it ends less than
   * twice this time after its last use. 0 switches that off.
   * @default 0
   */
  activeDuration?: Duration | undefined;
  /**
   * The longest time that a session lives from its creation, even if it is prolonged or `setDuration()` is
   * called.
   * @default no limit
   */
  absoluteDuration?: Duration | undefined;
  /**
   * A session that is not used for this long ends. Its last use is kept in a small cookie beside it, which is written
   * again after a tenth of this time. So a session ends this long after its last use, or up to a tenth later, and
   * never earlier.
   * @default no limit
   */
  idleDuration?: Duration | undefined;
}

/** Resolved {@link LifetimeOptions}, in ms. */
export interface Lifetime {
  readonly duration: number;
  readonly activeDuration: number;
  readonly absoluteDuration: number;
  readonly idleDuration: number;
}

/** The times of one session, as they are sealed with it, and its last use as far as another cookie tells it. */
export interface SessionTimes extends Pick<
  SessionRecord,
  'createdAt' | 'expiresAt' | 'startedAt' | 'ownDuration' | 'renewed' | 'writtenAt'
> {
  readonly usedAt?: number | undefined;
  /** Until when any of its cookies was sealed. @default expiresAt */
  readonly sealedUntil?: number | undefined;
}

const ONE_DAY = 86_400_000;
/**
 * The longest time that browsers keep a cookie.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6265bis#section-5.5
 */
export const LONGEST_KEPT: number = 400 * ONE_DAY;
/**
 * How much the clocks of servers may differ. A cookie from further ahead was not made by one of these
 * servers.
 */
export const CLOCK_TOLERANCE = 60_000;
/** A use is noted if this part of `idleDuration` has passed since the last one that was noted. */
const NOTED_PART = 0.1;

/** @throws {@link InvalidOptionsError} for invalid durations, or durations that contradict each other */
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
      'must be more than 0 ms',
      "Give the lifetime of a session, such as '1 day'.",
    );
  }
  if (absoluteDuration < duration) {
    throw new InvalidOptionsError(
      'absoluteDuration',
      'must not be shorter than "duration", which it limits',
      'Make it at least as long as "duration", or leave it out.',
    );
  }
  const idleDuration =
    options.idleDuration === undefined ? Infinity : milliseconds(options.idleDuration, 'idleDuration');
  if (idleDuration === 0) {
    throw new InvalidOptionsError(
      'idleDuration',
      'must be more than 0 ms',
      "Give the time without use after which a session ends, such as '30 minutes', or leave it out.",
    );
  }
  return { duration, activeDuration, absoluteDuration, idleDuration };
}

/** Returns the times of a session that begins now. */
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
 * Returns the times after `setDuration(duration)`. The creation is now, but the absolute limit still counts
 * from the start. Only a duration that exceeds the configured one is not limited by it later.
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

/**
 * Returns the prolonged times of a session in use, or `undefined` if it has enough time left or may not live
 * longer.
 */
export function renew(times: SessionTimes, now: number, lifetime: Lifetime): SessionTimes | undefined {
  const current = latestExpiry(times, lifetime);
  if (current - now >= lifetime.activeDuration) return undefined;
  const latest = times.createdAt + MAXIMUM_LIFETIME;
  const { createdAt, startedAt, ownDuration } = times;
  const wanted = Math.min(current + lifetime.activeDuration, latest);
  // The clock may have been set back since the last use.
  const writtenAt = Math.max(now, lastUseOf(times));
  const renewed = { createdAt, startedAt, expiresAt: wanted, ownDuration, renewed: true, writtenAt };
  const expiresAt = latestExpiry(renewed, lifetime);
  return expiresAt > current ? { ...renewed, expiresAt } : undefined;
}

/** Returns when a session ends if it is not used until then. */
export function effectiveExpiry(times: SessionTimes, lifetime: Lifetime): number {
  return Math.min(latestExpiry(times, lifetime), idleExpiry(times, lifetime));
}

/**
 * Returns when a session ends although it is used: by its sealed times or by today's configuration, whichever is
 * earlier.
 */
export function latestExpiry(times: SessionTimes, lifetime: Lifetime): number {
  return Math.min(
    times.expiresAt,
    configuredExpiry(times, lifetime),
    times.startedAt + lifetime.absoluteDuration,
  );
}

/** Returns when no cookie of a session can be used, also if `absoluteDuration` becomes as long as it once was. */
export function latestEnd(
  times: Pick<SessionTimes, 'startedAt' | 'expiresAt' | 'sealedUntil'>,
  { absoluteDuration }: Pick<Lifetime, 'absoluteDuration'>,
): number {
  return Math.max(times.startedAt + absoluteDuration, times.sealedUntil ?? times.expiresAt);
}

/** Returns when a session ends by the configured durations. */
function configuredExpiry(times: SessionTimes, { duration, activeDuration }: Lifetime): number {
  const unprolonged = times.createdAt + duration;
  if (!times.renewed) return times.ownDuration ? Infinity : unprolonged;
  // Before a renewal, less than activeDuration is left. After it, less than twice that time is left.
  if (times.writtenAt !== undefined) {
    const prolonged = times.writtenAt + 2 * activeDuration;
    return times.ownDuration ? prolonged : Math.max(unprolonged, prolonged);
  }
  return times.ownDuration || activeDuration > 0 ? Infinity : unprolonged;
}

/** A use that was not noted may be later by the noted part than the last one that was. */
function idleExpiry(times: SessionTimes, { idleDuration }: Lifetime): number {
  return lastUseOf(times) + idleDuration * (1 + NOTED_PART);
}

/** Whether a use now must be noted, so that the session does not end too early. */
export function isUseDue(times: SessionTimes, now: number, { idleDuration }: Lifetime): boolean {
  return now - lastUseOf(times) >= idleDuration * NOTED_PART;
}

/** Returns the last use of a session that is known. Every write is one. */
export function lastUseOf(times: SessionTimes): number {
  return Math.max(lastWriteOf(times), times.usedAt ?? 0);
}

/** Returns when the cookie with these times was written. The later of two cookies counts. */
export function lastWriteOf({ writtenAt, createdAt }: SessionTimes): number {
  return writtenAt ?? createdAt;
}

/**
 * Returns the time to seal with a write, so that it counts as later than the write that it follows, even if this
 * server's clock is behind that of another one.
 *
 * @param madeAt when the session was changed, or begun
 * @param previous the last write of the cookies that arrived
 * @returns `undefined` for the time of creation
 */
export function timeOfWrite(times: SessionTimes, madeAt: number, previous = 0): number | undefined {
  const tick = Math.ceil((times.expiresAt - times.createdAt) * WRITE_PRECISION);
  const time = Math.max(madeAt, previous + tick);
  return time > times.createdAt ? time : undefined;
}

/** Whether a session may be used now, or why not. */
export function standing(
  times: SessionTimes,
  now: number,
  lifetime: Lifetime,
): 'live' | 'expired' | 'idle' | 'future' {
  if (times.createdAt > now + CLOCK_TOLERANCE) return 'future';
  if (latestExpiry(times, lifetime) <= now) return 'expired';
  return idleExpiry(times, lifetime) > now ? 'live' : 'idle';
}
