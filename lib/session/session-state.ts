import type { ClientSessionsError } from '../errors/client-sessions.error.js';
import { NoSealingKeyError } from '../errors/no-sealing-key.error.js';
import { type MissingHeader, SessionExposedError } from '../errors/session-exposed.error.js';
import { SessionKeptError } from '../errors/session-kept.error.js';
import { createSessionId } from '../sealing/session-id.js';
import { entriesOf, type SessionContent } from './content.js';
import { type Duration, positiveMilliseconds } from './duration.js';
import { HeldContent } from './held-content.js';
import {
  begin,
  effectiveExpiry,
  lastWriteOf,
  renew,
  type SessionTimes,
  timeOfWrite,
  withOwnDuration,
} from './lifetime.js';
import type { RefusalReason } from './session-event.js';
import type { SessionInfo } from './session-info.js';
import type { Admitted, Candidate, NamedSession, Refusal } from './named-session.js';
import type { SessionActions } from './session-object.js';
import { SessionTrail } from './session-trail.js';
import { tooLate } from './too-late.js';

/**
 * Whether changes of a session can be stored. `withheld`: they are not stored unless the application begins
 * the session explicitly, because another site sent the request and the browser withheld the session's
 * cookie. `read-only`: there is no response that could carry a cookie.
 */
export type SessionMode = 'writable' | 'withheld' | 'read-only';

/** What the response must tell the browser about a session. */
export type SessionOutcome =
  | { readonly type: 'keep' }
  | { readonly type: 'delete' }
  | {
      readonly type: 'write';
      readonly text: string;
      readonly expiresAt: number;
      readonly ephemeral: boolean | undefined;
    }
  /** The session cannot be stored. `isNews`: no exception has reported that yet. */
  | { readonly type: 'failed'; readonly isNews: boolean };

/**
 * The remedy for changes that are not flushed. A problem is then found when the head is sent, which is too
 * late for an exception.
 */
const FLUSH_EARLIER =
  'Call save() where the session is changed, so that the problem throws there. ' +
  'In Nest, take the session with @Session() in the handler, ' +
  'or bind ClientSessionsInterceptor to the code that changes it.';

/** One session of one request, from its first use to the end of the response. */
export class SessionState implements SessionActions {
  readonly #session: NamedSession;
  #candidates: readonly Candidate[];
  readonly #mode: SessionMode;
  readonly #content: HeldContent;
  #times!: SessionTimes;
  #ephemeral: boolean | undefined;
  #id: Buffer | undefined;
  #isNew = true;
  /** Whether this request has begun the session, or begun it anew. */
  #isBegun = true;
  /** The last write of the cookies that arrived. */
  #previousWrite: number | undefined;
  #isWithheld!: boolean;
  #refused: RefusalReason | undefined;
  /** The candidate that opened. */
  #admitted: Candidate | undefined;
  /**
   * Whether the refused cookie stays, because another release can read it, until the application gives it up.
   */
  #isKept = false;
  /** The content of a fresh session as text. It holds defaults only. */
  #fresh = '';
  /** The content that the browser has, as text. If the content differs at the end, it is written. */
  #stored!: string;
  /** `refresh`: the same content is sealed anew, for a newer key, version or expiry. */
  #intent: 'write if changed' | 'refresh' | 'write' | 'delete' = 'write if changed';
  #sealed: { readonly text: string; readonly times: SessionTimes; readonly value: string } | undefined;
  /** The message of the error that the application has already received. */
  #thrown: string | undefined;
  /** The content when it was last settled, as text. */
  #settled: string | undefined;
  /** The content when the head was sent, as text. */
  #concluded: string | undefined;
  #trail: SessionTrail | undefined;

  /** @param candidates the values of all cookies that may hold this session */
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

  /** Whether changes of the session cannot reach the browser any more. */
  get isOver(): boolean {
    return this.#mode === 'read-only' || this.#concluded !== undefined;
  }

  /** Whether its times and its key still allow the session to be used. A connection can outlive both. */
  stands(): boolean {
    if (this.#isNew) return true;
    if (this.#expiresAt() <= this.#session.now()) return false;
    return this.#admitted === undefined || this.#session.stillOpens(this.#admitted);
  }

  /** Replaces the content. */
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
    this.#isBegun = true;
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

  /**
   * Seals the session if it is to be stored, so that a problem throws while the application can still respond
   * to it.
   */
  save(): void {
    this.#assertWritable();
    try {
      this.#settle();
    } catch (error) {
      this.#thrown = messageOf(error);
      throw error;
    }
  }

  /**
   * Settles the session for the last time, just before the head is sent. Never throws: a problem is an
   * outcome, and is reported unless the application already knows of it.
   */
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

  /** Whether {@link announce} has subscribers. */
  get isFollowed(): boolean {
    return this.#trail !== undefined;
  }

  /** Tells subscribers what the response says of the session. @param bytes size of its cookies: names and values */
  announce(outcome: SessionOutcome, bytes: number): void {
    if (outcome.type !== 'write' && outcome.type !== 'delete') return;
    const isUnasked = this.#intent === 'refresh' && this.#concluded === this.#stored;
    this.#trail?.told({ outcome, times: this.#times, isUnasked, bytes });
  }

  /**
   * Ends the session with the response. Reports changes since `conclude()`, and makes the content
   * unchangeable.
   */
  end(): void {
    if (this.#concluded === undefined) return;
    // Content that could not be stored is already reported, so later changes of it are not.
    const text = this.#concluded && this.#content.comparableText();
    if (text !== this.#concluded) this.#reportLoss(tooLate(this.#session.name, 'made after the head'));
    this.#content.close(text);
    // These texts are parts of the whole header. Code that keeps the session must not keep the header with
    // it.
    this.#candidates = [];
    this.#admitted = this.#trail = undefined;
  }

  /**
   * Reports that the head was sent without `conclude()`, so that the browser did not learn of the session.
   *
   * @param missing the header that caches would have needed, if there is one
   */
  reportBypass(missing: MissingHeader | undefined): void {
    if (this.isOver) return;
    const { type } = this.conclude();
    if (type === 'write' || type === 'delete') {
      this.#reportLoss(tooLate(this.#session.name, 'past the hook'));
    } else if (missing) this.reportExposure(missing);
  }

  /** Reports that caches were not told to keep the response from others, or not to keep it at all. */
  reportExposure(missing: MissingHeader): void {
    const { name, report } = this.#session;
    report({ type: 'exposed', session: name, error: new SessionExposedError(name, missing) });
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

  /** Begins with the cookies that the browser sent. */
  #start(): void {
    this.#times = begin(this.#session.now(), this.#session.lifetime);
    this.#id = this.#newId();
    this.#ephemeral = undefined;
    this.#isNew = true;
    this.#isBegun = true;
    this.#isKept = false;
    this.#isWithheld = this.#mode === 'withheld';
    this.#refused = this.#admitted = undefined;
    this.#intent = 'write if changed';
    this.#trail = SessionTrail.of(this.#session);
    this.#fresh = this.#stored = this.#open(this.#candidates) ?? this.#content.fill();
  }

  /** Begins anew, with the keys that are to be kept. */
  #restart(keep?: readonly string[]): void {
    this.#content.empty(keep);
    this.#trail?.restarted();
    this.#admitted = undefined;
    this.#fresh = this.#content.fill();
    this.#isKept = false;
    this.#times = begin(this.#session.now(), this.#session.lifetime);
    this.#isBegun = true;
    this.#ephemeral = undefined;
    this.#id = this.#newId();
  }

  /** Opens the genuine candidate that was written last. @returns its content as text */
  #open(candidates: readonly Candidate[]): string | undefined {
    const opened = this.#session.openLatest(candidates);
    if (!opened) return undefined;
    if (!opened.ok) {
      this.#refuse(opened);
      return undefined;
    }
    const { candidate, admission } = opened;
    this.#previousWrite = lastWriteOf(admission.record);
    this.#adopt(admission);
    this.#admitted = candidate;
    this.#trail?.opened(candidate, admission);
    return admission.text;
  }

  #refuse({ reason, isKept = false, version, issues }: Refusal): void {
    this.#refused = reason;
    this.#isKept = isKept;
    const details = version === undefined ? {} : { version, issues };
    this.#session.report({ type: 'refused', session: this.#session.name, reason, ...details });
  }

  #adopt({ record, content, text, stale }: Admitted): void {
    const isReadOnly = this.#mode === 'read-only';
    const prolonged = isReadOnly ? undefined : renew(record, this.#session.now(), this.#session.lifetime);
    this.#times = prolonged ?? record;
    this.#ephemeral = record.ephemeral;
    this.#id = this.#session.hasId ? (record.id ?? this.#id) : undefined;
    this.#isNew = this.#isBegun = false;
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
    // A refused cookie stays, too. It may belong to another application or server, or another request may be
    // about to replace it.
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

  /**
   * The application did not ask for this write, so it must not make the request fail. The browser then keeps
   * its cookie.
   */
  #refresh(text: string): SessionOutcome {
    try {
      return this.#write(text);
    } catch (error) {
      // A missing sealing key was already reported, and a request that only reads loses nothing.
      if (!(error instanceof NoSealingKeyError)) this.#reportLoss(error as ClientSessionsError);
      this.#intent = 'write if changed';
      return { type: 'keep' };
    }
  }

  #seal(text: string): string {
    const times = this.#times;
    if (this.#sealed?.text !== text || this.#sealed.times !== times) {
      const marks = { ephemeral: this.#ephemeral, id: this.#id };
      const madeAt = this.#isBegun ? times.createdAt : this.#session.now();
      const stamped = { ...times, writtenAt: timeOfWrite(times, madeAt, this.#previousWrite) };
      this.#sealed = { text, times, value: this.#session.seal(this.object, text, stamped, marks) };
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

/** Getters of the application may throw any value. */
function messageOf(problem: unknown): string {
  return problem instanceof Error ? problem.message : 'no error';
}
