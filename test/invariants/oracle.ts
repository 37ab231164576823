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
    const isAlike = (verdict: boolean | undefined): boolean | undefined => verdict && isCertain;
    const isNewer = written.version > today.version;
    if (identities.includes(written.life.identity))
      return { written, times, isAdmitted: false, isNewer: false };
    const alive = isAlive(times, now, today.lifetimes);
    if (alive === false) return { written, times, isAdmitted: false, isNewer: false };
    if (isNewer) return { written, times, isAdmitted: false, isNewer };
    if (plan.isLogin && logins.hasEnded(written.login)) return { written, times, isAdmitted: false, isNewer };
    return { written, times, isAdmitted: isAlike(alive), isNewer };
  };
  const contents = readable.filter(isContent).map((each) => judge(each, true));
  const newestRefused = Math.max(
    0,
    ...contents.filter((each) => !each.isAdmitted).map(({ written }) => written.times.at),
  );
  const isRead = (written: Written): boolean =>
    contents.some((each) => each.isAdmitted && each.written === written);
  const copies = renewals
    .filter(({ holdsCopy, seen }) => holdsCopy !== false && !isRead(seen))
    .map(({ copy, holdsCopy }) => judge(copy, holdsCopy))
    .filter(({ written }) => written.times.at >= newestRefused - TOLERANCE);
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

function isCertainlyLater(one: Written, other: Written): boolean {
  if (one === other || contains(other, one)) return false;
  return contains(one, other) || one.times.at > other.times.at + TOLERANCE;
}

const isContent = (cookie: Cookie): cookie is Written => cookie.type === 'content';
const isRenewal = (cookie: Cookie): cookie is Renewed => cookie.type === 'renewal';
const isEnding = (cookie: Cookie): cookie is Ended => cookie.type === 'ending';
