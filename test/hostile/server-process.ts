import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type Condition, HEADER_BYTES_VARIABLE, type Host, type Ports, type Wish } from './server/hosts.js';
import type { CompiledProgram } from '../support/compiled-program.js';

const PATIENCE = 30_000;

/** One process with a server of each kind. */
export class ServerProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly ports: Ports,
    readonly headerBytes: number | undefined,
  ) {}

  /** @param headerBytes how many bytes of headers the servers accept; without it, as many as Node does as it comes */
  static async start(program: CompiledProgram, headerBytes?: number): Promise<ServerProcess> {
    const child = fork(program.path, {
      env: { ...process.env, NODE_ENV: 'production', [HEADER_BYTES_VARIABLE]: String(headerBytes ?? '') },
      execArgv: ['--expose-gc', ...(headerBytes ? [`--max-http-header-size=${headerBytes}`] : [])],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    return new ServerProcess(child, await messageOf<Ports>(child), headerBytes);
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  portOf(host: Host): number {
    return this.ports[host];
  }

  async condition(wish: Wish = 'look'): Promise<Condition> {
    const told = messageOf<Condition>(this.child);
    this.child.send(wish);
    return told;
  }

  async stop(): Promise<void> {
    if (!this.isAlive) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}

async function messageOf<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message', { signal: AbortSignal.timeout(PATIENCE) })) as [T];
  return message;
}
