/** The pieces of eight characters of some secrets that are in a text, in any usual spelling of their bytes. */
export function leaksOf(secrets: readonly string[], text: string): string[] {
  return secrets.flatMap((secret) =>
    (['utf8', 'hex', 'base64', 'base64url'] as const).flatMap((encoding) => {
      const spelling = Buffer.from(secret).toString(encoding);
      const pieces = Array.from({ length: spelling.length - 7 }, (_, at) => spelling.slice(at, at + 8));
      return pieces.filter((piece) => text.includes(piece));
    }),
  );
}
