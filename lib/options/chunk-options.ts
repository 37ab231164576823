import { maxHeaderSize } from 'node:http';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { shownValue } from '../errors/shown-value.js';
import { COOKIE_BYTES } from '../session/size-limit.js';

/** What happens to a session that is too large for one cookie. */
export interface ChunkOptions {
  /**
   * What happens to a session that is too large for one cookie. `'error'`: it is not stored, and `SessionTooLargeError`
   * is thrown. `'chunk'`: it is written to several cookies: `cart`, `cart.1`, `cart.2`. The browser sends all of them
   * with every request, so allow longer headers in your proxies first.
   * @default 'error'
   */
  onTooLarge?: 'error' | 'chunk' | undefined;
  /** How many cookies a session may take with `onTooLarge: 'chunk'`, from 2 to 5. @default 3 */
  maxChunks?: number | undefined;
}

/** Resolved {@link ChunkOptions}. */
export type ChunkPolicy = Required<{ readonly [K in keyof ChunkOptions]: NonNullable<ChunkOptions[K]> }>;

/** More would not fit into the headers that servers accept. */
const MOST_CHUNKS = 5;

/** @throws {@link InvalidOptionsError} */
export function resolveChunks({ onTooLarge = 'error', maxChunks = 3 }: ChunkOptions): ChunkPolicy {
  if (onTooLarge !== 'error' && onTooLarge !== 'chunk') {
    throw new InvalidOptionsError(
      'onTooLarge',
      `must be a known policy, got ${shownValue(onTooLarge)}`,
      'Use one of error, chunk.',
    );
  }
  if (!Number.isInteger(maxChunks) || maxChunks < 2 || maxChunks > MOST_CHUNKS) {
    throw new InvalidOptionsError(
      'maxChunks',
      `must be a whole number from 2 to ${MOST_CHUNKS}`,
      'Give the number of cookies that the session may take.',
    );
  }
  return { onTooLarge, maxChunks };
}

/** Warns of a policy whose cookies would not pass Node's HTTP server. */
export function chunkWarnings({ onTooLarge, maxChunks }: ChunkPolicy): string[] {
  const bytes = maxChunks * COOKIE_BYTES;
  if (onTooLarge === 'error' || bytes < maxHeaderSize) return [];
  return [
    `${maxChunks} full cookies take ${bytes} bytes, and Node answers 431 to headers of ${maxHeaderSize} bytes. ` +
      'Start Node with --max-http-header-size=32768, or lower "maxChunks".',
  ];
}

/** The name of a chunk's cookie. The first one is the session's own. */
export function chunkName(cookieName: string, i: number): string {
  return i === 0 ? cookieName : `${cookieName}.${i}`;
}

/** All names that the chunks of a cookie can have, also with another `maxChunks`. */
export function chunkNamesOf(cookieName: string): readonly string[] {
  return Array.from({ length: MOST_CHUNKS }, (_, i) => chunkName(cookieName, i));
}
