/** Text of bytes, without padding. @see https://www.rfc-editor.org/rfc/rfc4648#section-5 */
export function encodeBase64url(bytes: Buffer): string {
  return bytes.toString('base64url');
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const FOREIGN = /[^\w-]/;

/**
 * Bytes of text, or `undefined` when the text is not the one canonical spelling of them. Node's decoder alone is
 * lenient: it skips foreign characters, takes the other alphabet and ignores stray bits at the end.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  return FOREIGN.test(text) || hasStrayBits(text) ? undefined : Buffer.from(text, 'base64url');
}

/** Whether the last character says more than belongs to the last byte. */
function hasStrayBits(text: string): boolean {
  const rest = text.length % 4;
  if (rest === 0) return false;
  if (rest === 1) return true;
  const stray = rest === 2 ? 0b1111 : 0b11;
  return (ALPHABET.indexOf(text.at(-1)!) & stray) !== 0;
}
