import { InvalidOptionsError } from './errors/invalid-options.error.js';
import { decodeLegacy, encodeLegacy, signLegacy } from './sealing/legacy-format.js';
import { type LegacyKeyOptions, resolveEncryption, resolveSignature } from './sealing/legacy-keys.js';
import { parseJson } from './session/json.js';

const DEFAULT_DURATION = 24 * 60 * 60 * 1000;

/** The options of client-sessions that its cookies depend on. */
export interface LegacyUtilOptions extends LegacyKeyOptions {
  cookieName: string;
}

/** The data in a cookie of client-sessions. */
export interface LegacyDecoded<T = unknown> {
  content: T;
  /** ms since epoch */
  createdAt: number;
  /** ms */
  duration: number;
}

/**
 * `clientSessions.util`: the functions of client-sessions 0.8.0 under the same names, for cookies of its
 * format.
 */
export interface LegacyUtil {
  /**
   * Returns the value of a cookie.
   *
   * @param duration ms @default 24 hours
   * @param createdAt ms since epoch @default now
   * @throws `InvalidOptionsError` for options or times that cannot work, TypeError for content that is not JSON
   */
  encode(options: LegacyUtilOptions, content: unknown, duration?: number, createdAt?: number): string;
  /**
   * Returns the data in the value of a cookie, even if its time is over, or `undefined` if the value is not
   * genuine. It is stricter than client-sessions: it refuses other spellings of a genuine value, and it
   * throws for no value that a client sends.
   *
   * @throws `InvalidOptionsError` for options that cannot work
   */
  decode<T = unknown>(options: LegacyUtilOptions, value: string): LegacyDecoded<T> | undefined;
  /**
   * Returns the MAC, shortened as `signatureAlgorithm` demands. It needs no encryption key.
   *
   * @throws `InvalidOptionsError`
   */
  computeHmac(
    options: LegacyKeyOptions,
    iv: Uint8Array | string,
    ciphertext: Uint8Array | string,
    duration: number,
    createdAt: number,
  ): Buffer;
}

export const legacyUtil: LegacyUtil = Object.freeze<LegacyUtil>({
  encode(options, content, duration, createdAt) {
    const cookieName = nameOf(options);
    const json = JSON.stringify(content) as string | undefined;
    if (json === undefined) {
      throw new TypeError(
        `The content must be plain data, got a value of type ${typeof content}; give data that JSON can represent`,
      );
    }
    // As in client-sessions, 0, null and NaN count as not given.
    const cookie = { createdAt: createdAt || Date.now(), duration: duration || DEFAULT_DURATION, json };
    assertTime(cookie.duration, 'duration');
    assertTime(cookie.createdAt, 'createdAt');
    return encodeLegacy(keysOf(options), cookieName, cookie);
  },

  decode<T>(options: LegacyUtilOptions, value: string) {
    const cookieName = nameOf(options);
    const keys = keysOf(options);
    // Callers without types may pass the result of a cookie parser. A missing cookie is a bad cookie.
    const cookie = typeof value === 'string' ? decodeLegacy(keys, cookieName, value) : 'malformed';
    if (typeof cookie === 'string') return undefined;
    const { json, createdAt, duration } = cookie;
    try {
      return { content: parseJson(json) as T, createdAt, duration };
    } catch {
      // It is not JSON. The answer is the same as for any other text without content.
      return undefined;
    }
  },

  computeHmac(options, iv, ciphertext, duration, createdAt) {
    return signLegacy(resolveSignature(options, ''), iv, ciphertext, String(createdAt), String(duration));
  },
});

function keysOf(options: LegacyUtilOptions): Parameters<typeof encodeLegacy>[0] {
  return { encryption: resolveEncryption(options, ''), signature: resolveSignature(options, '') };
}

function nameOf({ cookieName }: LegacyUtilOptions): string {
  if (typeof cookieName === 'string' && cookieName !== '') return cookieName;
  throw new InvalidOptionsError(
    'cookieName',
    'it is missing',
    'Give the name of the cookie, which is encrypted together with the content.',
  );
}

function assertTime(time: number, option: string): void {
  // No reader would open a cookie with other times. Text is accepted, as in client-sessions.
  if (/^\d+$/.test(String(time)) && Number.isSafeInteger(Number(time))) return;
  throw new InvalidOptionsError(
    option,
    'must be a time in milliseconds',
    'Give whole milliseconds, 0 or more.',
  );
}
