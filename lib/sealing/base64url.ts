/** Encodes bytes as base64url without padding. @see https://www.rfc-editor.org/rfc/rfc4648#section-5 */
export function encodeBase64url(bytes: Buffer): string {
  return bytes.toString('base64url');
}

/**
 * Decodes base64url. Returns `undefined` if the text is not the canonical encoding of its bytes. Node's own decoder is
 * lenient: it skips unknown characters, accepts the alphabet of base64 and ignores extra bits at the end.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return encodeBase64url(bytes) === text ? bytes : undefined;
}
