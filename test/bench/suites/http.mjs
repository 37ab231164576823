import { otherCookies, Stage } from '../http/stage.mjs';
import { BARE, createLibraries } from '../libraries/index.mjs';
import { BASELINE } from '../codecs/client-sessions.mjs';
import { interleave } from '../measure/rounds.mjs';
import { summarize } from '../measure/statistics.mjs';

const NAMES = Array.from({ length: 16 }, (_, i) => ['session', 'cart'][i] ?? `session-${i}`);
const VISITORS = 2000;
/** Requests of one measurement: fewer spread twice as far. */
const REQUESTS = { express: 3000, fastify: 5000 };
/** Requests before them, because a process that has rested is slow at first. */
const PREFACE = 300;

/**
 * Processes differ by a few per cent in how they happen to be laid out and compiled: each library gets
 * several, one after the other.
 */
const FLEETS = 3;
const WARM_UP_ROUNDS = 1;
/** What every response of a path matches. */
const BODIES = { untouched: '^{"views":1}$' };

/** `kinds` limits a scenario to libraries of these kinds. */
const SCENARIOS = [
  { scenario: 'untouched', path: 'untouched', sessions: 1 },
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
 * @property {import('../measure/statistics.mjs').Summary} [added] CPU time added to the bare application's;
 * 1: as much as client-sessions adds
 * @property {import('../measure/statistics.mjs').Summary} [crowding] against one session without other cookies
 * @property {import('../measure/statistics.mjs').Summary} [ownCrowding] the same, less what the header costs
 * the bare application
 *
 * @param {import('../options.mjs').Options} options
 * @returns {Promise<HttpRow[]>}
 */
export async function runHttp({ isQuick, rounds = 12, builds, only, scenarios }) {
  const cells = createCells(librariesOf(builds, only)).filter(
    ({ scenario }) => scenarios?.includes(scenario) ?? true,
  );
  const figures = new Map(cells.map((cell) => [cell, []]));
  const fleets = isQuick ? 1 : FLEETS;
  for (let fleet = 0; fleet < fleets; fleet++) {
    const measured = await measureFleet(cells, builds, isQuick, isQuick ? 1 : Math.ceil(rounds / fleets));
    for (const [cell, costs] of measured) figures.get(cell).push(...costs);
  }
  return rowsOf(cells, figures);
}

/** What the others are compared with, and the library itself, are always among them. */
function librariesOf(builds, only) {
  const isWanted = ({ name, kind }) =>
    !only ||
    kind === 'bare' ||
    kind === 'library' ||
    name === BASELINE ||
    only.some((beginning) => name.startsWith(beginning));
  return createLibraries(builds).filter(isWanted);
}

function createCells(libraries) {
  return libraries.flatMap((library) =>
    library.platforms.flatMap((platform) =>
      SCENARIOS.filter(
        ({ sessions, kinds }) =>
          (sessions === 1 || library.hasSeveral) && (kinds?.includes(library.kind) ?? true),
      ).map((scenario) => ({ ...scenario, library, platform })),
    ),
  );
}

async function measureFleet(cells, builds, isQuick, rounds) {
  const stage = await Stage.open(builds, { visitors: isQuick ? 3 : VISITORS, isPinned: !isQuick });
  try {
    const servers = new Map();
    const start = async (cell) =>
      servers.set(cell, await stage.server(cell.library, NAMES.slice(0, cell.sessions), cell.platform));
    await Promise.all(cells.map(start));
    const measure = async (cell) => {
      const requests = requestsOf(cell, isQuick);
      if (!isQuick) await stage.run(servers.get(cell), { ...requests, count: PREFACE });
      return stage.cpuOf(servers.get(cell), requests);
    };
    if (!isQuick) await interleave(cells, WARM_UP_ROUNDS, measure);
    return await interleave(cells, rounds, measure);
  } finally {
    stage.close();
  }
}

function requestsOf({ path, sessions, limit, others, library, platform }, isQuick) {
  const isOpened = path === 'read' && library.kind !== 'bare';
  const count = isQuick ? 16 : REQUESTS[platform];
  return { path, count, limit, others, body: isOpened ? readBody(sessions) : BODIES[path] };
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
        ownCrowding: overRounds(
          (cost, round) =>
            cost /
            bare[round] /
            (find(cell, library.name, 'untouched')[round] / find(cell, BARE, 'untouched')[round]),
        ),
      }),
    };
  });
}
