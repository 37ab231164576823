import { strictEqual } from 'node:assert';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join, resolve } from 'node:path';
import { test } from 'node:test';

const ROOT = resolve(import.meta.dirname, '../..');
const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const hasRedis = process.env.PATH.split(delimiter).some((folder) => existsSync(join(folder, 'redis-server')));
const skip = !hasRedis && process.env.CI !== 'true' && 'redis-server is not installed';

/** The sample on four processes, as `npm run sample:cluster` starts it. */
export function testSampleCluster() {
  test('sample:cluster opens on four processes, and all of them end with it', { skip }, async () => {
    execFileSync(process.execPath, [TSC, '-p', join(ROOT, 'sample/shop')], { stdio: 'inherit' });
    const cluster = spawn(process.execPath, [join(ROOT, 'sample/shop/dist/cluster.js')], {
      env: { ...process.env, PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const origin = await originOf(cluster);
      for (let i = 0; i < 12; i++) {
        const response = await fetch(origin, { headers: { connection: 'close' } });
        strictEqual(response.status, 200);
        await response.text();
      }
      cluster.kill('SIGTERM');
      const [code] = await once(cluster, 'exit');
      strictEqual(code, 0);
      await fetch(origin).then(
        () => strictEqual('still open', 'closed'),
        () => undefined,
      );
    } finally {
      if (cluster.exitCode === null) cluster.kill('SIGTERM');
    }
  });
}

/** Reads where the shop is open. Rejects if it ends before. */
async function originOf(child) {
  let output = '';
  for await (const chunk of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    output += chunk;
    const [, origin] = /The shop is open on 4 processes: (\S+)/.exec(output) ?? [];
    if (origin) return origin;
  }
  throw new Error(`The shop did not open:\n${output}`);
}
