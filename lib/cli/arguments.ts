import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './usage-error.js';

type Options = NonNullable<ParseArgsConfig['options']>;

interface Configuration<T extends Options> {
  readonly args: string[];
  readonly options: T;
}

type Values<T extends Options> = ReturnType<typeof parseArgs<Configuration<T>>>['values'];

const NOT_HERE =
  'Secrets and cookies do not belong on the command line, where other users and the history of the shell see them: ' +
  'put a secret into an environment variable, and pipe a cookie in.';

/** Random text of key size, as base64 or hexadecimal digits. Names that people choose are not like that. */
const RANDOM_TEXT = [/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[\w+/=.~*-]{32,}$/, /^[\da-f]{40,}$/i];

/** @throws {@link UsageError} when an argument is, or may be, a secret or a cookie; the message does not repeat it */
export function refuseSecrets(argv: readonly string[]): void {
  for (const argument of argv) {
    const value = argument.startsWith('--') ? argument.slice(argument.indexOf('=') + 1) : argument;
    if (looksRandom(value)) {
      throw new UsageError('An argument looks like a secret or a cookie', NOT_HERE);
    }
  }
}

/** Whether a text looks like a secret or a sealed cookie, so that it must not be repeated. */
export function looksRandom(text: string): boolean {
  return RANDOM_TEXT.some((pattern) => pattern.test(text));
}

/** @throws {@link UsageError} for whatever the command does not take */
export function parseOptions<T extends Options>(args: readonly string[], options: T): Values<T> {
  try {
    return parseArgs<Configuration<T>>({ args: [...args], options }).values;
  } catch {
    // The reason that parseArgs gives repeats the argument, and that may be a secret after all.
    const known = Object.entries(options).map(([name, { type }]) =>
      type === 'string' ? `--${name} VALUE` : `--${name}`,
    );
    throw new UsageError(
      'An argument is not known here, or lacks its value',
      `Known are: ${[...known, '--help'].join(', ')}. ${NOT_HERE}`,
    );
  }
}
