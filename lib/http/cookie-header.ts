import type { CookieNames } from './cookie-names.js';

/**
 * How many cookies of one name are looked at by default. A browser sends several if they were set for different paths
 * or domains. An attacker on a neighbouring host can add more.
 */
export const MOST_OF_ONE_NAME = 4;

const TAB = 0x09;
const SPACE = 0x20;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
/** Up to this length, calling `indexOf` takes longer than looking at each character. */
const SHORT = 8;

/**
 * Finds the values of the wanted cookies in one pass over the header. The time depends on the length of the
 * header, not on its content. Names and values are not decoded, and only spaces and tabs around them are
 * removed. Other trimming would be unsafe: a neighbouring host may set a cookie whose name begins with
 * another white-space character, followed by a prefix such as `__Host-`.
 *
 * @param header the Cookie header
 * @param most how many cookies of one name are looked at, which limits the work that one request can cause
 * @returns for each wanted name that occurs, its values in the order of the header
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-5.2
 */
export function findCookies(
  header: string | undefined,
  wanted: CookieNames,
  most: number = MOST_OF_ONE_NAME,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  if (!header) return found;
  for (let at = 0; at < header.length;) {
    const code = header.charCodeAt(at);
    if (code === SEMICOLON || isBlank(code)) {
      at++;
      continue;
    }
    if (!wanted.mayBeginWith(code)) {
      at = endOfValue(header, at) + 1;
      continue;
    }
    const equals = endOfName(header, at);
    if (header.charCodeAt(equals) !== EQUALS) {
      at = equals + 1;
      continue;
    }
    const end = endOfValue(header, equals + 1);
    const name = wanted.find(header, at, dropBlanks(header, at, equals));
    if (name !== undefined) add(found, name, header, equals + 1, end, most);
    at = end + 1;
  }
  return found;
}

function add(
  found: Map<string, string[]>,
  name: string,
  header: string,
  start: number,
  end: number,
  most: number,
): void {
  const values = found.get(name);
  if (values && values.length >= most) return;
  const from = skipBlanks(header, start, end);
  const value = header.slice(from, dropBlanks(header, from, end));
  if (values) values.push(value);
  else found.set(name, [value]);
}

/** Returns where the next `=` or `;` stands, or the end of the header. */
function endOfName(header: string, from: number): number {
  for (let at = from; at < header.length; at++) {
    const code = header.charCodeAt(at);
    if (code === EQUALS || code === SEMICOLON) return at;
  }
  return header.length;
}

/** Returns where the next `;` stands, or the end of the header. */
function endOfValue(header: string, from: number): number {
  const near = Math.min(from + SHORT, header.length);
  for (let at = from; at < near; at++) if (header.charCodeAt(at) === SEMICOLON) return at;
  const semicolon = header.indexOf(';', near);
  return semicolon === -1 ? header.length : semicolon;
}

/** Returns where a part of a header begins behind the spaces and tabs in front of it. */
function skipBlanks(header: string, from: number, to: number): number {
  let at = from;
  while (at < to && isBlank(header.charCodeAt(at))) at++;
  return at;
}

/** Returns where a part of a header ends in front of the spaces and tabs behind it. */
function dropBlanks(header: string, from: number, to: number): number {
  let at = to;
  while (at > from && isBlank(header.charCodeAt(at - 1))) at--;
  return at;
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
