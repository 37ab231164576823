import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, isReady, pathOf } from './programs.js';

const running = new Set<RedisServer>();

/** Stops what a test started. Call it in `afterEach` or `afterAll`. */
export async function stopRedis(): Promise<void> {
  await Promise.all([...running].map((server) => server.stop()));
}

/** A Redis on a port of its own, with its files in a temporary folder. */
export class RedisServer {
  #child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly options: readonly string[],
  ) {}

  /**
   * @param options further parameters of its command line, such as `--appendonly yes`
   * @throws Error with what Redis writes, if it does not start
   */
  static async start(...options: readonly string[]): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'redis-'));
    const server = new RedisServer(await freePort(), folder, options);
    running.add(server);
    await server.#run();
    return server;
  }

  /** Starts a node that is a cluster of its own. */
  static async startCluster(): Promise<RedisServer> {
    const server = await RedisServer.start('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1');
    await server.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    for (let i = 0; i < 200; i++) {
      if ((await server.command('CLUSTER', 'INFO')).includes('cluster_state:ok')) return server;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error('The cluster did not get ready.');
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Runs one command, by a client of its own. */
  async command(...parts: readonly string[]): Promise<string> {
    const { Redis } = await import('ioredis');
    const redis = new Redis(this.port, '127.0.0.1');
    // The call rejects, too.
    redis.on('error', () => undefined);
    try {
      const [name = '', ...rest] = parts;
      return String(await redis.call(name, rest));
    } finally {
      redis.disconnect();
    }
  }

  /** It answers nothing, and its connections stay, until `resume()`. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Ends it without a chance to tidy up. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Starts it anew on the same port, with what its files hold. */
  async restart(): Promise<void> {
    await this.kill();
    await this.#run();
  }

  async stop(): Promise<void> {
    running.delete(this);
    await this.#end('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  async #run(): Promise<void> {
    const path = pathOf('redis-server');
    if (path === undefined)
      throw new Error('redis-server must be installed for this test, see CONTRIBUTING.md');
    const network = ['--port', String(this.port), '--bind', '127.0.0.1', '--repl-diskless-sync-delay', '0'];
    const fixed = [...network, '--dir', this.folder, '--save', ''];
    const child = spawn(path, [...fixed, ...this.options], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#child = child;
    let written = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (written += text));
    if (await isReady(child, this.port)) return;
    await this.stop();
    throw new Error(`redis-server did not start: ${written}`);
  }

  async #end(signal: 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}
