import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { toJavaScript } from '../guides/moving-from-others/guide.js';
import { SECRET } from './secrets.js';

type Exports = Record<string, unknown>;

/** Runs the files that a page of the documentation shows, as they stand there. */
export class Guide {
  readonly #files: ReadonlyMap<string, string>;
  /** What the files read from the environment. */
  readonly env: Record<string, string | undefined> = { SESSION_SECRET: SECRET };

  /** Packages that cannot be imported as they are. */
  readonly given: Map<string, Exports> = new Map();

  /** @param path from the root of the repository */
  constructor(path: string) {
    const text = readFileSync(path, 'utf8');
    const shown = text.matchAll(/^```ts\n(\/\/ (\S+\.ts)\n.*?)^```$/gms);
    this.#files = new Map([...shown].map(([, code = '', name = '']) => [name, code]));
  }

  /**
   * Runs one file and those that it imports, each time anew.
   *
   * @param adapt what the page says about other surroundings, done to the code
   */
  async load<T>(name: string, adapt: (code: string) => string = (code) => code): Promise<T> {
    return (await this.#load(name, adapt, new Map())) as T;
  }

  /** A file as it stands. */
  source(name: string): string {
    const source = this.#files.get(name);
    if (source === undefined) throw new Error(`The page has no file ${name}`);
    return source;
  }

  async #load(name: string, adapt: (code: string) => string, loaded: Map<string, Exports>): Promise<Exports> {
    const known = loaded.get(name);
    if (known) return known;
    const code = adapt(this.source(name));
    const imported = new Map<string, Exports>();
    for (const { fileName } of ts.preProcessFile(code).importedFiles) {
      const file = fileName.replace(/^\.\/(.*)\.js$/, '$1.ts');
      const module = fileName.startsWith('./')
        ? await this.#load(file, adapt, loaded)
        : (this.given.get(fileName) ?? (await imports(fileName)));
      imported.set(fileName, module);
    }
    const exports: Exports = {};
    // oxlint-disable-next-line no-implied-eval -- It is the page's.
    const run = new Function('exports', 'require', 'process', toJavaScript(code)) as (
      exports: Exports,
      require: (name: string) => unknown,
      process: object,
    ) => void;
    run(exports, (wanted) => imported.get(wanted), { env: this.env });
    loaded.set(name, exports);
    return exports;
  }
}

/** A package, as compiled code expects it. */
async function imports(name: string): Promise<Exports> {
  const module = (await import(name)) as Exports;
  return { ...module, __esModule: true };
}
