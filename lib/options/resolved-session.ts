import type { SecretOption } from '../sealing/secret-source.js';
import type { ContentModel } from '../session/content-model.js';
import { chunkNamesOf } from './chunk-options.js';
import { companionNamesOf } from './companion-cookies.js';
import type { Legacy } from './legacy-options.js';
import type { EarlierCookie } from './previous-cookies.js';
import type { RequestAttributes } from './request-attributes.js';
import type { SessionClock } from './session-clock.js';
import type { ResolvedSessionOptions, SubjectFunction } from './session-options.js';

/**
 * The checked and completed options of one session. Nothing has started yet: no secret was fetched, and no
 * stream is followed.
 */
export interface ResolvedSession {
  /** Whether there are several sessions, so that messages must name the session. */
  readonly isOneOfSeveral: boolean;
  readonly options: Omit<ResolvedSessionOptions, 'keyIds'>;
  /** The option as it was given. `SecretSource` checks it, and fetches or follows later lists. */
  readonly secret: SecretOption;
  /** ms */
  readonly secretRefresh: number;
  readonly model: ContentModel;
  readonly legacy: Legacy | undefined;
  /** The cookies that the session had earlier, also under the legacy name. */
  readonly earlierCookies: readonly EarlierCookie[];
  /** The attributes that depend on the request, if there are any. */
  readonly requestAttributes: RequestAttributes | undefined;
  /** Sessions that began before this time are refused: ms since epoch. A problem is passed on as a warning. */
  readonly issuedAfter: (complain: (problem: string) => void) => number;
  /** Returns who is logged in, if the session can be a login. */
  readonly subject: SubjectFunction | undefined;
  /** The clock that all sessions of the configuration share. */
  readonly clock: SessionClock;
  /** Reads that clock: ms since epoch. */
  readonly now: () => number;
  /** Warnings about options that work, but probably not as intended. They are reported once, at start. */
  readonly warnings: readonly string[];
}

/** The names of the session's own cookie, today's first, without its chunks. */
export function ownNamesOf({ options, earlierCookies }: ResolvedSession): readonly string[] {
  return [...new Set([options.cookieName, ...earlierCookies.map(({ name }) => name)])];
}

/** The names of all cookies that may tell of the session, today's first. */
export function cookieNamesOf(session: ResolvedSession): readonly string[] {
  const names = ownNamesOf(session);
  const own = session.options.onTooLarge === 'chunk' ? names.flatMap(chunkNamesOf) : names;
  return [...own, ...names.flatMap(companionNamesOf)];
}
