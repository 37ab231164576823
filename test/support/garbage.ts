import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** Clears everything that nobody holds. What lies outside of the heap is given back by the next collection. */
export function collectGarbage(): void {
  gc();
  gc();
}
