import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { transformFile } from '@swc/core';

const ROOT = resolve(import.meta.dirname, '../..');
/** What a server process may import. */
const FOLDERS = ['lib', 'test/support', 'test/hostile/server'];

/** The library and the servers as JavaScript. The compiler of the tests makes it ten times as fast as tsc. */
export class ServerProgram {
  private constructor(private readonly folder: string) {}

  static async compile(): Promise<ServerProgram> {
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-client-sessions-hostile-'));
    await Promise.all((await sources()).map((path) => compile(path, folder)));
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    return new ServerProgram(folder);
  }

  get path(): string {
    return join(this.folder, 'test/hostile/server/main.js');
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function sources(): Promise<string[]> {
  const found = await Promise.all(
    FOLDERS.map(async (folder) =>
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
