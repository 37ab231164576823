const NAMES = ['reset', 'destroy', 'setDuration', 'regenerate', 'save', '__proto__'] as const;

/**
 * A name that no content may use: a method of the session object, or `__proto__`, which is not a plain
 * property.
 */
export type ReservedName = (typeof NAMES)[number];

/** Every {@link ReservedName}. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(NAMES);
