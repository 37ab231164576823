import { ORDINARY, type Shape } from './cookie-shapes.js';
import type { Scene } from './scene.js';

/** What one shape costs, where an ordinary header of the same size costs 1. */
export interface Ratio {
  readonly title: string;
  readonly ratio: number;
  /** CPU time of one request: ms. */
  readonly cpu: number;
}

/** Shapes, the path that they are sent to, and whose texts they are made of. */
export interface Group {
  readonly path: string;
  readonly texts: 'texts' | 'movedTexts';
  readonly shapes: readonly Shape[];
}

export interface Effort {
  readonly rounds: number;
  /** How many requests are measured together. */
  readonly requests: number;
}

/** The ratio that no shape may exceed. */
export const MOST_RATIO = 3;
const ATTEMPTS = 6;
/** How many requests of a group come before the first one that is measured: an attack lasts, too. */
const WARM_UP = 600;

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
  { path, texts, shapes }: Group,
  bytes: number,
  { rounds, requests }: Effort,
): Promise<Ratio[]> {
  const cells = [ORDINARY, ...shapes].map((shape): Cell => ({
    shape,
    fields: [shape.write(bytes, scene[texts]).join('; ')],
    times: [],
  }));
  for (const { fields } of cells) await cpuOf(scene, path, fields, Math.ceil(WARM_UP / cells.length));
  let ratios: Ratio[] = [];
  // Whatever else the machine does only adds. What is above the limit is measured again before it counts.
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    for (let round = 0; round < rounds; round++) {
      for (const cell of round % 2 ? cells : cells.toReversed()) {
        cell.times.push(await cpuOf(scene, path, cell.fields, requests));
      }
    }
    const [ordinary = 0, ...others] = cells.map(({ times }) => Math.min(...times));
    ratios = others.map((cpu, i) => ({ title: shapes[i]!.title, cpu, ratio: cpu / ordinary }));
    if (ratios.every(({ ratio }) => ratio <= MOST_RATIO)) break;
  }
  return ratios;
}

async function cpuOf(
  scene: Scene,
  path: string,
  fields: readonly string[],
  requests: number,
): Promise<number> {
  const before = await scene.process.condition();
  for (let i = 0; i < requests; i++) await scene.client.get(path, fields);
  const after = await scene.process.condition();
  return (after.cpu - before.cpu) / requests;
}
