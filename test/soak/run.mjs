/**
 * The whole package under fire: npm run soak -- [--minutes NUMBER] [--seed NUMBER] [--only FAULT]
 * Compiles the soak, puts it beside both builds of the library, runs it, and removes what it has made.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');
const folder = mkdtempSync(join(tmpdir(), 'nestjs-client-sessions-soak-'));
try {
  const compiled = join(folder, 'compiled');
  const project = join(import.meta.dirname, 'tsconfig.json');
  execFileSync(process.execPath, [compiler, '-p', project, '--outDir', compiled], { stdio: 'inherit' });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
  for (const build of ['esm', 'cjs']) {
    cpSync(join(compiled, 'test'), join(folder, build, 'test'), { recursive: true });
    symlinkSync(join(root, 'dist', build), join(folder, build, 'lib'), 'junction');
  }
  const main = join(folder, 'esm/test/soak/main.js');
  const child = spawn(process.execPath, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  process.exitCode = code ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
