import type { Sealer } from '../sealing/sealer.js';
import type { SessionRecord } from '../sealing/session-record.js';
import type { SessionContent } from './content.js';
import type { ContentModel, ContentRefusal } from './content-model.js';
import { type Lifetime, type SessionTimes, standing } from './lifetime.js';
import type { SessionReporter } from './session-event.js';
import { assertFits } from './size-limit.js';

/** A cookie's value that may hold a session, and what opens it. */
export interface Candidate {
  readonly text: string;
  readonly sealer: Sealer;
}

/** The outcome of opening a sealed text: its content, or why not. */
export type Admission =
  | {
      readonly ok: true;
      readonly record: SessionRecord;
      readonly content: SessionContent;
      /** The content as text: what a change is seen by. */
      readonly text: string;
      /** Sealed in a way that is out of date: seal it again when it is used. */
      readonly stale: boolean;
    }
  | Refusal;

/** Why a sealed text did not become a session; with details where its content was read. */
export type Refusal = Pick<ContentRefusal, 'ok' | 'reason'> & Partial<ContentRefusal>;

/** What is sealed of a session besides its content and its times. */
export type SessionMarks = Pick<SessionRecord, 'ephemeral' | 'id'>;

/** What all sessions of one name have in common. */
export interface SessionTraits {
  readonly name: string;
  /** What new cookies of the session are sealed with. */
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

/** A named session as it is in force: made once, at start, and the same for every request. */
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
   * @throws `SessionInvalidError`; `SessionTooLargeError` when no browser would keep the result
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

  /** Whether the key of a sealed text that opened before still does. */
  stillOpens({ text, sealer }: Candidate): boolean {
    return sealer.unseal(text).ok;
  }

  /** Opens a sealed text. Each step is final: what is refused here is tried in no other way. */
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
    };
  }
}
