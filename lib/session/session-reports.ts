import type { ClientSessionsError } from '../errors/client-sessions.error.js';
import { type MissingHeader, SessionExposedError } from '../errors/session-exposed.error.js';
import { SessionKeptError } from '../errors/session-kept.error.js';
import type { NamedSession, Refusal } from './named-session.js';
import type { RefusalReason } from './session-event.js';
import { type Lateness, tooLate } from './too-late.js';

/**
 * The remedy for changes that are not flushed. A problem is then found when the head is sent, which is too
 * late for an exception.
 */
const FLUSH_EARLIER =
  'Call save() where the session is changed, so that the problem throws there. ' +
  'In Nest, take the session with @Session() in the handler, ' +
  'or bind ClientSessionsInterceptor to the code that changes it.';

/** Reports the problems of one session in one request. */
export class SessionReports {
  readonly #session: Pick<NamedSession, 'name' | 'report'>;

  constructor(session: Pick<NamedSession, 'name' | 'report'>) {
    this.#session = session;
  }

  refused({ reason, version, issues }: Refusal): void {
    const { name, report } = this.#session;
    report({ type: 'refused', session: name, reason, ...(version !== undefined && { version, issues }) });
  }

  lost(error: ClientSessionsError): void {
    this.#session.report({ type: 'lost', session: this.#session.name, error });
  }

  /** The problem was found only when the head was sent. */
  unflushed(error: ClientSessionsError): void {
    this.#session.report({ type: 'lost', session: this.#session.name, error, remedy: FLUSH_EARLIER });
  }

  late(lateness: Lateness): void {
    this.lost(tooLate(this.#session.name, lateness));
  }

  kept(reason: RefusalReason): void {
    this.lost(new SessionKeptError(this.#session.name, reason));
  }

  /** Caches were not told to keep the response from others, or not to keep it at all. */
  exposed(missing: MissingHeader): void {
    const { name, report } = this.#session;
    report({ type: 'exposed', session: name, error: new SessionExposedError(name, missing) });
  }

  withheld(): void {
    this.#session.report({ type: 'withheld', session: this.#session.name });
  }

  overwritten(): void {
    this.#session.report({ type: 'overwritten', session: this.#session.name });
  }
}
