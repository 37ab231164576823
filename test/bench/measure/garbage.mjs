import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc');

/** Clears the young generation, where short-lived objects live and die. */
export function collectGarbage() {
  gc({ type: 'minor' });
}

/** Clears everything that nobody holds. */
export function collectAllGarbage() {
  gc();
}
