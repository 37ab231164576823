import { createHash } from 'node:crypto';
import { GENERATION_BYTES, SESSION_ID_BYTES } from './session-record.js';

/** What a session carries while somebody is logged in. Neither part is a credential. */
export interface Login {
  /** 16 random bytes. They stay the same for as long as the login lasts. */
  readonly id: Buffer;
  /** 8 bytes that all logins of one subject share until all of them are ended at once. */
  readonly generation: Buffer;
}

export const LOGIN_ID_BYTES: number = SESSION_ID_BYTES;

/** The generation of a subject of which no generation has ended yet. */
export function firstGeneration(subjectHash: Buffer): Buffer {
  return subjectHash.subarray(0, GENERATION_BYTES);
}

/** The generation that follows when one has ended. Every process finds the same one without asking a store. */
export function nextGeneration(generation: Buffer): Buffer {
  return createHash('sha256').update(generation).digest().subarray(0, GENERATION_BYTES);
}
