/**
 * Returns what finds the cookies of some names in a header, as a build of this library does it.
 *
 * @param {string} build the address of its entry
 * @returns {Promise<(names: readonly string[]) => (header: string) => Map<string, string[]>>}
 */
export async function cookieFinderOf(build) {
  const { findCookies } = await import(new URL('./http/cookie-header.js', build));
  // Builds before this file existed take a set of names.
  const { CookieNames = Set } = await import(new URL('./http/cookie-names.js', build)).catch(() => ({}));
  return (names) => {
    const wanted = new CookieNames(names);
    return (header) => findCookies(header, wanted);
  };
}
