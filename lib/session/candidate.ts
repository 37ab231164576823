import type { Sealer } from '../sealing/sealer.js';

/** A text that may hold a session, and the sealer that opens it. */
export interface SealedText {
  readonly text: string;
  readonly sealer: Sealer;
}

/** The text of a cookie that may hold a session. */
export interface Candidate extends SealedText {
  readonly cookieName: string;
}
