import { LIBRARY, readOptions } from './options.mjs';
import { writeResults } from './report/results.mjs';
import { runCodec } from './suites/codec.mjs';
import { runHostile } from './suites/hostile.mjs';
import { runHttp } from './suites/http.mjs';
import { runLogins } from './suites/logins.mjs';
import { runLookup } from './suites/lookup.mjs';
import { runMemory } from './suites/memory.mjs';

const RUNS = {
  codec: runCodec,
  lookup: runLookup,
  hostile: runHostile,
  logins: runLogins,
  http: runHttp,
  memory: runMemory,
};

const options = readOptions();
const rows = {};
let markdown;
for (const suite of options.suites) {
  const started = Date.now();
  rows[suite] = await RUNS[suite](options);
  console.error(`${suite}: ${rows[suite].length} rows, ${Math.round((Date.now() - started) / 1000)} s`);
  markdown = await writeResults(rows, options.isQuick);
}
console.log(options.isQuick ? `${LIBRARY} and its peers work; nothing was timed.` : markdown);
