import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const MAXIMUM_COLUMNS = 120;
const FOLDERS = ['lib', 'sample', 'test'];
/** Folders with installed, built or generated files. */
const GENERATED: ReadonlySet<string> = new Set(['node_modules', 'dist', 'vectors', 'results']);
/** Source files. Markdown is not one: a row of a table cannot be wrapped. */
const SOURCE = /\.(?:[cm]?[jt]sx?|html|css)$/;

test.each(FOLDERS)(`no line of %s has more than ${MAXIMUM_COLUMNS} characters`, (folder) => {
  expect(sourcesIn(folder).flatMap(longLinesIn)).toEqual([]);
});

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return GENERATED.has(entry.name) ? [] : sourcesIn(path);
    return SOURCE.test(entry.name) ? [path] : [];
  });
}

function longLinesIn(path: string): string[] {
  return readFileSync(path, 'utf8')
    .split(/\r?\n/)
    .flatMap((line, i) => ([...line].length > MAXIMUM_COLUMNS ? [`${path}:${i + 1}`] : []));
}
