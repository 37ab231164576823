import { hkdfSync } from 'node:crypto';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { type Secret, secretBytes } from './secret.js';
import { Xaes256Gcm, XAES_KEY_BYTES } from './xaes-256-gcm.js';

/** Separates every derivation of this package from whatever else a secret may be used for. */
const LABEL = 'nestjs-client-sessions/1';
export const KEY_ID_BYTES = 4;

/** What a key belongs to. A cookie sealed for one scope does not open in another. */
export interface KeyScope {
  /** Tells applications and environments apart that share a secret. */
  readonly purpose: string;
  /** Name of the cookie, as on the wire. */
  readonly cookieName: string;
}

/** One secret's key for one scope. */
export interface ScopedKey {
  readonly id: Buffer;
  readonly cipher: Xaes256Gcm;
}

/**
 * An ordered list of secrets: the first seals, all open. The id in front of every sealed text says which one sealed it,
 * so nothing is ever tried out.
 */
export class KeyRing {
  /** Ids of the secrets as hex, in the order of the secrets: safe to log, and the same on every server. */
  readonly ids: readonly string[];
  readonly #secrets: readonly Buffer[];

  /**
   * @param option path of the option that held the secrets, for messages
   * @throws {@link InvalidOptionsError} when there is no secret, a weak one, or the same one twice
   */
  constructor(secrets: Secret | readonly Secret[], option: string) {
    const list = Array.isArray(secrets) ? (secrets as readonly Secret[]) : [secrets as Secret];
    if (list.length === 0) {
      throw new InvalidOptionsError(
        option,
        'the list is empty',
        'Give at least one secret, the newest first.',
      );
    }
    this.#secrets = list.map((secret, i) =>
      secretBytes(secret, list.length > 1 ? `${option}[${i}]` : option),
    );
    this.ids = this.#secrets.map((secret) => derive(secret, 'id', KEY_ID_BYTES).toString('hex'));
    const twice = this.ids.findIndex((id, i) => this.ids.indexOf(id) < i);
    if (twice > 0) {
      throw new InvalidOptionsError(
        `${option}[${twice}]`,
        `it has the key id ${this.ids[twice]!} of the secret at ${this.ids.indexOf(this.ids[twice]!)}`,
        'List every secret once; two different ones with one id are a rarity: generate another.',
      );
    }
  }

  /** The keys of one session, in the order of the secrets. Derived once, at start. */
  keysFor({ purpose, cookieName }: KeyScope): readonly ScopedKey[] {
    const info = Buffer.concat([Buffer.from('key'), lengthPrefixed(purpose), lengthPrefixed(cookieName)]);
    return this.#secrets.map((secret, i) => ({
      id: Buffer.from(this.ids[i]!, 'hex'),
      cipher: new Xaes256Gcm(derive(secret, info, XAES_KEY_BYTES)),
    }));
  }
}

/** A u16 length and the text: what follows cannot be confused with what is inside. */
export function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** HKDF-SHA256, extract and expand. @see https://www.rfc-editor.org/rfc/rfc5869 */
function derive(secret: Buffer, info: string | Buffer, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, LABEL, info, bytes));
}
