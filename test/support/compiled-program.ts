import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { transformFile } from '@swc/core';

const ROOT = resolve(import.meta.dirname, '../..');
/** What every program may import. */
const FOLDERS = ['lib', 'test/support'];

/** The library and a program of a test as JavaScript, for processes of their own. */
export class CompiledProgram {
  private constructor(
    private readonly folder: string,
    private readonly main: string,
  ) {}

  /**
   * Compiles with swc, as the tests are: it is ten times as fast as tsc.
   *
   * @param main the file that the process begins with, from the root; it may import what stands in its folder
   */
  static async compile(main: string): Promise<CompiledProgram> {
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-client-sessions-program-'));
    await Promise.all((await sourcesIn([...FOLDERS, dirname(main)])).map((path) => compile(path, folder)));
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    return new CompiledProgram(folder, main);
  }

  get path(): string {
    return this.pathOf(this.main);
  }

  /** @param source a file that was compiled, from the root */
  pathOf(source: string): string {
    return join(this.folder, source.replace(/\.ts$/, '.js'));
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function sourcesIn(folders: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(join(ROOT, folder), { recursive: true })).map((path) => join(folder, path)),
    ),
  );
  return found.flat().filter((path) => /(?<!\.d|spec)\.ts$/.test(path));
}

async function compile(path: string, folder: string): Promise<void> {
  const { code } = await transformFile(join(ROOT, path), {
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
    },
    module: { type: 'es6' },
  });
  const target = join(folder, path.replace(/\.ts$/, '.js'));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, code);
}
