import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { GUARDS } from './guards.mjs';

const root = join(import.meta.dirname, '../..');
const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The rows of the tables under a heading of SECURITY.md: what is promised, and the tests that are named beside it. */
function promisesUnder(heading: string): readonly (readonly [promise: string, tests: readonly string[]])[] {
  const section = textOf('SECURITY.md')
    .split(/^#+ /m)
    .find((text) => text.startsWith(`${heading}\n`));
  const rows = [...section!.matchAll(/^\| (.+) \|$/gm)].map(([, row]) =>
    row!.split(' | ').map((cell) => cell.trim()),
  );
  return rows
    .slice(2)
    .map((cells) => [cells[0]!, [...cells.at(-1)!.matchAll(/`(test\/[\w/.-]+)`/g)].map(([, path]) => path!)]);
}

const PROMISES = [...promisesUnder('What is promised'), ...promisesUnder('When a session ends')];

describe('SECURITY.md', () => {
  test('has as many promises as it looks', () => expect(PROMISES.length).toBeGreaterThanOrEqual(24));

  test.each(PROMISES)('proves that this cannot happen or does hold: %s', (promise, tests) => {
    const guards = GUARDS.filter((guard) => promise.startsWith(guard.promise));
    expect(guards).not.toEqual([]);
    expect(tests).toEqual(expect.arrayContaining([...new Set(guards.flatMap((guard) => guard.tests))]));
    for (const path of tests) {
      const forms = ['', '.spec.ts', '.e2e-spec.ts', '.browser-spec.ts'].map((ending) =>
        join(root, `${path}${ending}`),
      );
      expect([path, forms.some((form) => existsSync(form))]).toEqual([path, true]);
    }
  });
});

describe('each guard', () => {
  test.each(GUARDS)('is in the code once: $name', ({ promise, file, code, without }) => {
    expect(textOf(file).split(code)).toHaveLength(2);
    expect(without).not.toContain(code);
    expect(PROMISES.filter(([text]) => text.startsWith(promise))).toHaveLength(1);
  });
});
