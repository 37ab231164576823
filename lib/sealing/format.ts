import type { ScopedKey } from './key-ring.js';
import type { KeyScope } from './key-scope.js';
import type { SealRefusal } from './sealer.js';
import type { SessionRecord } from './session-record.js';

/**
 * Everything that is to be known of one format, in one place. The first byte of a sealed text is its version, and fixes algorithm and layout
 * together: there is nothing to negotiate.
 */
export interface Format {
  readonly version: number;

  /** The id of the key that sealed a text, or `undefined` for bytes that are too few. */
  keyIdOf(bytes: Buffer): number | undefined;

  /** What seals and opens with one key. Made once for each key and scope. */
  withKey(key: ScopedKey, scope: KeyScope): FormatKey;
}

/** A format with one of its keys. */
export interface FormatKey {
  seal(record: SessionRecord): Buffer;

  /** @param bytes of this format's version, with the id of this key */
  open(bytes: Buffer): SessionRecord | SealRefusal;
}
