import { type ChildProcess, spawn } from 'node:child_process';
import cluster, { type Address } from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The shop on several processes behind one port, with a Redis of its own. All of it ends together. */
const PROCESSES = 4;
const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

const folder = await mkdtemp(join(tmpdir(), 'shop-redis-'));
const redisPort = await freePort();
const redis = startRedis(redisPort);
let isEnding = false;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void end(0));
redis.on('error', ({ code }: NodeJS.ErrnoException) => {
  fail(
    code === 'ENOENT'
      ? 'redis-server is not on the PATH. Install it: apt-get install redis-server, or brew install redis.'
      : `redis-server cannot be started (${code}).`,
  );
});
redis.on('exit', () => fail('redis-server has ended. See what it says with: redis-server --port 0'));

cluster.setupPrimary({ exec: MAIN, silent: true });
const env = {
  SESSION_SECRET: process.env['SESSION_SECRET'] || randomBytes(32).toString('base64url'),
  REDIS_URL: `redis://127.0.0.1:${redisPort}`,
};
let open = 0;
cluster.on('listening', (_worker, address: Address) => {
  if (++open !== PROCESSES) return;
  const origin = `http://${address.address}:${address.port}`;
  console.log(`\nThe shop is open on ${PROCESSES} processes: ${origin}\n`);
});
cluster.on('exit', () => fail('A process of the shop has ended.'));
for (let i = 0; i < PROCESSES; i++) cluster.fork(env).process.stderr?.pipe(process.stderr);

function startRedis(port: number): ChildProcess {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes'];
  return spawn('redis-server', options, { stdio: 'ignore' });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function fail(message: string): void {
  if (isEnding) return;
  console.error(`\n${message}\n`);
  void end(1);
}

/** Ends every process that was started here, and removes what they have stored. */
async function end(code: number): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  const children = Object.values(cluster.workers ?? {}).flatMap((worker) => worker?.process ?? []);
  const running = [...children, redis].filter((child) => child.pid !== undefined && child.exitCode === null);
  await Promise.all(running.map((child) => ended(child)));
  await rm(folder, { recursive: true, force: true });
  process.exit(code);
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
