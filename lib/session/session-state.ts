import type { ClientSessionsError } from '../errors/client-sessions.error.js';
import { NoSealingKeyError } from '../errors/no-sealing-key.error.js';
import { SessionExposedError } from '../errors/session-exposed.error.js';
import { SessionKeptError } from '../errors/session-kept.error.js';
import { createSessionId } from '../sealing/session-id.js';
import { entriesOf, type SessionContent } from './content.js';
import { type Duration, positiveMilliseconds } from './duration.js';
import { HeldContent } from './held-content.js';
import { begin, effectiveExpiry, renew, type SessionTimes, withOwnDuration } from './lifetime.js';
import type { RefusalReason } from './session-event.js';
import type { SessionInfo } from './session-info.js';
import type { Admission, Candidate, NamedSession, Refusal } from './named-session.js';
import type { SessionActions } from './session-object.js';
import { tooLate } from './too-late.js';

/**
 * What can become of a session's changes. `withheld`: nothing, unless the application begins the session by name, because the browser kept
 * its cookie from a request that another site sent. `read-only`: there is no response that could carry a cookie.
 */
export type SessionMode = 'writable' | 'withheld' | 'read-only';

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

/** Whoever changes a session without flushing it learns of a problem when the head is sent, where nothing can be thrown any more. */
const FLUSH_EARLIER =
  'Call save() where the session is changed, and it is an exception there. In Nest, take the session with @Session() in the handler, or bind ' +
  'ClientSessionsInterceptor to what changes it.';

/** One session of one request, from the first touch to the end of the response. */
export class SessionState implements SessionActions {
  readonly #session: NamedSession;
  #candidates: readonly Candidate[];
  readonly #mode: SessionMode;
  readonly #content: HeldContent;
  #times!: SessionTimes;
  #ephemeral: boolean | undefined;
  #id: Buffer | undefined;
  #isNew = true;
  #isWithheld!: boolean;
  #refused: RefusalReason | undefined;
  /** What opened. */
  #admitted: Candidate | undefined;
  /** The cookie was refused, but is another release's to read: it stays as it is unless the application gives it up. */
  #isKept = false;
  /** The content of a session without any, as text: nothing but defaults. */
  #fresh = '';
  /** The content as the browser has it. What differs from it at the end has to be written. */
  #stored!: string;
  /** `refresh`: the same content sealed anew, for a newer key, version or expiry. */
  #intent: 'write if changed' | 'refresh' | 'write' | 'delete' = 'write if changed';
  #sealed: { readonly text: string; readonly times: SessionTimes; readonly value: string } | undefined;
  /** Of the problem that an exception has told the application about. */
  #thrown: string | undefined;
  /** The content when it was last looked at as a whole. */
  #settled: string | undefined;
  /** The content when the head was sent. */
  #concluded: string | undefined;

  /** @param candidates the values of all cookies that may hold this session; the first genuine one counts */
  constructor(session: NamedSession, candidates: readonly Candidate[], mode: SessionMode = 'writable') {
    this.#session = session;
    this.#candidates = candidates;
    this.#mode = mode;
    this.#content = new HeldContent(session.model, this);
    this.#start();
    if (mode === 'read-only') this.#content.close(this.#stored);
  }

  get object(): SessionContent {
    return this.#content.object;
  }

  /** Whether nothing that happens to the session can reach the browser any more. */
  get isOver(): boolean {
    return this.#mode === 'read-only' || this.#concluded !== undefined;
  }

  /** Whether the session may be used still, by its times and its key: a connection can outlive both. */
  stands(): boolean {
    if (this.#isNew) return true;
    if (this.#expiresAt() <= this.#session.now()) return false;
    return this.#admitted === undefined || this.#session.stillOpens(this.#admitted);
  }

  /** Puts other content in place of what there is. */
  replace(content: unknown): void {
    if (content === this.object) return;
    this.#assertWritable();
    const entries = entriesOf(content, this.#session.name);
    this.#content.empty();
    for (const [key, value] of entries) this.object[key] = value;
  }

  reset(keep?: readonly string[]): void {
    this.#assertWritable();
    this.#restart(keep);
    this.#isWithheld = false;
    this.#intent = 'write';
  }

  destroy(): void {
    this.#assertWritable();
    this.#restart();
    this.#intent = 'delete';
  }

  setDuration(duration: Duration, ephemeral?: boolean): void {
    this.#assertWritable();
    const ms = positiveMilliseconds(duration, 'setDuration(duration)');
    this.#times = withOwnDuration(this.#times, ms, this.#session.now(), this.#session.lifetime);
    this.#ephemeral = ephemeral ?? this.#ephemeral;
    this.#isWithheld = false;
    this.#intent = 'write';
  }

  regenerate(keep: readonly string[] = []): void {
    this.#assertWritable();
    this.#content.replaceObject(keep);
    this.reset(keep);
  }

  reload(): void {
    this.#assertWritable();
    this.#content.empty();
    this.#start();
  }

  /** Seals what there is to store, so that a problem is an exception while the application can still answer for it. */
  save(): void {
    this.#assertWritable();
    try {
      this.#settle();
    } catch (error) {
      this.#thrown = messageOf(error);
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
      const isNews = this.#thrown !== messageOf(problem);
      if (isNews) this.#reportLoss(error, FLUSH_EARLIER);
      outcome = { type: 'failed', isNews };
      this.#concluded = this.#content.comparableText();
    }
    const isAsked = this.#intent === 'delete' || this.#concluded !== this.#stored;
    if (this.#isKept && this.#concluded !== this.#stored) {
      this.#reportLoss(new SessionKeptError(this.#session.name, this.#refused ?? 'kept'));
    }
    if (this.#isWithheld && isAsked) this.#session.report({ type: 'withheld', session: this.#session.name });
    return outcome;
  }

  /** The end of the response: reports what was changed since `conclude()`, and lets nothing more be changed. */
  end(): void {
    if (this.#concluded === undefined) return;
    // Content that could not be stored has been reported, whatever becomes of it.
    const text = this.#concluded && this.#content.comparableText();
    if (text !== this.#concluded) this.#reportLoss(tooLate(this.#session.name, 'made after the head'));
    this.#content.close(text);
    // They are parts of the whole header, which whoever keeps the session is not to keep with it.
    this.#candidates = [];
    this.#admitted = undefined;
  }

  /**
   * Reports that the head was sent past `conclude()`, so that the browser was not told.
   *
   * @param isExposed caches were not told either
   */
  reportBypass(isExposed: boolean): void {
    if (this.isOver) return;
    const { type } = this.conclude();
    if (type === 'write' || type === 'delete') {
      this.#reportLoss(tooLate(this.#session.name, 'past the hook'));
    } else if (isExposed) this.reportExposure();
  }

  /** Reports that caches were not told to keep the response from others. */
  reportExposure(): void {
    const { name, report } = this.#session;
    report({ type: 'exposed', session: name, error: new SessionExposedError(name) });
  }

  info(): SessionInfo {
    return {
      name: this.#session.name,
      isNew: this.#isNew,
      createdAt: this.#times.createdAt,
      expiresAt: this.#expiresAt(),
      ...(this.#id && { id: this.#id.toString('base64url') }),
      ...(this.#refused && { refused: this.#refused }),
    };
  }

  /** Begins with what the browser brought. */
  #start(): void {
    this.#times = begin(this.#session.now(), this.#session.lifetime);
    this.#id = this.#newId();
    this.#ephemeral = undefined;
    this.#isNew = true;
    this.#isKept = false;
    this.#isWithheld = this.#mode === 'withheld';
    this.#refused = this.#admitted = undefined;
    this.#intent = 'write if changed';
    this.#fresh = this.#stored = this.#open(this.#candidates) ?? this.#content.fill();
  }

  /** Begins anew, with what is to be kept. */
  #restart(keep?: readonly string[]): void {
    this.#content.empty(keep);
    this.#admitted = undefined;
    this.#fresh = this.#content.fill();
    this.#isKept = false;
    this.#times = begin(this.#session.now(), this.#session.lifetime);
    this.#ephemeral = undefined;
    this.#id = this.#newId();
  }

  /** Opens the first genuine candidate. @returns its content as text */
  #open(candidates: readonly Candidate[]): string | undefined {
    let refusal: Refusal | undefined;
    for (const candidate of candidates) {
      const admission = this.#session.open(candidate);
      if (admission.ok) {
        this.#adopt(admission);
        this.#admitted = candidate;
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
    this.#session.report({ type: 'refused', session: this.#session.name, reason, ...details });
  }

  #adopt({ record, content, text, stale }: Extract<Admission, { ok: true }>): void {
    const isReadOnly = this.#mode === 'read-only';
    const prolonged = isReadOnly ? undefined : renew(record, this.#session.now(), this.#session.lifetime);
    this.#times = prolonged ?? record;
    this.#ephemeral = record.ephemeral;
    this.#id = this.#session.hasId ? (record.id ?? this.#id) : undefined;
    this.#isNew = false;
    const lacksId = this.#session.hasId && !record.id;
    if (stale || prolonged || lacksId) this.#intent = 'refresh';
    this.#content.adopt(content, text);
  }

  #settle(): SessionOutcome {
    if (this.#content.hasLostChange) throw tooLate(this.#session.name, 'to a replaced object');
    const text = this.#content.text();
    this.#settled = text;
    const isChanged = text !== this.#stored;
    if (this.#isKept || this.#isWithheld) return { type: 'keep' };
    if (this.#intent === 'delete' && text === this.#fresh) return { type: 'delete' };
    if (this.#intent === 'refresh' && !isChanged) return this.#refresh(text);
    // A cookie that was refused stays, too: it may be another application's, another server's, or about to be replaced by another request.
    if (this.#intent === 'write if changed' && !isChanged) return { type: 'keep' };
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
      // That no key may seal has been said once, and is no loss of a reader's.
      if (!(error instanceof NoSealingKeyError)) this.#reportLoss(error as ClientSessionsError);
      this.#intent = 'write if changed';
      return { type: 'keep' };
    }
  }

  #seal(text: string): string {
    const times = this.#times;
    if (this.#sealed?.text !== text || this.#sealed.times !== times) {
      const marks = { ephemeral: this.#ephemeral, id: this.#id };
      this.#sealed = { text, times, value: this.#session.seal(this.object, text, times, marks) };
    }
    return this.#sealed.value;
  }

  #expiresAt(): number {
    return effectiveExpiry(this.#times, this.#session.lifetime);
  }

  #assertWritable(): void {
    if (this.#mode === 'read-only') throw tooLate(this.#session.name, 'in a handshake');
    if (this.#concluded !== undefined) throw tooLate(this.#session.name, 'called after the head');
  }

  #reportLoss(error: ClientSessionsError, remedy?: string): void {
    this.#session.report({ type: 'lost', session: this.#session.name, error, ...(remedy && { remedy }) });
  }

  #newId(): Buffer | undefined {
    return this.#session.hasId ? createSessionId() : undefined;
  }
}

/** Getters of the application's may throw anything. */
function messageOf(problem: unknown): string {
  return problem instanceof Error ? problem.message : 'no error';
}
