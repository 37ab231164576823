// Takes each guard of guards.mjs out of a copy of lib, and runs the tests that must fail then:
// npm run guards [-- WORDS]
import { execFileSync, spawn } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GUARDS } from './guards.mjs';

const REPOSITORY = join(import.meta.dirname, '../..');
const TESTS_LIMIT = 5 * 60_000;

const words = process.argv.slice(2);
const chosen = GUARDS.filter(({ promise, name }) =>
  words.every((word) => `${promise} ${name}`.includes(word)),
);

/** A copy of the tree in which lib may be broken. */
class Copy {
  constructor() {
    this.root = mkdtempSync(join(tmpdir(), 'guards-'));
    const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: REPOSITORY,
      encoding: 'utf8',
    });
    for (const file of files.split('\0').filter(Boolean)) {
      mkdirSync(dirname(join(this.root, file)), { recursive: true });
      copyFileSync(join(REPOSITORY, file), join(this.root, file));
    }
    symlinkSync(join(REPOSITORY, 'node_modules'), join(this.root, 'node_modules'));
  }

  /** @returns how many tests passed and failed; a file that cannot even be loaded counts as one failed test */
  async test(paths) {
    const options = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const result = join(this.root, 'result.json');
    const jest = [
      'node_modules/jest/bin/jest.js',
      '--runInBand',
      '--silent',
      '--json',
      `--outputFile=${result}`,
    ];
    const child = spawn(process.execPath, [...options, ...jest, ...paths], {
      cwd: this.root,
      env: { ...process.env, CI: '' },
      stdio: 'ignore',
      timeout: TESTS_LIMIT,
    });
    await new Promise((resolve) => child.on('close', resolve));
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
      readFileSync(result, 'utf8'),
    );
    return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
  }

  /** @returns the same as {@link test}, without this guard */
  async testWithout({ file, code, without }, path) {
    const broken = join(this.root, file);
    const source = readFileSync(broken, 'utf8');
    writeFileSync(
      broken,
      source.replace(code, () => without),
    );
    try {
      return await this.test([path]);
    } finally {
      writeFileSync(broken, source);
    }
  }

  remove() {
    rmSync(this.root, { recursive: true, force: true });
  }
}

let passed = 0;
let failed = 0;
const check = (isAsPromised, text) => {
  if (isAsPromised) passed += 1;
  else failed += 1;
  console.log(`${isAsPromised ? 'ok    ' : 'NOT OK'} ${text}`);
};

/** Each lane has a copy of its own. */
async function lane(waiting) {
  const copy = new Copy();
  try {
    for (let next = waiting.shift(); next; next = waiting.shift()) await next(copy);
  } finally {
    copy.remove();
  }
}

async function inLanes(acts) {
  const waiting = [...acts];
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, () => lane(waiting)));
}

const paths = [...new Set(chosen.flatMap(({ tests }) => tests))];
await inLanes(
  paths.map((path) => async (copy) => {
    const result = await copy.test([path]);
    check(result.failed === 0 && result.passed > 0, `with all guards, ${path}: ${result.passed} passed`);
  }),
);
await inLanes(
  chosen.flatMap((guard) =>
    guard.tests.map((path) => async (copy) => {
      const result = await copy.testWithout(guard, path);
      const count = `${result.failed} of ${result.passed + result.failed} failed`;
      check(result.failed > 0, `without “${guard.name}” (${guard.promise}…), ${path}: ${count}`);
    }),
  ),
);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
