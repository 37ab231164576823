// The test suite of client-sessions, as its package brings it along, run against this library: npm run test:legacy
//
// The suite is copied, with the tools it was written for, into a temporary folder; nothing of it is in this repository.
// It runs twice, at a quarter of its pace: with cookies of the legacy format, as in the first deployment of a
// move, and with sealed ones.
// A test may fail only if `differences.mjs` says why it has to.
import assert from 'node:assert/strict';
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { DIFFERENCES } from './differences.mjs';

const MINUTE = 60_000;
const FORMATS = { old: 'cookies of the legacy format', sealed: 'sealed cookies' };

const runs = await inTemporaryFolder(async (folder) => {
  const suite = await prepareSuite(folder);
  return Promise.all(Object.keys(FORMATS).map((format) => runSuite(suite, format)));
});

for (const { format, vows, code, complaints } of runs) {
  describe(`client-sessions' suite, ${FORMATS[format]}`, () => {
    const differences = DIFFERENCES.filter(({ formats }) => formats.includes(format));
    const counts = { passed: 0, 'differ on purpose': 0, failed: 0 };

    test('runs to its end', () => {
      assert.equal(code, 0, complaints);
      assert.notEqual(vows.length, 0);
    });

    test('has every test that differs', () => {
      const names = vows.map(({ name }) => name);
      const absent = differences.filter((difference) => !names.includes(difference.test));
      assert.deepEqual(absent, []);
    });

    for (const { name, status, exception } of vows) {
      const difference = differences.find((difference) => difference.test === name);
      const isPassed = status === 'honored';
      const isAsExpected = difference ? difference.found.test(exception) : isPassed;
      if (!isAsExpected) counts.failed++;
      else counts[isPassed ? 'passed' : 'differ on purpose']++;
      test(difference ? `${name} (differs on purpose: ${difference.because})` : name, () =>
        assert.ok(isAsExpected, `The test is ${status}: ${exception}`),
      );
    }

    // The reporter is still writing when the last test ends.
    process.once('exit', () => {
      const found = Object.entries(counts).map(([verdict, count]) => `${count} ${verdict}`);
      console.log(`client-sessions' suite, ${FORMATS[format]}: ${found.join(', ')}`);
    });
  });
}

async function inTemporaryFolder(work) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'nestjs-client-sessions-')));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns the suite's path */
async function prepareSuite(folder) {
  const require = createRequire(import.meta.url);
  const manifestPath = require.resolve('client-sessions/package.json');
  const { devDependencies } = require(manifestPath);
  const tools = Object.entries(devDependencies).map(([name, version]) => `${name}@${version}`);
  const options = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  await promisify(execFile)('npm', ['install', ...options, '--prefix', folder, ...tools], {
    cwd: folder,
    timeout: 4 * MINUTE,
  });

  await cp(join(dirname(manifestPath), 'test'), join(folder, 'test'), { recursive: true });
  await mkdir(join(folder, 'lib'));
  const library = JSON.stringify(join(import.meta.dirname, 'client-sessions.cjs'));
  await writeFile(join(folder, 'lib/client-sessions.js'), `module.exports = require(${library});\n`);
  return join(folder, 'test/all-test.js');
}

/** @returns how each test ended, and the process that ran them */
async function runSuite(suite, format) {
  const vows = new Map();
  const child = fork(join(import.meta.dirname, 'runner.mjs'), [suite], {
    env: { ...process.env, COOKIE_FORMAT: format },
    execArgv: ['--no-deprecation'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    timeout: MINUTE,
  });
  child.on('message', (vow) => vows.set(vow.name, vow));
  const [complaints, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return { format, vows: [...vows.values()], code, complaints };
}
