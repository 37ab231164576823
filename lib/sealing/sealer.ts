import type { SessionRecord } from './session-record.js';

/** Why a text did not open. Observable on the server, never told to the client. */
export type SealRefusal =
  /** Too long, or not the canonical spelling of any bytes. */
  | 'malformed'
  /** Sealed by another format than this one. */
  | 'unknown-version'
  /** Sealed under a secret that is not in the ring. */
  | 'unknown-key'
  /** Sealed under a secret that is marked as revoked. */
  | 'revoked'
  /** Altered, or sealed for another session, application or environment. */
  | 'forged'
  /** Genuine, but laid out in a way this release does not know. */
  | 'unknown-layout';

/** The outcome of opening a text: never an exception. */
export type Opened =
  | {
      readonly ok: true;
      readonly record: SessionRecord;
      /** Opened under a key that is not the first any more: seal it again when it is used. */
      readonly stale: boolean;
    }
  | { readonly ok: false; readonly reason: SealRefusal };

/** Seals records to text and opens them. */
export interface Sealer {
  seal(record: SessionRecord): string;
  unseal(text: string): Opened;
}
