// Puts the reports of the passes together: a mutant counts as killed if any pass killed it.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { fractions, isInSample } from './sample.mjs';

const reports = ['fast', 'wide', 'large', 'static'].map((pass) => `test/mutation/reports/${pass}.json`);
const folders = ['sealing', 'session', 'http', 'options'];
/** From the worst that is known of a mutant to the best. */
const verdicts = ['Ignored', 'NoCoverage', 'RuntimeError', 'CompileError', 'Survived', 'Timeout', 'Killed'];
const lived = ['Survived', 'NoCoverage'];

const oneLine = (text) => text.replaceAll(/\s+/g, ' ').replaceAll('`', "'").trim();

function sliceOf(source, { start, end }) {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1);
  return lines.join('\n').slice(start.column - 1);
}

/** All mutants of the last reports, each with the best verdict; or those of some verdicts, or of one folder. */
export function mutantsOf(wanted, folder = '') {
  const mutants = new Map();
  for (const report of reports.filter((file) => existsSync(file))) {
    for (const [file, { source, mutants: own }] of Object.entries(
      JSON.parse(readFileSync(report, 'utf8')).files,
    )) {
      // Of another text than the one that lies here now.
      if (!existsSync(file) || readFileSync(file, 'utf8') !== source) continue;
      for (const { location, mutatorName, replacement = '', status } of own) {
        const { start, end } = location;
        if (!isInSample(file, start, mutatorName, replacement)) continue;
        // Stryker counts columns from 1 in reports and from 0 in ranges.
        const range = `${file}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`;
        const key = `${range} ${mutatorName} ${replacement}`;
        const before = mutants.get(key)?.status ?? 'Ignored';
        const best = verdicts.indexOf(before) > verdicts.indexOf(status) ? before : status;
        const change = `\`${oneLine(sliceOf(source, location))}\` → \`${oneLine(replacement)}\``;
        mutants.set(key, { file, line: start.line, range, change, status: best });
      }
    }
  }
  const known = explained();
  return [...mutants.values()]
    .filter(({ file }) => file.startsWith(`lib/${folder && `${folder}/`}`))
    .map((mutant) => {
      const isEquivalent = lived.includes(mutant.status) && known.has(`${mutant.file} ${mutant.change}`);
      return isEquivalent ? { ...mutant, status: 'Equivalent' } : mutant;
    })
    .filter(({ status }) => wanted?.includes(status) ?? true);
}

/** What equivalent.md explains: below the name of a file, one mutant a line. */
function explained() {
  const known = new Set();
  let file = '';
  for (const line of readFileSync('test/mutation/equivalent.md', 'utf8').split('\n')) {
    if (line.startsWith('## ')) file = line.slice(3);
    const [, change] = /^- (`.*?` → `.*?`): ./.exec(line) ?? [];
    if (change !== undefined) known.add(`${file} ${change}`);
  }
  return known;
}

/** The lines of the table, and a file of what is left to kill. */
function tableOf(only = folders) {
  const mutants = mutantsOf();
  const rowOf = (name, own) => {
    const count = (...statuses) => own.filter(({ status }) => statuses.includes(status)).length;
    const [killed, lived, uncovered] = [count('Killed', 'Timeout'), count('Survived'), count('NoCoverage')];
    const score = (100 * killed) / (killed + lived + uncovered);
    const cells = [
      own.length,
      killed,
      lived,
      uncovered,
      count('Equivalent'),
      count('Ignored', 'RuntimeError', 'CompileError'),
    ];
    return `| ${name} | ${cells.join(' | ')} | ${score.toFixed(1)} % |`;
  };
  const rows = only.map((folder) =>
    rowOf(
      folder in fractions ? `${folder}, ${100 * fractions[folder]} % at random` : folder,
      mutants.filter(({ file }) => file.startsWith(`lib/${folder}/`)),
    ),
  );
  const table = [
    '| folder | mutants | killed | survived | no test reaches it | equivalent | not run | score |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    ...(only === folders ? [rowOf('all', mutants)] : []),
  ].join('\n');
  const left = mutants.filter(({ status }) => lived.includes(status));
  const lines = left.map(
    ({ file, line, status, change }) => `${status} ${file}:${line} ${change.slice(0, 300)}`,
  );
  writeFileSync('test/mutation/reports/left.txt', `${lines.sort().join('\n')}\n`);
  return table;
}

/** @param {string} folder below lib */
export function printResults(folder) {
  console.log(tableOf([folder]));
}

export function writeResults() {
  const table = tableOf();
  const path = 'test/mutation/results.md';
  const [head] = readFileSync(path, 'utf8').split('\n| folder');
  writeFileSync(path, `${head}\n${table}\n`);
  console.log(table);
}
