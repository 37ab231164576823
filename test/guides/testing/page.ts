import { readFileSync } from 'node:fs';

const PAGE = readFileSync(new URL('../../../docs/testing.md', import.meta.url), 'utf8');

/** The files of docs/testing.md, by the name in their first line. */
export const FILES: ReadonlyMap<string, string> = new Map(
  [...PAGE.matchAll(/^```ts\n\/\/ ([\w.-]+\.ts)\n(.*?)^```$/gms)].map(([, name = '', code = '']) => [
    name,
    code,
  ]),
);

/** Those that hold tests. */
export const TESTS: readonly string[] = [...FILES.keys()].filter((name) => name.endsWith('spec.ts'));
