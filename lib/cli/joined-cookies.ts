import { isChunk, joinText } from '../http/cookie-chunks.js';
import { chunkNamesOf } from '../options/chunk-options.js';
import type { PastedCookie } from './cookie-notations.js';

/**
 * Joins each session that was split over several cookies, `cart`, `cart.1`, `cart.2`. If one of them is missing, the
 * others stay as they are.
 */
export function joinedCookies(found: readonly PastedCookie[]): readonly PastedCookie[] {
  const values = new Map<string, string[]>(found.map(({ name }) => [name, []]));
  for (const { name, value } of found) values.get(name)!.push(value);
  const parts = new Set<string>();
  const joined = found.map((cookie) => {
    const { name } = cookie;
    const value = joinText(name, cookie.value, (part) => values.get(part));
    if (value === '' || value === cookie.value) return cookie;
    for (const part of chunkNamesOf(name).slice(1)) parts.add(part);
    return { name, value, isJoined: true };
  });
  return joined.filter(({ name, value }) => !(parts.has(name) && isChunk(value)));
}

/** Whether a value looks like a part of a session that was not joined. */
export function isLonePart({ name, value }: PastedCookie): boolean {
  return isChunk(value) || (value !== '' && joinText(name, value, () => undefined) === '');
}
