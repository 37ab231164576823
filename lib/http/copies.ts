/** The key of the number of copies of this package that the process has loaded. */
const COPIES = Symbol.for('nestjs-client-sessions.copies');

const shared = globalThis as { [COPIES]?: number };
shared[COPIES] = (shared[COPIES] ?? 0) + 1;

/**
 * Returns a sentence for messages about sessions that were not found, if another copy of this package may be
 * the reason.
 */
export function otherCopies(): string {
  const count = shared[COPIES] ?? 1;
  if (count < 2) return '';
  return (
    ` This process has loaded ${count} copies of nestjs-client-sessions, ` +
    "and copies of different versions do not see each other's sessions. " +
    'Install one copy only; "npm ls nestjs-client-sessions" shows where they come from.'
  );
}
