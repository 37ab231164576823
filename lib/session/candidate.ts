import type { Sealer } from '../sealing/sealer.js';

/** A cookie's value that may hold a session, and what opens it. */
export interface Candidate {
  readonly text: string;
  readonly sealer: Sealer;
}
