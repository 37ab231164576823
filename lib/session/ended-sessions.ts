import { latestEnd, type Lifetime, LONGEST_KEPT, type SessionTimes } from './lifetime.js';
import { MAXIMUM_LIFETIME, type SessionRecord } from '../sealing/session-record.js';

/** So many sessions of one browser may end while one response is under way. */
const MOST_NAMED = 4;
/** No response takes longer than this. */
const LONGEST_RESPONSE = 600_000;
const SEPARATOR = ',';

/** What tells one session from another of the same name. A login that goes on after `reset()` keeps its id. */
export function identityOf({ id, startedAt }: Pick<SessionRecord, 'id' | 'startedAt'>): string {
  const start = startTextOf(startedAt);
  return id ? `${id.toString('base64url')}@${start}` : start;
}

function startTextOf(startedAt: number): string {
  return startedAt.toString(36);
}

/**
 * The sessions of one browser that have ended. Responses that were under way may bring their cookies back, so the
 * browser keeps this list in a cookie of its own, as long as one of them could be used.
 */
export class EndedSessions {
  static readonly NONE: EndedSessions = new EndedSessions([], -Infinity, -Infinity);

  private constructor(
    private readonly identities: readonly string[],
    /** When the last of them ended: ms since epoch. */
    private readonly since: number,
    /** When the list is not needed any more: ms since epoch. */
    readonly until: number,
  ) {}

  static from({ json, createdAt, expiresAt }: SessionRecord): EndedSessions {
    return new EndedSessions(json.split(SEPARATOR), createdAt, expiresAt);
  }

  /**
   * Whether a session has ended. If it was sealed without an id, or ended without one, its beginning tells, because
   * servers of two deployments may not agree on whether sessions have ids.
   */
  names({ id, startedAt }: Pick<SessionRecord, 'id' | 'startedAt'>): boolean {
    if (this.isEmpty) return false;
    const start = startTextOf(startedAt);
    const own = id && identityOf({ id, startedAt });
    return this.identities.some(
      (each) => each === start || (own === undefined ? each.endsWith(`@${start}`) : each === own),
    );
  }

  get isEmpty(): boolean {
    return this.identities.length === 0;
  }

  /** Joins the lists of several cookies. None pushes out what another names: a neighbouring host may have set it. */
  and(other: EndedSessions): EndedSessions {
    if (this.isEmpty) return other;
    const [older, newer] = this.since < other.since ? [this, other] : [other, this];
    return older.plus(newer.identities, newer.since, newer.until);
  }

  /** Adds a session that ends now. A response that is under way may prolong it as far as any response can. */
  with(
    identity: string,
    times: Pick<SessionTimes, 'startedAt' | 'expiresAt' | 'sealedUntil'>,
    now: number,
    lifetime: Pick<Lifetime, 'absoluteDuration'>,
  ): EndedSessions {
    const latest = Math.min(latestEnd(times, lifetime), now + LONGEST_KEPT);
    const until = Math.max(latest, now + LONGEST_RESPONSE);
    return this.plus([identity], now, until);
  }

  /** Whether a response that was under way can still bring one of them back. */
  mayReturn(now: number): boolean {
    return now - this.since < LONGEST_RESPONSE;
  }

  /** The list as a record that can be sealed. */
  get record(): SessionRecord {
    const { since, until, identities } = this;
    const expiresAt = Math.min(until, since + MAXIMUM_LIFETIME);
    const times = { createdAt: since, startedAt: since, expiresAt };
    return {
      ...times,
      ownDuration: false,
      renewed: false,
      json: identities.slice(-MOST_NAMED).join(SEPARATOR),
    };
  }

  private plus(identities: readonly string[], since: number, until: number): EndedSessions {
    const all = [...new Set([...this.identities, ...identities])];
    return new EndedSessions(all, since, Math.max(this.until, until));
  }
}
