import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { SETTINGS_VARIABLE } from './worker/settings.js';

const PATIENCE = 60_000;

/** A server process on a port of its own. */
export class WorkerProcess {
  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
    private readonly heard: { complaints: string },
    /** Resolves when the process has ended, for whatever reason. */
    readonly ended: Promise<unknown>,
  ) {}

  /** What it has written to its standard error. */
  get complaints(): string {
    return this.heard.complaints;
  }

  /** @throws what the process has complained about, when it ends before it serves */
  static async start(program: string, settings: { readonly host: string }): Promise<WorkerProcess> {
    const child = fork(program, {
      env: { ...process.env, NODE_ENV: 'production', [SETTINGS_VARIABLE]: JSON.stringify(settings) },
      // client-sessions uses what is deprecated.
      execArgv: ['--no-deprecation'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const heard = { complaints: '' };
    child.stderr!.on('data', (text: Buffer) => (heard.complaints += text.toString()));
    const ended = once(child, 'exit');
    const failed = ended.then(() => {
      throw new Error(`A worker (${settings.host}) ended before it served: ${heard.complaints}`);
    });
    failed.catch(() => undefined);
    try {
      const serving = once(child, 'message', { signal: AbortSignal.timeout(PATIENCE) });
      const [port] = (await Promise.race([serving, failed])) as [number];
      return new WorkerProcess(port, child, heard, ended);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  /** SIGTERM lets it answer what has arrived; SIGKILL does not. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.child.kill(signal);
    await this.ended;
  }
}
