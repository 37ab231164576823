import { timeText } from '../sealing/point-in-time.js';
import { type KeyTimes, maySeal, periodsOf, type SealingPeriod } from '../sealing/sealing-plan.js';
import { durationText } from './lifetime-warnings.js';

/** A list of secrets with times, and the sessions that are sealed with them. */
export interface KeySchedule {
  /** In the order of preference. */
  readonly keys: readonly KeyTimes[];
  /** Whether the list stays as it is for as long as the application runs. */
  readonly isFixed: boolean;
  /** The longest that any of the sessions lives: ms. */
  readonly longestLife: number;
  /** ms since epoch */
  readonly now: number;
}

const NEWEST_FIRST = 'in front of it: the newest first.';

/** What the times of secrets will do that is hardly meant: when it happens, whom it costs the session, and what to write instead. */
export function keyTimeWarnings(schedule: KeySchedule): string[] {
  const { keys, now } = schedule;
  const periods = periodsOf(keys);
  const expiring = keys.filter((key) => !key.isRevoked && key.expires !== Infinity && key.expires > now);
  const planned = keys.filter((key) => !key.isRevoked && key.notBefore !== Infinity && key.notBefore > now);
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
      // What is to begin later is told by its own beginning.
      if (behind.notBefore > now) return undefined;
      return `key ${id} seals until it expires at ${end}, when all who have a session of it are logged out, although key ${behind.id} may seal already. Put key ${behind.id} ${NEWEST_FIRST}`;
    }
    const next = periods.find(({ from, sealing }) => from >= expires && sealing);
    if (!next) {
      return isFixed
        ? `from ${end} on, when key ${id} expires, nothing can be stored, and all who have a session then are logged out. Put a secret in front of it that takes over ${life} before, or leave "expires" out.`
        : undefined;
    }
    if (next.from > expires) {
      return `from ${end}, when key ${id} expires, until ${timeText(next.from)} no secret may seal: nothing can be stored, and all who have a session of key ${id} then are logged out. Let key ${next.sealing!.id} begin before, and key ${id} expire ${life} after that.`;
    }
    return `key ${id} seals until it expires at ${end}, when all who have a session of it are logged out. Let key ${next.sealing!.id} begin earlier, and key ${id} expire ${life} after that.`;
  }
  if (sealed === undefined && notBefore > now) return undefined;
  const since = sealed ?? latestSealing(key, keys, now);
  const enough = since + longestLife;
  if (expires >= enough) return undefined;
  const remedy = `Set its "expires" to '${timeText(enough)}' or later`;
  return sealed !== undefined || since < now
    ? `key ${id} expires at ${end}, when sessions that it sealed until ${timeText(since)} may be alive, as they live up to ${life}: who has not come in between is logged out then. ${remedy}.`
    : `key ${id} expires at ${end}. If it has sealed until today, sessions of it are alive then, as they live up to ${life}, and who has not come in between is logged out. ${remedy}, or say by "notBefore" of the secret in front of it since when that has sealed.`;
}

function beginWarning(
  key: KeyTimes,
  periods: readonly SealingPeriod[],
  { keys }: KeySchedule,
): string | undefined {
  const { id, notBefore, expires } = key;
  const begin = timeText(notBefore);
  if (notBefore >= expires) {
    return `key ${id} is to begin at ${begin}, but expires at ${timeText(expires)}, so that it never seals. Exchange "notBefore" and "expires", or set "expires" later.`;
  }
  const { sealing } = periods.find(({ until }) => notBefore < until)!;
  if (sealing === key) return undefined;
  const loss =
    sealing!.expires === Infinity || waitingBehind(sealing!, keys) !== key
      ? ''
      : `, and at ${timeText(sealing!.expires)}, when it expires, all who have a session of it are logged out`;
  return `key ${id} does not take over at ${begin}, because key ${sealing!.id}, which stands in front of it, seals then${loss}. Put key ${id} ${NEWEST_FIRST}`;
}

/** Which secret behind another one could seal while that still does, and so could have taken over before it expires. */
function waitingBehind({ id, expires }: KeyTimes, keys: readonly KeyTimes[]): KeyTimes | undefined {
  const at = keys.findIndex((key) => key.id === id);
  return keys.slice(at + 1).find((key) => maySeal(key, expires - 1));
}

/** Until when a secret may have sealed on some server, if it has not for all that its list says: until one in front of it had begun. */
function latestSealing({ id }: KeyTimes, keys: readonly KeyTimes[], now: number): number {
  const inFront = keys.slice(
    0,
    keys.findIndex((key) => key.id === id),
  );
  const begins = inFront.filter(({ isRevoked }) => !isRevoked).map(({ notBefore }) => notBefore);
  return Math.min(now, ...begins.filter((begin) => begin !== -Infinity));
}
