// Runs the browser tests: npm run test:browser [-- arguments of jest]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from './find-chromium.mjs';

const JEST = fileURLToPath(new URL('../../node_modules/jest/bin/jest.js', import.meta.url));
const CONFIG = fileURLToPath(new URL('jest.config.mjs', import.meta.url));

const chromium = findChromium();
if (chromium === undefined) {
  const isCi = process.env.CI === 'true';
  console.error(
    `The browser tests ${isCi ? 'cannot run' : 'are left out'}: there is no Chromium at CHROMIUM_PATH or on PATH.`,
  );
  process.exit(isCi ? 1 : 0);
}

const folder = mkdtempSync(join(tmpdir(), 'browser-tests-'));
try {
  const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const { status } = spawnSync(
    process.execPath,
    [...node, JEST, '--config', CONFIG, ...process.argv.slice(2)],
    {
      stdio: 'inherit',
      env: { ...process.env, CHROMIUM_PATH: chromium, BROWSER_TABLE: join(folder, 'table.jsonl') },
    },
  );
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
