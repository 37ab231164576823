import type { Sealer } from '../sealing/sealer.js';
import type { SessionRecord } from '../sealing/session-record.js';
import type { SessionContent } from './content.js';
import type { ContentModel, ContentRefusal } from './content-model.js';
import { type Lifetime, type SessionTimes, standing } from './lifetime.js';
import type { SessionReporter } from './session-event.js';
import { assertFits } from './size-limit.js';

/** A cookie's value that may hold a session, and the sealer that opens it. */
export interface Candidate {
  readonly text: string;
  readonly sealer: Sealer;
}

/** The outcome of opening a sealed text: its content, or the reason of a refusal. */
export type Admission =
  | {
      readonly ok: true;
      readonly record: SessionRecord;
      readonly content: SessionContent;
      /** The content as text. Changes are detected by comparing texts. */
      readonly text: string;
      /** Whether it was sealed in an outdated way, so that it is sealed again when it is used. */
      readonly stale: boolean;
      /** Whether it did not have to be decrypted again. */
      readonly isRemembered: boolean;
    }
  | Refusal;

/** Why a sealed text did not become a session, with details if its content was read. */
export type Refusal = Pick<ContentRefusal, 'ok' | 'reason'> & Partial<ContentRefusal>;

/** The data that is sealed with a session, besides its content and its times. */
export type SessionMarks = Pick<SessionRecord, 'ephemeral' | 'id'>;

/** What all sessions of one name have in common. */
export interface SessionTraits {
  readonly name: string;
  /** Seals new cookies of the session. */
  readonly sealer: Sealer;
  readonly cookieName: string;
  readonly lifetime: Lifetime;
  readonly model: ContentModel;
  /** Whether each session carries a random id. */
  readonly hasId: boolean;
  /** The clock: ms since epoch. */
  readonly now: () => number;
  readonly report: SessionReporter;
}

/** A named session. It is made once, at start, and is the same for every request. */
export class NamedSession {
  readonly name: string;
  readonly sealer: Sealer;
  readonly lifetime: Lifetime;
  readonly model: ContentModel;
  readonly hasId: boolean;
  readonly now: () => number;
  readonly report: SessionReporter;
  readonly #cookieName: string;

  constructor(traits: SessionTraits) {
    this.name = traits.name;
    this.sealer = traits.sealer;
    this.lifetime = traits.lifetime;
    this.model = traits.model;
    this.hasId = traits.hasId;
    this.now = traits.now;
    this.report = traits.report;
    this.#cookieName = traits.cookieName;
  }

  /**
   * Seals content that is to be stored.
   *
   * @param text the content as the model writes it
   * @throws `SessionInvalidError`; `SessionTooLargeError` if no browser would keep the result
   */
  seal(content: object, text: string, times: SessionTimes, marks: SessionMarks): string {
    const { model } = this;
    model.assertValid(text);
    const sealed = this.sealer.seal({
      createdAt: times.createdAt,
      expiresAt: times.expiresAt,
      startedAt: times.startedAt,
      ownDuration: times.ownDuration,
      renewed: times.renewed,
      renewedAt: times.renewedAt,
      ephemeral: marks.ephemeral,
      id: marks.id,
      version: model.version,
      json: text,
    });
    const cookie = { session: this.name, cookieName: this.#cookieName, text: sealed, content };
    assertFits(cookie, (part) => model.write(part));
    return sealed;
  }

  /** Whether a sealed text that was opened before still opens. Its key may have ended since then. */
  stillOpens({ text, sealer }: Candidate): boolean {
    return sealer.unseal(text).ok;
  }

  /** Opens a sealed text. Each step is final: a refused text is not tried in another way. */
  open({ text, sealer }: Candidate): Admission {
    const opened = sealer.unseal(text);
    if (!opened.ok) return opened;
    const { record } = opened;
    const stale = opened.stale || sealer !== this.sealer;
    const state = standing(record, this.now(), this.lifetime);
    if (state !== 'live') return { ok: false, reason: state };
    const reading = this.model.read(record.json, record.version);
    if (!reading.ok) return reading;
    return {
      ok: true,
      record,
      content: reading.content,
      text: reading.text,
      stale: stale || reading.isChanged,
      isRemembered: opened.isRemembered === true,
    };
  }
}
