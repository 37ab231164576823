/**
 * How many cookies of one name are looked at by default. A browser sends several if they were set for different paths
 * or domains. An attacker on a neighbouring host can add more.
 */
export const MOST_OF_ONE_NAME = 4;

const TAB = 0x09;
const SPACE = 0x20;

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
  wanted: ReadonlySet<string>,
  most: number = MOST_OF_ONE_NAME,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  if (!header) return found;
  for (let start = 0; start < header.length;) {
    const equals = header.indexOf('=', start);
    if (equals === -1) break;
    const semicolon = header.indexOf(';', start);
    const end = semicolon === -1 ? header.length : semicolon;
    if (end < equals) {
      // Nothing before the last semicolon has a value, so all of it is skipped at once.
      start = header.lastIndexOf(';', equals) + 1;
      continue;
    }
    const name = trimmed(header, start, equals);
    if (wanted.has(name)) add(found, name, trimmed(header, equals + 1, end), most);
    start = end + 1;
  }
  return found;
}

function add(found: Map<string, string[]>, name: string, value: string, most: number): void {
  const values = found.get(name);
  if (!values) found.set(name, [value]);
  else if (values.length < most) values.push(value);
}

/** Returns a part of a text without the spaces and tabs around it. */
function trimmed(text: string, start: number, end: number): string {
  let from = start;
  let to = end;
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
