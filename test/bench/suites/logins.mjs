import { strictEqual } from 'node:assert';
import { randomFillSync } from 'node:crypto';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { cpuOf, repetitionsFor } from '../measure/batch.mjs';
import { collectAllGarbage } from '../measure/garbage.mjs';
import { interleave } from '../measure/rounds.mjs';
import { summarize } from '../measure/statistics.mjs';

const COUNTS = [0, 100_000, 1_000_000];
const PAGE = 1000;
const DAY = 86_400_000;

/**
 * What a process knows of ended logins.
 *
 * @typedef {object} LoginsRow
 * @property {string} build
 * @property {number} ended how many have ended
 * @property {number} bytes what the process holds of them
 * @property {number} loading ms until it has read all of them
 * @property {import('../measure/statistics.mjs').Summary} microseconds CPU time of asking for one login
 * @property {import('../measure/statistics.mjs').Summary} opening CPU time of opening a session that is a login
 * @property {import('../measure/statistics.mjs').Summary} plain CPU time of opening a session that is none
 *
 * @param {import('../options.mjs').Options} options
 * @returns {Promise<LoginsRow[]>}
 */
export async function runLogins({ isQuick, rounds = 21, builds }) {
  const cells = [];
  for (const [build, url] of Object.entries(builds)) {
    for (const ended of isQuick ? [0, 1000] : COUNTS) {
      const { revocations, ...facts } = await load(url, ended);
      const asked = { work: (login) => revocations.isEnded(login), inputs: createLogins(32_768) };
      const row = { build, ended, ...facts };
      cells.push(await cellOf(row, 'microseconds', asked, isQuick));
      for (const column of ['opening', 'plain']) {
        const opened = await createOpening(url, ended, column === 'opening');
        cells.push(await cellOf(row, column, opened, isQuick));
      }
    }
  }
  const figures = await interleave(cells, isQuick ? 1 : rounds, measure);
  for (const cell of cells) cell.row[cell.column] = summarize(figures.get(cell));
  return [...new Set(cells.map(({ row }) => row))];
}

async function cellOf(row, column, { work, inputs }, isQuick) {
  const cell = { row, column, work, inputs };
  const repetitions = isQuick
    ? 3
    : await repetitionsFor(10, (count) => measure({ ...cell, repetitions: count }));
  return { ...cell, repetitions };
}

function measure({ work, inputs, repetitions }) {
  return cpuOf(
    work,
    Array.from({ length: repetitions }, (_, i) => inputs[i % inputs.length]),
  );
}

/** Sessions of 300 visitors, which are opened by requests with their cookies. */
async function createOpening(url, ended, isLogin) {
  const { clientSessions, getSession } = await import(new URL('./connect.js', url));
  const middleware = clientSessions({
    name: 'session',
    secret: randomFillSync(Buffer.alloc(32)),
    id: true,
    ...(isLogin && {
      subject: ({ user }) => user,
      revocations: { store: createStore(ended), maxLag: 600_000 },
    }),
  });
  const attach = (cookie) =>
    new Promise((resolve, reject) => {
      const request = new IncomingMessage(new Socket());
      request.headers.cookie = cookie;
      const response = new ServerResponse(request);
      middleware(request, response, (error) => (error ? reject(error) : resolve({ request, response })));
    });
  const cookies = [];
  for (let i = 0; i < 300; i++) {
    const { request, response } = await attach('');
    getSession(request).user = `user-${i}`;
    response.writeHead(200);
    cookies.push(response.getHeader('set-cookie')[0].split(';', 1)[0]);
  }
  middleware.close();
  const work = (cookie) => {
    const request = new IncomingMessage(SOCKET);
    request.headers.cookie = cookie;
    middleware(request, undefined, fail);
    return getSession(request).user;
  };
  strictEqual(work(cookies[7]), 'user-7');
  return { work, inputs: cookies };
}

const SOCKET = new Socket();

function fail(error) {
  if (error) throw error;
}

/** Starts a process's knowledge from a store that has so many facts. */
async function load(url, ended) {
  const { Revocations } = await import(new URL('./logins/revocations.js', url));
  const { LoginFollower } = await import(new URL('./logins/login-follower.js', url));
  const clocks = { now: () => Date.now(), elapsed: () => performance.now() };
  const store = createStore(ended);
  const before = held();
  const revocations = new Revocations({ clocks, maxLag: 600_000 });
  const started = performance.now();
  const follower = new LoginFollower({ store, revocations, clocks, maxLag: 600_000 });
  await follower.ready;
  const loading = performance.now() - started;
  follower.stop();
  const bytes = held() - before;
  strictEqual(revocations.size, ended, 'it has not read all facts');
  strictEqual(revocations.isEnded(createLogins(1)[0]), false);
  return { revocations, bytes, loading };
}

function held() {
  collectAllGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Facts whose texts are made when they are read, as by a store that is elsewhere. */
function createStore(count) {
  const ids = randomFillSync(Buffer.alloc(count * 16));
  const until = Date.now() + DAY;
  return {
    add: () => Promise.resolve(),
    note: () => Promise.resolve(),
    touch: () => Promise.resolve(),
    list: () => Promise.resolve([]),
    read: (after = '0') => {
      const start = Number(after);
      const length = Math.min(PAGE, count - start);
      const facts = Array.from({ length }, (_, i) => {
        const at = (start + i) * 16;
        return { text: `1.${ids.toString('base64url', at, at + 16)}`, until };
      });
      const end = start + length;
      return Promise.resolve({ facts, cursor: String(end), hasMore: end < count });
    },
  };
}

function createLogins(count) {
  return Array.from({ length: count }, () => {
    const bytes = randomFillSync(Buffer.alloc(24));
    return { id: bytes.subarray(0, 16), generation: bytes.subarray(16) };
  });
}
