import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import ts from 'typescript';

type Exports = Record<string, unknown>;

/**
 * Loads a CommonJS package that requires ES modules, as packages for Nest do. Node can do that, but jest cannot before
 * Node 24.9. Files of the package must not require each other in a circle.
 */
export async function loadCommonJs<T>(name: string): Promise<T> {
  const resolver = createRequire(import.meta.url);
  return (await load(resolver.resolve(name), new Map())) as T;
}

async function load(path: string, loaded: Map<string, Exports>): Promise<Exports> {
  const known = loaded.get(path);
  if (known) return known;
  const module = { exports: {} as Exports };
  const code = readFileSync(path, 'utf8');
  const required = new Map<string, unknown>();
  for (const { fileName } of ts.preProcessFile(code, true, true).importedFiles) {
    const isOwn = fileName.startsWith('.');
    required.set(
      fileName,
      isOwn ? await load(createRequire(path).resolve(fileName), loaded) : await other(fileName),
    );
  }
  // oxlint-disable-next-line no-implied-eval -- It is the package's.
  const run = new Function('module', 'exports', 'require', code) as (
    module: object,
    exports: Exports,
    require: (name: string) => unknown,
  ) => void;
  run(module, module.exports, (wanted) => required.get(wanted));
  loaded.set(path, module.exports);
  return module.exports;
}

/** Another package, required if that is possible. */
async function other(name: string): Promise<unknown> {
  try {
    return createRequire(import.meta.url)(name) as unknown;
  } catch {
    // It is an ES module. If it is something else, importing it says so.
    return { ...((await import(name)) as Exports), __esModule: true };
  }
}
