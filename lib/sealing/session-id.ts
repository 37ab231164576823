import { randomBytes } from 'node:crypto';
import { SESSION_ID_BYTES } from './session-record.js';

/** Creates an id: 128 bits from the system's random generator. */
export function createSessionId(): Buffer {
  return randomBytes(SESSION_ID_BYTES);
}
