import { createHash } from 'node:crypto';
import { RandomPool } from './random-pool.js';
import { SESSION_ID_BYTES } from './session-record.js';

const pool = new RandomPool(SESSION_ID_BYTES);

/** Creates an id: 128 bits from the system's random generator. */
export function createSessionId(): Buffer {
  return Buffer.from(pool.take());
}

/**
 * Returns the id of a session that was sealed without one. It is derived from the sealed text, so that all requests
 * with this text find the same id before one of them stores it.
 */
export function sessionIdOf(text: string): Buffer {
  return createHash('sha256').update(text).digest().subarray(0, SESSION_ID_BYTES);
}
