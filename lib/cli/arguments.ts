import { existsSync } from 'node:fs';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './usage-error.js';

type Options = NonNullable<ParseArgsConfig['options']>;

interface Configuration<T extends Options> {
  readonly args: string[];
  readonly options: T;
  readonly allowPositionals: true;
}

type Values<T extends Options> = ReturnType<typeof parseArgs<Configuration<T>>>['values'];

const NOT_HERE =
  'Do not put secrets or cookies on the command line, where other users and the shell history can see them. ' +
  'Put a secret into an environment variable, and pipe a cookie in.';

/** Matches random text as long as a key, in base64 or hex. People do not choose such names. */
const RANDOM_TEXT = [/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[\w+/=.~*-]{32,}$/, /^[\da-f]{40,}$/i];

/** @throws {@link UsageError} if an argument may be a secret or a cookie; the message does not repeat it */
export function refuseSecrets(argv: readonly string[]): void {
  for (const argument of argv) {
    const value = argument.startsWith('--') ? argument.slice(argument.indexOf('=') + 1) : argument;
    // The path of a file may be as long and as mixed as a secret.
    if (looksRandom(value) && !existsSync(value)) {
      throw new UsageError('An argument looks like a secret or a cookie', NOT_HERE);
    }
  }
}

/** Whether a text looks like a secret or a sealed cookie, so that it must not be repeated. */
export function looksRandom(text: string): boolean {
  return RANDOM_TEXT.some((pattern) => pattern.test(text));
}

/** @throws {@link UsageError} if the command does not accept an argument */
export function parseOptions<T extends Options>(args: readonly string[], options: T): Values<T> {
  return parseOptionsAndFile(args, options, { hasFile: false }).values;
}

/** Options, and one argument that is no option. @throws {@link UsageError} */
export function parseOptionsAndFile<T extends Options>(
  args: readonly string[],
  options: T,
  { hasFile = true }: { readonly hasFile?: boolean } = {},
): { readonly values: Values<T>; readonly file: string | undefined } {
  try {
    const { values, positionals } = parseArgs<Configuration<T>>({
      args: [...args],
      options,
      allowPositionals: true,
    });
    if (positionals.length <= (hasFile ? 1 : 0)) return { values, file: positionals[0] };
  } catch {
    // The error of parseArgs repeats the argument, which may be a secret after all.
  }
  const known = Object.entries(options).map(([name, { type }]) =>
    type === 'string' ? `--${name} VALUE` : `--${name}`,
  );
  throw new UsageError(
    'An argument is unknown, or its value is missing',
    `Known options: ${[...(hasFile ? ['FILE'] : []), ...known, '--help'].join(', ')}. ${NOT_HERE}`,
  );
}
