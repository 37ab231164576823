import { randomFillSync } from 'node:crypto';

/**
 * Writes random nonces into buffers, from a pool.
 *
 * @param {number} bytes of one nonce
 * @returns {(target: Buffer, at: number) => void}
 */
export function createNonces(bytes) {
  const pool = Buffer.alloc(256 * bytes);
  let next = pool.length;
  return (target, at) => {
    if (next === pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    pool.copy(target, at, next, (next += bytes));
  };
}
