import { cpuOf, repetitionsFor } from '../measure/batch.mjs';
import { cookieFinderOf } from '../measure/cookie-finder.mjs';
import { interleave } from '../measure/rounds.mjs';
import { summarize } from '../measure/statistics.mjs';

const KB = 1024;
const SIZES = [16 * KB, 64 * KB];
/** What the others are held against: one cookie of somebody else's. */
const JUNK = 'junk';

/** Headers that somebody may send in order to keep the server busy, of one size each. */
const HEADERS = {
  [JUNK]: (bytes) => `x=${'y'.repeat(bytes - 2)}`,
  'semicolons, then a cookie': (bytes) => `${';'.repeat(bytes - 3)}x=y`,
  'equals signs': (bytes) => '='.repeat(bytes),
  spaces: (bytes) => ' '.repeat(bytes),
  'a name and spaces': (bytes) => `a${' '.repeat(bytes - 3)}=1`,
  'empty cookies without a name': (bytes) => ';='.repeat(bytes / 2),
  'the wanted name, over and over': (bytes) => 'session=;'.repeat(bytes / 9),
};

/**
 * Looking for a session in headers that are meant to do harm.
 *
 * @typedef {object} HostileRow
 * @property {string} build
 * @property {string} header
 * @property {number} bytes
 * @property {import('../measure/statistics.mjs').Summary} ratio CPU time, where a junk cookie of the same size takes 1
 * @property {import('../measure/statistics.mjs').Summary} microseconds CPU time of one request
 *
 * @param {import('../options.mjs').Options} options
 * @returns {Promise<HostileRow[]>}
 */
export async function runHostile({ isQuick, rounds = 21, builds }) {
  const cells = [];
  for (const [build, url] of Object.entries(builds)) {
    const work = (await cookieFinderOf(url))(['session']);
    for (const bytes of SIZES) {
      for (const [header, write] of Object.entries(HEADERS)) {
        const cell = { build, header, bytes, text: write(bytes), work };
        const repetitions = isQuick
          ? 1
          : await repetitionsFor(5, (count) => measure({ ...cell, repetitions: count }));
        cells.push({ ...cell, repetitions });
      }
    }
  }
  const figures = await interleave(cells, isQuick ? 1 : rounds, measure);
  return cells.map((cell) => {
    const junk = cells.find(
      ({ build, header, bytes }) => build === cell.build && header === JUNK && bytes === cell.bytes,
    );
    const own = figures.get(cell);
    return {
      build: cell.build,
      header: cell.header,
      bytes: cell.bytes,
      ratio: summarize(own.map((time, round) => time / figures.get(junk)[round])),
      microseconds: summarize(own),
    };
  });
}

function measure({ work, text, repetitions }) {
  return cpuOf(work, Array(repetitions).fill(text));
}
