import { execFile, spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CompiledProgram } from '../support/compiled-program.js';
import { leaksOf } from '../support/leaks.js';
import { SECRET } from '../support/secrets.js';

interface Ending {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let folder: string;
let program: string;

/** The package as npm installs it: the manifest, and the program where the manifest says. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'command-line-'));
  program = join(folder, 'dist/esm/cli/main.js');
  const compiled = await CompiledProgram.compile('lib/cli/main.ts');
  cpSync(compiled.pathOf('lib'), join(folder, 'dist/esm'), { recursive: true });
  await compiled.remove();
  cpSync('package.json', join(folder, 'package.json'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function call(...args: readonly string[]): Promise<Ending> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
  });
}

/** Has the doctor look at sound options, with this code above them. */
async function examine(code: string, ...args: readonly string[]): Promise<Ending> {
  const file = join(folder, 'app.module.js');
  const options = { secret: SECRET, cookie: { secure: true, prefix: '__Host-' } };
  writeFileSync(file, `${code}\nexport const options = ${JSON.stringify(options)};\n`);
  return call('doctor', file, ...args);
}

describe('a secret for a .env file', () => {
  const LINE = /^SESSION_SECRET=[\w-]{43}$/;

  test.each([
    ['an empty file', '', [expect.stringMatching(LINE), '']],
    ['a file whose last line has no end', 'A=1', ['A=1', expect.stringMatching(LINE), '']],
    ['a file whose last line has one', 'A=1\n', ['A=1', '', expect.stringMatching(LINE), '']],
  ])('is a line of its own in %s', (_, text, lines) => {
    const file = join(folder, '.env');
    writeFileSync(file, text);
    const stdout = openSync(file, 'a');
    spawnSync(process.execPath, [program, 'keygen', '--env'], { stdio: ['ignore', stdout, 'inherit'] });
    closeSync(stdout);
    expect(readFileSync(file, 'utf8').split('\n')).toEqual(lines);
  });

  test('follows no empty line where nothing was before', async () => {
    expect((await call('keygen', '--env')).out.split('\n')).toEqual([expect.stringMatching(LINE), '']);
  });
});

describe('an application that the doctor looks at', () => {
  test.each([
    ['a promise that rejects', `void Promise.reject(new RangeError('${SECRET}'));`, 'RangeError'],
    ['an import that rejects', `await Promise.reject(new RangeError('${SECRET}'));`, 'RangeError'],
    ['an import that throws', `throw new RangeError('${SECRET}');`, 'RangeError'],
    [
      'a start that is not awaited',
      `void (async () => { throw new RangeError('${SECRET}'); })();`,
      'RangeError',
    ],
    ['a later throw', `setImmediate(() => { throw new RangeError('${SECRET}'); });`, 'RangeError'],
    ['a rejection without an error', `void Promise.reject('${SECRET}');`, 'ERR_UNHANDLED_REJECTION'],
    ['an exit', 'process.exit(1);', 'ends the process'],
    ['an exit that claims success', 'process.exit(0);', 'ends the process'],
    ['an import that never ends', 'await new Promise(() => {});', 'awaits what never happens'],
  ])('cannot be looked at because of %s', async (_, code, problem) => {
    for (const args of [[], ['--json']]) {
      const ending = await examine(code, ...args);
      expect(ending).toEqual({ code: 2, out: '', err: expect.stringContaining(problem) });
      expect(ending.err).toMatch(/^[^\n]+ "node FILE" [^\n]+\.\n$/);
      expect(leaksOf([SECRET], ending.err)).toEqual([]);
    }
  });

  test.each([
    ['the console', "console.log('Started');"],
    ['the stream', "process.stdout.write('Started\\n');"],
    ['a later turn', "setImmediate(() => console.info('Started'));"],
  ])('prints to standard error, by %s', async (_, code) => {
    const { code: exit, out, err } = await examine(code, '--json');
    expect({ exit, err }).toEqual({ exit: 0, err: 'Started\n' });
    expect(JSON.parse(out)).toEqual({ ok: true, findings: [] });
  });
});
