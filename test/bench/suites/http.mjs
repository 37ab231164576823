import { otherCookies, Stage } from '../http/stage.mjs';
import { BARE, createLibraries } from '../libraries/index.mjs';
import { BASELINE } from '../codecs/client-sessions.mjs';
import { interleave } from '../measure/rounds.mjs';
import { summarize } from '../measure/statistics.mjs';

const NAMES = Array.from({ length: 16 }, (_, i) => ['session', 'cart'][i] ?? `session-${i}`);
const VISITORS = 2000;
/** Requests of one measurement, about 0.2 s of CPU time. */
const REQUESTS = { express: 1000, fastify: 2000 };

const UNTOUCHED = '^{"views":1}$';

/** `kinds` limits a scenario to libraries of these kinds. */
const SCENARIOS = [
  { scenario: 'untouched', path: 'untouched', sessions: 1, body: UNTOUCHED },
  { scenario: 'read', path: 'read', sessions: 1 },
  { scenario: 'read again', path: 'read', sessions: 1, limit: 1, kinds: ['bare', 'library'] },
  { scenario: 'written', path: 'written', sessions: 1 },
  { scenario: 'two read', path: 'read', sessions: 2 },
  { scenario: 'two written', path: 'written', sessions: 2 },
  {
    scenario: '16 sessions, 8 KB of other cookies, untouched',
    path: 'untouched',
    sessions: 16,
    others: otherCookies(8192),
    body: UNTOUCHED,
    kinds: ['bare', 'library'],
    isCrowded: true,
  },
];

/**
 * CPU time of whole requests, against the same application without sessions.
 *
 * @typedef {object} HttpRow
 * @property {string} platform
 * @property {string} library
 * @property {string} kind
 * @property {string} scenario
 * @property {import('../measure/statistics.mjs').Summary} microseconds CPU time of one request
 * @property {import('../measure/statistics.mjs').Summary} share 1: as fast as the bare application
 * @property {import('../measure/statistics.mjs').Summary} [added] CPU time added to the bare application's; 1: as much as client-sessions adds
 * @property {import('../measure/statistics.mjs').Summary} [crowding] against one session without other cookies
 *
 * @param {import('../options.mjs').Options} options
 * @returns {Promise<HttpRow[]>}
 */
export async function runHttp({ isQuick, rounds = 15, builds }) {
  const stage = await Stage.open(builds, isQuick ? 3 : VISITORS);
  try {
    const cells = await createCells(stage, builds, isQuick);
    const measure = ({ server, requests }) => stage.cpuOf(server, requests);
    if (!isQuick) await interleave(cells, 3, measure);
    return rowsOf(cells, await interleave(cells, isQuick ? 1 : rounds, measure));
  } finally {
    stage.close();
  }
}

async function createCells(stage, builds, isQuick) {
  const cells = [];
  for (const library of createLibraries(builds)) {
    for (const platform of library.platforms) {
      for (const scenario of SCENARIOS) {
        const { path, sessions, limit, others, body, kinds } = scenario;
        if ((sessions > 1 && !library.hasSeveral) || !(kinds?.includes(library.kind) ?? true)) continue;
        const server = await stage.server(library, NAMES.slice(0, sessions), platform);
        const count = isQuick ? 16 : REQUESTS[platform];
        const seen = path === 'read' && library.kind !== 'bare';
        const requests = { path, count, limit, others, body: seen ? readBody(sessions) : body };
        cells.push({ ...scenario, library, platform, server, requests });
      }
    }
  }
  return cells;
}

/** What shows that every session was opened. */
function readBody(sessions) {
  const views = Array(sessions).fill('\\d+');
  return `^{"views":\\[${views}\\]}$`;
}

function rowsOf(cells, figures) {
  const find = (cell, library, scenario = cell.scenario) =>
    figures.get(
      cells.find(
        (other) =>
          other.library.name === library && other.platform === cell.platform && other.scenario === scenario,
      ),
    );
  return cells.map((cell) => {
    const { library, platform, scenario } = cell;
    const own = figures.get(cell);
    const bare = find(cell, BARE);
    const peer = find(cell, BASELINE);
    const overRounds = (figure) => summarize(own.map((cost, round) => figure(cost, round)));
    return {
      platform,
      library: library.name,
      kind: library.kind,
      scenario,
      microseconds: summarize(own),
      share: overRounds((cost, round) => bare[round] / cost),
      ...(peer && { added: overRounds((cost, round) => (cost - bare[round]) / (peer[round] - bare[round])) }),
      ...(cell.isCrowded && {
        crowding: overRounds((cost, round) => cost / find(cell, library.name, 'untouched')[round]),
      }),
    };
  });
}
