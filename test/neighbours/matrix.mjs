// Runs the tests of neighbours on Nest 12 and on Nest 11, and writes the table of docs/neighbours.md from what passed.
//
//   npm run matrix                     installs Nest 11 into a temporary folder, by .ci/nest-11
//   npm run matrix -- NODE_MODULES     takes these packages of Nest 11
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const page = join(root, 'docs/neighbours.md');
const PLACES = ['express 12', 'express 11', 'fastify 12', 'fastify 11'];
const MARKED = /(<!-- matrix -->\n).*?(<!-- \/matrix -->)/s;

const work = mkdtempSync(join(tmpdir(), 'matrix-'));
try {
  const rows = new Map();
  run(root, 12, rows);
  run(copyWithNest11(process.argv[2]), 11, rows);
  const text = readFileSync(page, 'utf8').replace(
    MARKED,
    (_, begin, end) => `${begin}\n${table(rows)}\n\n${end}`,
  );
  writeFileSync(page, await format(text, { ...(await resolveConfig(page)), filepath: page }));
  console.log(`${rows.size} neighbours: see ${relative(process.cwd(), page)}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Runs the tests of neighbours in a folder, and adds what passed to the rows. Ends the program if one failed. */
function run(folder, nest, rows) {
  const { version } = JSON.parse(
    readFileSync(join(folder, 'node_modules/@nestjs/core/package.json'), 'utf8'),
  );
  if (!version.startsWith(`${nest}.`))
    throw new Error(`These are the packages of Nest ${version}, not of ${nest}`);
  const result = join(work, `nest-${nest}.json`);
  const files = git('grep', '-lE', '^ *neighbour\\(', '--', 'test/**/*spec.ts');
  const jest = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
  ];
  const only = ['--testNamePattern=neighbour .+ \\| \\w+ \\| ', '--json', `--outputFile=${result}`];
  const { status } = spawnSync(process.execPath, [...jest, ...only, ...files], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`Not every promise holds on Nest ${nest}`);
  for (const { name: file, assertionResults } of JSON.parse(readFileSync(result, 'utf8')).testResults) {
    for (const { title, status, ancestorTitles } of assertionResults) {
      if (status !== 'passed' || ancestorTitles.at(-1) !== 'neighbour') continue;
      const [name, platform, outcome] = title.split(' | ');
      const path = relative(folder, file);
      const row = rows.get(name) ?? { path, outcomes: {} };
      if (path < row.path) row.path = path;
      row.outcomes[`${platform} ${nest}`] = outcome;
      rows.set(name, row);
    }
  }
}

/** The tree as Git knows it, with packages of Nest 11. */
function copyWithNest11(packages) {
  const copy = join(work, 'nest-11');
  for (const file of git('ls-files')) {
    mkdirSync(join(copy, dirname(file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  if (packages) symlinkSync(packages, join(copy, 'node_modules'));
  else {
    cpSync(realpathSync(join(root, 'node_modules')), join(copy, 'node_modules'), { recursive: true });
    execFileSync('bash', ['.ci/nest-11'], { cwd: copy, stdio: 'inherit' });
  }
  return copy;
}

function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);
}

function table(rows) {
  const sorted = [...rows].sort(([a], [b]) => a.localeCompare(b, 'en'));
  return [
    '| neighbour | Express, Nest 12 | Express, Nest 11 | Fastify, Nest 12 | Fastify, Nest 11 | proof |',
    '| --- | --- | --- | --- | --- | --- |',
    ...sorted.map(([name, { path, outcomes }]) => {
      const cells = PLACES.map((place) => outcomes[place] ?? '–');
      return `| ${[name, ...cells, `[test](../${path})`].join(' | ')} |`;
    }),
  ].join('\n');
}
