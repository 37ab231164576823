import type { RefusalReason } from './session-event.js';

/** The metadata of a session. */
export interface SessionInfo {
  /** The session's name, as configured. */
  readonly name: string;
  /** Whether the browser sent no usable cookie. */
  readonly isNew: boolean;
  /** When the session was created or reset: ms since epoch. */
  readonly createdAt: number;
  /** When the session ends, unless it is prolonged: ms since epoch. */
  readonly expiresAt: number;
  /** The session's random id, if `id`, `idleDuration` or `subject` is given. It stays the same until `reset()`. */
  readonly id?: string;
  /** Why the browser's cookie was refused. */
  readonly refused?: RefusalReason;
}
