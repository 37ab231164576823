import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sized } from '../support/size.js';
import { printTable } from '../support/table.js';
import { MOVED_SHAPES, SHAPES } from './cookie-shapes.js';
import { type Group, MOST_RATIO, type Ratio, ratiosOf } from './cpu-ratios.js';
import { Scene } from './scene.js';
import type { Host } from './server/hosts.js';
import { ServerProcess } from './server-process.js';
import { CompiledProgram } from '../support/compiled-program.js';

const KB = 1024;
const SIZES = [8 * KB, 63 * KB];
const EFFORT = { rounds: 5, requests: 8 };
/** Bare Node has the least to do beside our part, so that it tells most. */
const MEASURED = sized<readonly Host[]>(['connect'], ['express', 'fastify', 'connect', 'fastify-2']);

const GROUPS: readonly Group[] = [
  { path: '/count/7', texts: 'texts', shapes: SHAPES },
  { path: '/moved/7', texts: 'movedTexts', shapes: MOVED_SHAPES },
];

let program: CompiledProgram;
let server: ServerProcess;

beforeAll(async () => {
  program = await CompiledProgram.compile('test/hostile/server/main.ts');
  server = await ServerProcess.start(program, 96 * KB);
});

afterAll(async () => {
  await server?.stop();
  await program.remove();
});

test.each(SIZES)(
  `no header of %d bytes takes more than ${MOST_RATIO} times the CPU time of an ordinary one`,
  async (bytes) => {
    const columns: Ratio[][] = [];
    for (const host of MEASURED) {
      const scene = await Scene.of(server, host);
      const column: Ratio[] = [];
      for (const group of GROUPS) column.push(...(await ratiosOf(scene, group, bytes, EFFORT)));
      columns.push(column);
      scene.close();
    }
    printTable([
      [`${bytes} bytes`, ...MEASURED],
      ...columns[0]!.map(({ title }, i) => [title, ...columns.map((column) => column[i]!.ratio.toFixed(2))]),
    ]);
    expect(columns.flat().filter(({ ratio }) => ratio > MOST_RATIO)).toEqual([]);
  },
);
