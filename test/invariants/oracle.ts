import type { SessionPlan, SessionRelease } from './application.js';
import { type Content, freshContent, viewOf } from './contents.js';
import { contains, type Cookie, type Ended, type History, type Renewed, type Written } from './history.js';
import type { KeyCabinet } from './keys.js';
import { isAlive, joined, TOLERANCE, type Times } from './lifetimes.js';
import type { LoginLedger } from './logins.js';

/** What a request may find in one session. */
export interface Finding {
  /** `undefined`: a fresh session. */
  readonly opened: Written | undefined;
  readonly content: Content;
  readonly times: Times | undefined;
  /** What the browser has of its uses. */
  readonly renewals: readonly Renewed[];
  /** Whether the cookie is left alone, because a newer release wrote it. `undefined`: perhaps. */
  readonly isKept: boolean | undefined;
}

export interface Sight {
  /** One of these is right. There are several only where times are too near to each other. */
  readonly findings: readonly Finding[];
  /** Whether the request brought content of the session, so that a fresh session needs a reason. */
  readonly hasContent: boolean;
  /** Sessions that have ended in this browser. */
  readonly ended: readonly string[];
}

/** What everybody knows who opens a cookie. */
export interface Circumstances {
  readonly history: History;
  readonly keys: KeyCabinet;
  readonly logins: LoginLedger;
  readonly now: number;
}

interface Verdict {
  readonly written: Written;
  readonly times: Times;
  /** `undefined`: both is right. */
  readonly isAdmitted: boolean | undefined;
  readonly isNewer: boolean;
  readonly isEnded: boolean;
}

/** The names under which a release finds the cookies of a session. */
export function namesOf({ releases }: SessionPlan): ReadonlySet<string> {
  return new Set(releases.map(({ scope }) => scope.cookieName));
}

/** Says what a request with a Cookie header finds, from what the responses were seen to store. */
export function lookAt(
  plan: SessionPlan,
  today: SessionRelease,
  header: string,
  { history, keys, logins, now }: Circumstances,
): Sight {
  const cookies = history.read(header, plan.name);
  const readable = cookies.filter(({ secret }) => secret === undefined || keys.opens(secret));
  const ended = readable.filter(isEnding).filter(({ until }) => until > now);
  const identities = ended.flatMap((each) => each.identities);
  const renewals = readable.filter(isRenewal);

  const judge = (written: Written, isCertain: boolean | undefined): Verdict => {
    const own = renewals.filter(({ life }) => life.identity === written.life.identity);
    const times = joined(
      asRead(written, plan, today),
      own.map((each) => each.times),
      today.lifetimes,
    );
    const isNewer = written.version > today.version;
    const alive = isAlive(times, now, today.lifetimes);
    const isEnded = identities.includes(written.life.identity);
    const verdict = { written, times, isNewer: false, isEnded: false };
    if (isEnded) return { ...verdict, isAdmitted: false, isEnded };
    if (alive === false) return { ...verdict, isAdmitted: false };
    if (isNewer) return { ...verdict, isAdmitted: false, isNewer };
    if (plan.isLogin && logins.hasEnded(written.login))
      return { ...verdict, isAdmitted: false, isEnded: true };
    return { ...verdict, isAdmitted: alive && isCertain };
  };
  const contents = readable.filter(isContent).map((each) => judge(each, true));
  // A visitor who may not see the newest content does not get an older copy of it instead.
  const refused = contents
    .filter(({ isAdmitted, isEnded }) => isAdmitted === false && !isEnded)
    .map(({ written }) => written);
  const isRead = (written: Written): boolean =>
    contents.some((each) => each.isAdmitted && each.written === written);
  const copies = renewals
    .filter(({ holdsCopy, seen }) => holdsCopy !== false && !isRead(seen))
    .map(({ copy, holdsCopy }) => {
      const verdict = judge(copy, holdsCopy);
      return { ...verdict, isAdmitted: verdict.isAdmitted && isNewest(copy, refused) };
    });
  const verdicts = [...contents, ...copies];
  const admitted = verdicts.filter(({ isAdmitted }) => isAdmitted);
  const winners = verdicts.filter(
    (each) =>
      each.isAdmitted !== false && admitted.every((other) => !isCertainlyLater(other.written, each.written)),
  );
  const findings = winners.map(({ written, times }): Finding => {
    const content = viewOf(plan, written.content, written.version, today.version);
    const own = renewals.filter(({ life }) => life.identity === written.life.identity);
    return { opened: written, content, times, renewals: own, isKept: false };
  });
  if (admitted.length === 0) {
    const newer = contents.filter(({ isNewer }) => isNewer).length;
    const isKept =
      plan.onNewer === 'keep' && newer > 0 && (cookies.filter(isContent).length === 1 || undefined);
    findings.push({ opened: undefined, content: freshContent(plan), times: undefined, renewals: [], isKept });
  }
  return { findings, hasContent: cookies.some(isContent), ended: [...new Set(identities)] };
}

/** The format of client-sessions does not say whether a duration is the session's own. */
function asRead(
  { secret, times }: Written,
  { isLegacy, releases }: SessionPlan,
  today: SessionRelease,
): Times {
  if (!isLegacy || secret !== undefined) return times;
  const isWriting = today === releases[0];
  return {
    ...times,
    startedAt: times.createdAt,
    isOwn: isWriting && times.end - times.createdAt > today.lifetimes.duration,
  };
}

/** Whether content was written after all others. `undefined`: perhaps. */
function isNewest(written: Written, others: readonly Written[]): boolean | undefined {
  if (others.some((other) => isCertainlyLater(other, written))) return false;
  return others.every((other) => isCertainlyLater(written, other)) || undefined;
}

function isCertainlyLater(one: Written, other: Written): boolean {
  if (one === other || contains(other, one)) return false;
  return contains(one, other) || one.times.at > other.times.at + TOLERANCE;
}

const isContent = (cookie: Cookie): cookie is Written => cookie.type === 'content';
const isRenewal = (cookie: Cookie): cookie is Renewed => cookie.type === 'renewal';
const isEnding = (cookie: Cookie): cookie is Ended => cookie.type === 'ending';
