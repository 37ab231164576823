import { describeThrown } from '../errors/thrown-value.js';
import { NoSealingKeyError } from '../errors/no-sealing-key.error.js';
import type { Sealer } from '../sealing/sealer.js';
import { createSessionId, sessionIdOf } from '../sealing/session-id.js';
import type { SessionRecord } from '../sealing/session-record.js';
import type { SealedText } from './candidate.js';
import type { SessionContent } from './content.js';
import type { ContentModel, ContentRefusal } from './content-model.js';
import { type EndedSessions, identityOf } from './ended-sessions.js';
import { lastWriteOf, type Lifetime, type SessionTimes, standing } from './lifetime.js';
import type { LoginRules, SubjectLogin } from './login-rules.js';
import { RecentWrites } from './recent-writes.js';
import { type Renewal, renewalText, timesAfter } from './renewal.js';
import type { SessionReporter } from './session-event.js';
import { assertFits, heaviestKeys } from './size-limit.js';

/** What a sealed text holds. */
export interface Admitted {
  readonly ok: true;
  readonly record: SessionRecord;
  readonly times: SessionTimes;
  /** When the content was written: ms since epoch. */
  readonly writtenAt: number;
  readonly content: SessionContent;
  /** Who is logged in, and by which login, if anybody is. */
  readonly login: SubjectLogin | undefined;
  /** The content as text. Changes are detected by comparing texts. */
  readonly text: string;
  /** Whether it was sealed in an outdated way, so that it is sealed again when it is used. */
  readonly stale: boolean;
  /** Whether it did not have to be decrypted again. */
  readonly isRemembered: boolean;
}

/** The outcome of opening a sealed text: its content, or the reason of a refusal. */
export type Admission = Admitted | Refusal;

/** Why a sealed text did not become a session, with details if its content was read. */
export type Refusal = Pick<ContentRefusal, 'ok' | 'reason'> &
  Partial<ContentRefusal> & {
    /** When the content was written, if it opened: ms since epoch. */
    readonly writtenAt?: number;
  };

/** The data that is sealed with a session, besides its content and its times. */
export type SessionMarks = Pick<SessionRecord, 'ephemeral' | 'id' | 'generation'>;

/** What all sessions of one name have in common. */
export interface SessionTraits {
  readonly name: string;
  /** Seals new cookies of the session. */
  readonly sealer: Sealer;
  readonly renewalSealer: Sealer;
  readonly endingSealer: Sealer;
  readonly cookieName: string;
  /** The most characters that a sealed text may have. */
  readonly capacity: number;
  /** The most characters that a renewal with content may have now. Larger sessions are renewed in place. */
  readonly renewalCapacity: () => number;
  /** Names that browsers may have several cookies of, because domain, path or partition have changed. */
  readonly movedNames: ReadonlySet<string>;
  readonly lifetime: Lifetime;
  /** Sessions that began before this time are refused: ms since epoch. */
  readonly issuedAfter: () => number;
  readonly model: ContentModel;
  /** Whether each session carries a random id. */
  readonly hasId: boolean;
  /** `undefined` if its sessions are no logins. */
  readonly logins: LoginRules | undefined;
  /** The clock: ms since epoch. */
  readonly now: () => number;
  readonly report: SessionReporter;
}

/** What other cookies of the browser say of its sessions. */
export interface Beside {
  readonly ended: EndedSessions;
  readonly renewals: readonly Renewal[];
}

/** A named session. It is made once, at start, and is the same for every request. */
export class NamedSession {
  readonly name: string;
  readonly sealer: Sealer;
  readonly lifetime: Lifetime;
  readonly model: ContentModel;
  readonly hasId: boolean;
  readonly logins: LoginRules | undefined;
  readonly now: () => number;
  readonly report: SessionReporter;
  readonly writes: RecentWrites = new RecentWrites();
  readonly movedNames: ReadonlySet<string>;
  readonly #renewalSealer: Sealer;
  readonly #endingSealer: Sealer;
  readonly #cookieName: string;
  readonly #capacity: number;
  readonly #renewalCapacity: () => number;
  readonly #issuedAfter: () => number;

  constructor(traits: SessionTraits) {
    this.name = traits.name;
    this.sealer = traits.sealer;
    this.lifetime = traits.lifetime;
    this.model = traits.model;
    this.hasId = traits.hasId;
    this.logins = traits.logins;
    this.now = traits.now;
    this.report = traits.report;
    this.#cookieName = traits.cookieName;
    this.#capacity = traits.capacity;
    this.movedNames = traits.movedNames;
    this.#renewalSealer = traits.renewalSealer;
    this.#endingSealer = traits.endingSealer;
    this.#renewalCapacity = traits.renewalCapacity;
    this.#issuedAfter = traits.issuedAfter;
  }

  /**
   * Seals content that is to be stored.
   *
   * @param text the content as the model writes it
   * @throws `SessionInvalidError`; `SessionTooLargeError` if it does not fit into the session's cookies
   */
  seal(content: object, text: string, times: SessionTimes, marks: SessionMarks): string {
    const { model } = this;
    model.assertValid(text);
    const sealed = this.sealer.seal(recordOf(times, marks, model.version, text));
    const limits = { cookieName: this.#cookieName, capacity: this.#capacity };
    const cookie = { session: this.name, ...limits, text: sealed, content };
    assertFits(cookie, (part) => model.write(part));
    return sealed;
  }

  /** The names of the heaviest top-level keys of content, heaviest first. Content that cannot be stored has none. */
  heaviestKeysOf(content: object): readonly string[] {
    return heaviestKeys(content, (part) => this.model.write(part)).map(({ key }) => key);
  }

  /**
   * Whether a cookie that was opened before may be used still. Its key or its login may have ended since then, or
   * everybody was logged out.
   */
  stillStands({ candidate, admission }: { candidate: SealedText; admission: Admitted }): boolean {
    if (admission.record.startedAt < this.#issuedAfter()) return false;
    if (admission.login && this.logins!.isEnded(admission.login)) return false;
    return candidate.sealer.unseal(candidate.text).ok;
  }

  /**
   * Seals what a request that changed nothing has to tell.
   *
   * @param contentWrittenAt when the content was written that the request saw
   * @param text the content, or an empty text
   * @returns `undefined` if the session has to be renewed in place
   */
  sealRenewal(
    contentWrittenAt: number,
    text: string,
    times: SessionTimes,
    marks: SessionMarks,
  ): string | undefined {
    const capacity = text === '' ? Infinity : this.#renewalCapacity();
    if (text.length > capacity) return undefined;
    const json = renewalText(contentWrittenAt, text);
    const sealed = this.#renewalSealer.seal(recordOf(times, marks, this.model.version, json));
    return sealed.length > capacity ? undefined : sealed;
  }

  /** Whether a cookie came under an earlier name of the session. */
  isEarlier({ sealer }: SealedText): boolean {
    return sealer !== this.sealer && sealer !== this.#renewalSealer;
  }

  /** Whether others read the session who know no renewals. */
  get isRenewedInPlace(): boolean {
    return this.#renewalCapacity() === 0;
  }

  /** @returns `undefined` if no key may seal, because a session must be able to end all the same */
  sealEnded(ended: EndedSessions): string | undefined {
    try {
      return this.#endingSealer.seal(ended.record);
    } catch (error) {
      if (error instanceof NoSealingKeyError) return undefined;
      throw error;
    }
  }

  /** Who is logged in. The function of the application may not be able to tell it of older content. */
  #loginIn(content: object, record: SessionRecord): SubjectLogin | 'unknown' | undefined {
    try {
      return this.logins?.loginIn(content, record);
    } catch (error) {
      const message =
        `Session "${this.name}": the function "subject" failed for genuine content (${describeThrown(error)}), ` +
        'so the visitor got a fresh session. Let it return undefined for content in which nobody is logged in.';
      this.report({ type: 'warning', session: this.name, message });
      return 'unknown';
    }
  }

  /** Returns the id of a session that begins, if the sessions have ids. */
  newId(): Buffer | undefined {
    return this.hasId ? createSessionId() : undefined;
  }

  /** A record that was sealed before sessions had ids gets one from its text. */
  #withId(record: SessionRecord, text: string): SessionRecord {
    return this.hasId && !record.id ? { ...record, id: sessionIdOf(text) } : record;
  }

  /** Opens a sealed text. Each step is final: a refused text is not tried in another way. */
  open({ text, sealer }: SealedText, beside?: Beside): Admission {
    const opened = sealer.unseal(text);
    if (!opened.ok) return opened;
    const { record } = opened;
    const stale = opened.stale || sealer !== this.sealer;
    const writtenAt = lastWriteOf(record);
    const admission = this.admit(
      { record, text },
      { writtenAt, stale, isRemembered: opened.isRemembered ?? false },
      beside,
    );
    return admission.ok ? admission : { ...admission, writtenAt };
  }

  /**
   * Admits a record that has been opened, if it may be used.
   *
   * @param sealed what has been opened, and its text
   */
  admit(
    sealed: { readonly record: SessionRecord; readonly text: string },
    { writtenAt, stale, isRemembered }: Pick<Admitted, 'writtenAt' | 'stale' | 'isRemembered'>,
    beside?: Beside,
  ): Admission {
    const record = this.#withId(sealed.record, sealed.text);
    let times: SessionTimes = record;
    if (beside) {
      const identity = identityOf(record);
      if (beside.ended.names(sealed.record)) return refused('ended');
      times = timesAfter(
        record,
        beside.renewals.filter((renewal) => renewal.identity === identity),
        this.lifetime,
      );
    }
    const state = standing(times, this.now(), this.lifetime);
    if (state !== 'live') return refused(state);
    if (record.startedAt < this.#issuedAfter()) return refused('issued-before');
    const reading = this.model.read(record.json, record.version);
    if (!reading.ok) return reading;
    const { content, text, isChanged } = reading;
    const login = this.#loginIn(content, record);
    if (login === 'unknown') return refused('content');
    if (login && this.logins!.isEnded(login)) return refused('ended');
    return {
      ok: true,
      record,
      times,
      writtenAt,
      content,
      login,
      text,
      stale: stale || isChanged,
      isRemembered,
    };
  }
}

function recordOf(
  times: SessionTimes,
  marks: SessionMarks,
  version: number | undefined,
  json: string,
): SessionRecord {
  const { createdAt, expiresAt, startedAt, ownDuration, renewed, writtenAt } = times;
  return { createdAt, expiresAt, startedAt, ownDuration, renewed, writtenAt, ...marks, version, json };
}

function refused(reason: Refusal['reason']): Refusal {
  return { ok: false, reason };
}
