/**
 * Copies bytes that are kept for long into memory of their own. Node cuts small Buffers from a block of 8 KB that it
 * shares among all code of the process: one that is kept keeps the whole block, and whoever gets another one can reach
 * its bytes through `buffer`.
 *
 * @see https://nodejs.org/api/buffer.html#static-method-bufferallocunsafesize
 */
export function ownBytes(...parts: readonly Uint8Array[]): Buffer {
  const own = Buffer.alloc(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    // A view of memory that was given away has no bytes, and cannot be read.
    if (part.length > 0) own.set(part, at);
    at += part.length;
  }
  return own;
}
