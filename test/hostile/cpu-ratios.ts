import { ORDINARY, type Shape } from './cookie-shapes.js';
import type { Scene } from './scene.js';

/** What one shape costs, where an ordinary header of the same size costs 1. */
export interface Ratio {
  readonly shape: Shape;
  readonly ratio: number;
  /** CPU time of one request: ms. */
  readonly cpu: number;
}

interface Cell {
  readonly shape: Shape;
  readonly fields: readonly string[];
  readonly times: number[];
}

/**
 * Measures the CPU time that the server's process takes for one request of each shape. Each round measures every shape
 * once, in one order and the next time in the other one, so that whatever else happens meets all of them. The least of
 * all rounds counts: everything else that a machine does can only add to it.
 */
export async function ratiosOf(
  scene: Scene,
  shapes: readonly Shape[],
  bytes: number,
  { rounds, requests }: { readonly rounds: number; readonly requests: number },
): Promise<Ratio[]> {
  const cells = [ORDINARY, ...shapes].map((shape): Cell => ({
    shape,
    fields: [shape.write(bytes, scene.texts).join('; ')],
    times: [],
  }));
  for (let round = 0; round < rounds; round++) {
    for (const cell of round % 2 ? cells : cells.toReversed()) {
      cell.times.push(await cpuOf(scene, cell.fields, requests));
    }
  }
  const [ordinary = 0, ...others] = cells.map(({ times }) => Math.min(...times));
  return others.map((cpu, i) => ({ shape: shapes[i]!, cpu, ratio: cpu / ordinary }));
}

async function cpuOf(scene: Scene, fields: readonly string[], requests: number): Promise<number> {
  const before = await scene.process.condition();
  for (let i = 0; i < requests; i++) await scene.client.get('/count/7', fields);
  const after = await scene.process.condition();
  return (after.cpu - before.cpu) / requests;
}
