import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Controller, Get, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { ClientSessionsModule, createSessionCodec, Session } from '../../lib/index.js';
import { type Platform, PLATFORMS, start, stopAll } from '../support/application.js';
import { Guide } from '../support/guide.js';
import { neighbour } from '../support/neighbour.js';
import { SECRET } from '../support/secrets.js';

const page = readFileSync('docs/neighbours.md', 'utf8');
const run = promisify(execFile);

describe('a secret in .env', () => {
  const NAME = 'SECRET_OF_THIS_TEST';
  let folder: string;
  let envFilePath: string;

  beforeEach(() => {
    delete process.env[NAME];
    folder = mkdtempSync(join(tmpdir(), 'neighbours-'));
    envFilePath = join(folder, '.env');
    writeFileSync(envFilePath, `${NAME}="${SECRET}"\n`);
  });

  afterEach(async () => {
    await stopAll();
    delete process.env[NAME];
    rmSync(folder, { recursive: true });
  });

  @Controller()
  class VisitController {
    @Get()
    visit(@Session() session: Session<{ userId?: string }>): void {
      session.userId = 'ada';
    }
  }

  async function visit(platform: Platform, imports: ModuleMetadata['imports']): Promise<unknown> {
    @Module({ imports: imports ?? [], controllers: [VisitController] })
    class AppModule {}
    const { browser } = await start(platform, { sessions: [AppModule as Type] });
    const visitor = browser();
    await visitor.get('/');
    return createSessionCodec({ name: 'session', secret: SECRET }).unseal(visitor.cookie('session')!);
  }

  const config = (): NonNullable<ModuleMetadata['imports']>[0] => ConfigModule.forRoot({ envFilePath });
  const sessions = (): NonNullable<ModuleMetadata['imports']>[0] =>
    ClientSessionsModule.forRoot({ cookieName: 'session', secret: process.env[NAME] });

  test.each(PLATFORMS)('is there only after ConfigModule.forRoot() was called (%s)', async (platform) => {
    await expect(async () => visit(platform, [sessions(), config()])).rejects.toThrow(
      /"secret": it is missing\..* If a \.env file has it.*"node --env-file=\.env".*ConfigService.*forRootAsync/s,
    );
    expect(await visit(platform, [config(), sessions()])).toMatchObject({
      ok: true,
      content: { userId: 'ada' },
    });
  });

  neighbour('@nestjs/config', { express: 'works', fastify: 'works' }, async (platform) => {
    const guide = new Guide('docs/neighbours.md');
    Object.assign(guide.env, { ENV_FILE: envFilePath });
    const { SessionsModule } = await guide.load<{ SessionsModule: Type }>('sessions.module.ts', (code) =>
      code
        .replace('ConfigModule.forRoot()', 'ConfigModule.forRoot({ envFilePath: process.env.ENV_FILE })')
        .replace('SESSION_SECRET', NAME),
    );
    expect(await visit(platform, [SessionsModule])).toMatchObject({ ok: true, content: { userId: 'ada' } });
  });

  test('is there from the beginning with `node --env-file`', async () => {
    expect(page).toContain('`node --env-file=.env dist/main.js`');
    const program = `process.stdout.write(process.env.${NAME})`;
    expect((await run(process.execPath, [`--env-file=${envFilePath}`, '-e', program])).stdout).toBe(SECRET);
  });
});

describe('./sessions.js in a CommonJS project with jest', () => {
  const [, mapper = ''] = /```json\n(.*?)```/s.exec(page) ?? [];
  const fromDisk = createRequire(import.meta.url);
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'neighbours-'));
    const files = {
      'package.json': '{ "type": "commonjs" }',
      'sessions.ts': "export const Cart: string = 'cart';",
      'cart.spec.ts':
        "import { Cart } from './sessions.js';\ntest('is there', () => expect(Cart).toBe('cart'));",
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  async function jest(options: object): Promise<string> {
    const swc = [
      fromDisk.resolve('@swc/jest'),
      { jsc: { parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ];
    const config = { rootDir: folder, transform: { '\\.ts$': swc }, testMatch: ['**/*.spec.ts'], ...options };
    writeFileSync(join(folder, 'jest.config.json'), JSON.stringify(config));
    const bin = join(dirname(fromDisk.resolve('jest/package.json')), 'bin/jest.js');
    const args = [bin, '--config', join(folder, 'jest.config.json')];
    const answer = await run(process.execPath, args, { cwd: folder }).catch(
      (error: { stderr: string }) => error,
    );
    return answer.stderr;
  }

  test('is found with the line of the page, and not without it', async () => {
    expect(await jest(JSON.parse(mapper) as object)).toContain('1 passed');
    expect(await jest({})).toContain("Cannot find module './sessions.js'");
  });
});
