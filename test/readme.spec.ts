import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

interface Block {
  readonly language: string;
  readonly code: string;
}

const blocks: readonly Block[] = [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(
  ([, language = '', code = '']) => ({ language, code }),
);

/** What stands between a heading and the next one. */
function section(heading: string): string {
  return readme.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
}

/** The cells of one column that begin with code: its first word, without quotes. */
function codeInColumn(heading: string, column: number): string[] {
  const rows = section(heading).split('\n');
  return rows.flatMap((row) => /^`(\S+)`/.exec(row.split(/ *\| */)[column + 1] ?? '')?.[1] ?? []);
}

/** Tables that have to name every member of a type, and nothing else. */
const TABLES = [
  ['Of each session', 0, 'keyof SessionOptions'],
  ['Of the cookie', 0, 'keyof CookieOptions'],
  ['Of the module', 0, 'Exclude<keyof ClientSessionsModuleOptions, keyof SessionOptions>'],
  ['A bad cookie', 0, 'RefusalReason'],
  ['A session that cannot be stored', 1, 'ClientSessionsErrorCode'],
  ['Observing', 0, "SessionEvent['type']"],
] as const;

function tablesAsCode(): string {
  const checks = TABLES.map(([heading, column, type], i) => {
    const members = codeInColumn(heading, column).map((name) => `${JSON.stringify(name)}: true`);
    return `export const table${i}: Record<${type}, true> = { ${members.join(', ')} };`;
  });
  const names = 'ClientSessionsErrorCode, ClientSessionsModuleOptions, CookieOptions, RefusalReason';
  return `import type { ${names}, SessionEvent, SessionOptions } from 'nestjs-client-sessions';\n${checks.join('\n')}`;
}

/** The files the README shows: `// sessions.ts` in the first line names one, for others to import. */
function files(): Map<string, string> {
  const shown = blocks.filter(({ language }) => language === 'ts');
  const named = shown.map(({ code }, i): [string, string] => {
    const name = /^\/\/ ([\w-]+\.ts)\n/.exec(code)?.[1] ?? `readme-${i + 1}.ts`;
    return [join(root, 'test', name), code];
  });
  return new Map([...named, [join(root, 'test/readme-tables.ts'), tablesAsCode()]]);
}

/** What TypeScript says about files that are not on the disk, under this project's own rules and further ones. */
function compile(virtual: ReadonlyMap<string, string>, rules: ts.CompilerOptions): string[] {
  const path = join(root, 'tsconfig.json');
  const config: unknown = ts.readConfigFile(path, (file) => ts.sys.readFile(file)).config;
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root, rules, path);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => virtual.has(file) || fileExists.call(host, file);
  host.readFile = (file) => virtual.get(file) ?? readFile.call(host, file);
  host.getSourceFile = (file, ...rest) => {
    const text = virtual.get(file);
    return text === undefined
      ? getSourceFile.call(host, file, ...rest)
      : ts.createSourceFile(file, text, rest[0]);
  };
  const program = ts.createProgram([...virtual.keys()], options, host);
  // What an application compiles of the library is its declarations, whatever rules its sources follow.
  const own = ts.getPreEmitDiagnostics(program).filter(({ file }) => !file || virtual.has(file.fileName));
  return own.map(({ file, start = 0, messageText }) => {
    const line = file
      ? `${file.fileName.slice(root.length)}:${file.getLineAndCharacterOfPosition(start).line + 1}`
      : '';
    return `${line} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

test('the first code block is the smallest sample, verbatim', () => {
  expect(blocks[0]).toEqual({
    language: 'ts',
    code: readFileSync(join(root, 'sample/minimal/main.ts'), 'utf8'),
  });
});

test.each([
  ['under the usual rules', {}],
  ['where undefined is no value of an option', { exactOptionalPropertyTypes: true }],
])(
  'every code block compiles, and every table names all there is, %s',
  (_title, rules) => {
    expect(compile(files(), rules)).toEqual([]);
  },
  120_000,
);

test('every link leads somewhere', () => {
  const anchorOf = (heading: string): string =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-');
  const anchorsIn = (text: string): string[] =>
    [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading!));
  const links = [...readme.matchAll(/\]\(([^)]+)\)|src="([^"]+)"/g)].map(
    ([, link, source]) => (link ?? source)!,
  );
  const dead = links.filter((link) => {
    if (link.startsWith('https://')) return false;
    const [path = '', anchor] = link.split('#');
    const file = join(root, path || 'README.md');
    return (
      !existsSync(file) || (anchor !== undefined && !anchorsIn(readFileSync(file, 'utf8')).includes(anchor))
    );
  });
  expect(dead).toEqual([]);
});
