import type { SessionEvent } from '../../lib/index.js';

/** Passes on the events of sessions. It drops `keys` events, which every application has. */
export function ofSessions(listener: (event: SessionEvent) => void): (event: SessionEvent) => void {
  return (event) => {
    if (event.type !== 'keys') listener(event);
  };
}
