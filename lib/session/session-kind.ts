import { SessionTooLargeError } from '../errors/session-too-large.error.js';
import type { Sealer } from '../sealing/sealer.js';
import type { SessionRecord } from '../sealing/session-record.js';
import { type SessionContent, weighKeys } from './content.js';
import type { Candidate } from './candidate.js';
import type { ContentModel, ContentRefusal } from './content-model.js';
import { type Lifetime, type SessionTimes, standing } from './lifetime.js';
import type { SessionReporter } from './session-event.js';

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

/** What the sessions of one name have in common. */
export interface SessionTraits {
  readonly name: string;
  readonly sealer: Sealer;
  readonly lifetime: Lifetime;
  readonly model: ContentModel;
  /** Whether each session carries a random id. */
  readonly hasId: boolean;
  /** Bytes a browser keeps of a cookie's name and value, and how many of them the name takes. */
  readonly sizeLimit: number;
  readonly nameBytes: number;
  /** The clock: ms since epoch. */
  readonly now: () => number;
  readonly report: SessionReporter;
}

/** All sessions of one name: made once, at start, and the same for every request. */
export class SessionKind {
  readonly name: string;
  readonly sealer: Sealer;
  readonly lifetime: Lifetime;
  readonly model: ContentModel;
  readonly hasId: boolean;
  readonly now: () => number;
  readonly report: SessionReporter;
  readonly #traits: SessionTraits;

  constructor(traits: SessionTraits) {
    ({
      name: this.name,
      sealer: this.sealer,
      lifetime: this.lifetime,
      model: this.model,
      hasId: this.hasId,
      now: this.now,
      report: this.report,
    } = traits);
    this.#traits = traits;
  }

  /**
   * Seals content that is to be stored.
   *
   * @param text the content as the model writes it
   * @throws `SessionInvalidError`; {@link SessionTooLargeError} when no browser would keep the result
   */
  seal(content: object, text: string, times: SessionTimes, marks: SessionMarks): string {
    const { name, model, sealer, sizeLimit, nameBytes } = this.#traits;
    model.assertValid(text);
    const sealed = sealer.seal({
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
    const bytes = nameBytes + sealed.length;
    if (bytes <= sizeLimit) return sealed;
    const weights = weighKeys(content, (part) => model.write(part));
    throw new SessionTooLargeError(name, bytes, sizeLimit, weights.slice(0, 3));
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
