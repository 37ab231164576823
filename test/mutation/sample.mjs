// Which mutants are run, if not all: MUTATION_SAMPLE='{"session":0.2}' runs a fifth of those in lib/session. The choice
// depends on a seed and the mutant alone, so that all passes and results.mjs choose the same ones.

import { createHash } from 'node:crypto';

const SEED = 15;

/** @type {Record<string, number>} */
export const fractions = JSON.parse(process.env.MUTATION_SAMPLE ?? '{}');

/**
 * @param {string} file path in the repository
 * @param {{ line: number, column: number }} start counted from 1
 */
export function isInSample(file, start, mutatorName, replacement) {
  const fraction = fractions[file.split('/')[1]] ?? 1;
  const text = [SEED, file, start.line, start.column, mutatorName, replacement].join('\n');
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32 < fraction;
}
