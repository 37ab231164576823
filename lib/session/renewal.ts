import type { SessionRecord } from '../sealing/session-record.js';
import { identityOf } from './ended-sessions.js';
import { lastUseOf, latestExpiry, type Lifetime, type SessionTimes } from './lifetime.js';
import type { Candidate } from './candidate.js';

const END_OF_TIME = ':';

/**
 * What a request that changed nothing told the browser of a session. It stands in a cookie of its own. If it arrives
 * late, it replaces at most another renewal, and never a change, a login or a logout.
 */
export interface Renewal {
  readonly candidate: Candidate;
  readonly identity: string;
  /** The session's times. `writtenAt` is when it was used. The content is empty unless it had to be sealed anew. */
  readonly record: SessionRecord;
  /** When the content was written that the request saw. */
  readonly contentWrittenAt: number;
  /** Whether it was sealed in an outdated way. */
  readonly stale: boolean;
}

/** Opens a renewal. Returns `undefined` for anything else. */
export function openRenewal(candidate: Candidate): Renewal | undefined {
  const opened = candidate.sealer.unseal(candidate.text);
  if (!opened.ok) return undefined;
  const { json } = opened.record;
  const end = json.indexOf(END_OF_TIME);
  const record = { ...opened.record, json: json.slice(end + 1) };
  const contentWrittenAt = parseInt(json.slice(0, end), 36);
  return { candidate, identity: identityOf(record), record, contentWrittenAt, stale: opened.stale };
}

/** Returns what is sealed as the content of a renewal. @param json the content, or an empty text */
export function renewalText(contentWrittenAt: number, json: string): string {
  return contentWrittenAt.toString(36) + END_OF_TIME + json;
}

/**
 * Returns the times of a session after its renewals. One that was told before `setDuration()` tells only when the
 * session was used.
 */
export function timesAfter(
  record: SessionRecord,
  renewals: readonly Renewal[],
  lifetime: Lifetime,
): SessionTimes {
  const latest = renewals.reduce<SessionTimes>(
    (times, renewal) =>
      renewal.record.createdAt === record.createdAt &&
      latestExpiry(renewal.record, lifetime) > latestExpiry(times, lifetime)
        ? renewal.record
        : times,
    record,
  );
  const { createdAt, startedAt, expiresAt, ownDuration, renewed, writtenAt } = latest;
  const records = [record, ...renewals.map((renewal) => renewal.record)];
  const usedAt = Math.max(...records.map(lastUseOf));
  const sealedUntil = Math.max(...records.map((each) => each.expiresAt));
  return { createdAt, startedAt, expiresAt, ownDuration, renewed, writtenAt, usedAt, sealedUntil };
}
