/**
 * Finds pieces of secrets in a text. A piece is eight characters of a secret's bytes as UTF-8, hex, base64 or
 * base64url, at any offset.
 */
export function leaksOf(secrets: readonly string[], text: string): string[] {
  return secrets.flatMap((secret) =>
    spellingsOf(Buffer.from(secret)).flatMap((spelling) => {
      const pieces = Array.from({ length: spelling.length - 7 }, (_, at) => spelling.slice(at, at + 8));
      return pieces.filter((piece) => text.includes(piece));
    }),
  );
}

function spellingsOf(bytes: Buffer): string[] {
  const cuts = [0, 1, 2].map((from) => bytes.subarray(from));
  return [
    bytes.toString('utf8'),
    bytes.toString('hex'),
    ...cuts.flatMap((cut) => [cut.toString('base64'), cut.toString('base64url')]),
  ];
}
