import { ClientSessionsError } from './client-sessions.error.js';

/**
 * The function or stream that delivers secrets has failed. What it threw may quote what it read, such as
 * `ENOENT: no such file or directory, open '<the secret itself>'`, so that nothing but its name and its code is told, and it is no `cause`.
 */
export class SecretsUnavailableError extends ClientSessionsError {
  readonly code = 'ERR_SECRETS_UNAVAILABLE';

  /** Name and code of what was thrown, such as `Error (ENOENT)`. */
  readonly reason: string;

  /**
   * @param option path of the option that holds the function or stream
   * @param thrown whatever it threw
   */
  constructor(
    readonly option: string,
    thrown: unknown,
  ) {
    const reason = describe(thrown);
    super(
      `The secrets of "${option}" could not be had: ${reason}. ` +
        'The message of what was thrown may quote a secret and is not shown; log in the function or stream itself what may be logged.',
    );
    this.reason = reason;
  }
}

/** Words shorter than any secret. */
const WORD = /^[A-Za-z][A-Za-z0-9_.-]{0,30}$/;

function describe(thrown: unknown): string {
  const [name, code] = ['name', 'code'].map((key) => wordAt(thrown, key));
  return `${name ?? 'no name'}${code === undefined ? '' : ` (${code})`}`;
}

function wordAt(thrown: unknown, key: string): string | undefined {
  try {
    const word = (thrown as Record<string, unknown> | null | undefined)?.[key];
    return typeof word === 'string' && WORD.test(word) ? word : undefined;
  } catch {
    // A getter of somebody else's threw, too; there is nothing to be told.
    return undefined;
  }
}
