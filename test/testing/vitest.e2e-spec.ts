import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FILES, TESTS } from '../guides/testing/page.js';
import { SECRET } from '../support/secrets.js';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** As an application of Nest has it, with the sources of this package in the place of its build. */
const CONFIG = `
import { transform } from '@swc/core';

const jsc = {
  target: 'es2022',
  parser: { syntax: 'typescript', decorators: true },
  transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
};
const swc = {
  name: 'swc',
  enforce: 'pre',
  transform: (code, filename) =>
    filename.endsWith('.ts') ? transform(code, { filename, configFile: false, swcrc: false, jsc }) : undefined,
};
const lib = ${JSON.stringify(join(ROOT, 'lib'))};

export default {
  plugins: [swc],
  esbuild: false,
  oxc: false,
  resolve: {
    alias: [
      { find: /^nestjs-client-sessions$/, replacement: lib + '/index.ts' },
      { find: /^nestjs-client-sessions\\/(\\w+)$/, replacement: lib + '/$1.ts' },
    ],
  },
  test: { include: ['*spec.ts'], fileParallelism: false, testTimeout: 60_000 },
};
`;

/** What the page leaves to Fastify's own \`inject()\`. */
const INJECT = `
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { sessionMatchers, testSessions } from 'nestjs-client-sessions/testing';
import { expect, test } from 'vitest';
import { AppModule } from './app.module.js';
import { Auth } from './sessions.js';

test('inject() takes headers, and its responses are read', async () => {
  const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
  await app.init();
  const sessions = testSessions(app);
  expect.extend(sessionMatchers(sessions));
  const headers = sessions.as(Auth, { userId: '42' });
  const response = await app.inject({ url: '/me', headers });
  expect(response.payload).toBe('42');
  expect(response).toHaveSession(Auth, { userId: '42', visits: 1 });
  expect(sessions.read(response, Auth)?.content?.visits).toBe(1);
  expect(() => expect(response).toClearSession(Auth)).toThrow(/it stores .*"42"/);
  expect(await app.inject({ url: '/logout', method: 'POST', headers })).toClearSession(Auth);
  await app.close();
});
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vitest-'));
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'vitest.config.mjs'), CONFIG);
  await writeFile(join(folder, 'inject.e2e-spec.ts'), INJECT);
  for (const [name, code] of FILES) await writeFile(join(folder, name), code);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test('Vitest runs the tests of the page as they stand, and those of inject()', async () => {
  const { NODE_OPTIONS: _, VITEST: __, ...rest } = process.env;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--reporter=json', '--root', folder],
    { cwd: folder, env: { ...rest, SESSION_SECRET: SECRET }, timeout: 280_000 },
  ).catch((error: { stdout?: string; stderr?: string }) => {
    throw new Error(`Vitest has failed:\n${error.stdout}\n${error.stderr}`);
  });
  const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as {
    numPassedTests: number;
    testResults: object[];
  };
  expect(report.testResults).toHaveLength(TESTS.length + 1);
  expect(report.numPassedTests).toBe(7);
}, 300_000);
