/**
 * Whether `JSON.parse()` reads the names in the content as they are written, on which other libraries depend.
 *
 * @see https://github.com/nodejs/node/issues/63785
 */
export function hasReadableNames(content: unknown): boolean {
  const json = JSON.stringify(content);
  return JSON.stringify(JSON.parse(json)) === json;
}
