import type { Format, FormatKey } from './format.js';
import { KEY_ID_BYTES, type ScopedKey } from './key-ring.js';
import { type KeyScope, scopeBytes } from './key-scope.js';
import { ownBytes } from './own-bytes.js';
import { RandomPool } from './random-pool.js';
import type { SealRefusal } from './sealer.js';
import { decodeRecord, encodeRecord, type SessionRecord } from './session-record.js';
import { Xaes256Gcm, XAES_KEY_BYTES, XAES_NONCE_BYTES, XAES_TAG_BYTES } from './xaes-256-gcm.js';

const VERSION = 0x01;
const LABEL = Buffer.from('nestjs-client-sessions\0');
const KEY_ID_END = 1 + KEY_ID_BYTES;
const NONCE_END = KEY_ID_END + XAES_NONCE_BYTES;
const MINIMUM_BYTES = NONCE_END + XAES_TAG_BYTES;

const nonces = new RandomPool(XAES_NONCE_BYTES);

/**
 * Format 1: XAES-256-GCM.
 *
 * ```
 * version(1) | key id(4) | nonce(24) | sealed record | tag(16)      as base64url
 * ```
 */
export const format1: Format = {
  version: VERSION,
  keyIdOf: (bytes) => (bytes.length < MINIMUM_BYTES ? undefined : bytes.readUInt32BE(1)),
  withKey: (key, scope) => new Format1Key(key, scope),
};

class Format1Key implements FormatKey {
  readonly #cipher: Xaes256Gcm;
  /** version ‖ key id: the first bytes of every text that this key seals. */
  readonly #header: Buffer;
  /** The associated data that every text is bound to. */
  readonly #associated: Buffer;

  constructor(key: ScopedKey, scope: KeyScope) {
    this.#cipher = new Xaes256Gcm(key.derive('key', XAES_KEY_BYTES));
    this.#header = ownBytes(Buffer.of(VERSION), key.id);
    this.#associated = ownBytes(LABEL, this.#header, scopeBytes(scope));
  }

  seal(record: SessionRecord): Buffer {
    const nonce = nonces.take();
    const [ciphertext, tag] = this.#cipher.encrypt(nonce, encodeRecord(record), this.#associated);
    const bytes = Buffer.allocUnsafe(NONCE_END + ciphertext.length + XAES_TAG_BYTES);
    bytes.set(this.#header);
    bytes.set(nonce, KEY_ID_END);
    bytes.set(ciphertext, NONCE_END);
    bytes.set(tag, NONCE_END + ciphertext.length);
    return bytes;
  }

  open(bytes: Buffer): SessionRecord | SealRefusal {
    const nonce = bytes.subarray(KEY_ID_END, NONCE_END);
    const ciphertext = bytes.subarray(NONCE_END, -XAES_TAG_BYTES);
    const plaintext = this.#cipher.decrypt(
      nonce,
      ciphertext,
      bytes.subarray(-XAES_TAG_BYTES),
      this.#associated,
    );
    if (!plaintext) return 'forged';
    return decodeRecord(plaintext) ?? 'unknown-layout';
  }
}
