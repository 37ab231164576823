/**
 * Matches a name or a code that cannot be a secret. A secret has at least 32 characters, so text of up to 31 is safe.
 * Longer text must consist of words, such as `UNABLE_TO_GET_ISSUER_CERT_LOCALLY`. A secret does not look like that.
 */
const WORD = /^(?:[\w.-]{1,31}|(?=.{32,64}$)(?:[A-Z]+(?:_[A-Z]+)+|(?:[A-Z][a-z]+)+))$/;

/** Name and code of a thrown value, such as `Error (ENOENT)`. Its message is left out; it may quote a secret. */
export function describeThrown(thrown: unknown): string {
  const name = wordAt(thrown, 'name') ?? 'no name';
  const code = wordAt(thrown, 'code');
  return code === undefined ? name : `${name} (${code})`;
}

function wordAt(thrown: unknown, key: 'name' | 'code'): string | undefined {
  try {
    const given = (thrown as Record<string, unknown> | null | undefined)?.[key];
    // gRPC and HTTP clients use numbers as codes.
    const word = Number.isInteger(given) ? String(given) : given;
    return typeof word === 'string' && WORD.test(word) ? word : undefined;
  } catch {
    // A getter of the thrown value threw as well, so there is nothing to report.
    return undefined;
  }
}
