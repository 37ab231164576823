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
