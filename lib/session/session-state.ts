import type { ClientSessionsError } from '../errors/client-sessions.error.js';
import { SessionKeptError } from '../errors/session-kept.error.js';
import { SessionTooLateError } from '../errors/session-too-late.error.js';
import { createSessionId } from '../sealing/session-id.js';
import type { Candidate } from './candidate.js';
import { freezeContent, hasNamedProperties, type SessionContent } from './content.js';
import { type Duration, milliseconds } from './duration.js';
import { begin, effectiveExpiry, renew, type SessionTimes, withOwnDuration } from './lifetime.js';
import { ReplacedObject } from './replaced-object.js';
import { RESERVED_NAMES } from './reserved-names.js';
import type { RefusalReason } from './session-event.js';
import type { SessionInfo } from './session-info.js';
import type { Admission, Refusal, SessionKind } from './session-kind.js';
import { createSessionObject, type SessionActions } from './session-object.js';

/** What the browser has to be told about a session. */
export type SessionOutcome =
  | { readonly type: 'keep' }
  | { readonly type: 'delete' }
  | {
      readonly type: 'write';
      readonly text: string;
      readonly expiresAt: number;
      readonly ephemeral: boolean | undefined;
    }
  /** It cannot be stored. `isNews`: nobody was told yet by an exception. */
  | { readonly type: 'failed'; readonly isNews: boolean };

/** One session of one request, from the first touch to the response head. */
export class SessionState implements SessionActions {
  readonly #kind: SessionKind;
  readonly #isReadOnly: boolean;
  #object: SessionContent;
  #times: SessionTimes;
  #ephemeral: boolean | undefined;
  #id: Buffer | undefined;
  #isNew = true;
  #refused: RefusalReason | undefined;
  /** The cookie was refused, but is another release's to read: it stays as it is unless the application gives it up. */
  #isKept = false;
  /** The content of a session without any, as text: nothing but defaults. */
  #fresh: string;
  /** The content as the browser has it. What differs from it at the end has to be written. */
  readonly #stored: string;
  /** `refresh`: the same content sealed anew, for a newer key, version or expiry. */
  #intent: 'write if changed' | 'refresh' | 'write' | 'delete' = 'write if changed';
  #sealed: { readonly text: string; readonly times: SessionTimes; readonly value: string } | undefined;
  /** The problem that an exception has told the application about. */
  #thrown: ClientSessionsError | undefined;
  /** What `regenerate()` replaced. */
  #replaced: ReplacedObject[] | undefined;
  /** The content when it was last looked at as a whole. */
  #settled: string | undefined;
  /** The content when the head was sent. */
  #concluded: string | undefined;

  /**
   * @param candidates the values of all cookies that may hold this session; the first genuine one counts
   * @param isReadOnly there is no response that could carry a cookie
   */
  constructor(kind: SessionKind, candidates: readonly Candidate[], isReadOnly = false) {
    this.#kind = kind;
    this.#isReadOnly = isReadOnly;
    this.#object = createSessionObject(this);
    this.#times = begin(kind.now(), kind.lifetime);
    this.#id = this.#newId();
    this.#fresh = this.#stored = this.#open(candidates) ?? this.#fill();
    if (isReadOnly) freezeContent(this.#object);
  }

  get object(): SessionContent {
    return this.#object;
  }

  /** Puts other content in place of what there is. */
  replace(content: unknown): void {
    if (content === this.#object) return;
    this.#assertWritable();
    if (!hasNamedProperties(content)) {
      throw new TypeError(
        `Only an object can be assigned to the session "${this.#kind.name}"; to remove it, call destroy()`,
      );
    }
    const entries = Object.entries(content);
    const reserved = entries.find(([key]) => RESERVED_NAMES.has(key));
    if (reserved)
      throw new TypeError(`"${reserved[0]}" is reserved on a session and cannot be a key of its content`);
    this.#empty();
    for (const [key, value] of entries) this.#object[key] = value;
  }

  reset(keep: readonly string[] = []): void {
    this.#assertWritable();
    this.#empty(keep);
    this.#fresh = this.#fill();
    this.#isKept = false;
    this.#times = begin(this.#kind.now(), this.#kind.lifetime);
    this.#ephemeral = undefined;
    this.#id = this.#newId();
    this.#intent = 'write';
  }

  destroy(): void {
    this.reset();
    this.#intent = 'delete';
  }

  setDuration(duration: Duration, ephemeral?: boolean): void {
    this.#assertWritable();
    const ms = milliseconds(duration, 'setDuration(duration)');
    this.#times = withOwnDuration(this.#times, ms, this.#kind.now());
    this.#ephemeral = ephemeral ?? this.#ephemeral;
    this.#intent = 'write';
  }

  regenerate(): void {
    this.#assertWritable();
    (this.#replaced ??= []).push(new ReplacedObject(this.#object, this.#kind.model));
    this.#object = createSessionObject(this);
    this.reset();
  }

  /** Seals what there is to store, so that a problem is an exception while the application can still answer for it. */
  save(): void {
    this.#assertWritable();
    try {
      this.#settle();
    } catch (error) {
      this.#thrown = error as ClientSessionsError;
      throw error;
    }
  }

  /** The last word, just before the head is sent. Never throws: a problem is an outcome, and reported if it is news. */
  conclude(): SessionOutcome {
    let outcome: SessionOutcome;
    try {
      outcome = this.#settle();
      this.#concluded = this.#settled;
    } catch (problem) {
      const error = problem as ClientSessionsError;
      const isNews = this.#thrown?.message !== error.message;
      if (isNews) this.#reportLoss(error);
      outcome = { type: 'failed', isNews };
      this.#concluded = this.#text();
    }
    if (this.#isKept && this.#concluded !== this.#stored) {
      this.#reportLoss(new SessionKeptError(this.#kind.name, this.#refused ?? 'kept'));
    }
    this.#intent = 'write if changed';
    return outcome;
  }

  /** Reports what was changed after `conclude()`, when the browser could no longer be told. */
  reportLateChanges(): void {
    if (this.#concluded === undefined) return;
    if (this.#intent === 'write if changed' && this.#concluded === this.#text()) return;
    this.#reportLoss(
      new SessionTooLateError(
        this.#kind.name,
        'it was made after the response head had been sent',
        'Change sessions before the first byte of a response, also of a stream or of server-sent events.',
      ),
    );
  }

  /** Reports what the browser was not told, because the head was sent past `conclude()`. */
  reportBypass(): void {
    const { type } = this.conclude();
    if (type !== 'write' && type !== 'delete') return;
    this.#reportLoss(
      new SessionTooLateError(
        this.#kind.name,
        'its handler handed the response to another application, which sent the head',
        'Mount that application with app.use(path, application) instead.',
      ),
    );
  }

  info(): SessionInfo {
    return {
      name: this.#kind.name,
      isNew: this.#isNew,
      createdAt: this.#times.createdAt,
      expiresAt: this.#expiresAt(),
      ...(this.#id && { id: this.#id.toString('base64url') }),
      ...(this.#refused && { refused: this.#refused }),
    };
  }

  /** Opens the first genuine candidate. @returns its content as text */
  #open(candidates: readonly Candidate[]): string | undefined {
    let refusal: Refusal | undefined;
    for (const candidate of candidates) {
      const admission = this.#kind.open(candidate);
      if (admission.ok) {
        this.#adopt(admission);
        return admission.text;
      }
      refusal ??= admission;
    }
    if (refusal) this.#refuse(refusal);
    return undefined;
  }

  #refuse({ reason, isKept = false, version, issues }: Refusal): void {
    this.#refused = reason;
    this.#isKept = isKept;
    const details = version === undefined ? {} : { version, issues };
    this.#kind.report({ type: 'refused', session: this.#kind.name, reason, ...details });
  }

  #adopt({ record, content, stale }: Extract<Admission, { ok: true }>): void {
    const prolonged = renew(record, this.#kind.now(), this.#kind.lifetime);
    this.#times = prolonged ?? record;
    this.#ephemeral = record.ephemeral;
    this.#id = this.#kind.hasId ? (record.id ?? this.#id) : undefined;
    this.#isNew = false;
    const lacksId = this.#kind.hasId && !record.id;
    if (stale || prolonged || lacksId) this.#intent = 'refresh';
    Object.assign(this.#object, content);
  }

  #settle(): SessionOutcome {
    this.#assertNothingDetached();
    const text = this.#kind.model.write(this.#object);
    this.#settled = text;
    const isChanged = text !== this.#stored;
    if (this.#isKept) return { type: 'keep' };
    if (this.#intent === 'delete' && text === this.#fresh) return { type: 'delete' };
    if (this.#intent === 'refresh' && !isChanged) return this.#refresh(text);
    if (this.#intent === 'write if changed' && !isChanged) return { type: this.#refused ? 'delete' : 'keep' };
    return this.#write(text);
  }

  #write(text: string): SessionOutcome {
    return {
      type: 'write',
      text: this.#seal(text),
      expiresAt: this.#expiresAt(),
      ephemeral: this.#ephemeral,
    };
  }

  /** Nobody asked for this write, so nobody's request fails for it: the browser keeps the cookie it has. */
  #refresh(text: string): SessionOutcome {
    try {
      return this.#write(text);
    } catch (error) {
      this.#reportLoss(error as ClientSessionsError);
      this.#intent = 'write if changed';
      return { type: 'keep' };
    }
  }

  #seal(text: string): string {
    const times = this.#times;
    if (this.#sealed?.text !== text || this.#sealed.times !== times) {
      const marks = { ephemeral: this.#ephemeral, id: this.#id };
      this.#sealed = { text, times, value: this.#kind.seal(this.#object, text, times, marks) };
    }
    return this.#sealed.value;
  }

  #expiresAt(): number {
    return effectiveExpiry(this.#times, this.#kind.lifetime);
  }

  #assertNothingDetached(): void {
    if (!this.#replaced?.some((replaced) => replaced.hasLostChange(this.#object))) return;
    throw new SessionTooLateError(
      this.#kind.name,
      'it was made to an object that regenerate() had replaced',
      'After regenerate() take the session from the request again.',
    );
  }

  #assertWritable(): void {
    if (!this.#isReadOnly) return;
    throw new SessionTooLateError(
      this.#kind.name,
      'there is no response that could carry its cookie',
      'Sessions of a WebSocket handshake are read-only; change them in an HTTP request.',
    );
  }

  #reportLoss(error: ClientSessionsError): void {
    this.#kind.report({ type: 'lost', session: this.#kind.name, error });
  }

  #empty(keep: readonly string[] = []): void {
    for (const key of Object.keys(this.#object)) if (!keep.includes(key)) delete this.#object[key];
  }

  /** Adds what a fresh session holds and this one does not. @returns a fresh session's content as text */
  #fill(): string {
    const { model } = this.#kind;
    const content = model.fresh();
    for (const key of Object.keys(content))
      if (!Object.hasOwn(this.#object, key)) this.#object[key] = content[key];
    return model.write(content);
  }

  /** The content as comparable text, whatever is in it. */
  #text(): string {
    try {
      return this.#kind.model.write(this.#object);
    } catch {
      // Not to be stored, as has been said; here only a difference matters.
      return '';
    }
  }

  #newId(): Buffer | undefined {
    return this.#kind.hasId ? createSessionId() : undefined;
  }
}
