import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { complaintsAbout } from './support/compiler.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

interface Block {
  readonly language: string;
  readonly code: string;
}

/** A page of the documentation. */
class Page {
  readonly text: string;
  readonly blocks: readonly Block[];

  /** @param path from the root of the repository */
  constructor(readonly path: string) {
    this.text = readFileSync(join(root, path), 'utf8');
    this.blocks = [...this.text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({
      language,
      code,
    }));
  }

  get #prose(): string {
    return this.text.replaceAll(/^```.*?^```$/gms, '');
  }

  /** What stands between a heading and the next one. */
  section(heading: string): string {
    return this.#prose.split(/^#+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  }

  /** What the cells of one column of a section's tables begin with, where that is code: first words, without quotes. */
  codeInColumn(heading: string, column: number): string[] {
    const rows = this.section(heading).split('\n');
    const cells = rows.map((row) => row.split(/ *\| */)[column + 1] ?? '');
    const begins = cells.flatMap((cell) => /^`\S+`(?:, `\S+`)*/.exec(cell)?.[0] ?? []);
    return begins.flatMap((codes) => [...codes.matchAll(/`([^`]+)`/g)].map(([, code]) => code!));
  }

  /** Where its links and images lead. */
  get links(): string[] {
    return [...this.#prose.matchAll(/\]\(([^)]+)\)|src="([^"]+)"/g)].map(
      ([, link, source]) => (link ?? source)!,
    );
  }

  /** The anchors of its headings, as GitHub makes them. */
  get anchors(): string[] {
    const seen = new Map<string, number>();
    return [...this.#prose.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => {
      const anchor = heading!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}_\s-]/gu, '')
        .replaceAll(' ', '-');
      const count = seen.get(anchor) ?? 0;
      seen.set(anchor, count + 1);
      return count === 0 ? anchor : `${anchor}-${count}`;
    });
  }
}

const README = new Page('README.md');
const GUIDES = readdirSync(join(root, 'docs'))
  .filter((file) => file.endsWith('.md'))
  .map((file) => new Page(`docs/${file}`));
const PAGES = [README, ...GUIDES];
/** They have links only. */
const OTHER_PAGES = ['CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'].map((path) => new Page(path));

const pageOf = (path: string): Page => PAGES.find((page) => page.path === path)!;

/** Tables that have to name every member of a type, and nothing else. */
const TABLES = [
  ['docs/options.md', 'Of each session', 0, 'keyof SessionOptions'],
  ['docs/options.md', 'Of the cookie', 0, 'keyof CookieOptions'],
  ['docs/options.md', 'Of the module', 0, 'Exclude<keyof ClientSessionsModuleOptions, keyof SessionOptions>'],
  ['docs/errors.md', 'Refused cookies', 0, 'RefusalReason'],
  ['docs/errors.md', 'A session that cannot be stored', 1, 'ClientSessionsErrorCode'],
  ['docs/events.md', 'Events', 0, "SessionEvent['type']"],
  ['docs/events.md', 'Activity', 0, "SessionActivity['type']"],
  ['docs/moving-from-client-sessions.md', 'Options of `legacy`', 0, 'keyof LegacyOptions'],
] as const;

const METHODS = 'The session object';

/** The tables as code, which compiles if they are complete and right. */
function tablesAsCode(): string {
  const checks = TABLES.map(([path, heading, column, type]) => ({
    type,
    members: pageOf(path).codeInColumn(heading, column),
  }));
  const methods = [...README.section(METHODS).matchAll(/^\| `(\w+)\((?!session\))/gm)].map(
    ([, name]) => name!,
  );
  const names = 'ClientSessionsErrorCode, ClientSessionsModuleOptions, CookieOptions, LegacyOptions';
  return [
    `import type { ${names}, RefusalReason, SessionActivity } from 'nestjs-client-sessions';`,
    "import type { SessionEvent, SessionMethods, SessionOptions } from 'nestjs-client-sessions';",
    ...[...checks, { type: 'keyof SessionMethods', members: methods }].map(
      ({ type, members }, i) =>
        `export const table${i}: Record<${type}, true> = { ${members.map(asTrue).join(', ')} };`,
    ),
  ].join('\n');
}

const asTrue = (name: string): string => `${JSON.stringify(name)}: true`;

/** What the pages import that is the reader's own, or not installed here. */
const GIVEN: Readonly<Record<string, string>> = {
  'docs/rotation/vault.ts':
    'export declare class Vault { read(name: string): Promise<{ secret: string; activeFrom: Date }[]>; }',
  'docs/logins/users.ts': `
    export declare class Users { check(name: string, password: string): Promise<{ id: string } | undefined>; }`,
  'docs/logins/oidc.ts': `
    export declare function verifyLogoutToken(token: unknown): Promise<{ sub?: string; sid?: string } | undefined>;`,
  'docs/moving-from-others/store.ts': "export declare const store: import('express-session').Store;",
  'docs/comparison/auth.ts': `
    interface Login { user: { id: string } }
    export declare const auth: { api: { getSession(of: { headers: Headers }): Promise<Login | null> } };`,
  'docs/comparison/better-auth.d.ts': `
    declare module 'better-auth/node' {
      export function toNodeHandler(auth: unknown): import('express').RequestHandler;
      export function fromNodeHeaders(headers: import('node:http').IncomingHttpHeaders): Headers;
    }`,
};

/** What the fragments of one page take for granted. */
const ASSUMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'docs/moving-from-client-sessions.md': {
    ClientSessionsModule: "import { ClientSessionsModule } from 'nestjs-client-sessions';",
    clientSessions: "import { clientSessions } from 'nestjs-client-sessions';",
    app: "declare const app: import('express').Express;",
    oldSecret: 'declare const oldSecret: string;',
  },
};

/** A fragment of a list or of an object becomes one; what it takes for granted stands in front, in the same line. */
function asModule(code: string, assumed: Readonly<Record<string, string>> = {}): string {
  const isFragment = code.trimEnd().endsWith(',');
  const isProperty = isFragment && /^\w+: /.test(code);
  const option = `export const options: import('nestjs-client-sessions').SessionOptions = { ${code} };`;
  const whole = isProperty ? option : isFragment ? `export const list = [ ${code} ];` : code;
  const missing = Object.entries(assumed).filter(
    ([name]) =>
      new RegExp(`\\b${name}\\b`).test(code) && !new RegExp(`^import .*\\b${name}\\b`, 'm').test(code),
  );
  return [...missing.map(([, declaration]) => declaration), 'export {};', whole].join(' ');
}

/** The files that a page shows: `// sessions.ts` in the first line names one, for the page's others to import. */
function filesOf(page: Page): [path: string, code: string][] {
  const folder = join(root, 'test', page.path.replace(/\.md$/, ''));
  const shown = page.blocks.filter(({ language }) => language === 'ts');
  return shown.map(({ code }, i) => {
    const name = /^\/\/ ([\w.-]+\.ts)\n/.exec(code)?.[1] ?? `block-${i + 1}.ts`;
    return [join(folder, name), asModule(code, ASSUMED[page.path])];
  });
}

const FILES: ReadonlyMap<string, string> = new Map([
  ...PAGES.flatMap(filesOf),
  ...Object.entries(GIVEN).map(([path, code]) => [join(root, 'test', path), code] as const),
  [join(root, 'test/documented-tables.ts'), tablesAsCode()],
]);

/**
 * Files that are compiled in one program. What some say of requests and of sessions' names holds for all of
 * a program, and contradicts others.
 */
function islandOf(path: string): string {
  if (path.includes('cookie-session.module')) return 'cookie-session';
  return /(moving-from-others|content)\//.exec(path)?.[1] ?? 'all other pages';
}

const ISLANDS = [...new Set([...FILES.keys()].map(islandOf))];

test('the README is the five minutes and a map: it has at most 1,800 words', () => {
  expect(README.text.split(/\s+/).filter(Boolean).length).toBeLessThanOrEqual(1800);
});

test('the first code block of the README is the smallest sample, verbatim', () => {
  expect(README.blocks[0]).toEqual({
    language: 'ts',
    code: readFileSync(join(root, 'sample/minimal/main.ts'), 'utf8'),
  });
});

test('the map of the README leads to every page once', () => {
  const rows = [...README.section('Documentation').matchAll(/^\| \[[^\]]+\]\(([^)]+)\) +\| \S/gm)];
  expect(rows.map(([, link]) => link!).sort()).toEqual(GUIDES.map(({ path }) => path).sort());
});

test('pages have code, and tables have rows', () => {
  expect(PAGES.flatMap(filesOf).length).toBeGreaterThan(40);
  for (const [path, heading, column] of TABLES)
    expect(pageOf(path).codeInColumn(heading, column).length).toBeGreaterThan(5);
});

describe.each([
  ['under the usual rules', {}],
  ['where undefined is no value of an option', { exactOptionalPropertyTypes: true }],
])('every code block compiles, and every table names all there is, %s', (_title, rules) => {
  test.each(ISLANDS)('%s', (island) => {
    const paths = [...FILES.keys()].filter((path) => islandOf(path) === island);
    expect(complaintsAbout(paths, { texts: FILES, rules })).toEqual([]);
  });
});

test.each([...PAGES, ...OTHER_PAGES].map((page) => [page.path, page] as const))(
  'every link of %s leads somewhere',
  (_path, page) => {
    const dead = page.links.filter((link) => {
      if (/^https?:/.test(link)) return false;
      const [path = '', anchor] = link.split('#');
      const target = path ? posix.join(posix.dirname(page.path), path) : page.path;
      return (
        !existsSync(join(root, target)) ||
        (anchor !== undefined && !new Page(target).anchors.includes(anchor))
      );
    });
    expect(dead).toEqual([]);
  },
);
