import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { writeMarkdown } from './markdown.mjs';
import { drawPlot } from './plot.mjs';
import { describeMachine } from './machine.mjs';

const FOLDER = new URL('../results/', import.meta.url);

/**
 * Each suite's last run.
 *
 * @typedef {{ [suite: string]: { machine: object, rows: object[] } }} Results
 */

/**
 * Writes JSON, Markdown and the plot. Suites that did not run now keep their last figures.
 *
 * @param {{ [suite: string]: object[] }} rows of the suites that ran
 * @param {boolean} isQuick smoke runs have files of their own, which mean nothing
 * @returns {Promise<string>} the Markdown
 */
export async function writeResults(rows, isQuick) {
  mkdirSync(FOLDER, { recursive: true });
  const name = isQuick ? 'quick' : 'latest';
  const results = isQuick ? {} : readResults(name);
  const machine = describeMachine();
  for (const [suite, own] of Object.entries(rows)) results[suite] = { machine, rows: own };
  const markdown = await format(writeMarkdown(results), { parser: 'markdown' });
  write(`${name}.json`, await format(JSON.stringify(results, rounded), { parser: 'json', printWidth: 200 }));
  write(`${name}.md`, markdown);
  write(isQuick ? 'quick.svg' : 'plot.svg', drawPlot(results));
  return markdown;
}

function readResults(name) {
  try {
    return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return {};
    throw error;
  }
}

function write(file, text) {
  writeFileSync(new URL(file, FOLDER), text);
}

function rounded(key, value) {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value;
}
