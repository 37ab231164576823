import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { complaintsAbout } from '../../support/compiler.js';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const folder = join(root, 'test/guides');
const guide = readFileSync(join(root, 'docs/moving-from-others.md'), 'utf8');
const fromDisk = createRequire(import.meta.url);

/** Makes functions that may await, from text. */
const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
  ...parametersAndBody: string[]
) => (...values: unknown[]) => Promise<void>;

/** Runs a piece of code that uses these names. */
export function runCode(code: string, scope: Readonly<Record<string, unknown>>): Promise<void> {
  return new AsyncFunction(...Object.keys(scope), code)(...Object.values(scope));
}

/** What a module of the guide exports. */
export type Exports = Record<string, unknown>;

/** The guide's files, by the name in their first line. */
const files: ReadonlyMap<string, string> = new Map(
  [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => [
    /^\/\/ (\S+\.ts)\n/.exec(code)?.[1] ?? `unnamed: ${code}`,
    code,
  ]),
);

/** The names of the guide's files. */
export const FILES: readonly string[] = [...files.keys()];

/** The first two columns of the table under a heading. */
export function table(heading: string): { there: string; here: string }[] {
  const section = guide.split(/^##+ /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  const rows = section.split('\n').filter((row) => row.startsWith('| '));
  return rows.slice(1).map((row) => {
    const [, there = '', here = ''] = row.split(/ *\| */);
    return { there, here };
  });
}

/** What is code in a cell. */
export function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

/** Runs files of the guide as written, each in its own surroundings. */
export class GuideRun {
  readonly #modules = new Map<string, Exports>();

  /**
   * @param given what the files import, unless it is a package that may be loaded anew
   * @param adapt what the guide says about other surroundings, done to the code
   */
  constructor(
    private readonly given: Readonly<Record<string, unknown>>,
    private readonly adapt: (code: string) => string = (code) => code,
  ) {}

  /** The exports of a file, which may await on its top level. */
  async load(name: string): Promise<Exports> {
    const exports: Exports = {};
    const imports = ts.preProcessFile(sourceOf(name)).importedFiles.map(({ fileName }) => fileName);
    for (const imported of imports) {
      const file = imported.replace(/^\.\/(.*)\.js$/, '$1.ts');
      if (files.has(file) && !this.#modules.has(imported)) this.#modules.set(imported, await this.load(file));
    }
    const require = (imported: string): unknown =>
      this.#modules.get(imported) ?? this.given[imported] ?? fromDisk(imported);
    await runCode(toJavaScript(this.adapt(sourceOf(name))), { exports, require });
    return exports;
  }
}

function sourceOf(name: string): string {
  const source = files.get(name);
  if (source === undefined) throw new Error(`The guide has no file ${name}`);
  return source;
}

/** Compiles TypeScript of a guide, so that it runs at once. */
export function toJavaScript(source: string): string {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      module: ts.ModuleKind.CommonJS,
      target: ts.ScriptTarget.ES2022,
      esModuleInterop: true,
      experimentalDecorators: true,
      emitDecoratorMetadata: true,
    },
  });
  return outputText;
}

/**
 * What TypeScript says about files of the guide, under this project's own rules.
 *
 * @param names files of the guide
 * @param more files that are neither there nor on the disk, by name
 * @param isThorough whether declarations of packages are checked, too
 */
export function complaints(
  names: readonly string[],
  more: Readonly<Record<string, string>> = {},
  isThorough = false,
): string[] {
  const inFolder = (name: string): string => join(folder, name);
  const texts = new Map([...files, ...Object.entries(more)].map(([name, code]) => [inFolder(name), code]));
  const paths = [...names, ...Object.keys(more)].map(inFolder);
  const alsoChecks = ({ isDeclarationFile }: ts.SourceFile): boolean => isThorough && isDeclarationFile;
  return complaintsAbout(paths, { texts, rules: { skipLibCheck: !isThorough }, alsoChecks });
}
