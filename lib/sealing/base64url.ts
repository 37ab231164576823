/** Text of bytes, without padding. @see https://www.rfc-editor.org/rfc/rfc4648#section-5 */
export function encodeBase64url(bytes: Buffer): string {
  return bytes.toString('base64url');
}

/**
 * Bytes of text, or `undefined` when the text is not the one canonical spelling of them. Node's decoder alone is
 * lenient: it skips foreign characters, takes the other alphabet and ignores stray bits at the end.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return encodeBase64url(bytes) === text ? bytes : undefined;
}
