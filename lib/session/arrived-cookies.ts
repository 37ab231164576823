import type { Candidate } from './candidate.js';
import { EndedSessions, identityOf } from './ended-sessions.js';
import type { Admitted, Beside, NamedSession, Refusal } from './named-session.js';
import { openRenewal, type Renewal } from './renewal.js';

/** The cookies of one session that a request brought, by the kind of what they hold. */
export interface CandidateCookies {
  /** The session itself. */
  readonly contents: readonly Candidate[];
  /** What requests that changed nothing have told. */
  readonly renewals: readonly Candidate[];
  /** Which sessions have ended. */
  readonly endings: readonly Candidate[];
  /** Whether there are more {@link endings} than are opened, so that each session may be one that has ended. */
  readonly hasUnreadEndings?: boolean;
}

/** A cookie that opened, and what it holds. */
export interface Genuine {
  readonly ok: true;
  readonly candidate: Candidate;
  readonly admission: Admitted;
  /** Whether the content has to be sealed anew, and no renewal has done that yet. */
  readonly isStale: boolean;
  /** Whether the browser, or the next release, may need the content of a renewal. */
  readonly needsCopy: boolean;
  /** Whether other cookies tell more than this one. */
  readonly isRenewed: boolean;
}

type Opened = Pick<Genuine, 'candidate' | 'admission'>;

const NO_RENEWALS: readonly Renewal[] = [];

/** Finds the session among the cookies that a request brought. */
export class ArrivedCookies {
  readonly ended: EndedSessions;
  readonly #session: NamedSession;
  readonly #contents: readonly Candidate[];
  readonly #renewals: readonly Renewal[];
  readonly #hasUnreadEndings: boolean;

  constructor(session: NamedSession, cookies: CandidateCookies) {
    const { contents, renewals, endings, hasUnreadEndings = false } = cookies;
    this.#session = session;
    this.#hasUnreadEndings = hasUnreadEndings;
    this.#contents = contents;
    this.#renewals =
      renewals.length === 0 ? NO_RENEWALS : renewals.flatMap((each) => openRenewal(each) ?? []);
    this.ended = endings.reduce((all, each) => all.and(endedIn(each, session.now())), EndedSessions.NONE);
  }

  /**
   * Opens the genuine content that was written last. The order of the cookies decides only between two that were
   * written at the same time: browsers send the cookie with the longest path first, and then the oldest one.
   *
   * @returns a refusal if none is genuine: the first that is kept, or else the first. `undefined` if there is none at
   * all
   */
  openLatest(): Genuine | Refusal | undefined {
    if (this.#hasUnreadEndings && this.#contents.length + this.#renewals.length > 0)
      return { ok: false, reason: 'ended' };
    let latest: Opened | undefined;
    let refusal: Refusal | undefined;
    let names: string[] | undefined;
    /** When the newest content was written that was refused. */
    let refusedWrite = 0;
    const beside = this.#beside;
    for (const candidate of this.#contents) {
      const admission = this.#session.open(candidate, beside);
      if (!admission.ok) {
        // One that is kept counts before junk beside it, or the next change would replace it.
        if (!refusal || (admission.isKept && !refusal.isKept)) refusal = admission;
        if (admission.reason !== 'ended') refusedWrite = Math.max(refusedWrite, admission.writtenAt ?? 0);
      } else if (!latest) latest = { candidate, admission };
      else {
        names ??= [latest.candidate.cookieName];
        names.push(candidate.cookieName);
        if (admission.writtenAt > latest.admission.writtenAt) latest = { candidate, admission };
      }
    }
    if (names) this.#reportDuplicates(names);
    if (!beside) {
      if (!latest) return refusal;
      const { stale } = latest.admission;
      return { ok: true, ...latest, isStale: stale, needsCopy: stale, isRenewed: false };
    }
    return this.#withRenewals(latest, refusedWrite, beside) ?? refusal;
  }

  /** `undefined` in most requests, which bring nothing but the session itself. */
  get #beside(): Beside | undefined {
    const { ended } = this;
    return ended.isEmpty && this.#renewals.length === 0 ? undefined : { ended, renewals: this.#renewals };
  }

  /**
   * The content of a renewal counts only if the browser has none that was written later.
   *
   * @param refusedWrite when the newest content was written that was refused
   * @returns a refusal only if there is nothing else, and a renewal holds content that is kept
   */
  #withRenewals(
    opened: Opened | undefined,
    refusedWrite: number,
    beside: Beside,
  ): Genuine | Refusal | undefined {
    let latest = opened;
    let copied: Renewal | undefined;
    let kept: Refusal | undefined;
    for (const renewal of this.#renewals) {
      const { candidate, record, contentWrittenAt, stale } = renewal;
      const isOlder =
        contentWrittenAt < refusedWrite || contentWrittenAt <= (latest?.admission.writtenAt ?? -1);
      if (record.json === '' || isOlder) continue;
      const admission = this.#session.admit(
        { record, text: candidate.text },
        { writtenAt: contentWrittenAt, stale, isRemembered: false },
        beside,
      );
      if (!admission.ok) {
        if (admission.isKept) kept ??= admission;
        continue;
      }
      latest = { candidate, admission };
      copied = renewal;
    }
    if (!latest) return kept;
    const { admission } = latest;
    const identity = identityOf(admission.record);
    const own = this.#renewals.filter((renewal) => renewal.identity === identity);
    const seen = Math.max(0, ...own.map(({ contentWrittenAt }) => contentWrittenAt));
    const isReplaced = opened !== undefined && seen > opened.admission.writtenAt;
    if (isReplaced && this.#session.writes.noteReplaced(identity, seen)) {
      this.#session.report({ type: 'overwritten', session: this.#session.name });
    }
    const isProlonged = admission.times.expiresAt > admission.record.expiresAt;
    const copies = own.filter(({ record }) => record.json !== '');
    const isCopied = copies.some(
      ({ contentWrittenAt, stale }) => !stale && contentWrittenAt >= admission.writtenAt,
    );
    // It would count when the browser drops the content that was written later.
    const isOutdated = copies.some(({ contentWrittenAt }) => contentWrittenAt < admission.writtenAt);
    const needsCopy = admission.stale || isProlonged || isOutdated || copied !== undefined;
    const isStale = (admission.stale || isOutdated) && !isCopied;
    return { ok: true, ...latest, isStale, needsCopy, isRenewed: own.length > 0 };
  }

  /** Reports genuine cookies of one name, because browsers then have several. */
  #reportDuplicates(cookieNames: readonly string[]): void {
    const { name, movedNames, report } = this.#session;
    const twice = cookieNames.find((cookieName, i) => cookieNames.indexOf(cookieName) < i);
    if (twice === undefined) return;
    const count = cookieNames.filter((cookieName) => cookieName === twice).length;
    report({ type: 'duplicate', session: name, count });
    if (movedNames.has(twice)) return;
    report({
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

function endedIn({ sealer, text }: Candidate, now: number): EndedSessions {
  const opened = sealer.unseal(text);
  return opened.ok && opened.record.expiresAt > now ? EndedSessions.from(opened.record) : EndedSessions.NONE;
}
