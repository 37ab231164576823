import type { SessionEvent } from '../../lib/connect.js';
import { DAY } from '../support/session.js';
import { Reply, type SetCookie } from './cookies.js';
import type { ReleaseNumber } from './deployment.js';
import type { Written } from './history.js';
import { latestEnd, TOLERANCE } from './lifetimes.js';
import type { Shadow } from './shadow.js';
import type { World } from './world.js';

interface Findings {
  /** The events of the session since the handler began to act. */
  readonly problems: readonly SessionEvent[];
  /** Whether the handler was told that the session cannot be stored. */
  readonly isTold: boolean;
  /** Whether the request failed, because one of its sessions could not be stored. */
  readonly isFailed: boolean;
  readonly release: ReleaseNumber;
  /** Whether the handler changed it once more when the response had left. */
  readonly isLate: boolean;
  /** The Cookie header of the request. */
  readonly header: string;
}

/** Larger content does not fit into one cookie, by a wide margin. */
const LARGE = 2_700;
/** Larger content may be renewed in its own cookie. */
const RENEWED_IN_PLACE = 1_800;
const LONGEST_KEPT = 400 * DAY;

/** Checks what a response says of a session, and notes what it stores. */
export function checkReply(
  world: World,
  shadow: Shadow,
  setCookies: readonly SetCookie[],
  findings: Findings,
): void {
  const { plan, today } = shadow;
  const { name } = plan;
  const complain = (problem: string): void => world.complain(`${name} ${problem}`);
  const reply = new Reply(setCookies, today.scope);
  const { own, renewal, ending } = reply;
  const has = (type: SessionEvent['type']): boolean => findings.problems.some((event) => event.type === type);
  const { duty } = shadow;
  const { sealing } = world.keys;
  const canSeal = sealing !== undefined || (shadow.isLegacyWritten && duty === 'write');
  const length = JSON.stringify(shadow.content).length;
  const isTold = findings.isTold || has('lost');
  const isExcused = isTold || (findings.isFailed && isExcusable(shadow, length, canSeal));

  checkAttributes(world, name, setCookies);
  if (findings.isLate && !isExcused) complain('was changed after the response, and nobody was told');
  if (isTold && !findings.isLate && duty !== 'leave' && !isExcusable(shadow, length, canSeal))
    complain('could not be stored without a reason');
  if (shadow.isKept !== undefined) {
    if (duty === 'write' && !own?.value && !isExcused)
      complain('was changed and not stored, and no event says why');
    if (duty === 'delete' && own?.value !== '') complain('was destroyed, and its cookie stays');
    if (duty === 'leave' && own && !mayBeRenewedInPlace(shadow, length))
      complain('was stored although nobody changed it');
    if (duty !== 'delete' && own?.value === '') complain('was deleted although nobody asked for it');
  }
  if (duty === 'leave' && shadow.isAsked && shadow.isKept && !has('lost'))
    complain('was kept, and no event says so');
  if (duty === 'leave' && shadow.isAsked && shadow.isWithheld && !shadow.isKept && !has('withheld'))
    complain('was withheld, and no event says so');
  if (
    duty === 'leave' &&
    shadow.opened &&
    shadow.isUseDue &&
    !shadow.isVague &&
    canSeal &&
    !renewal &&
    !own &&
    !isExcused
  )
    complain('was used, and the browser was not told');
  if (renewal && (!shadow.opened || own)) complain('was renewed although it was not opened');

  const leftBehind = own
    ? world.history
        .chunksIn(findings.header)
        .find((each) => each.startsWith(`${today.scope.cookieName}.`) && !reply.tells(each))
    : undefined;
  if (leftBehind !== undefined) complain(`leaves ${leftBehind} behind, which nobody needs any more`);

  if (own?.value) noteWrite(world, shadow, reply, findings);
  if (renewal && shadow.opened) noteRenewal(world, shadow, renewal);
  if (own && shadow.ended.length > 0 && sealing !== undefined && !ending)
    complain('has ended, and the browser was not told');
  if (ending) noteEnding(world, shadow, ending);
}

function isExcusable({ content, plan, isKept }: Shadow, length: number, canSeal: boolean): boolean {
  return (
    length > LARGE || !canSeal || isKept !== false || (plan.kind === 'schema' && content['refused'] === true)
  );
}

function mayBeRenewedInPlace({ plan, opened }: Shadow, length: number): boolean {
  return opened !== undefined && (plan.isLegacy || length > RENEWED_IN_PLACE);
}

function checkAttributes(world: World, name: string, setCookies: readonly SetCookie[]): void {
  for (const { value, header, expires, maxAge, name: cookieName } of setCookies) {
    if (cookieName.length + value.length > 4096) world.complain(`${name} has a cookie that browsers drop`);
    if (!header.endsWith('; HttpOnly; SameSite=Lax'))
      world.complain(`${name} has other attributes: ${header}`);
    if ((expires === undefined) !== (maxAge === undefined))
      world.complain(`${name} has half of an end: ${header}`);
  }
}

function noteWrite(world: World, shadow: Shadow, reply: Reply, { problems, release }: Findings): void {
  const { plan, today, opened, isChanged, baseAt, writtenAt, ephemeral, life } = shadow;
  const own = reply.own!;
  // The format of client-sessions has one duration, so today's limit is written, too.
  const end = shadow.isLegacyWritten ? latestEnd(shadow.times, today.lifetimes) : shadow.times.end;
  const times = { ...shadow.times, end, at: writtenAt, usedAt: writtenAt };
  const written: Written = {
    type: 'content',
    session: plan.name,
    cookies: reply.parts,
    secret: shadow.isLegacyWritten ? undefined : world.keys.sealing,
    life,
    times,
    content: structuredClone(shadow.content),
    ephemeral: shadow.isLegacyWritten ? undefined : ephemeral,
    version: today.version,
    loginId: shadow.loginId,
    login: shadow.login,
    base: opened,
  };
  world.history.add(written);
  world.written.set(shadow, written);
  const kept = Math.min(latestEnd(shadow.times, today.lifetimes), world.clock.time + LONGEST_KEPT);
  if (ephemeral ? own.expires !== undefined : Math.abs((own.expires ?? 0) - kept) > TOLERANCE)
    world.complain(
      `${plan.name} has a cookie until ${own.expires} instead of ${ephemeral ? 'closing' : kept}`,
    );
  const isOverwriting = world.noteChange(release, plan.name, written, isChanged ? baseAt : undefined);
  if (isOverwriting && !problems.some(({ type }) => type === 'overwritten'))
    world.complain(`${plan.name} replaced another change, and no event says so`);
}

function noteRenewal(world: World, shadow: Shadow, { name, value }: SetCookie): void {
  const { plan, today, times, needsCopy, isVague, content } = shadow;
  const opened = shadow.opened!;
  const usedAt = Math.max(world.clock.time, times.createdAt);
  const told = {
    session: plan.name,
    cookies: [[name, value]] as const,
    secret: world.keys.sealing!,
    life: opened.life,
  };
  world.history.add({
    type: 'renewal',
    ...told,
    times: { ...times, at: usedAt, usedAt },
    seen: opened,
    copy: {
      ...opened,
      ...told,
      content: structuredClone(content),
      version: today.version,
      login: shadow.login,
      base: opened,
    },
    holdsCopy: isVague ? undefined : needsCopy,
  });
}

function noteEnding(world: World, shadow: Shadow, { name, value, expires }: SetCookie): void {
  world.history.add({
    type: 'ending',
    session: shadow.plan.name,
    cookies: [[name, value]],
    secret: world.keys.sealing!,
    identities: shadow.allEnded.slice(-4),
    until: expires ?? Infinity,
  });
}
