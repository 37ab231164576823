import { Stage } from '../http/stage.mjs';
import { BARE, createLibraries } from '../libraries/index.mjs';

const NAMES = ['session', 'cart'];
const STEPS = 10;
const REQUESTS_PER_STEP = 20_000;
const VISITORS = 2000;

/**
 * What a server's process holds while requests pass: a quarter each untouched, read, written and of new visitors.
 *
 * @typedef {object} MemoryRow
 * @property {string} platform
 * @property {string} library
 * @property {{ requests: number, heap: number, rss: number }[]} steps bytes after so many requests and a full
 * collection
 *
 * @param {import('../options.mjs').Options} options
 * @returns {Promise<MemoryRow[]>}
 */
export async function runMemory({ isQuick, builds }) {
  const stage = await Stage.open(builds, { visitors: isQuick ? 3 : VISITORS, isPinned: !isQuick });
  const rows = [];
  try {
    for (const library of createLibraries(builds)) {
      if (library.name !== BARE && library.kind !== 'library') continue;
      for (const platform of library.platforms) {
        const server = await stage.server(library, NAMES, platform);
        const steps = await watch(stage, server, isQuick ? 16 : REQUESTS_PER_STEP);
        rows.push({ platform, library: library.name, steps });
      }
    }
    return rows;
  } finally {
    stage.close();
  }
}

async function watch(stage, server, requestsPerStep) {
  const steps = [];
  for (let step = 1; step <= STEPS; step++) {
    for (const path of ['untouched', 'read', 'written', 'start']) {
      await stage.run(server, { path, count: requestsPerStep / 4 });
    }
    const { heapUsed, rss } = await stage.memoryOf(server);
    steps.push({ requests: step * requestsPerStep, heap: heapUsed, rss });
  }
  return steps;
}
