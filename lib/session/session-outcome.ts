import { LoginsUnavailableError } from '../errors/logins-unavailable.error.js';

/** A sealed text for a cookie, and when that cookie ends. */
export interface SealedCookie {
  readonly text: string;
  /** ms since epoch */
  readonly expiresAt: number;
  /** Whether it ends with the browser. `undefined`: the configuration decides. */
  readonly ephemeral: boolean | undefined;
}

/** The list of ended sessions for the browser. `over`: the browser does not need its list any more. */
export type EndedNote = SealedCookie | 'over' | undefined;

/** What the response must tell the browser about a session. */
export type SessionOutcome =
  | { readonly type: 'keep' }
  | { readonly type: 'delete'; readonly ended?: EndedNote }
  | ({ readonly type: 'write'; readonly ended?: EndedNote } & SealedCookie)
  /** The session has not changed, but it is in use, or was sealed anew. */
  | ({ readonly type: 'renew' } & SealedCookie)
  /**
   * The session cannot be stored. `isNews`: no exception has reported that yet. `status`: of a response that would
   * claim success. @default 500
   */
  | { readonly type: 'failed'; readonly isNews: boolean; readonly status?: number | undefined };

/** @param isNews whether no exception has reported the problem yet */
export function failed(problem: unknown, isNews: boolean): SessionOutcome {
  const status = problem instanceof LoginsUnavailableError ? problem.statusCode : undefined;
  return { type: 'failed', isNews, status };
}
