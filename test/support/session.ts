import { startSecrets } from '../../lib/http/secret-sources.js';
import { SessionCookies } from '../../lib/http/session-cookies.js';
import type { ClientSessionsOptions } from '../../lib/options/client-sessions-options.js';
import { resolveSessions } from '../../lib/options/resolve-sessions.js';
import type { SessionOptions } from '../../lib/options/session-options.js';
import { createSealer } from '../../lib/sealing/create-sealer.js';
import { KeyRing } from '../../lib/sealing/key-ring.js';
import type { SecretList } from '../../lib/sealing/secret-entry.js';
import type { Sealer } from '../../lib/sealing/sealer.js';
import type { CandidateCookies } from '../../lib/session/arrived-cookies.js';
import type { NamedSession } from '../../lib/session/named-session.js';
import type { SessionEvent, SessionReporter } from '../../lib/session/session-event.js';
import type { SessionOutcome } from '../../lib/session/session-outcome.js';
import { SessionState } from '../../lib/session/session-state.js';
import { SECRET } from './secrets.js';

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A clock that moves only when a test moves it. */
export class Clock {
  time: number = Date.UTC(2025, 5, 15, 12);

  readonly now = (): number => this.time;

  pass(ms: number): void {
    this.time += ms;
  }
}

/** Starts sessions like an application, but without a framework. */
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

/** What a browser keeps of a session: its cookie and its companions. */
export interface Kept {
  readonly content?: string | undefined;
  readonly renewal?: string | undefined;
  readonly ending?: string | undefined;
}

/** The texts of companions: see companion-cookies.ts. */
export interface Companions {
  readonly renewal?: string | readonly string[] | undefined;
  readonly ending?: string | readonly string[] | undefined;
}

/** Sessions without HTTP: a real sealer, a clock that the test can move, and the reported events. */
export class Workshop {
  readonly clock: Clock;
  readonly session: NamedSession;
  /** Seals records that no session would produce. */
  readonly sealer: Sealer;
  readonly events: SessionEvent[] = [];
  readonly #cookies: SessionCookies;

  constructor({ clock = new Clock(), ...given }: WorkshopOptions = {}) {
    const options = { name: 'cart', cookieName: 'cart', secret: SECRET, purpose: 'session', ...given };
    const report = (event: SessionEvent): void => void this.events.push(event);
    this.clock = clock;
    const cookies = startSessions({ ...options, now: clock.now }, report)[0]!;
    this.session = cookies.session;
    this.#cookies = cookies;
    this.sealer = createSealer(new KeyRing(options.secret as SecretList, 'secret'), options);
  }

  /** Opens the session state of a request with these cookies of the session. */
  open(...cookies: readonly string[]): SessionState {
    return this.openBeside({}, ...cookies);
  }

  /** Opens the session state of a request that brings companions of the session's cookies, too. */
  openBeside(companions: Companions, ...cookies: readonly string[]): SessionState {
    return new SessionState(this.session, this.#candidates(companions, cookies));
  }

  /** Opens the read-only session state of a handshake with this cookie, or with all that a browser keeps. */
  openReadOnly(cookie: string | Kept): SessionState {
    const { content, ...companions } = typeof cookie === 'string' ? { content: cookie } : cookie;
    const candidates = this.#candidates(companions, content === undefined ? [] : [content]);
    return new SessionState(this.session, candidates, 'read-only');
  }

  #candidates({ renewal = [], ending = [] }: Companions, cookies: readonly string[]): CandidateCookies {
    const name = this.#cookies.options.cookieName;
    const arrived = new Map([
      [name, cookies.toReversed()],
      [`${name}.r`, [renewal].flat()],
      [`${name}.x`, [ending].flat()],
    ]);
    return this.#cookies.candidatesAmong(arrived);
  }

  /** Runs a whole request (open, change, conclude) and returns its cookie. */
  visit(cookie: string | undefined, change: (state: SessionState) => void): string | undefined {
    const state = this.open(...(cookie === undefined ? [] : [cookie]));
    change(state);
    const outcome = state.conclude();
    if (outcome.type === 'write') return outcome.text;
    return outcome.type === 'delete' ? undefined : cookie;
  }

  /** Opens the session state of a request with all that a browser keeps. */
  openKept({ content, renewal, ending }: Kept): SessionState {
    return this.openBeside({ renewal, ending }, ...(content === undefined ? [] : [content]));
  }

  /** Runs a whole request with all that a browser keeps. @returns what the browser keeps afterwards */
  goOn(kept: Kept, change: (state: SessionState) => void = () => undefined): Kept {
    const state = this.openKept(kept);
    change(state);
    return keep(kept, state.conclude());
  }

  /** Returns a cookie with this content. */
  cookieOf(content: object): string {
    return textOf(this.visited((state) => state.replace(content)));
  }

  /** Returns the outcome of a request without a cookie. */
  visited(change: (state: SessionState) => void): SessionOutcome {
    const state = this.open();
    change(state);
    return state.conclude();
  }
}

/** Returns what a browser keeps when a response with this outcome arrives. */
export function keep(kept: Kept, outcome: SessionOutcome): Kept {
  if (outcome.type === 'keep' || outcome.type === 'failed') return kept;
  if (outcome.type === 'renew') return { ...kept, renewal: outcome.text };
  const { ended } = outcome;
  return {
    content: outcome.type === 'write' ? outcome.text : undefined,
    ending: ended === undefined ? kept.ending : ended === 'over' ? undefined : ended.text,
  };
}

/** Returns the text of an outcome. Fails if the outcome has none. */
export function textOf(outcome: SessionOutcome): string {
  if (outcome.type === 'write' || outcome.type === 'renew') return outcome.text;
  throw new Error(`nothing was written, but ${outcome.type}`);
}
