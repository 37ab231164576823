import type { SessionEvent } from '../../lib/index.js';

/** Hands on what happens to sessions; keys are announced in every application and are another matter. */
export function ofSessions(listener: (event: SessionEvent) => void): (event: SessionEvent) => void {
  return (event) => {
    if (event.type !== 'keys') listener(event);
  };
}
