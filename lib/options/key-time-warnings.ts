import { timeText } from '../sealing/point-in-time.js';
import { type KeyTimes, maySeal, periodsOf, type SealingPeriod } from '../sealing/sealing-plan.js';
import { durationText } from '../session/duration.js';

/** A list of secrets with times, and the sessions that are sealed with them. */
export interface KeySchedule {
  /** The preferred key first. */
  readonly keys: readonly KeyTimes[];
  /** Whether the list never changes while the application runs. */
  readonly isFixed: boolean;
  /** The longest time that any of the sessions lives, in ms. */
  readonly longestLife: number;
  /** ms since epoch */
  readonly now: number;
}

const NEWEST_FIRST = 'in front of it, so that the newest key is the first.';

/**
 * Returns warnings about times of secrets that probably have an unintended effect. Each warning says when the
 * effect happens, who loses the session, and what to write instead.
 */
export function keyTimeWarnings(schedule: KeySchedule): string[] {
  const { keys, now } = schedule;
  const periods = periodsOf(keys);
  const expiring = keys.filter((key) => !key.isRevoked && key.expires !== Infinity && key.expires > now);
  const planned = keys.filter((key) => !key.isRevoked && key.notBefore > now);
  return [
    ...expiring.flatMap((key) => expiryWarning(key, periods, schedule) ?? []),
    ...planned.flatMap((key) => beginWarning(key, periods, schedule) ?? []),
  ];
}

function expiryWarning(
  key: KeyTimes,
  periods: readonly SealingPeriod[],
  { keys, isFixed, longestLife, now }: KeySchedule,
): string | undefined {
  const { id, expires, notBefore } = key;
  const end = timeText(expires);
  const life = durationText(longestLife);
  const sealed = periods.filter(({ sealing }) => sealing === key).at(-1)?.until;
  if (sealed === expires) {
    const behind = waitingBehind(key, keys);
    if (behind) {
      // beginWarning() covers a key that begins later.
      if (behind.notBefore > now) return undefined;
      return (
        `key ${id} seals until it expires at ${end}. Then all visitors with a session of it are logged out, ` +
        `although key ${behind.id} may seal already. Put key ${behind.id} ${NEWEST_FIRST}`
      );
    }
    const next = periods.find(({ from, sealing }) => from >= expires && sealing);
    if (!next) {
      return isFixed
        ? `key ${id} expires at ${end}, and no key seals after it. From then on nothing can be stored, ` +
            'and all visitors with a session are logged out. ' +
            `Put a secret in front of it that takes over ${life} earlier, or leave "expires" out.`
        : undefined;
    }
    if (next.from > expires) {
      return (
        `no secret may seal from ${end}, when key ${id} expires, until ${timeText(next.from)}. ` +
        `Nothing can be stored then, and all visitors with a session of key ${id} are logged out. ` +
        `Let key ${next.sealing!.id} begin earlier, and let key ${id} expire ${life} after that.`
      );
    }
    return (
      `key ${id} seals until it expires at ${end}. Then all visitors with a session of it are logged out. ` +
      `Let key ${next.sealing!.id} begin earlier, and let key ${id} expire ${life} after that.`
    );
  }
  if (sealed === undefined && notBefore > now) return undefined;
  const since = sealed ?? latestSealing(key, keys, now);
  const enough = since + longestLife;
  if (expires >= enough) return undefined;
  const remedy = `Set its "expires" to '${timeText(enough)}' or later`;
  return sealed !== undefined || since < now
    ? `key ${id} expires at ${end}. Sessions that it sealed until ${timeText(since)} may still be alive then, ` +
        `because they live up to ${life}. Visitors who have not come back in between are logged out. ${remedy}.`
    : `key ${id} expires at ${end}. If it has sealed until today, sessions of it are still alive then, ` +
        `because they live up to ${life}. Visitors who have not come back in between are logged out. ` +
        `${remedy}, or set "notBefore" of the secret in front of it to the time since which that one has sealed.`;
}

function beginWarning(
  key: KeyTimes,
  periods: readonly SealingPeriod[],
  { keys }: KeySchedule,
): string | undefined {
  const { id, notBefore, expires } = key;
  const begin = timeText(notBefore);
  if (notBefore >= expires) {
    return (
      `key ${id} begins at ${begin}, but expires at ${timeText(expires)}, so it never seals. ` +
      'Swap "notBefore" and "expires", or set a later "expires".'
    );
  }
  const { sealing } = periods.find(({ until }) => notBefore < until)!;
  if (sealing === key) return undefined;
  const loss =
    sealing!.expires === Infinity || waitingBehind(sealing!, keys) !== key
      ? ''
      : ` That key expires at ${timeText(sealing!.expires)}. Then all visitors with a session of it are logged out.`;
  return (
    `key ${id} does not take over at ${begin}, because key ${sealing!.id} in front of it still seals then.${loss} ` +
    `Put key ${id} ${NEWEST_FIRST}`
  );
}

/**
 * Finds a key behind the given one that could already seal before the given one expires. It could have taken
 * over in time.
 */
function waitingBehind({ id, expires }: KeyTimes, keys: readonly KeyTimes[]): KeyTimes | undefined {
  const at = keys.findIndex((key) => key.id === id);
  return keys.slice(at + 1).find((key) => maySeal(key, expires - 1));
}

/**
 * Returns the latest time at which some server may have sealed with a key that never seals by this list. That
 * is when a key in front of it began, or else now.
 */
function latestSealing({ id }: KeyTimes, keys: readonly KeyTimes[], now: number): number {
  const inFront = keys.slice(
    0,
    keys.findIndex((key) => key.id === id),
  );
  const begins = inFront.filter(({ isRevoked }) => !isRevoked).map(({ notBefore }) => notBefore);
  return Math.min(now, ...begins.filter((begin) => begin !== -Infinity));
}
