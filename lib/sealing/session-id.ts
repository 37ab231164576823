import { randomBytes } from 'node:crypto';
import { SESSION_ID_BYTES } from './session-record.js';

/** A new id: 128 bits of the system's generator. */
export function createSessionId(): Buffer {
  return randomBytes(SESSION_ID_BYTES);
}
