import { NoSealingKeyError } from '../errors/no-sealing-key.error.js';
import { decodeBase64url, encodeBase64url } from './base64url.js';
import {
  KEY_ID_BYTES,
  type KeyRing,
  type KeyScope,
  lengthPrefixed,
  type RingHolder,
  type ScopedKey,
} from './key-ring.js';
import { NoncePool } from './nonce-pool.js';
import { type OpenedCookie, OpenedMemo } from './opened-memo.js';
import type { Opened, Sealer, SealRefusal } from './sealer.js';
import { mayOpen, maySeal } from './sealing-plan.js';
import { decodeRecord, encodeRecord, type SessionRecord } from './session-record.js';
import { XAES_NONCE_BYTES, XAES_TAG_BYTES } from './xaes-256-gcm.js';

const VERSION = 0x01;
const LABEL = Buffer.from('nestjs-client-sessions\0');
const KEY_ID_END = 1 + KEY_ID_BYTES;
const NONCE_END = KEY_ID_END + XAES_NONCE_BYTES;
const MINIMUM_BYTES = NONCE_END + XAES_TAG_BYTES;
/** Above what any browser keeps and any proxy passes in one cookie: not worth decoding. */
const MAXIMUM_CHARACTERS = 8192;

const nonces = new NoncePool();

interface SealingKey extends ScopedKey {
  /** version ‖ key id: how every text begins that this key sealed. */
  readonly header: Buffer;
  /** The key id as it is read from a text. */
  readonly idNumber: number;
  /** What a text is bound to besides its own bytes. */
  readonly associated: Buffer;
}

/**
 * Format 1: XAES-256-GCM, the version byte fixes algorithm and layout together.
 *
 * ```
 * version(1) | key id(4) | nonce(24) | sealed record | tag(16)      as base64url
 * ```
 */
export class Format1 implements Sealer {
  readonly #holder: RingHolder;
  readonly #scope: KeyScope;
  readonly #now: () => number;
  readonly #memo: OpenedMemo<SealingKey>;
  #ring: KeyRing | undefined;
  #keys: readonly SealingKey[] = [];

  /**
   * @param now the clock: ms since epoch. @default the system's, asked each time
   * @param memo how many opened cookies are remembered. @default 0
   */
  constructor(holder: RingHolder, scope: KeyScope, now: () => number = () => Date.now(), memo = 0) {
    this.#holder = holder;
    this.#scope = scope;
    this.#now = now;
    this.#memo = new OpenedMemo(memo);
  }

  seal(record: SessionRecord): string {
    const { cipher, header, associated } = this.#sealingKey();
    const plaintext = encodeRecord(record);
    const nonce = nonces.take();
    const [ciphertext, tag] = cipher.encrypt(nonce, plaintext, associated);
    const bytes = Buffer.allocUnsafe(NONCE_END + ciphertext.length + XAES_TAG_BYTES);
    bytes.set(header);
    bytes.set(nonce, KEY_ID_END);
    bytes.set(ciphertext, NONCE_END);
    bytes.set(tag, NONCE_END + ciphertext.length);
    return encodeBase64url(bytes);
  }

  unseal(text: string): Opened {
    const keys = this.#currentKeys();
    const known = this.#memo.get(text);
    if (known) return admit(known, keys, this.#now());
    if (text.length > MAXIMUM_CHARACTERS) return refused('malformed');
    const bytes = Buffer.from(text, 'base64url');
    const canonical = encodeBase64url(bytes);
    if (bytes.length === 0 || canonical !== text) return refused('malformed');
    if (bytes[0] !== VERSION) return refused('unknown-version');
    if (bytes.length < MINIMUM_BYTES) return refused('malformed');

    const key = findKey(keys, bytes.readUInt32BE(1));
    if (!key) return refused('unknown-key');
    const now = this.#now();
    if (!mayOpen(key, now)) return refusedKey(key);
    const nonce = bytes.subarray(KEY_ID_END, NONCE_END);
    const ciphertext = bytes.subarray(NONCE_END, -XAES_TAG_BYTES);
    const plaintext = key.cipher.decrypt(nonce, ciphertext, bytes.subarray(-XAES_TAG_BYTES), key.associated);
    if (!plaintext) return refused('forged');
    const record = decodeRecord(plaintext);
    if (!record) return refused('unknown-layout');
    const opened = { key, record };
    // Not the text that came: it is a part of the whole header, and would keep all of it in memory.
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

  /** Derived once for each ring. */
  #currentKeys(): readonly SealingKey[] {
    const { ring } = this.#holder;
    if (ring !== this.#ring) {
      this.#ring = ring;
      this.#keys = sealingKeys(ring, this.#scope);
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

/** What time decides, on every request anew. */
function admit({ key, record }: OpenedCookie<SealingKey>, keys: readonly SealingKey[], now: number): Opened {
  if (!mayOpen(key, now)) return refusedKey(key);
  return { ok: true, record, stale: key !== findSealingKey(keys, now) };
}

function sealingKeys(ring: KeyRing, scope: KeyScope): readonly SealingKey[] {
  return ring.keysFor(scope).map((key) => {
    const header = Buffer.concat([Buffer.of(VERSION), key.id]);
    const associated = Buffer.concat([
      LABEL,
      header,
      lengthPrefixed(scope.purpose),
      lengthPrefixed(scope.cookieName),
    ]);
    return { ...key, header, associated, idNumber: key.id.readUInt32BE() };
  });
}

/** What a text of this format says about itself in the clear; `undefined` when it is of no format or another one. */
export function describeHeader(text: string): { readonly keyId: string } | undefined {
  const bytes = decodeBase64url(text);
  if (!bytes || bytes[0] !== VERSION || bytes.length < MINIMUM_BYTES) return undefined;
  return { keyId: bytes.toString('hex', 1, KEY_ID_END) };
}

function refusedKey({ isRevoked }: SealingKey): Opened {
  return refused(isRevoked ? 'revoked' : 'unknown-key');
}

function refused(reason: SealRefusal): Opened {
  return { ok: false, reason };
}
