import { NoSealingKeyError } from '../errors/no-sealing-key.error.js';
import { encodeBase64url } from './base64url.js';
import type { Format, FormatKey } from './format.js';
import type { KeyRing, RingHolder, ScopedKey } from './key-ring.js';
import type { KeyScope } from './key-scope.js';
import { type OpenedCookie, OpenedMemo } from './opened-memo.js';
import type { Opened, Sealer, SealRefusal } from './sealer.js';
import { mayOpen, maySeal } from './sealing-plan.js';
import type { SessionRecord } from './session-record.js';

/** Five full cookies hold this much, so longer text is not decoded. */
const MAXIMUM_CHARACTERS = 5 * 4096;

interface SealingKey extends ScopedKey {
  /** The key id as the number that is read from a text. */
  readonly idNumber: number;
  /** The key in each format, in the order of the formats. */
  readonly in: readonly FormatKey[];
}

/** The key and the format that opened a text. The format is an index into the list of formats. */
interface Opener {
  readonly key: SealingKey;
  readonly format: number;
}

/**
 * Seals and unseals texts of this package. The version byte of a text names its format, and the key id names its key,
 * so nothing is tried out. The first format seals, and a text in any other format is stale.
 */
export class VersionedSealer implements Sealer {
  readonly #holder: RingHolder;
  readonly #scope: KeyScope;
  readonly #formats: readonly Format[];
  readonly #now: () => number;
  readonly #memo: OpenedMemo<Opener>;
  #ring: KeyRing | undefined;
  #keys: readonly SealingKey[] = [];

  /**
   * @param formats the first one seals
   * @param now the clock: ms since epoch
   * @param memo maximum number of opened cookies to remember
   */
  constructor(
    holder: RingHolder,
    scope: KeyScope,
    formats: readonly Format[],
    now: () => number,
    memo: number,
  ) {
    this.#holder = holder;
    this.#scope = scope;
    this.#formats = formats;
    this.#now = now;
    this.#memo = new OpenedMemo(memo);
  }

  seal(record: SessionRecord): string {
    return encodeBase64url(this.#sealingKey().in[0]!.seal(record));
  }

  unseal(text: string): Opened {
    const keys = this.#currentKeys();
    const known = this.#memo.get(text);
    if (known) return admit(known, keys, this.#now(), true);
    if (text.length > MAXIMUM_CHARACTERS) return refused('malformed');
    const bytes = Buffer.from(text, 'base64url');
    const canonical = encodeBase64url(bytes);
    if (bytes.length === 0 || canonical !== text) return refused('malformed');

    const format = this.#formats.findIndex(({ version }) => version === bytes[0]);
    if (format === -1) return refused('unknown-version');
    const id = this.#formats[format]!.keyIdOf(bytes);
    if (id === undefined) return refused('malformed');
    const key = findKey(keys, id);
    if (!key) return refused('unknown-key');
    const now = this.#now();
    if (!mayOpen(key, now)) return refusedKey(key);
    const record = key.in[format]!.open(bytes);
    if (typeof record === 'string') return refused(record);
    const opened = { by: { key, format }, record };
    // Not `text`: it is a slice of the Cookie header and would keep the whole header in memory.
    this.#memo.set(canonical, opened);
    return admit(opened, keys, now);
  }

  #sealingKey(): SealingKey {
    const keys = this.#currentKeys();
    const now = this.#now();
    const key = findSealingKey(keys, now);
    if (key) return key;
    throw new NoSealingKeyError(this.#scope.cookieName, this.#ring!.idleness(now));
  }

  /** Derives the keys once for each ring. */
  #currentKeys(): readonly SealingKey[] {
    const { ring } = this.#holder;
    if (ring !== this.#ring) {
      this.#ring = ring;
      this.#keys = ring.keysFor(this.#scope).map((key) => ({
        ...key,
        idNumber: key.id.readUInt32BE(),
        in: this.#formats.map((format) => format.withKey(key, this.#scope)),
      }));
      this.#memo.clear();
    }
    return this.#keys;
  }
}

function findKey(keys: readonly SealingKey[], id: number): SealingKey | undefined {
  for (const key of keys) if (key.idNumber === id) return key;
  return undefined;
}

function findSealingKey(keys: readonly SealingKey[], now: number): SealingKey | undefined {
  for (const key of keys) if (maySeal(key, now)) return key;
  return undefined;
}

/** Makes the checks that depend on time. They are repeated for every request. */
function admit(
  { by, record }: OpenedCookie<Opener>,
  keys: readonly SealingKey[],
  now: number,
  isRemembered?: true,
): Opened {
  if (!mayOpen(by.key, now)) return refusedKey(by.key);
  const stale = by.format !== 0 || by.key !== findSealingKey(keys, now);
  return { ok: true, record, stale, isRemembered };
}

function refusedKey({ isRevoked }: SealingKey): Opened {
  return refused(isRevoked ? 'revoked' : 'unknown-key');
}

function refused(reason: SealRefusal): Opened {
  return { ok: false, reason };
}
