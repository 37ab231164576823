import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import typescript from 'typescript';

/** Files and what each imports, types included: files of `lib` by path, the rest by package name. */
type Imports = ReadonlyMap<string, readonly string[]>;

interface Layer {
  readonly below: readonly string[];
  /** What it may take from outside `lib`. */
  readonly outside: RegExp;
}

const NOTHING = /^$/;
const NODE_WITHOUT_CRYPTO = /^node:(?!crypto$)/;

/** The floors of the house, the lowest first. Files that stand in no folder are the ways in. */
const LAYERS: Readonly<Record<string, Layer>> = {
  errors: { below: [], outside: NOTHING },
  sealing: { below: ['errors'], outside: /^node:(crypto|util|v8)$/ },
  session: { below: ['errors', 'sealing'], outside: /^node:(diagnostics_channel|util)$/ },
  logins: { below: ['errors', 'sealing', 'session'], outside: /^(node:(?!crypto$).+|better-sqlite3)$/ },
  options: { below: ['errors', 'sealing', 'session', 'logins'], outside: /^node:(http|net)$/ },
  http: { below: ['errors', 'sealing', 'session', 'logins', 'options'], outside: NODE_WITHOUT_CRYPTO },
  connect: {
    below: ['errors', 'sealing', 'session', 'logins', 'options', 'http'],
    outside: NODE_WITHOUT_CRYPTO,
  },
  nest: {
    below: ['errors', 'sealing', 'session', 'logins', 'options', 'http', 'connect'],
    outside: /^(@nestjs\/(common|core|websockets)|rxjs|node:(?!crypto$).+)$/,
  },
  testing: {
    below: ['errors', 'sealing', 'session', 'logins', 'options', 'http', 'connect', 'nest'],
    outside: /^(@nestjs\/common|node:(?!crypto$).+)$/,
  },
  index: { below: ['connect', 'nest'], outside: NOTHING },
  cli: {
    below: ['errors', 'sealing', 'session', 'logins', 'options', 'http', 'connect'],
    outside: NODE_WITHOUT_CRYPTO,
  },
  // The compiler is the project's own. Only its types are imported.
  schematics: { below: ['errors', 'sealing'], outside: /^(node:(?!crypto$).+|typescript)$/ },
};

/** Ways in that are no part of `connect`. */
const OWN_FILES: ReadonlySet<string> = new Set(['index.ts', 'testing.ts']);
/** Ways in for those who use no Nest. */
const PLAIN_FILES = ['lib/connect.ts', 'lib/redis.ts', 'lib/store-contract.ts', 'lib/cli/main.ts'];
/** What the Nest CLI runs. */
const SCHEMATIC = 'lib/schematics/nest-add.ts';
/** Packages that are loaded where they are needed, if they are there. */
const LOADED_LATER = ['better-sqlite3'];

const imports = readImports();

describe('the layer rule', () => {
  test('holds in every file', () => {
    expect(imports.size).toBeGreaterThan(40);
    expect(violations(imports)).toEqual([]);
  });

  test.each([
    ['lib/errors/base.error.ts', 'lib/session/content.ts'],
    ['lib/errors/base.error.ts', 'node:util'],
    ['lib/sealing/key-ring.ts', 'lib/session/duration.ts'],
    ['lib/sealing/key-ring.ts', 'node:http'],
    ['lib/session/content.ts', 'lib/http/set-cookie.ts'],
    ['lib/session/content.ts', 'lib/options/cookie-options.ts'],
    ['lib/session/content.ts', 'lib/get-session.ts'],
    ['lib/session/content.ts', 'node:crypto'],
    ['lib/session/content.ts', 'node:http'],
    ['lib/session/content.ts', '@nestjs/common'],
    ['lib/session/content.ts', 'lib/logins/logins.ts'],
    ['lib/logins/logins.ts', 'lib/options/cookie-options.ts'],
    ['lib/logins/logins.ts', 'lib/http/set-cookie.ts'],
    ['lib/logins/logins.ts', 'node:crypto'],
    ['lib/logins/logins.ts', 'ioredis'],
    ['lib/session/content.ts', 'lib/logins/login-store.ts'],
    ['lib/logins/redis-store.ts', 'lib/options/session-options.ts'],
    ['lib/logins/redis-store.ts', 'lib/http/set-cookie.ts'],
    ['lib/logins/redis-store.ts', 'node:crypto'],
    ['lib/logins/redis-store.ts', 'ioredis'],
    ['lib/options/cookie-options.ts', 'lib/http/set-cookie.ts'],
    ['lib/options/cookie-options.ts', '@nestjs/common'],
    ['lib/http/set-cookie.ts', 'lib/nest/decorators/session.decorator.ts'],
    ['lib/http/set-cookie.ts', 'lib/nest/platforms/fastify.ts'],
    ['lib/http/set-cookie.ts', 'lib/get-session.ts'],
    ['lib/http/set-cookie.ts', '@nestjs/common'],
    ['lib/http/set-cookie.ts', 'node:crypto'],
    ['lib/get-session.ts', 'node:crypto'],
    ['lib/get-session.ts', '@nestjs/common'],
    ['lib/get-session.ts', 'lib/nest/session.guard.ts'],
    ['lib/nest/session.guard.ts', 'node:crypto'],
    ['lib/nest/session.guard.ts', 'lib/index.ts'],
    ['lib/nest/platforms/fastify.ts', 'fastify'],
    ['lib/connect.ts', '@nestjs/common'],
    ['lib/cli/inspect.ts', '@nestjs/common'],
    ['lib/cli/keygen.ts', 'node:crypto'],
    ['lib/connect.ts', 'lib/cli/run.ts'],
    ['lib/connect.ts', 'lib/testing/test-browser.ts'],
    ['lib/nest/session.guard.ts', 'lib/testing.ts'],
    ['lib/index.ts', 'lib/testing.ts'],
    ['lib/testing/test-browser.ts', 'supertest'],
    ['lib/testing.ts', '@nestjs/testing'],
    ['lib/schematics/nest-add.ts', '@angular-devkit/schematics'],
    ['lib/schematics/nest-add.ts', 'lib/cli/run.ts'],
  ])('refuses %s importing %s', (file, imported) => {
    expect(violations(new Map([[file, [imported]]]))).toEqual([`${file} imports ${imported}`]);
  });

  test('keeps the ways in without Nest clear of it, however indirectly', () => {
    for (const file of PLAIN_FILES) {
      expect(imports.has(file)).toBe(true);
      const packages = [...reachable(imports, file)].filter((name) => !/^(lib\/|node:)/.test(name));
      expect(packages.filter((name) => !LOADED_LATER.includes(name))).toEqual([]);
    }
  });
});

describe('imports', () => {
  test('form no cycle, not even one of types', () => {
    expect(findCycle(imports)).toBeUndefined();
    expect(
      findCycle(
        new Map([
          ['a', ['b']],
          ['b', ['c', 'd']],
          ['c', []],
          ['d', ['a']],
        ]),
      ),
    ).toEqual(['a', 'b', 'd', 'a']);
  });

  test('reach every file from a way in', () => {
    const reached = new Set<string>();
    for (const file of ['lib/index.ts', 'lib/testing.ts', SCHEMATIC, ...PLAIN_FILES])
      reachable(imports, file, reached);
    expect([...imports.keys()].filter((file) => !reached.has(file))).toEqual([]);
  });

  test('of the compiler are types only', () => {
    for (const [file, names] of imports) {
      if (!names.includes('typescript')) continue;
      expect(readFileSync(file, 'utf8')).toMatch(/^import type typescript from 'typescript';$/m);
      expect(file).toMatch(/^lib\/schematics\//);
    }
  });

  test('need nothing but Node and the declared peers', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, object | undefined>;
    const needed = [...imports.values()].flat().filter((name) => !/^(lib\/|node:)/.test(name));
    const packages = needed.filter((name) => name !== 'typescript');
    expect(packages).not.toEqual([]);
    expect(Object.keys(manifest['peerDependencies'] ?? {})).toEqual(expect.arrayContaining(packages));
    expect(manifest['dependencies']).toBeUndefined();
    expect(manifest['optionalDependencies']).toBeUndefined();
  });
});

function violations(imports: Imports): string[] {
  return [...imports].flatMap(([file, names]) =>
    names.filter((name) => !isAllowed(file, name)).map((name) => `${file} imports ${name}`),
  );
}

function isAllowed(file: string, name: string): boolean {
  const own = layerOf(file);
  const { below, outside } = LAYERS[own]!;
  if (name.startsWith('lib/')) return [own, ...below].includes(layerOf(name));
  return outside.test(name);
}

function layerOf(file: string): string {
  const [, folder = '', ...rest] = file.split('/');
  if (rest.length > 0) return folder;
  return OWN_FILES.has(folder) ? folder.slice(0, -'.ts'.length) : 'connect';
}

function reachable(imports: Imports, from: string, reached = new Set<string>()): Set<string> {
  if (reached.has(from)) return reached;
  reached.add(from);
  for (const name of imports.get(from) ?? []) reachable(imports, name, reached);
  return reached;
}

function findCycle(imports: Imports): string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const name of imports.get(file) ?? []) {
      const cycle = visit(name, [...path, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return undefined;
}

function readImports(): Imports {
  const files = readdirSync('lib', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => posix.join('lib', path.replaceAll('\\', '/')));
  return new Map(files.map((file) => [file, importsOf(file)]));
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const { importedFiles } = typescript.preProcessFile(text);
  // Whoever adds to the types of a module does not load it.
  const loaded = importedFiles.filter(({ fileName }) => !text.includes(`declare module '${fileName}'`));
  return loaded.map(({ fileName }) =>
    fileName.startsWith('.') ? posix.join(posix.dirname(file), fileName).replace(/\.js$/, '.ts') : fileName,
  );
}
