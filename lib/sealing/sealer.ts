import type { SessionRecord } from './session-record.js';

/** Why a text did not open. The server can observe it; the client never learns it. */
export type SealRefusal =
  /** Too long, or not the canonical encoding of its bytes. */
  | 'malformed'
  /** Sealed in a format that is unknown, or no longer accepted. */
  | 'unknown-version'
  /** Sealed under a secret that is not in the ring. */
  | 'unknown-key'
  /** Sealed under a secret that is marked as revoked. */
  | 'revoked'
  /** Altered, or sealed for another session, application or environment. */
  | 'forged'
  /** Genuine, but its layout is unknown to this release. */
  | 'unknown-layout';

/** The result of opening a text. Opening never throws. */
export type Opened =
  | {
      readonly ok: true;
      readonly record: SessionRecord;
      /** It was not opened by the key and format that seal now: seal it again when it is used. */
      readonly stale: boolean;
      /** Whether the memo had it, so that it was not decrypted again. */
      readonly isRemembered?: true | undefined;
    }
  | { readonly ok: false; readonly reason: SealRefusal };

/** Seals records to text and opens them. */
export interface Sealer {
  seal(record: SessionRecord): string;
  unseal(text: string): Opened;
}
