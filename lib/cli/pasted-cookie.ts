import { isLegacyText } from '../sealing/legacy-format.js';
import { describeHeader } from '../sealing/create-sealer.js';
import { looksRandom } from './arguments.js';
import { cookiesIn, isCookieName, type PastedCookie, plainText } from './cookie-notations.js';
import { unquoted } from './quotes.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

const MAXIMUM_CHARACTERS = 65_536;
/** So long may a name be that is shown; longer ones may be something else. */
const SHOWN_CHARACTERS = 64;
const REMEDY =
  'Pipe one cookie in: name=value, the line of a Set-Cookie or Cookie header, or what curl or a browser shows of it.';

/** All of standard input. @throws {@link UsageError} when there is nothing, or far too much */
export async function readInput({ stdin, stderr }: Terminal): Promise<string> {
  if (stdin.isTTY) stderr.write('Paste the cookie, then press Enter and Ctrl-D.\n');
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stdin) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    if (text.length > MAXIMUM_CHARACTERS) throw new UsageError('That is too long for a cookie', REMEDY);
  }
  if (text.trim() === '') throw new UsageError('There is nothing on standard input', REMEDY);
  return plainText(text);
}

/** The cookie that was meant, and the names of those beside it. */
export interface Choice {
  readonly cookie: PastedCookie;
  readonly others: string;
}

/**
 * The one cookie that a text can mean; see {@link cookiesIn}. Of several that is the only one which looks like a session's.
 *
 * @param name which cookie to take where there are several, or the name of a bare value
 * @throws {@link UsageError} when it can mean several, or none
 */
export function chooseCookie(text: string, name: string | undefined): Choice {
  if (name !== undefined && !isCookieName(name)) {
    throw new UsageError('That is no name of a cookie', 'Give --name NAME as it is in the browser.');
  }
  const found = cookiesIn(text);
  const named = distinct(name === undefined ? found : found.filter((cookie) => cookie.name === name));
  const sealed = named.filter(({ value }) => looksSealed(value));
  const meant = sealed.length > 0 ? sealed : named;
  assertOne(meant);
  const [cookie] = meant;
  if (!cookie || (name === undefined && looksRandom(cookie.name))) {
    return { cookie: bareValue(text, name, found), others: '' };
  }
  return { cookie, others: name === undefined ? listed(named.filter((other) => other !== cookie)) : '' };
}

function looksSealed(value: string): boolean {
  return isLegacyText(value) || describeHeader(value) !== undefined;
}

function assertOne(meant: readonly PastedCookie[]): void {
  if (meant.length < 2) return;
  const names = listed(meant);
  if (meant.some(({ name }) => name !== meant[0]!.name)) {
    throw new UsageError(`There are several cookies: ${names}`, 'Say which one with --name NAME.');
  }
  throw new UsageError(
    `There are ${meant.length} cookies named ${names} with different values, such as the one that was sent and the one that was set`,
    'Pipe in the line of one of them alone.',
  );
}

function bareValue(text: string, name: string | undefined, found: readonly PastedCookie[]): PastedCookie {
  const value = unquoted(text);
  // A value in base64 may end in an equals sign, as a name does.
  const isBare = /^[^\s;,"'{}=]*={0,2}$/.test(value);
  if (name !== undefined && isBare) return { name, value };
  if (name !== undefined && found.length > 0) {
    throw new UsageError(
      `There is no cookie of that name on standard input, but ${listed(found)}`,
      'Check --name.',
    );
  }
  if (text.includes('\n')) throw new UsageError('There is no cookie in what is on standard input', REMEDY);
  throw new UsageError(
    'The cookie has no name, without which it does not open',
    'Pipe in name=value, or add --name NAME.',
  );
}

function distinct(cookies: readonly PastedCookie[]): readonly PastedCookie[] {
  return cookies.filter(
    ({ name, value }, i) => cookies.findIndex((other) => other.name === name && other.value === value) === i,
  );
}

/** Their names, but for those that may be a secret or a value instead. */
function listed(cookies: readonly PastedCookie[]): string {
  const names = [...new Set(cookies.map(({ name }) => name))];
  const shown = names.filter((name) => name.length <= SHOWN_CHARACTERS && !looksRandom(name));
  const hidden = names.length - shown.length;
  return [...shown, ...(hidden > 0 ? [`${hidden} with the name of a secret`] : [])].join(', ');
}
