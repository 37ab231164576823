// npm run mutation: four passes over lib, each over what the ones before left alive and
// equivalent.md does not explain, and then results.md.
// Needs Node 22 or later.
//
//   fast    tests that run no application
//   wide    tests that answer requests
//   large   tests that try very many inputs
//   static  code that runs only while lib is loaded: it is loaded anew for each mutant
//
// npm run mutation -- fast            one pass only
// npm run mutation -- results         only results.md again, from the last reports
// npm run mutation -- --folder http   only lib/http, and no results.md

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { mutantsOf, printResults, writeResults } from './results.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const here = createRequire(import.meta.url);
process.chdir(root);

const {
  values: { folder },
  positionals: [wanted],
} = parseArgs({ options: { folder: { type: 'string' } }, allowPositionals: true });

const passes = {
  fast: { of: undefined },
  wide: { of: ['Survived', 'NoCoverage'] },
  large: { of: ['Survived', 'NoCoverage'] },
  static: { of: ['Ignored'] },
};

function stryker(name, { of }) {
  if (Number.parseInt(process.versions.node) < 22) {
    throw new Error(
      `Node must be 22 or later for Stryker, is ${process.versions.node}. Run it with a later one.`,
    );
  }
  const only = of ? mutantsOf(of, folder).map(({ range }) => range) : folder && [`lib/${folder}/**/*.ts`];
  if (only?.length === 0) return;
  const env = {
    ...process.env,
    MUTATION_PASS: name,
    MUTATION_ONLY: JSON.stringify(only ?? null),
  };
  const bin = here.resolve('@stryker-mutator/core/package.json').replace('package.json', 'bin/stryker.js');
  const { status } = spawnSync(process.execPath, [bin, 'run', 'test/mutation/stryker.config.mjs'], {
    env,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

if (wanted !== undefined && wanted !== 'results' && !(wanted in passes)) {
  throw new Error(`must be one of ${Object.keys(passes).join(', ')}, results, got ${wanted}`);
}
if (wanted !== 'results') {
  for (const [name, pass] of Object.entries(passes))
    if (wanted === undefined || wanted === name) stryker(name, pass);
}
if (folder === undefined) writeResults();
else printResults(folder);
