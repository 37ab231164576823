import { LoginFollower } from '../../lib/logins/login-follower.js';
import type { LoginReport } from '../../lib/session/login-report.js';
import type { LoginOfSession } from '../../lib/session/login-rules.js';
import type { LoginSession } from '../../lib/logins/login-session.js';
import { Logins } from '../../lib/logins/logins.js';
import { Revocations, type StoreDownPolicy } from '../../lib/logins/revocations.js';
import { createSealer } from '../../lib/sealing/create-sealer.js';
import { KeyRing, type RingHolder } from '../../lib/sealing/key-ring.js';
import { createSessionId } from '../../lib/sealing/session-id.js';
import { SubjectHashes } from '../../lib/sealing/subject-hash.js';
import { SECRET } from '../support/secrets.js';
import { DAY } from '../support/session.js';
import { SimulatedClocks, type SimulatedStore, type Timeline } from './simulated-store.js';

export const MAX_LAG = 5_000;
export const LIFETIME = DAY;

export interface ProcessOptions {
  readonly holders?: readonly RingHolder[];
  readonly whenStoreIsDown?: StoreDownPolicy;
  readonly describe?: (request: unknown) => unknown;
  readonly random?: () => number;
}

/** A session of a simulated browser, as the session floor would offer it. */
export class SimulatedSession implements LoginSession {
  isOver = false;
  isDestroyed = false;
  renewals = 0;

  constructor(
    readonly process: SimulatedProcess,
    public held: LoginOfSession | undefined,
  ) {}

  login(): LoginOfSession | undefined {
    return this.held;
  }

  renewLogin(): void {
    this.renewals++;
    this.held = { ...this.held!, generation: this.process.generationOf(this.held!.subject) };
  }

  destroy(): void {
    this.isDestroyed = true;
  }
}

/** What one server process has of logins, with clocks of its own. */
export class SimulatedProcess {
  readonly clocks: SimulatedClocks;
  readonly revocations: Revocations;
  readonly follower: LoginFollower;
  readonly hashes: SubjectHashes;
  readonly logins: Logins;
  readonly reports: LoginReport[] = [];

  constructor(timeline: Timeline, store: SimulatedStore, options: ProcessOptions = {}) {
    const { holders = [new KeyRing(SECRET, 'secret')], whenStoreIsDown, describe, random } = options;
    const clocks = new SimulatedClocks(timeline);
    const now = (): number => clocks.now();
    const { schedule } = timeline;
    const report = (event: LoginReport): void => void this.reports.push(event);
    this.clocks = clocks;
    this.revocations = new Revocations({ clocks, maxLag: MAX_LAG, whenStoreIsDown, report });
    this.hashes = new SubjectHashes(
      holders.map((secrets) => ({ secrets, purpose: 'session' })),
      now,
    );
    const shared = { store, revocations: this.revocations, clocks, maxLag: MAX_LAG, schedule, report };
    this.follower = new LoginFollower({ ...shared, random });
    this.logins = new Logins({
      ...shared,
      follower: this.follower,
      hashes: this.hashes,
      sealers: [createSealer(holders[0]!, { purpose: 'session', cookieName: 'logins' }, { now })],
      describe,
      longestLifetime: LIFETIME,
      sessionOf: (session) => {
        if (session instanceof SimulatedSession) return session;
        throw new TypeError('Not a session object');
      },
    });
  }

  get types(): string[] {
    return this.reports.map(({ type }) => type);
  }

  generationOf(subject: string): Buffer {
    return this.revocations.generationOf(this.hashes.sealing(subject));
  }

  /** Logs somebody in. */
  login(subject = 'ada'): SimulatedSession {
    const now = this.clocks.now();
    const generation = this.generationOf(subject);
    const [id, latestEnd] = [createSessionId(), now + LIFETIME];
    return new SimulatedSession(this, {
      id,
      generation,
      subject,
      startedAt: now,
      expiresAt: latestEnd,
      latestEnd,
    });
  }

  /** How this process answers a request with the cookie of a session. */
  answer({ held }: SimulatedSession): 'in' | 'out' | 503 {
    try {
      return this.revocations.isEnded(held!) ? 'out' : 'in';
    } catch {
      return 503;
    }
  }
}
