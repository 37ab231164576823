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
  private constructor(
    private readonly folder: string,
    private readonly main: string,
  ) {}

  /**
   * @param project what to compile
   * @param main the file in it that the process begins with
   */
  static async compile(
    project: string = join(import.meta.dirname, 'tsconfig.worker.json'),
    main = 'test/cluster/worker/main.js',
  ): Promise<WorkerProgram> {
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-client-sessions-workers-'));
    const compiler = [find('typescript/bin/tsc'), '-p', project, '--outDir', folder];
    await promisify(execFile)(process.execPath, compiler);
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    return new WorkerProgram(folder, main);
  }

  get path(): string {
    return join(this.folder, this.main);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
