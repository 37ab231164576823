/**
 * Short ones, and longer ones of which each part reads as a word, such as `UNABLE_TO_GET_ISSUER_CERT_LOCALLY`: a secret has 32 characters at
 * least, and does not.
 */
const WORD = /^(?:[\w.-]{1,31}|(?=.{32,64}$)(?:[A-Z]+(?:_[A-Z]+)+|(?:[A-Z][a-z]+)+))$/;

/** Name and code of whatever was thrown, such as `Error (ENOENT)`: all that may be told of it where its message may quote a secret. */
export function describeThrown(thrown: unknown): string {
  const name = wordAt(thrown, 'name') ?? 'no name';
  const code = wordAt(thrown, 'code');
  return code === undefined ? name : `${name} (${code})`;
}

function wordAt(thrown: unknown, key: 'name' | 'code'): string | undefined {
  try {
    const given = (thrown as Record<string, unknown> | null | undefined)?.[key];
    // gRPC and HTTP clients count their codes.
    const word = Number.isInteger(given) ? String(given) : given;
    return typeof word === 'string' && WORD.test(word) ? word : undefined;
  } catch {
    // A getter of somebody else's threw, too; there is nothing to be told.
    return undefined;
  }
}
