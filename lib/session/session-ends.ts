import type { SessionRecord } from '../sealing/session-record.js';
import { EndedSessions, identityOf } from './ended-sessions.js';
import { begin, type SessionTimes } from './lifetime.js';
import type { NamedSession } from './named-session.js';
import type { EndedNote } from './session-outcome.js';

/** Which sessions of one name the browser of a request must not use any more. */
export class SessionEnds {
  readonly #session: NamedSession;
  #ended: EndedSessions;
  /** Whether this request has ended one of them. */
  #hasNew = false;

  /** @param ended the sessions that have ended before */
  constructor(session: NamedSession, ended: EndedSessions = EndedSessions.NONE) {
    this.#session = session;
    this.#ended = ended;
  }

  /** Ends a session, so that no late response brings it back. */
  add(record: SessionRecord, times: SessionTimes): void {
    const { now, lifetime } = this.#session;
    this.#ended = this.#ended.with(identityOf(record), times, now(), lifetime);
    this.#hasNew = true;
  }

  /** Returns the times of a session that begins now, and that is none of those that have ended. */
  begin(): SessionTimes {
    const { now, lifetime } = this.#session;
    let times = begin(now(), lifetime);
    while (this.#ended.names(times)) times = begin(times.startedAt + 1, lifetime);
    return times;
  }

  /**
   * Returns what the browser has to be told of it.
   *
   * @param opened the session that goes on. Its change may arrive after its own logout, whose list it must not clear
   */
  noteOf(opened: object | undefined): EndedNote {
    const ended = this.#ended;
    if (this.#hasNew) {
      const text = this.#session.sealEnded(ended);
      return text === undefined ? undefined : { text, expiresAt: ended.until, ephemeral: undefined };
    }
    return opened || ended.isEmpty || ended.mayReturn(this.#session.now()) ? undefined : 'over';
  }
}
