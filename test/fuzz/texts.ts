import { readFileSync } from 'node:fs';

/** Texts of one format: those that its target opens, and those of other keys, names and purposes. */
interface Texts {
  readonly genuine: readonly string[];
  readonly foreign: readonly string[];
}

/** Texts that were sealed once, so that the cases that are kept of them stay what they are. */
export const TEXTS = JSON.parse(readFileSync(new URL('texts.json', import.meta.url), 'utf8')) as {
  readonly sealed: Texts;
  readonly legacy: Texts;
};
