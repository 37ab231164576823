import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { fromLegacyContent, toLegacyContent } from './legacy-content.js';
import type { LegacyEncryption, LegacyKeys, LegacySignature } from './legacy-keys.js';
import { isMacOf, macOf, type MacPart } from './legacy-mac.js';
import { decodeBase64url, encodeBase64url } from './base64url.js';
import type { Opened, Sealer, SealRefusal } from './sealer.js';
import { MAXIMUM_LIFETIME, type SessionRecord } from './session-record.js';

const PARTS = 5;
const BLOCK_BYTES = 16;
const TIME = /^\d{1,16}$/;
/** Browsers and proxies allow less than this in one cookie, so longer text is not decoded. */
const MAXIMUM_CHARACTERS = 8192;

/** The data in a cookie of client-sessions. */
export interface LegacyCookie {
  /** ms since epoch */
  readonly createdAt: number;
  /** ms */
  readonly duration: number;
  readonly json: string;
}

/** The values that the format of client-sessions takes from the configuration. */
export interface LegacyScope {
  /** Name of the cookie. It is encrypted together with the content. */
  readonly cookieName: string;
  /** The configured `duration` of today, in ms. */
  readonly duration: number;
  /** The configured `activeDuration` of today, in ms. */
  readonly activeDuration: number;
  /**
   * The `duration` of the former deployment, in ms. A cookie with a longer one got it from `setDuration()` and keeps
   * it. @default unknown: the `duration` of today limits every cookie
   */
  readonly legacyDuration?: number | undefined;
  /** Whether new cookies are written in this format. If so, opened ones are not stale. @default false */
  readonly isWriting?: boolean | undefined;
  /** The clock: ms since epoch. */
  readonly now: () => number;
}

/** Whether a text has the syntax of this format. Texts of all other formats contain no dot. */
export function isLegacyText(text: string): boolean {
  return text.split('.', PARTS + 1).length === PARTS;
}

/**
 * The format of client-sessions 0.8.0, for moving from it. It is written exactly and read strictly.
 *
 * ```
 * base64url(iv) . base64url(ciphertext) . createdAt . duration . base64url(mac)
 * ```
 * The format cannot hold a session's id, its start before `setDuration()`, the marks of the record or the version of
 * its content. Content may have keys that a session of this package cannot have: see `legacy-content.ts`.
 */
export class LegacyFormat implements Sealer {
  readonly #keys: LegacyKeys;
  readonly #scope: LegacyScope;

  constructor(keys: LegacyKeys, scope: LegacyScope) {
    this.#keys = keys;
    this.#scope = scope;
  }

  seal(record: SessionRecord): string {
    const { createdAt, ownDuration, renewed, json } = record;
    const { cookieName, duration } = this.#scope;
    const expiresAt = this.#endOf(record);
    // client-sessions prolongs a session by moving its creation. If the duration changed instead, that would mean
    // setDuration().
    const start = renewed && !ownDuration ? Math.max(createdAt, expiresAt - duration) : createdAt;
    return encodeLegacy(this.#keys, cookieName, {
      createdAt: start,
      duration: expiresAt - start,
      json: toLegacyContent(json),
    });
  }

  unseal(text: string): Opened {
    const cookie = decodeLegacy(this.#keys, this.#scope.cookieName, text);
    if (typeof cookie === 'string') return { ok: false, reason: cookie };
    return { ok: true, record: this.#recordOf(cookie), stale: !this.#scope.isWriting };
  }

  /**
   * With `legacyDuration`, a longer duration in a cookie means `setDuration()`. Therefore a session that has no
   * duration of its own and was not prolonged is written with at most the configured duration.
   */
  #endOf({ createdAt, expiresAt, ownDuration, renewed }: SessionRecord): number {
    const { duration, legacyDuration } = this.#scope;
    const isLimited = legacyDuration !== undefined && !ownDuration && !renewed;
    return isLimited ? Math.min(expiresAt, createdAt + duration) : expiresAt;
  }

  #recordOf({ createdAt, duration, json }: LegacyCookie): SessionRecord {
    const { activeDuration, legacyDuration, now } = this.#scope;
    const ahead = createdAt - now();
    // A session is prolonged when less than activeDuration is left, and its creation moves by activeDuration. So it was
    // prolonged at this time or later. Every reading must find the same time, because it tells sessions apart.
    const prolongedAt = createdAt + duration - 2 * activeDuration;
    const isProlonged = ahead > 0 && prolongedAt <= now();
    const start = isProlonged ? prolongedAt : createdAt;
    return {
      createdAt: start,
      startedAt: start,
      expiresAt: Math.min(createdAt + duration, start + MAXIMUM_LIFETIME),
      // A longer duration than today's comes from setDuration() or from a configuration that was shortened later. The
      // cookie does not say which. Without legacyDuration the safe choice is that today's limit applies.
      ownDuration: legacyDuration !== undefined && duration > legacyDuration,
      renewed: isProlonged,
      writtenAt: isProlonged ? prolongedAt : undefined,
      json: fromLegacyContent(json),
    };
  }
}

/** Seals a cookie. @param iv 16 random bytes; pass them only to reproduce a known text */
export function encodeLegacy(
  { encryption, signature }: LegacyKeys,
  cookieName: string,
  { createdAt, duration, json }: LegacyCookie,
  iv: Buffer = randomBytes(BLOCK_BYTES),
): string {
  const ciphertext = encrypt(encryption, iv, `${cookieName}=${json}`);
  const mac = signLegacy(signature, iv, ciphertext, String(createdAt), String(duration));
  return [encodeBase64url(iv), encodeBase64url(ciphertext), createdAt, duration, encodeBase64url(mac)].join(
    '.',
  );
}

/** Opens a cookie of `encodeLegacy` or client-sessions, or says why it refuses it. The first failed step is final. */
export function decodeLegacy(
  { encryption, signature }: LegacyKeys,
  cookieName: string,
  text: string,
): LegacyCookie | SealRefusal {
  if (text.length > MAXIMUM_CHARACTERS || !isLegacyText(text)) return 'malformed';
  const [ivText, ciphertextText, createdAt, duration, macText] = text.split('.') as FiveParts;
  if (!TIME.test(createdAt) || !TIME.test(duration)) return 'malformed';
  const iv = decodeBase64url(ivText);
  const ciphertext = decodeBase64url(ciphertextText);
  const mac = decodeBase64url(macText);
  if (iv?.length !== BLOCK_BYTES || mac?.length !== signature.macBytes) return 'malformed';
  if (!ciphertext?.length || ciphertext.length % BLOCK_BYTES !== 0) return 'malformed';

  if (!isMacOf(signature, signedParts(iv, ciphertext, createdAt, duration), mac)) return 'forged';
  const plaintext = decrypt(encryption, iv, ciphertext);
  if (!plaintext?.startsWith(`${cookieName}=`)) return 'forged';
  return {
    createdAt: Number(createdAt),
    duration: Number(duration),
    json: plaintext.slice(cookieName.length + 1),
  };
}

/** Computes the MAC over all other parts of a cookie. The times are the exact texts in the cookie. */
export function signLegacy(
  signature: LegacySignature,
  iv: MacPart,
  ciphertext: MacPart,
  createdAt: string,
  duration: string,
): Buffer {
  return macOf(signature, signedParts(iv, ciphertext, createdAt, duration));
}

function signedParts(iv: MacPart, ciphertext: MacPart, createdAt: string, duration: string): MacPart[] {
  return [iv, '.', ciphertext, `.${createdAt}.${duration}`];
}

type FiveParts = [string, string, string, string, string];

function encrypt({ algorithm, key }: LegacyEncryption, iv: Buffer, text: string): Buffer {
  const cipher = createCipheriv(algorithm, key, iv);
  return Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
}

function decrypt({ algorithm, key }: LegacyEncryption, iv: Buffer, ciphertext: Buffer): string | undefined {
  const decipher = createDecipheriv(algorithm, key, iv);
  try {
    return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
  } catch {
    // The padding is wrong although the MAC is right: the signature key is the same, but the encryption key is not.
    return undefined;
  }
}
