/**
 * Fuzzing, guided by the branches that a case reaches: npm run fuzz [-- --cases N] [--seed N] [--target NAME]
 * Compiles lib with counters, runs the targets, and removes what it has made. What it finds stays in findings/.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from './build.mjs';

const folder = mkdtempSync(join(tmpdir(), 'nestjs-client-sessions-fuzz-'));
try {
  const edges = build(folder);
  const main = join(folder, 'test/fuzz/main.js');
  const options = [
    '--corpus',
    join(import.meta.dirname, 'corpus'),
    '--findings',
    join(import.meta.dirname, 'findings'),
  ];
  const child = spawn(
    process.execPath,
    ['--expose-gc', main, '--edges', String(edges), ...options, ...process.argv.slice(2)],
    { stdio: 'inherit' },
  );
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  process.exitCode = code ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
