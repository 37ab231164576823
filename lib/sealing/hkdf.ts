import { hkdfSync } from 'node:crypto';

/** HKDF-SHA256, extract and expand. @see https://www.rfc-editor.org/rfc/rfc5869 */
export function hkdfSha256(
  secret: Uint8Array,
  salt: string | Uint8Array,
  info: string | Uint8Array,
  bytes: number,
): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, info, bytes));
}
