/** What a key belongs to. A cookie sealed for one scope does not open in another. */
export interface KeyScope {
  /** Tells applications and environments apart that share a secret. */
  readonly purpose: string;
  /** Name of the cookie, as on the wire. */
  readonly cookieName: string;
}

/** The one spelling of a scope in bytes: keys are derived with it, and sealed texts are bound to it. */
export function scopeBytes({ purpose, cookieName }: KeyScope): Buffer {
  return Buffer.concat([lengthPrefixed(purpose), lengthPrefixed(cookieName)]);
}

/** A u16 length and the text: what follows cannot be confused with what is inside. */
export function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
