import { looksRandom } from './arguments.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

/** A cookie that somebody copied from a browser, a log or a response. */
export interface PastedCookie {
  readonly name: string;
  readonly value: string;
}

const MAXIMUM_CHARACTERS = 65_536;
/** @see https://www.rfc-editor.org/rfc/rfc6265#section-4.1.1 */
const PAIR = /^([\w!#$%&'*+.^`|~-]+)=(.*)$/;

/** All of standard input. @throws {@link UsageError} when there is nothing, or far too much */
export async function readInput({ stdin, stderr }: Terminal): Promise<string> {
  if (stdin.isTTY) stderr.write('Paste the cookie, then press Enter and Ctrl-D.\n');
  let text = '';
  for await (const chunk of stdin) {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    if (text.length > MAXIMUM_CHARACTERS) throw new UsageError('That is too long for a cookie', REMEDY);
  }
  if (text.trim() === '') throw new UsageError('There is nothing on standard input', REMEDY);
  return text.trim();
}

/**
 * The cookie in `name=value`, in the line of a Set-Cookie or Cookie header, or in a bare value whose name is given.
 *
 * @param name which cookie to take where there are several, or the name of a bare value
 * @throws {@link UsageError}
 */
export function parseCookie(text: string, name: string | undefined): PastedCookie {
  const pairs = text
    .replace(/^(?:set-)?cookie:/i, '')
    .split(';')
    .map((pair) => pair.trim());
  if (name === undefined) {
    const [, found, value] = PAIR.exec(pairs[0]!) ?? [];
    if (found !== undefined && value !== undefined && !looksRandom(found)) return { name: found, value };
    throw new UsageError(
      'The cookie has no name, without which it does not open',
      'Pipe in name=value, or add --name NAME.',
    );
  }
  if (!PAIR.test(`${name}=`))
    throw new UsageError('That is no name of a cookie', 'Give --name NAME as it is in the browser.');
  const own = pairs.find((pair) => pair.startsWith(`${name}=`));
  if (own !== undefined) return { name, value: own.slice(name.length + 1) };
  if (pairs.length === 1) return { name, value: pairs[0]! };
  throw new UsageError('There is no cookie of that name on standard input', 'Check --name.');
}

const REMEDY = 'Pipe one cookie in: name=value, or the line of a Set-Cookie or Cookie header.';
