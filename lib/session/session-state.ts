import type { ClientSessionsError } from '../errors/client-sessions.error.js';
import { NoSealingKeyError } from '../errors/no-sealing-key.error.js';
import type { MissingHeader } from '../errors/session-exposed.error.js';
import { ArrivedCookies, type CandidateCookies, type Genuine } from './arrived-cookies.js';
import { entriesOf, type SessionContent } from './content.js';
import { type Duration, positiveMilliseconds } from './duration.js';
import { type LoginOfSession, type LoginRules, loginWithin, type SubjectLogin } from './login-rules.js';
import { HeldContent } from './held-content.js';
import { whileListenersWait } from './listeners.js';
import { effectiveExpiry, isUseDue, renew, type SessionTimes, withOwnDuration } from './lifetime.js';
import type { RefusalReason } from './session-event.js';
import type { SessionInfo } from './session-info.js';
import type { NamedSession } from './named-session.js';
import type { SessionActions } from './session-object.js';
import { SessionEnds } from './session-ends.js';
import { failed, type SessionOutcome } from './session-outcome.js';
import { type Envelope, SessionSeal } from './session-seal.js';
import { SessionLogin } from './session-login.js';
import { SessionReports } from './session-reports.js';
import { SessionTrail } from './session-trail.js';
import { tooLate } from './too-late.js';

/**
 * Whether changes of a session can be stored. `withheld`: they are not stored unless the application begins
 * the session explicitly, because another site sent the request and the browser withheld the session's
 * cookie. `read-only`: there is no response that could carry a cookie.
 */
export type SessionMode = 'writable' | 'withheld' | 'read-only';

const REMEDY_OF_NO_DURATION = "Give a lifetime such as '1 day', or call destroy().";
const NO_COOKIES: CandidateCookies = { contents: [], renewals: [], endings: [] };

/** One session of one request, from its first use to the end of the response. */
export class SessionState implements SessionActions {
  readonly #session: NamedSession;
  #cookies: CandidateCookies;
  readonly #mode: SessionMode;
  readonly #content: HeldContent;
  readonly #seal: SessionSeal;
  readonly #reports: SessionReports;
  readonly #login: SessionLogin | undefined;
  #times!: SessionTimes;
  #ephemeral: boolean | undefined;
  #id: Buffer | undefined;
  #isNew!: boolean;
  /** Whether this request has begun the session, or begun it anew. */
  #isBegun!: boolean;
  #isWithheld!: boolean;
  #refused: RefusalReason | undefined;
  /** The cookie that opened, until the session begins anew. */
  #opened: Genuine | undefined;
  #ends!: SessionEnds;
  /** Whether a renewal must hold the content. It is known once a cookie has opened. */
  #needsCopy!: boolean;
  /**
   * Whether the refused cookie stays, because another release can read it, until the application gives it up.
   */
  #isKept!: boolean;
  /** The content of a fresh session as text. It holds defaults only. */
  #fresh!: string;
  /** The content that the browser has, as text. If the content differs at the end, it is written. */
  #stored!: string;
  /** `refresh`: the same content is sealed anew, for a newer key, version or expiry. */
  #intent!: 'write if changed' | 'refresh' | 'write' | 'delete';
  /** The message of the error that the application has already received. */
  #thrown: string | undefined;
  /** The content when it was last settled, as text. */
  #settled: string | undefined;
  /** The content when the head was sent, as text. */
  #concluded: string | undefined;
  #trail: SessionTrail | undefined;

  /** @param cookies all cookies that may tell of this session */
  constructor(session: NamedSession, cookies: CandidateCookies, mode: SessionMode = 'writable') {
    this.#session = session;
    this.#cookies = cookies;
    this.#mode = mode;
    this.#seal = new SessionSeal(session);
    this.#reports = new SessionReports(session);
    this.#login = session.logins && new SessionLogin(session.logins);
    this.#content = new HeldContent(session.model, this);
    this.#start();
    if (mode === 'read-only') this.#content.close(this.#stored);
  }

  get object(): SessionContent {
    return this.#content.object;
  }

  get age(): number {
    return this.#session.now() - this.#times.startedAt;
  }

  /** Whether changes of the session cannot reach the browser any more. */
  get isOver(): boolean {
    return this.#mode === 'read-only' || this.#concluded !== undefined;
  }

  /** Whether its times and its key still allow the session to be used. A connection can outlive both. */
  stands(): boolean {
    if (this.#isNew) return true;
    if (this.#expiresAt() <= this.#session.now()) return false;
    return !this.#opened || this.#session.stillStands(this.#opened);
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
    const ms = positiveMilliseconds(duration, 'setDuration(duration)', REMEDY_OF_NO_DURATION);
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
    this.#content.giveUpChanges();
    whileListenersWait(() => this.#start());
  }

  /**
   * Seals the session if it is to be stored, so that a problem throws while the application can still respond
   * to it.
   *
   * @returns what the response would tell the browser now
   */
  save(): SessionOutcome {
    this.#assertWritable();
    try {
      return this.#settle();
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
      const isChanged = outcome.type === 'write' && this.#concluded !== this.#stored;
      if (isChanged && this.#seal.noteChange(this.#opened?.admission)) this.#reports.overwritten();
    } catch (problem) {
      const isNews = this.#thrown !== messageOf(problem);
      if (isNews) this.#reports.unflushed(problem as ClientSessionsError);
      outcome = failed(problem, isNews);
      this.#concluded = this.#content.comparableText();
    }
    const isAsked = this.#intent === 'delete' || this.#concluded !== this.#stored;
    if (this.#isKept && this.#concluded !== this.#stored) this.#reports.kept(this.#refused!);
    if (this.#isWithheld && isAsked) this.#reports.withheld();
    return outcome;
  }

  /** Whether {@link announce} has subscribers. */
  get isFollowed(): boolean {
    return this.#trail !== undefined;
  }

  /** Tells subscribers what the response says of the session. @param bytes size of its cookies: names and values */
  announce(outcome: SessionOutcome, bytes: number): void {
    if (!this.#trail || outcome.type === 'keep' || outcome.type === 'failed') return;
    const isUnasked = this.#intent === 'refresh' && this.#concluded === this.#stored;
    this.#trail.told({ outcome, times: this.#times, isUnasked, bytes });
  }

  /**
   * Ends the session with the response. Reports changes since `conclude()`, and makes the content
   * unchangeable.
   */
  end(): void {
    if (this.#concluded === undefined) return;
    // Content that could not be stored is already reported, so later changes of it are not.
    const text = this.#concluded && this.#content.comparableText();
    if (text !== this.#concluded) this.#reports.late('made after the head');
    this.#content.close(text);
    // These texts are parts of the whole header. Code that keeps the session must not keep the header with
    // it.
    this.#cookies = NO_COOKIES;
    this.#opened = this.#trail = undefined;
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
      this.#reports.late('past the hook');
    } else if (missing) this.#reports.exposed(missing);
  }

  /** Reports that caches were not told to keep the response from others, or not to keep it at all. */
  reportExposure(missing: MissingHeader): void {
    this.#reports.exposed(missing);
  }

  info(): SessionInfo {
    return {
      name: this.#session.name,
      isNew: this.#isNew,
      createdAt: this.#times.createdAt,
      expiresAt: this.#expiresAt(),
      ...(this.#session.hasId && this.#id && { id: this.#id.toString('base64url') }),
      ...(this.#refused && { refused: this.#refused }),
    };
  }

  get loginRules(): LoginRules | undefined {
    return this.#session.logins;
  }

  login(): LoginOfSession | undefined {
    return this.#login?.lasting(this.#currentLogin());
  }

  renewLogin(subject: string): void {
    this.#assertWritable();
    this.#login?.renew(subject);
    if (this.#intent !== 'delete') this.#intent = 'write';
  }

  /** The login that has begun in this request and is in its response. */
  get begunLogin(): LoginOfSession | undefined {
    const login = this.#login?.begun;
    return login && this.#asLogin(login);
  }

  /** Begins with the cookies that the browser sent. */
  #start(): void {
    const arrived = new ArrivedCookies(this.#session, this.#cookies);
    this.#ends = new SessionEnds(this.#session, arrived.ended);
    this.#login?.adopt(undefined);
    this.#id = this.#session.newId();
    this.#times = this.#ends.begin();
    this.#ephemeral = undefined;
    this.#isNew = true;
    this.#isBegun = true;
    this.#isKept = false;
    this.#isWithheld = this.#mode === 'withheld';
    this.#refused = this.#opened = undefined;
    this.#intent = 'write if changed';
    this.#trail = SessionTrail.of(this.#session);
    this.#fresh = this.#stored = this.#open(arrived) ?? this.#content.fill();
  }

  /** Begins anew, with the keys that are to be kept. */
  #restart(keep?: readonly string[]): void {
    this.#content.empty(keep);
    this.#content.giveUpChanges();
    this.#trail?.restarted();
    if (this.#opened) this.#ends.add(this.#opened.admission.record, this.#opened.admission.times);
    this.#opened = undefined;
    this.#fresh = this.#content.fill();
    this.#isKept = false;
    this.#id = this.#login?.restart(this.object) ?? this.#session.newId();
    this.#times = this.#ends.begin();
    this.#isBegun = true;
    this.#ephemeral = undefined;
  }

  /** Opens the genuine cookie that was written last. @returns its content as text */
  #open(arrived: ArrivedCookies): string | undefined {
    const opened = arrived.openLatest();
    if (!opened) return undefined;
    if (!opened.ok) {
      this.#refused = opened.reason;
      this.#isKept = opened.isKept ?? false;
      this.#reports.refused(opened);
      return undefined;
    }
    this.#adopt(opened);
    this.#trail?.opened(opened.candidate, opened.admission);
    return opened.admission.text;
  }

  #adopt(opened: Genuine): void {
    const { record, times, content, login, text, writtenAt } = opened.admission;
    const { now, lifetime, isRenewedInPlace } = this.#session;
    const prolonged = this.#mode === 'read-only' ? undefined : renew(times, now(), lifetime);
    this.#opened = opened;
    this.#seal.broughtWrite = writtenAt;
    this.#times = prolonged ?? times;
    this.#ephemeral = record.ephemeral;
    // It tells the session from others, also where the sessions that begin now have no id.
    this.#id = record.id;
    this.#login?.adopt(login && loginWithin(login, times, lifetime));
    this.#isNew = this.#isBegun = false;
    this.#needsCopy = opened.needsCopy || prolonged !== undefined;
    const isDue = opened.isStale || prolonged !== undefined || isUseDue(times, now(), lifetime);
    if (isDue || (opened.isRenewed && opened.needsCopy && isRenewedInPlace)) this.#intent = 'refresh';
    this.#content.adopt(content, text);
  }

  #currentLogin(): LoginOfSession | undefined {
    const login = this.#login?.madeBy(this.object, this.#id!);
    return login && this.#asLogin(login);
  }

  #asLogin(login: SubjectLogin): LoginOfSession {
    return loginWithin(login, this.#times, this.#session.lifetime);
  }

  #settle(): SessionOutcome {
    if (this.#content.hasLostChange) throw tooLate(this.#session.name, 'to a replaced object');
    const text = this.#content.text();
    this.#settled = text;
    const isChanged = text !== this.#stored;
    if (this.#isKept || this.#isWithheld) return { type: 'keep' };
    if (this.#intent === 'delete' && text === this.#fresh)
      return { type: 'delete', ended: this.#ends.noteOf(this.#opened) };
    if (this.#intent === 'refresh' && !isChanged) return this.#refresh(text);
    // A refused cookie stays, too. It may belong to another application or server, or another request may be
    // about to replace it.
    if (this.#intent === 'write if changed' && !isChanged) return { type: 'keep' };
    return this.#write(text);
  }

  #write(text: string): SessionOutcome {
    const sealed = this.#seal.change(this.object, text, this.#envelope());
    return { type: 'write', ...sealed, ended: this.#ends.noteOf(this.#opened) };
  }

  /**
   * The application did not ask for this, so it must not make the request fail. The browser then keeps
   * its cookie.
   */
  #refresh(text: string): SessionOutcome {
    try {
      const used = this.#seal.use(this.#needsCopy ? text : '', this.#envelope());
      return used ? { type: 'renew', ...used } : this.#write(text);
    } catch (error) {
      // A missing sealing key was already reported, and a request that only reads loses nothing.
      if (!(error instanceof NoSealingKeyError)) this.#reports.lost(error as ClientSessionsError);
      this.#intent = 'write if changed';
      return { type: 'keep' };
    }
  }

  #envelope(): Envelope {
    const times = this.#times;
    const madeAt = this.#isBegun ? times.createdAt : this.#session.now();
    const { id = this.#id, generation } = this.#login?.seal(this.object, this.#id!) ?? {};
    return { times, madeAt, marks: { ephemeral: this.#ephemeral, id, generation } };
  }

  #expiresAt(): number {
    return effectiveExpiry(this.#times, this.#session.lifetime);
  }

  #assertWritable(): void {
    if (this.#mode === 'read-only') throw tooLate(this.#session.name, 'in a handshake');
    if (this.#concluded !== undefined) throw tooLate(this.#session.name, 'called after the head');
  }
}

/** Getters of the application may throw any value. */
function messageOf(problem: unknown): string {
  return problem instanceof Error ? problem.message : 'no error';
}
