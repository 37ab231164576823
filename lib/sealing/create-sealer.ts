import { decodeBase64url } from './base64url.js';
import type { Format } from './format.js';
import { format1 } from './format-1.js';
import type { RingHolder } from './key-ring.js';
import type { KeyScope } from './key-scope.js';
import { type LegacySide, MigratingSealer } from './migrating-sealer.js';
import type { Sealer } from './sealer.js';
import { VersionedSealer } from './versioned-sealer.js';

/**
 * All formats of this package. The first one seals, and all of them open. Add a new one at the end in one release, so
 * that all servers can open it, and move it to the front in the next.
 */
const FORMATS: readonly Format[] = [format1];

/** The settings of a sealer besides its keys. */
export interface SealerSettings {
  /** The clock: ms since epoch. @default the system clock */
  readonly now?: (() => number) | undefined;
  /** How many opened cookies are remembered. @default 0 */
  readonly memo?: number | undefined;
  /** Reads, and if wanted writes, cookies of client-sessions. @default they are refused */
  readonly legacy?: LegacySide | undefined;
  /** @default all formats of this package */
  readonly formats?: readonly Format[] | undefined;
}

/**
 * Creates the sealer of one scope. A text with dots is opened by the legacy format, and any other text by the format
 * with its version byte.
 */
export function createSealer(
  holder: RingHolder,
  scope: KeyScope,
  { now = () => Date.now(), memo = 0, legacy, formats = FORMATS }: SealerSettings = {},
): Sealer {
  const sealer = new VersionedSealer(holder, scope, formats, now, memo);
  return legacy ? new MigratingSealer(sealer, legacy, now) : sealer;
}

/** Reads the unencrypted header of a text. Returns `undefined` if the text has no format of this package. */
export function describeHeader(
  text: string,
): { readonly format: number; readonly keyId: string } | undefined {
  const bytes = decodeBase64url(text);
  const format = bytes && FORMATS.find(({ version }) => version === bytes[0]);
  const id = format?.keyIdOf(bytes!);
  if (!format || id === undefined) return undefined;
  return { format: format.version, keyId: id.toString(16).padStart(8, '0') };
}
