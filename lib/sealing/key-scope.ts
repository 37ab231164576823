import { ownBytes } from './own-bytes.js';

/** The scope that a key belongs to. A cookie that is sealed for one scope does not open in another. */
export interface KeyScope {
  /** Separates applications and environments that share a secret. */
  readonly purpose: string;
  /** Name of the cookie, exactly as it is sent. */
  readonly cookieName: string;
}

/** Encodes a scope as bytes. Keys are derived with these bytes, and sealed texts are bound to them. */
export function scopeBytes({ purpose, cookieName }: KeyScope): Buffer {
  return ownBytes(lengthPrefixed(purpose), lengthPrefixed(cookieName));
}

/** Encodes a text as its u16 length and its bytes, so that the end of the text is unambiguous. */
export function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
