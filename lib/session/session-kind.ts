import { SessionTooLargeError } from '../errors/session-too-large.error.js';
import type { Sealer } from '../sealing/sealer.js';
import type { SessionRecord } from '../sealing/session-record.js';
import { parseContent, type SessionContent, weighKeys } from './content.js';
import { type Lifetime, standing } from './lifetime.js';
import type { RefusalReason, SessionReporter } from './session-event.js';

/** The outcome of opening a sealed text: its content, or why not. */
export type Admission =
  | {
      readonly ok: true;
      readonly record: SessionRecord;
      readonly content: SessionContent;
      /** Sealed in a way that is out of date: seal it again when it is used. */
      readonly stale: boolean;
    }
  | { readonly ok: false; readonly reason: RefusalReason };

/** What the sessions of one name have in common. */
export interface SessionTraits {
  readonly name: string;
  readonly sealer: Sealer;
  readonly lifetime: Lifetime;
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
  readonly lifetime: Lifetime;
  readonly hasId: boolean;
  readonly now: () => number;
  readonly report: SessionReporter;
  readonly #traits: SessionTraits;

  constructor(traits: SessionTraits) {
    ({
      name: this.name,
      lifetime: this.lifetime,
      hasId: this.hasId,
      now: this.now,
      report: this.report,
    } = traits);
    this.#traits = traits;
  }

  /** @throws {@link SessionTooLargeError} when no browser would keep the result */
  seal(record: SessionRecord): string {
    const { name, sealer, sizeLimit, nameBytes } = this.#traits;
    const text = sealer.seal(record);
    const bytes = nameBytes + text.length;
    if (bytes > sizeLimit)
      throw new SessionTooLargeError(name, bytes, sizeLimit, weighKeys(record.json).slice(0, 3));
    return text;
  }

  /** Opens a sealed text. Each step is final: what is refused here is tried in no other way. */
  open(text: string): Admission {
    const opened = this.#traits.sealer.unseal(text);
    if (!opened.ok) return opened;
    const { record, stale } = opened;
    const state = standing(record, this.now(), this.lifetime);
    if (state !== 'live') return { ok: false, reason: state };
    const content = parseContent(record.json);
    return content ? { ok: true, record, content, stale } : { ok: false, reason: 'content' };
  }
}
