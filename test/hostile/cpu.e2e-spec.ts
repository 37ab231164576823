import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { printTable } from '../support/table.js';
import { SHAPES } from './cookie-shapes.js';
import { type Ratio, ratiosOf } from './cpu-ratios.js';
import { Scene } from './scene.js';
import { HOSTS } from './server/hosts.js';
import { ServerProcess } from './server-process.js';
import { ServerProgram } from './server-program.js';

const IS_FULL = process.env['CI'] === 'true';
const KB = 1024;
const SIZES = IS_FULL ? [15 * KB, 63 * KB] : [63 * KB];
const EFFORT = IS_FULL ? { rounds: 9, requests: 20 } : { rounds: 5, requests: 8 };
const MOST = 3;

let program: ServerProgram;
let server: ServerProcess;

beforeAll(async () => {
  program = await ServerProgram.compile();
  server = await ServerProcess.start(program, 96 * KB);
});

afterAll(async () => {
  await server?.stop();
  await program.remove();
});

test.each(SIZES)(
  `no header of %d bytes takes more than ${MOST} times the CPU time of an ordinary one`,
  async (bytes) => {
    const columns: Ratio[][] = [];
    for (const host of HOSTS) {
      const scene = await Scene.of(server, host);
      columns.push(await ratiosOf(scene, SHAPES, bytes, EFFORT));
      scene.close();
    }
    printTable([
      [`${bytes} bytes`, ...HOSTS],
      ...SHAPES.map(({ title }, i) => [title, ...columns.map((ratios) => ratios[i]!.ratio.toFixed(2))]),
    ]);
    expect(columns.flat().filter(({ ratio }) => ratio > MOST)).toEqual([]);
  },
  120_000,
);
