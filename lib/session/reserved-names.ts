const NAMES = ['reset', 'destroy', 'setDuration', 'regenerate', 'save', '__proto__'] as const;

/** A name no content may use: a session object's method, or the one name that is no plain property in JavaScript. */
export type ReservedName = (typeof NAMES)[number];

/** Every {@link ReservedName}. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(NAMES);
