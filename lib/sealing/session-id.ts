import { createHash, randomBytes } from 'node:crypto';
import { SESSION_ID_BYTES } from './session-record.js';

/** Creates an id: 128 bits from the system's random generator. */
export function createSessionId(): Buffer {
  return randomBytes(SESSION_ID_BYTES);
}

/**
 * Returns the id of a session that was sealed without one. It is derived from the sealed text, so that all requests
 * with this text find the same id before one of them stores it.
 */
export function sessionIdOf(text: string): Buffer {
  return createHash('sha256').update(text).digest().subarray(0, SESSION_ID_BYTES);
}
