import { isLegacyText } from '../sealing/legacy-format.js';
import { describeHeader } from '../sealing/create-sealer.js';
import { looksRandom } from './arguments.js';
import { cookiesIn, isCookieName, type PastedCookie, plainText } from './cookie-notations.js';
import { joinedCookies } from './joined-cookies.js';
import { unquoted } from './quotes.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

const MAXIMUM_CHARACTERS = 65_536;
/** Maximum length of a name that is shown. Longer text may be a secret or a value. */
const SHOWN_CHARACTERS = 64;
const REMEDY =
  'Pipe one cookie in: name=value, a Set-Cookie or Cookie header, or the output of curl or of a browser.';

/** Reads all of standard input. @throws {@link UsageError} if it is empty or far too long */
export async function readInput({ stdin, stderr }: Terminal): Promise<string> {
  if (stdin.isTTY) stderr.write('Paste the cookie, then press Enter and Ctrl-D.\n');
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stdin) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    if (text.length > MAXIMUM_CHARACTERS)
      throw new UsageError('Standard input is too long for a cookie', REMEDY);
  }
  if (text.trim() === '') throw new UsageError('Standard input is empty', REMEDY);
  return plainText(text);
}

/** The chosen cookie, and the names of the other cookies. */
export interface Choice {
  readonly cookie: PastedCookie;
  readonly others: string;
}

/**
 * Chooses the cookie that a text can mean; see {@link cookiesIn}. Of several cookies, it takes the only one that looks
 * like a session.
 *
 * @param name which one of several cookies to take, or the name of a bare value
 * @throws {@link UsageError} if no cookie, or more than one, can be meant
 */
export function chooseCookie(text: string, name: string | undefined): Choice {
  if (name !== undefined && !isCookieName(name)) {
    throw new UsageError(
      'The value of --name must be the name of a cookie',
      'Write it exactly as the browser shows it.',
    );
  }
  const found = joinedCookies(cookiesIn(text));
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
    `There are ${meant.length} cookies named ${names} with different values, ` +
      'such as the one that was sent and the one that was set',
    'Pipe in only the line of one of them.',
  );
}

function bareValue(text: string, name: string | undefined, found: readonly PastedCookie[]): PastedCookie {
  const value = unquoted(text);
  // A base64 value may end with equals signs, like a name.
  const isBare = /^[^\s;,"'{}=]*={0,2}$/.test(value);
  if (name !== undefined && isBare) return { name, value };
  if (name !== undefined && found.length > 0) {
    throw new UsageError(`Standard input has no cookie of that name, only ${listed(found)}`, 'Check --name.');
  }
  if (text.includes('\n')) throw new UsageError('Standard input contains no cookie', REMEDY);
  throw new UsageError(
    'The cookie has no name, and it cannot be opened without one',
    'Pipe in name=value, or add --name NAME.',
  );
}

function distinct(cookies: readonly PastedCookie[]): readonly PastedCookie[] {
  return cookies.filter(
    ({ name, value }, i) => cookies.findIndex((other) => other.name === name && other.value === value) === i,
  );
}

/** Lists the names of cookies. A name that may be a secret or a value is only counted. */
function listed(cookies: readonly PastedCookie[]): string {
  const names = [...new Set(cookies.map(({ name }) => name))];
  const shown = names.filter((name) => name.length <= SHOWN_CHARACTERS && !looksRandom(name));
  const hidden = names.length - shown.length;
  return [...shown, ...(hidden > 0 ? [`${hidden} whose name may be a secret`] : [])].join(', ');
}
