/**
 * A browser sends several cookies of one name when they were set for different paths or domains, and so does an attacker on a
 * neighbouring host. More than these are not looked at, to bound the work one request can ask for.
 */
const MAXIMUM_CANDIDATES = 4;

const TAB = 0x09;
const SPACE = 0x20;

/**
 * The values of the wanted cookies, in one pass over the header, which takes the time of its length whatever is in it. Names are compared
 * byte by byte, values are taken as they stand: space and tab around them do not count, and every other byte does. A neighbouring host may
 * set a cookie whose name begins with what other trimming takes for white space, and with a prefix such as `__Host-` behind it.
 *
 * @param header the Cookie header
 * @returns for each wanted name that occurs, its values in the order of the header
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-5.2
 */
export function findCookies(header: string | undefined, wanted: ReadonlySet<string>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  if (!header) return found;
  for (let start = 0; start < header.length;) {
    const equals = header.indexOf('=', start);
    if (equals === -1) break;
    const semicolon = header.indexOf(';', start);
    const end = semicolon === -1 ? header.length : semicolon;
    if (end < equals) {
      // What stands before the last semicolon has no value, however many pairs that may be.
      start = header.lastIndexOf(';', equals) + 1;
      continue;
    }
    const name = trimmed(header, start, equals);
    if (wanted.has(name)) add(found, name, trimmed(header, equals + 1, end));
    start = end + 1;
  }
  return found;
}

function add(found: Map<string, string[]>, name: string, value: string): void {
  const values = found.get(name);
  if (!values) found.set(name, [value]);
  else if (values.length < MAXIMUM_CANDIDATES) values.push(value);
}

/** A part of text without space and tab around it. */
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
