import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const SUITES = ['codec', 'lookup', 'hostile', 'logins', 'http', 'memory'];

/**
 * What the command line asks for.
 *
 * @typedef {object} Options
 * @property {string[]} suites what to run
 * @property {boolean} isQuick a smoke run: everything is checked, nothing is worth reading off
 * @property {number | undefined} rounds how often everything is measured; default: the suite's own
 * @property {string[] | undefined} only beginnings of the names of libraries to measure requests with; default: all
 * @property {string[] | undefined} scenarios the kinds of requests to measure; default: all
 * @property {Builds} builds
 */

/**
 * Builds of the library by the name they have in the tables.
 *
 * @typedef {{ [name: string]: string }} Builds URL of each build's index.js
 */

export const LIBRARY = 'nestjs-client-sessions';

/** @returns {Options} */
export function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      against: { type: 'string' },
      only: { type: 'string' },
      scenarios: { type: 'string' },
    },
  });
  const unknown = positionals.find((suite) => !SUITES.includes(suite));
  if (unknown) throw new Error(`No suite named "${unknown}"; known: ${SUITES.join(', ')}`);
  const builds = { [LIBRARY]: new URL('../../dist/esm/index.js', import.meta.url).href };
  if (values.against) builds['the other build'] = pathToFileURL(resolve(values.against)).href;
  return {
    suites: values.quick || positionals.length === 0 ? SUITES : positionals,
    isQuick: values.quick,
    rounds: values.rounds === undefined ? undefined : Number(values.rounds),
    only: values.only?.split(','),
    scenarios: values.scenarios?.split(','),
    builds,
  };
}
