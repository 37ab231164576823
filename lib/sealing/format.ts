import type { ScopedKey } from './key-ring.js';
import type { KeyScope } from './key-scope.js';
import type { SealRefusal } from './sealer.js';
import type { SessionRecord } from './session-record.js';

/**
 * Everything about one format, in one place. The first byte of a sealed text is its version. The version determines
 * both algorithm and layout, so there is nothing to negotiate.
 */
export interface Format {
  readonly version: number;

  /** Returns the id of the key that sealed a text, or `undefined` if there are too few bytes. */
  keyIdOf(bytes: Buffer): number | undefined;

  /** Prepares sealing and opening with one key. Called once for each key and scope. */
  withKey(key: ScopedKey, scope: KeyScope): FormatKey;
}

/** A format with one of its keys. */
export interface FormatKey {
  seal(record: SessionRecord): Buffer;

  /** @param bytes a text with the version of this format and the id of this key */
  open(bytes: Buffer): SessionRecord | SealRefusal;
}
