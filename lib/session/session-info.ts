import type { RefusalReason } from './session-event.js';

/** What is known about a session besides its content. */
export interface SessionInfo {
  /** The session's name, as configured. */
  readonly name: string;
  /** Whether the browser brought no usable cookie. */
  readonly isNew: boolean;
  /** When the session was created or reset: ms since epoch. */
  readonly createdAt: number;
  /** When it ends unless it is prolonged: ms since epoch. */
  readonly expiresAt: number;
  /** The session's random id, where the option `id` is on. It stays the same until `reset()`. */
  readonly id?: string;
  /** Why the cookie that the browser brought was refused. */
  readonly refused?: RefusalReason;
}
