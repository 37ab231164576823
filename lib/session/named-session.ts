import type { Sealer } from '../sealing/sealer.js';
import type { SessionRecord } from '../sealing/session-record.js';
import type { SessionContent } from './content.js';
import type { ContentModel, ContentRefusal } from './content-model.js';
import { lastWriteOf, type Lifetime, type SessionTimes, standing } from './lifetime.js';
import type { SessionReporter } from './session-event.js';
import { assertFits, heaviestKeys } from './size-limit.js';

/** A text that may hold a session, and the sealer that opens it. */
export interface SealedText {
  readonly text: string;
  readonly sealer: Sealer;
}

/** The text of a cookie that may hold a session. */
export interface Candidate extends SealedText {
  readonly cookieName: string;
}

/** What a sealed text holds. */
export interface Admitted {
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

/** A cookie that opened, and what it holds. */
export interface Genuine {
  readonly ok: true;
  readonly candidate: Candidate;
  readonly admission: Admitted;
}

/** The outcome of opening a sealed text: its content, or the reason of a refusal. */
export type Admission = Admitted | Refusal;

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
  /** The most characters that a sealed text may have. */
  readonly capacity: number;
  /** Names that browsers may have several cookies of, because domain, path or partition have changed. */
  readonly movedNames: ReadonlySet<string>;
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
  readonly #capacity: number;
  readonly #movedNames: ReadonlySet<string>;

  constructor(traits: SessionTraits) {
    this.name = traits.name;
    this.sealer = traits.sealer;
    this.lifetime = traits.lifetime;
    this.model = traits.model;
    this.hasId = traits.hasId;
    this.now = traits.now;
    this.report = traits.report;
    this.#cookieName = traits.cookieName;
    this.#capacity = traits.capacity;
    this.#movedNames = traits.movedNames;
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
    const sealed = this.sealer.seal({
      createdAt: times.createdAt,
      expiresAt: times.expiresAt,
      startedAt: times.startedAt,
      ownDuration: times.ownDuration,
      renewed: times.renewed,
      writtenAt: times.writtenAt,
      ephemeral: marks.ephemeral,
      id: marks.id,
      version: model.version,
      json: text,
    });
    const limits = { cookieName: this.#cookieName, capacity: this.#capacity };
    const cookie = { session: this.name, ...limits, text: sealed, content };
    assertFits(cookie, (part) => model.write(part));
    return sealed;
  }

  /** The names of the heaviest top-level keys of content, heaviest first. Content that cannot be stored has none. */
  heaviestKeysOf(content: object): readonly string[] {
    try {
      return heaviestKeys(content, (part) => this.model.write(part)).map(({ key }) => key);
    } catch {
      // The session that cannot be stored is reported already.
      return [];
    }
  }

  /** Whether a sealed text that was opened before still opens. Its key may have ended since then. */
  stillOpens({ text, sealer }: SealedText): boolean {
    return sealer.unseal(text).ok;
  }

  /** Opens a sealed text. Each step is final: a refused text is not tried in another way. */
  open({ text, sealer }: SealedText): Admission {
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

  /**
   * Opens the genuine text that was written last. The order of the texts decides only between two that were written at
   * the same time: browsers send the cookie with the longest path first, and then the oldest one.
   *
   * @returns the first refusal if none is genuine, `undefined` if there is none at all
   */
  openLatest(candidates: readonly Candidate[]): Genuine | Refusal | undefined {
    let latest: Genuine | undefined;
    let refusal: Refusal | undefined;
    let names: string[] | undefined;
    for (const candidate of candidates) {
      const admission = this.open(candidate);
      if (!admission.ok) refusal ??= admission;
      else if (!latest) latest = { ok: true, candidate, admission };
      else {
        names ??= [latest.candidate.cookieName];
        names.push(candidate.cookieName);
        const isLater = lastWriteOf(admission.record) > lastWriteOf(latest.admission.record);
        if (isLater) latest = { ok: true, candidate, admission };
      }
    }
    if (names) this.#reportDuplicates(names);
    return latest ?? refusal;
  }

  /** Reports genuine cookies of one name, because browsers then have several. */
  #reportDuplicates(genuine: readonly string[]): void {
    const { name } = this;
    const twice = genuine.find((cookieName, i) => genuine.indexOf(cookieName) < i);
    if (twice === undefined) return;
    const count = genuine.filter((cookieName) => cookieName === twice).length;
    this.report({ type: 'duplicate', session: name, count });
    if (this.#movedNames.has(twice)) return;
    this.report({
      type: 'warning',
      session: name,
      message:
        `Session "${name}": browsers send several genuine cookies named "${twice}", and the one written last counts. ` +
        'They differ in domain, path or partition. If the configuration was changed, list the earlier cookie in ' +
        '"previousCookies", so that it is cleared. If another host of the domain sets such cookies, use the prefix ' +
        '__Host-, which keeps them out.',
    });
  }
}
