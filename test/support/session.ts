import { startSecrets } from '../../lib/http/secret-sources.js';
import { SessionCookies } from '../../lib/http/session-cookies.js';
import type { ClientSessionsOptions } from '../../lib/options/client-sessions-options.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import type { SessionOptions } from '../../lib/options/session-options.js';
import { createSealer } from '../../lib/sealing/create-sealer.js';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import type { SecretList } from '../../lib/sealing/secret-entry.js';
import type { Sealer } from '../../lib/sealing/sealer.js';
import type { Candidate, NamedSession } from '../../lib/session/named-session.js';
import type { SessionEvent, SessionReporter } from '../../lib/session/session-event.js';
import { type SessionOutcome, SessionState } from '../../lib/session/session-state.js';
import { SECRET } from './secrets.js';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Time that passes only when a test says so. */
export class Clock {
  time: number = Date.UTC(2025, 5, 15, 12);

  readonly now = (): number => this.time;

  pass(ms: number): void {
    this.time += ms;
  }
}

/** Sessions as an application starts them, without anything around them. */
export function startSessions(
  options: ClientSessionsOptions,
  report: SessionReporter = () => undefined,
): SessionCookies[] {
  const resolved = resolveSessions(options);
  const sources = startSecrets(resolved);
  return resolved.map((each) => new SessionCookies(each, sources.get(each)!, report));
}

export interface WorkshopOptions extends SessionOptions {
  readonly clock?: Clock;
}

/** Sessions without HTTP: a real sealer, a clock to turn, and what was reported. */
export class Workshop {
  readonly clock: Clock;
  readonly session: NamedSession;
  /** Seals what no session would. */
  readonly sealer: Sealer;
  readonly events: SessionEvent[] = [];

  constructor({ clock = new Clock(), ...given }: WorkshopOptions = {}) {
    const options = { name: 'cart', cookieName: 'cart', secret: SECRET, purpose: 'session', ...given };
    const report = (event: SessionEvent): void => void this.events.push(event);
    this.clock = clock;
    this.session = startSessions({ ...options, now: clock.now }, report)[0]!.session;
    this.sealer = createSealer(new KeyRing(options.secret as SecretList, 'secret'), options);
  }

  /** What a request with these cookies begins with. */
  open(...cookies: readonly string[]): SessionState {
    return new SessionState(this.session, cookies.map(this.#candidate));
  }

  /** What a handshake with this cookie begins with. */
  openReadOnly(cookie: string): SessionState {
    return new SessionState(this.session, [this.#candidate(cookie)], 'read-only');
  }

  readonly #candidate = (text: string): Candidate => ({ text, sealer: this.session.sealer });

  /** The cookie of a whole request: open, change, conclude. */
  visit(cookie: string | undefined, change: (state: SessionState) => void): string | undefined {
    const state = this.open(...(cookie === undefined ? [] : [cookie]));
    change(state);
    const outcome = state.conclude();
    if (outcome.type === 'write') return outcome.text;
    return outcome.type === 'delete' ? undefined : cookie;
  }

  /** A cookie with this content. */
  cookieOf(content: object): string {
    return textOf(this.visited((state) => state.replace(content)));
  }

  /** The outcome of a request without a cookie. */
  visited(change: (state: SessionState) => void): SessionOutcome {
    const state = this.open();
    change(state);
    return state.conclude();
  }
}

/** The text of an outcome that has to be one. */
export function textOf(outcome: SessionOutcome): string {
  if (outcome.type === 'write') return outcome.text;
  throw new Error(`nothing was written, but ${outcome.type}`);
}
