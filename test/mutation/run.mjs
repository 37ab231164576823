// npm run mutation: three passes over lib, each over what the one before left alive, and then results.md.
// Needs Node 22 or later.
//
//   fast    tests that run no application
//   wide    tests that answer requests
//   large   tests that try very many inputs
//   static  code that runs only while lib is loaded: it is loaded anew for each mutant
//
// npm run mutation -- fast          one pass only
// npm run mutation -- results       only results.md again, from the last reports

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { mutantsOf, writeResults } from './results.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const here = createRequire(import.meta.url);
process.chdir(root);

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
  const only = of && mutantsOf(of).map(({ range }) => range);
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

const [wanted] = process.argv.slice(2);
if (wanted !== undefined && wanted !== 'results' && !(wanted in passes)) {
  throw new Error(`must be one of ${Object.keys(passes).join(', ')}, results, got ${wanted}`);
}
if (wanted !== 'results') {
  for (const [name, pass] of Object.entries(passes))
    if (wanted === undefined || wanted === name) stryker(name, pass);
}
writeResults();
