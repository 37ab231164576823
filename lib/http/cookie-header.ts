/**
 * A browser sends several cookies of one name when they were set for different paths or domains, and so does an attacker on a
 * neighbouring host. More than these are not looked at, to bound the work one request can ask for.
 */
const MAXIMUM_CANDIDATES = 4;

/**
 * The values of the wanted cookies, in one pass over the header. Names are compared exactly, values are taken as they stand.
 *
 * @param header the Cookie header
 * @returns for each wanted name that occurs, its values in the order of the header
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-4.2.1
 */
export function findCookies(header: string | undefined, wanted: ReadonlySet<string>): Map<string, string[]> {
  const found = new Map<string, string[]>();
  if (!header) return found;
  for (let start = 0; start < header.length;) {
    const semicolon = header.indexOf(';', start);
    const end = semicolon === -1 ? header.length : semicolon;
    const equals = header.indexOf('=', start);
    if (equals === -1) break;
    if (equals < end) {
      const name = header.slice(start, equals).trim();
      if (wanted.has(name)) {
        const values = found.get(name);
        const value = header.slice(equals + 1, end).trim();
        if (!values) found.set(name, [value]);
        else if (values.length < MAXIMUM_CANDIDATES) values.push(value);
      }
    }
    start = end + 1;
  }
  return found;
}
