import { posix } from 'node:path';
import { jsonOf, type ProjectTree, textOf } from './project-tree.js';

/** What `nest add` passes on. */
export interface NestAddOptions {
  /** Folder of the sources. The Nest CLI takes it from `nest-cli.json`. @default 'src' */
  readonly sourceRoot?: string | undefined;
  /** Name of an application in a monorepo, as in `nest-cli.json`. */
  readonly project?: string | undefined;
  /** Path of the root module. @default the class that `main.ts` gives to `NestFactory.create()` */
  readonly module?: string | undefined;
}

/** Where things are in a project, and what it is made of. Paths are relative to the workspace. */
export interface Project {
  readonly sourceRoot: string;
  readonly entryFile: string;
  /** Folder of the e2e tests. */
  readonly tests: string;
  /** Major version of Nest. */
  readonly nest: number;
  /** `undefined`: neither, or a package is missing that e2e tests need. */
  readonly testRunner: 'jest' | 'vitest' | undefined;
  readonly platform: 'express' | 'fastify';
  readonly hasConfig: boolean;
  readonly isModule: boolean;
}

interface CliProject {
  readonly type?: string;
  readonly sourceRoot?: string;
  readonly entryFile?: string;
}

interface CliConfiguration extends CliProject {
  readonly projects?: Readonly<Record<string, CliProject>>;
}

interface Manifest {
  readonly type?: string;
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** The major versions of Nest that this package supports, and the range of `@nestjs/config` that fits each. */
export const CONFIG_RANGES: Readonly<Record<number, string>> = { 11: '^4.0.0', 12: '^12.0.0' };

/** @throws Error if the folder is no application of Nest, or not one that is supported */
export function describeProject(tree: ProjectTree, options: NestAddOptions): Project {
  const manifest = jsonOf<Manifest>(tree, '/package.json');
  if (!manifest) {
    throw new Error('There must be a package.json. Run this in the root folder of a Nest project.');
  }
  const all = { ...manifest.devDependencies, ...manifest.dependencies };
  const has = (name: string): boolean => Object.hasOwn(all, name);
  const { sourceRoot, entryFile } = chosenProject(tree, options);
  const canTest = has('@nestjs/testing') && has('supertest');
  return {
    sourceRoot,
    entryFile: posix.join(sourceRoot, `${entryFile.replace(/\.ts$/, '')}.ts`),
    tests: posix.join(posix.dirname(sourceRoot), 'test'),
    nest: nestVersion(tree, all['@nestjs/core']),
    testRunner: canTest ? (['vitest', 'jest'] as const).find(has) : undefined,
    platform: has('@nestjs/platform-fastify') && !has('@nestjs/platform-express') ? 'fastify' : 'express',
    hasConfig: has('@nestjs/config'),
    isModule: manifest.type === 'module',
  };
}

function chosenProject(
  tree: ProjectTree,
  options: NestAddOptions,
): { readonly sourceRoot: string; readonly entryFile: string } {
  const configuration = jsonOf<CliConfiguration>(tree, '/nest-cli.json') ?? {};
  const projects = configuration.projects ?? {};
  const named = options.project === undefined ? undefined : ownOf(projects, options.project);
  if (options.project !== undefined && !named) {
    const names = Object.keys(projects);
    throw new Error(
      '--project must be the name of a project in nest-cli.json. ' +
        (names.length ? `Use one of: ${names.join(', ')}.` : 'There is none: leave it out.'),
    );
  }
  const root = (folder: string): string => posix.normalize(folder.replaceAll('\\', '/')).replace(/\/$/, '');
  const sourceRoot = root(named?.sourceRoot ?? options.sourceRoot ?? configuration.sourceRoot ?? 'src');
  const project =
    named ?? Object.values(projects).find((each) => each.sourceRoot && root(each.sourceRoot) === sourceRoot);
  if (project?.type === 'library') {
    throw new Error(
      'The project must be an application, because sessions belong to the root module. ' +
        'Name one with --project.',
    );
  }
  return { sourceRoot, entryFile: project?.entryFile ?? configuration.entryFile ?? 'main' };
}

function ownOf<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The installed version counts; a range such as `latest` or `catalog:` names none. */
function nestVersion(tree: ProjectTree, range: string | undefined): number {
  const installed = jsonOf<Manifest>(tree, '/node_modules/@nestjs/core/package.json')?.version;
  const major = Number(/\d+/.exec(installed ?? range ?? '')?.[0]);
  if (Object.hasOwn(CONFIG_RANGES, major)) return major;
  throw new Error(
    `The project must use Nest ${Object.keys(CONFIG_RANGES).join(' or ')}. ` +
      (range === undefined
        ? 'Its package.json does not name @nestjs/core: run this in the folder that holds node_modules of it.'
        : 'Upgrade @nestjs/core, or install it first if it is not installed.'),
  );
}

/** Adds a dependency to package.json, in its own format. @returns whether it was added */
export function addDependency(tree: ProjectTree, name: string, range: string): void {
  const text = textOf(tree, '/package.json')!;
  const manifest = jsonOf<Manifest>(tree, '/package.json')!;
  const dependencies = Object.entries({ ...manifest.dependencies, [name]: range });
  dependencies.sort(([a], [b]) => (a < b ? -1 : 1));
  const indent = /^[ \t]+(?=")/m.exec(text)?.[0] ?? '  ';
  const own = JSON.stringify({ ...manifest, dependencies: Object.fromEntries(dependencies) }, null, indent);
  const end = /\s*$/.exec(text)![0];
  tree.overwrite('/package.json', (text.includes('\r\n') ? own.replaceAll('\n', '\r\n') : own) + end);
}
