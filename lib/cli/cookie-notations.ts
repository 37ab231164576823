import { looksRandom } from './arguments.js';
import { closedText, listedTexts, trimmed, unquoted } from './quotes.js';
import { UsageError } from './usage-error.js';

/** A cookie that somebody copied from a browser, a log or a response. */
export interface PastedCookie {
  readonly name: string;
  readonly value: string;
  /** Whether its value was put together from several cookies. */
  readonly isJoined?: boolean;
}

type Notation = (text: string) => readonly PastedCookie[];

/** @see https://www.rfc-editor.org/rfc/rfc6265#section-4.1.1 */
const TOKEN = "[\\w!#$%&'*+.^`|~-]+";
const NAME = new RegExp(`^${TOKEN}$`);
const PAIR = new RegExp(`^(${TOKEN})[ \\t]*=(.*)$`, 's');
/** The comma between joined Set-Cookie headers. After the comma in a date there is no equals sign. */
const NEXT_COOKIE = new RegExp(`,(?=\\s*${TOKEN}=)`);

/** Attributes next to a cookie, in Set-Cookie headers and in browser tools. They are not cookies. */
const ATTRIBUTES: ReadonlySet<string> = new Set(
  'expires max-age domain path secure httponly samesite partitioned priority created hostonly size'.split(
    ' ',
  ),
);

/** The name of a header at the beginning of a line, or after a space, a quote or a bracket. */
const HEADER_NAME = String.raw`(?<=^|[\s'"[({,])(set-cookie|cookie)(['"]?)`;
/** The separator between the name of a header and its value. The value may be in the next line or column. */
const HEADER_SEPARATOR = String.raw`(?:[ \t]*:[ \t]*|(?<=^[ \t]*(?:set-)?cookie)(?::?[ \t]*\n[ \t]*|\t+))`;
const HEADER = new RegExp(HEADER_NAME + HEADER_SEPARATOR, 'gim');
const CURL_OPTION = /(?<=^|\s)(?:-b|--cookie)(?:[ \t]+|=)[$^]?/gm;
const POWERSHELL_OBJECT = /\bNet\.Cookie\(\s*"([^"]*)"\s*,\s*"([^"]*)"/g;
/** The first line of a request or a response. */
const HTTP = /^[<>]?[ \t]*(?:HTTP\/[\d.]+ \d{3}\b|[A-Z]+ \S+ HTTP\/[\d.]+$)/m;
/** `Added cookie cart="…" for domain …`, which curl prints about its cookie jar. */
const JAR_NOTE = new RegExp(`^\\* (?:Added|Replaced) cookie (${TOKEN})="([^"]*)" for domain `, 'gm');
/** `{ cart: '…' }`, which consoles print, and `cart:"…"`, which Firefox prints. */
const PROPERTY = new RegExp(`(?:(?<=[{,]\\s*['"]?)(${TOKEN}?)['"]?\\s*:\\s*|^(${TOKEN}):)(?=['"])`, 'gm');

/**
 * Finds all cookies in the output of a tool: header lines, such as those of `curl -v` and `curl -i`, a browser's
 * "Copy as cURL" and its table of cookies, curl's cookie jar, objects, and plain pairs.
 *
 * @param text a result of {@link plainText}
 * @throws {@link UsageError} if a value seems to continue in the next line
 */
export function cookiesIn(text: string): readonly PastedCookie[] {
  // The most reliable notation comes first. In HTTP messages only headers and notes about the jar are cookies.
  const notations: readonly Notation[] = HTTP.test(text)
    ? [inHeaders, inJar]
    : [inHeaders, inJar, inTable, inProperties, inPairs];
  for (const read of notations) {
    const found = read(text);
    if (found.length > 0) return found;
  }
  return [];
}

export function isCookieName(text: string): boolean {
  return NAME.test(text);
}

function inHeaders(text: string): readonly PastedCookie[] {
  const headers = [...text.matchAll(HEADER)].flatMap((match) => {
    const [label, header, quote] = match;
    return headerValues(text, match.index, label.length, quote !== '').flatMap((value) =>
      header!.toLowerCase() === 'cookie' ? pairsIn(value) : value.split(NEXT_COOKIE).flatMap(firstPairIn),
    );
  });
  const options = [...text.matchAll(CURL_OPTION)].flatMap((match) => {
    const at = match.index + match[0].length;
    return pairsIn(closedText(text, at) ?? /^\S*/.exec(text.slice(at))![0]);
  });
  const objects = [...text.matchAll(POWERSHELL_OBJECT)].flatMap(([, name, value]) => cookie(name!, value!));
  return [...headers, ...options, ...objects];
}

/** Quotes may be around the whole line, as in `'Cookie: …'`, around the value, or around each of several values. */
function headerValues(text: string, at: number, labelLength: number, isKey: boolean): readonly string[] {
  const line = isKey ? undefined : closedText(text, at - 1)?.slice(labelLength);
  if (line !== undefined) return [line];
  const end = at + labelLength;
  const value = closedText(text, end) ?? restOfLine(text, end);
  return text[end] === '[' ? listedTexts(value) : [value];
}

function restOfLine(text: string, at: number): string {
  const end = text.indexOf('\n', at);
  return text.slice(at, end < 0 ? undefined : end);
}

/** Reads curl's cookie jar, and the notes that curl prints about it. @see https://curl.se/docs/http-cookies.html */
function inJar(text: string): readonly PastedCookie[] {
  const rows = text.split('\n').map((line) => line.split('\t'));
  const kept = rows.filter((row) => row.length === 7 && /^(?:TRUE|FALSE)$/.test(row[1]!));
  return [
    ...kept.flatMap((row) => cookie(row[5]!, trimmed(row[6]!))),
    ...[...text.matchAll(JAR_NOTE)].flatMap(([, name, value]) => cookie(name!, value!)),
  ];
}

/** Reads the table of a browser's developer tools. Name and value are the first two columns. */
function inTable(text: string): readonly PastedCookie[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', value] = line.split('\t').map(trimmed);
    return value === undefined || (name === 'Name' && value === 'Value') ? [] : cookie(name, unquoted(value));
  });
}

/** Reads objects in JSON or console output. A cookie's name is a key, or a property next to its value. */
function inProperties(text: string): readonly PastedCookie[] {
  const properties = [...text.matchAll(PROPERTY)].map((match): readonly [key: string, value: string] => [
    (match[1] ?? match[2])!,
    closedText(text, match.index + match[0].length) ?? '',
  ]);
  const named = namedValues(properties);
  if (named.length > 0) return named;
  return withoutAttributes(
    properties.flatMap(([key, value]) => (PAIR.test(value) ? pairsIn(value) : cookie(key, value))),
  );
}

/** Reads `{ name: …, value: … }`, the form of HAR files and of exported cookies. */
function namedValues(properties: readonly (readonly [key: string, value: string])[]): PastedCookie[] {
  const found: PastedCookie[] = [];
  let open: { name?: string; value?: string } = {};
  for (const [key, text] of properties) {
    if (key !== 'name' && key !== 'value') continue;
    open[key] = text;
    const { name, value } = open;
    if (name === undefined || value === undefined) continue;
    found.push(...(isHeaderName(name) ? inHeaders(`${name}: ${value}`) : cookie(name, value)));
    open = {};
  }
  return found;
}

function isHeaderName(name: string): boolean {
  return /^(?:set-)?cookie$/i.test(name);
}

function inPairs(text: string): readonly PastedCookie[] {
  const lines = unquoted(text)
    .split('\n')
    .filter((line) => trimmed(line) !== '');
  const found = lines.map((line) => {
    const pairs = unquoted(trimmed(line));
    return PAIR.test(pairs) ? withoutAttributes(pairsIn(pairs)) : [];
  });
  const others = found.filter((cookies) => cookies.length === 0).length;
  if (others > 0 && others < found.length) {
    throw new UsageError(
      'One line is a cookie and another line is not: a line break may have cut the value',
      'Pipe the cookie in as one line.',
    );
  }
  // There is no header, so the quotes were not sent. The tool that printed the value added them.
  return found.flat().map(({ name, value }) => ({ name, value: unquoted(value) }));
}

function pairsIn(text: string): readonly PastedCookie[] {
  return text.split(';').flatMap((part) => {
    const [, name, value] = PAIR.exec(trimmed(part)) ?? [];
    if (name === undefined || value === undefined) return [];
    // Text with equals signs at the end may be a base64 value that looks like a name.
    return value === '=' || (value === '' && looksRandom(name)) ? [] : [{ name, value: trimmed(value) }];
  });
}

function firstPairIn(text: string): readonly PastedCookie[] {
  return pairsIn(text.split(';', 1)[0]!);
}

function cookie(name: string, value: string): readonly PastedCookie[] {
  return NAME.test(name) ? [{ name, value }] : [];
}

/** Removes attributes. The first pair is always a cookie, whatever its name is. */
function withoutAttributes(found: readonly PastedCookie[]): readonly PastedCookie[] {
  return found.filter(({ name }, i) => i === 0 || !ATTRIBUTES.has(name.toLowerCase()));
}

// oxlint-disable-next-line no-control-regex -- colours begin with a control character
const COLOURS = /\u001B\[[\d;]*m/g;

/** Removes colours, and makes all line ends `\n`. */
export function plainText(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replaceAll(COLOURS, '')
    .replaceAll(/\r\n?/g, '\n')
    .replace(/^[ \n]+|[ \t\n]+$/g, '');
}
