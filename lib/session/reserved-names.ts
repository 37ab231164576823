/** Names no content may use: the session object's methods, and the one name that is no plain property in JavaScript. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'reset',
  'destroy',
  'setDuration',
  'regenerate',
  'save',
  '__proto__',
]);
