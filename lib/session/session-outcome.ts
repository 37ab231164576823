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
  /** The session cannot be stored. `isNews`: no exception has reported that yet. */
  | { readonly type: 'failed'; readonly isNews: boolean };
