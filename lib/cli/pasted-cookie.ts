import { findCookies } from '../http/cookie-header.js';
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
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;

/** All of standard input, in one line. @throws {@link UsageError} when there is nothing, or far too much */
export async function readInput({ stdin, stderr }: Terminal): Promise<string> {
  if (stdin.isTTY) stderr.write('Paste the cookie, then press Enter and Ctrl-D.\n');
  let text = '';
  for await (const chunk of stdin) {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    if (text.length > MAXIMUM_CHARACTERS) throw new UsageError('That is too long for a cookie', REMEDY);
  }
  if (text.trim() === '') throw new UsageError('There is nothing on standard input', REMEDY);
  return text.replace(/^\ufeff/, '').replaceAll(/[\r\n]/g, ' ');
}

/**
 * The cookie in `name=value`, in the line of a Set-Cookie or Cookie header, or in a bare value whose name is given. Names are read as a
 * server reads them.
 *
 * @param name which cookie to take where there are several, or the name of a bare value
 * @throws {@link UsageError}
 */
export function parseCookie(text: string, name: string | undefined): PastedCookie {
  const header = text.replace(/^[ \t]*(?:set-)?cookie:/i, '');
  const wanted = name ?? firstName(header);
  if (!NAME.test(wanted))
    throw new UsageError('That is no name of a cookie', 'Give --name NAME as it is in the browser.');
  const [value] = findCookies(header, new Set([wanted])).get(wanted) ?? [];
  if (value !== undefined) return { name: wanted, value };
  if (!header.includes(';')) return { name: wanted, value: header.trim() };
  throw new UsageError('There is no cookie of that name on standard input', 'Check --name.');
}

function firstName(header: string): string {
  const [, name] = /^[ \t]*([^=; \t]+)[ \t]*=/.exec(header) ?? [];
  if (name !== undefined && NAME.test(name) && !looksRandom(name)) return name;
  throw new UsageError(
    'The cookie has no name, without which it does not open',
    'Pipe in name=value, or add --name NAME.',
  );
}

const REMEDY = 'Pipe one cookie in: name=value, or the line of a Set-Cookie or Cookie header.';
