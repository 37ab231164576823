import { deepStrictEqual } from 'node:assert';
import { parseCookie } from 'cookie';
import { cpuOf, repetitionsFor } from '../measure/batch.mjs';
import { cookieFinderOf } from '../measure/cookie-finder.mjs';
import { interleave } from '../measure/rounds.mjs';
import { summarize } from '../measure/statistics.mjs';

const SESSIONS = [1, 4, 16];
/** Bytes of cookies that belong to somebody else. */
const OTHERS = [0, 4096, 8192];
const VALUE = 'AQ3hLkT9vZ2mXw7q'.repeat(10);

/**
 * Finding the sessions' cookies in a request, as the library and others do it.
 *
 * @typedef {object} LookupRow
 * @property {string} way
 * @property {number} sessions how many are wanted; all of them are there
 * @property {number} others bytes of other cookies in the same header
 * @property {import('../measure/statistics.mjs').Summary} microseconds CPU time of one request
 *
 * @param {import('../options.mjs').Options} options
 * @returns {Promise<LookupRow[]>}
 */
export async function runLookup({ isQuick, rounds = 21, builds }) {
  const ways = await createWays(builds);
  const cells = [];
  for (const sessions of SESSIONS) {
    const names = Array.from({ length: sessions }, (_, i) => `session-${i}`);
    for (const others of OTHERS) {
      for (const [way, prepare] of Object.entries(ways)) {
        const work = prepare(names);
        const headers = Array.from({ length: 32 }, (_, i) => headerOf(names, others, i));
        deepStrictEqual(
          [...work(headers[0])],
          names.map((name) => `${name}${VALUE}0`),
          `${way} finds something else`,
        );
        const cell = { way, sessions, others, work, headers };
        const repetitions = isQuick
          ? 3
          : await repetitionsFor(10, (count) => measure({ ...cell, repetitions: count }));
        cells.push({ ...cell, repetitions });
      }
    }
  }
  const figures = await interleave(cells, isQuick ? 1 : rounds, measure);
  return cells.map((cell) => ({
    way: cell.way,
    sessions: cell.sessions,
    others: cell.others,
    microseconds: summarize(figures.get(cell)),
  }));
}

function measure({ work, headers, repetitions }) {
  return cpuOf(
    work,
    Array.from({ length: repetitions }, (_, i) => headers[i % headers.length]),
  );
}

/** Each way takes the wanted names and makes a function from a header to their values. */
async function createWays(builds) {
  const ways = {};
  for (const [name, url] of Object.entries(builds)) {
    const finderOf = await cookieFinderOf(url);
    ways[name] = (names) => {
      const find = finderOf(names);
      return (header) => {
        const found = find(header);
        return names.map((wantedName) => found.get(wantedName)?.[0]);
      };
    };
  }
  return {
    ...ways,
    'parse everything once': (names) => (header) => {
      const all = parseCookie(header);
      return names.map((name) => all[name]);
    },
    'parse everything for each session': (names) => (header) =>
      names.map((name) => parseCookie(header)[name]),
    'a regular expression for each session': (names) => {
      const patterns = names.map((name) => new RegExp(`(?:^|;) *${name}=([^;]*)`));
      return (header) => patterns.map((pattern) => pattern.exec(header)?.[1]);
    },
  };
}

/** Other people's cookies around the wanted ones. */
function headerOf(names, others, visitor) {
  const cookies = names.map((name) => `${name}=${name}${VALUE}${visitor}`);
  for (let i = 0, bytes = 0; bytes < others; i++) {
    const cookie = `_tracker_${i}=${'GA1.2.1093842.17'.repeat(10).slice(0, 110)}`;
    bytes += cookie.length + 2;
    if (i % 2) cookies.push(cookie);
    else cookies.unshift(cookie);
  }
  return cookies.join('; ');
}
