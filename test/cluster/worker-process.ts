import { type ChildProcess, fork } from 'node:child_process';
import { on, once } from 'node:events';
import { SETTINGS_VARIABLE } from './worker/settings.js';

const PATIENCE = 60_000;

/** How a process has ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server process on a port of its own. */
export class WorkerProcess {
  #asked = 0;

  private constructor(
    readonly port: number,
    private readonly child: ChildProcess,
    private readonly heard: { complaints: string },
    /** Resolves when the process has ended, for whatever reason, to how it did. */
    readonly ended: Promise<ProcessEnd>,
  ) {}

  /** What it has written to its standard error. */
  get complaints(): string {
    return this.heard.complaints;
  }

  /**
   * @param execArgv options of Node. By default they are silent of what is deprecated, because client-sessions uses it.
   * @throws what the process has complained about, when it ends before it serves
   */
  static async start(
    program: string,
    settings: { readonly host: string },
    execArgv: readonly string[] = ['--no-deprecation'],
  ): Promise<WorkerProcess> {
    const child = fork(program, {
      env: { ...process.env, NODE_ENV: 'production', [SETTINGS_VARIABLE]: JSON.stringify(settings) },
      execArgv: [...execArgv],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const heard = { complaints: '' };
    child.stderr!.on('data', (text: Buffer) => (heard.complaints += text.toString()));
    const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }) as ProcessEnd);
    const failed = ended.then(() => {
      throw new Error(`A worker (${settings.host}) ended before it served: ${heard.complaints}`);
    });
    failed.catch(() => undefined);
    try {
      const port = await Promise.race([portOf(child), failed]);
      return new WorkerProcess(port, child, heard, ended);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  /**
   * Sends the process an order, and waits for its answer.
   *
   * @returns `undefined` when the process ends before
   */
  async ask<Answer>(order: object): Promise<Answer | undefined> {
    const number = ++this.#asked;
    const answered = new Promise<Answer>((resolve) => {
      const listen = (message: { readonly number: number; readonly answer: Answer }): void => {
        if (message.number !== number) return;
        this.child.off('message', listen);
        resolve(message.answer);
      };
      this.child.on('message', listen);
    });
    // A process that is ending has no channel. What there is to know follows as its end.
    this.child.send({ number, order }, () => undefined);
    return Promise.race([answered, this.ended.then(() => undefined)]);
  }

  /** Hears of everything that the process sends by itself, and of answers. */
  hear(listener: (message: unknown) => void): void {
    this.child.on('message', listener);
  }

  /** SIGTERM lets it answer what has arrived; SIGKILL does not. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.child.kill(signal);
    await this.ended;
  }
}

/** Waits until a process tells its port. It may tell other things before: that its store is down, for example. */
async function portOf(child: ChildProcess): Promise<number> {
  for await (const [message] of on(child, 'message', { signal: AbortSignal.timeout(PATIENCE) })) {
    if (typeof message === 'number') return message;
  }
  throw new Error('A worker has no channel');
}
