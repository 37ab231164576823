import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
const { resolve: find } = createRequire(import.meta.url);

/** What a worker process runs: the library and the worker as JavaScript, made for one run of the tests. */
export class WorkerProgram {
  private constructor(private readonly folder: string) {}

  static async compile(): Promise<WorkerProgram> {
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-client-sessions-workers-'));
    const project = join(import.meta.dirname, 'tsconfig.worker.json');
    const compiler = [find('typescript/bin/tsc'), '-p', project, '--outDir', folder];
    await promisify(execFile)(process.execPath, compiler);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    return new WorkerProgram(folder);
  }

  get path(): string {
    return join(this.folder, 'test/cluster/worker/main.js');
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
