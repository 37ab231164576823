import { identityOf } from './ended-sessions.js';
import { latestExpiry, type SessionTimes, timeOfWrite } from './lifetime.js';
import type { Admitted, NamedSession, SessionMarks } from './named-session.js';
import type { SealedCookie } from './session-outcome.js';

/** What is sealed of a session besides its content. */
export interface Envelope {
  readonly times: SessionTimes;
  readonly marks: SessionMarks;
  /** When the session was changed, or begun: ms since epoch. */
  readonly madeAt: number;
}

interface Sealable {
  readonly text: string;
  readonly times: SessionTimes;
  readonly marks: SessionMarks;
}

interface Sealed extends Sealable {
  readonly identity: string;
  readonly writtenAt: number;
  readonly value: string;
}

/** Seals one session in one request: its changes, or its use. */
export class SessionSeal {
  /** When the content was written that the request brought: ms since epoch. */
  broughtWrite: number | undefined;
  readonly #session: NamedSession;
  /** A session is settled before the head is sent and once more with it. It is sealed again only if it has changed. */
  #sealed: Sealed | undefined;

  constructor(session: NamedSession) {
    this.#session = session;
  }

  /**
   * Notes the change that was sealed.
   *
   * @param base what was changed, unless the session is new
   * @returns whether it replaces another change, which it does not contain
   */
  noteChange(base: Pick<Admitted, 'writtenAt'> | undefined): boolean {
    const { identity, writtenAt } = this.#sealed!;
    return this.#session.writes.note(identity, base?.writtenAt ?? Infinity, writtenAt);
  }

  /** Seals content. @throws the error that makes the session impossible to store */
  change(content: object, text: string, { times, marks, madeAt }: Envelope): SealedCookie {
    if (!this.#sealed || !isSame(this.#sealed, { text, times, marks })) {
      const writtenAt = timeOfWrite(times, madeAt, this.broughtWrite);
      const value = this.#session.seal(content, text, { ...times, writtenAt }, marks);
      const identity = identityOf({ id: marks.id, startedAt: times.startedAt });
      this.#sealed = { text, times, marks, identity, writtenAt: writtenAt ?? times.createdAt, value };
    }
    return this.#cookieOf(this.#sealed.value, times, marks);
  }

  /**
   * Seals the use of a session for a cookie of its own, because another request may have changed or ended the session
   * in the meantime.
   *
   * @param text the content if it has to be sealed anew, or an empty text
   * @returns `undefined` if the session has to be renewed in place
   */
  use(text: string, { times, marks, madeAt }: Envelope): SealedCookie | undefined {
    const used = { ...times, writtenAt: madeAt };
    const sealed = this.#session.sealRenewal(this.broughtWrite ?? times.createdAt, text, used, marks);
    return sealed === undefined ? undefined : this.#cookieOf(sealed, times, marks);
  }

  #cookieOf(text: string, times: SessionTimes, { ephemeral }: SessionMarks): SealedCookie {
    return { text, expiresAt: latestExpiry(times, this.#session.lifetime), ephemeral };
  }
}

function isSame(a: Sealable, b: Sealable): boolean {
  if (a.text !== b.text || a.times !== b.times) return false;
  return isEqual(a.marks.id, b.marks.id) && isEqual(a.marks.generation, b.marks.generation);
}

function isEqual(a: Buffer | undefined, b: Buffer | undefined): boolean {
  return a === b || (b !== undefined && a?.equals(b) === true);
}
