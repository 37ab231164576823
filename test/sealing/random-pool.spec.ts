import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { startupSnapshot } from 'node:v8';
import { expect, jest, test } from '@jest/globals';
import ts from 'typescript';
import { RandomPool } from '../../lib/sealing/random-pool.js';

test('gives no bytes twice, over several fills', () => {
  const pool = new RandomPool(16);
  const taken = Array.from({ length: 1000 }, () => pool.take().toString('hex'));
  expect(new Set(taken).size).toBe(1000);
});

test('draws again when a process starts from a snapshot', () => {
  jest.spyOn(startupSnapshot, 'isBuildingSnapshot').mockReturnValue(true);
  const starts = jest.spyOn(startupSnapshot, 'addDeserializeCallback').mockImplementation(() => undefined);
  const pool = new RandomPool(16);
  jest.restoreAllMocks();
  const drawn = Buffer.from(pool.take().buffer).toString('hex');
  const next = pool.take().toString('hex');
  const [[start]] = starts.mock.calls as [[() => void]];
  start();

  expect(drawn).toContain(next);
  expect(drawn).not.toContain(pool.take().toString('hex'));
});

test('gives each process that starts from one snapshot other bytes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'random-pool-'));
  try {
    const source = readFileSync('lib/sealing/random-pool.ts', 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    const program = `const exports = {};
      ${outputText}
      const pool = new RandomPool(16);
      pool.take();
      require('node:v8').startupSnapshot.setDeserializeMainFunction(() => console.log(pool.take().toString('hex')));`;
    writeFileSync(join(folder, 'program.cjs'), program);
    const snapshot = ['--snapshot-blob', join(folder, 'snapshot.blob')];
    execFileSync(execPath, [...snapshot, '--build-snapshot', join(folder, 'program.cjs')]);
    const [first, second] = [1, 2].map(() => execFileSync(execPath, snapshot).toString());
    expect(first).toMatch(/^[\da-f]{32}\n$/);
    expect(second).not.toBe(first);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
