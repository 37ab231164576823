import { decodeBase64url } from './base64url.js';
import type { Format } from './format.js';
import { format1 } from './format-1.js';
import type { RingHolder } from './key-ring.js';
import type { KeyScope } from './key-scope.js';
import { type LegacySide, MigratingSealer } from './migrating-sealer.js';
import type { Sealer } from './sealer.js';
import { VersionedSealer } from './versioned-sealer.js';

/** All formats of this package, the one that seals first. A new one is a file, and a line here in front of the others. */
const FORMATS: readonly Format[] = [format1];

/** What a sealer is made with besides its keys. */
export interface SealerSettings {
  /** The clock: ms since epoch. @default the system's, asked each time */
  readonly now?: (() => number) | undefined;
  /** How many opened cookies are remembered. @default 0 */
  readonly memo?: number | undefined;
  /** Cookies of client-sessions, where they are read, too. */
  readonly legacy?: LegacySide | undefined;
  /** @default all formats of this package */
  readonly formats?: readonly Format[] | undefined;
}

/** What seals and opens the texts of one scope. Which format opens a text is decided here: by dots for legacy ones, by version byte for ours. */
export function createSealer(
  holder: RingHolder,
  scope: KeyScope,
  { now = () => Date.now(), memo = 0, legacy, formats = FORMATS }: SealerSettings = {},
): Sealer {
  const sealer = new VersionedSealer(holder, scope, formats, now, memo);
  return legacy ? new MigratingSealer(sealer, legacy, now) : sealer;
}

/** What a text says about itself in the clear; `undefined` when it is of no format of this package. */
export function describeHeader(text: string): { readonly keyId: string } | undefined {
  const bytes = decodeBase64url(text);
  const id = bytes && FORMATS.find(({ version }) => version === bytes[0])?.keyIdOf(bytes);
  return id === undefined ? undefined : { keyId: id.toString(16).padStart(8, '0') };
}
