import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { forwardRef, Global, Injectable, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  type ClientSessionsModuleOptions,
  ClientSessionsModule,
  defineSession,
  getSession,
} from 'nestjs-client-sessions';
import { run } from '../../../lib/cli/run.js';
import type { Terminal } from '../../../lib/cli/terminal.js';
import { createSealer } from '../../../lib/sealing/create-sealer.js';
import { KeyRing } from '../../../lib/sealing/key-ring.js';
import { leaksOf } from '../../support/leaks.js';
import { OTHER_SECRET, SECRET } from '../../support/secrets.js';
import { SURROUNDINGS } from '../../support/terminal.js';

interface Report {
  readonly code: number;
  /** `level check: message`, one for each finding. */
  readonly findings: readonly string[];
  readonly out: string;
  readonly err: string;
}

let folder: string;
let file: string;
let server: Server | undefined;
let ends: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  file = join(folder, 'dist/app.module.js');
  write('dist/app.module.js');
  write('package.json', '{}');
});

afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  server?.close();
  server = undefined;
  for (const end of ends) await end();
  ends = [];
});

async function doctor(args: readonly string[], more: Partial<Terminal> = {}): Promise<Report> {
  const written = { out: '', err: '' };
  const code = await run(['doctor', ...args, '--json'], {
    stdin: Object.assign((async function* () {})(), {}),
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    env: {},
    now: Date.now,
    ...SURROUNDINGS,
    ...more,
  });
  expect(leaksOf([SECRET, OTHER_SECRET], written.out + written.err)).toEqual([]);
  const { findings = [], ok } = (written.out ? JSON.parse(written.out) : {}) as {
    findings?: { level: string; check: string; message: string }[];
    ok?: boolean;
  };
  if (written.out) expect(ok).toBe(code === 0);
  return {
    code,
    findings: findings.map(({ level, check, message }) => `${level} ${check}: ${message}`),
    ...written,
  };
}

/** What the doctor finds in a file that exports these values. */
function examine(exported: Record<string, unknown>, more: Partial<Terminal> = {}): Promise<Report> {
  const load: Terminal['load'] = async (path) =>
    path === file ? exported : ((await import(path)) as Record<string, unknown>);
  write('node_modules/@nestjs/core/index.js');
  return doctor([file], {
    // The Nest of these tests, in place of the application's own.
    load: (path) => load(path === file ? file : '@nestjs/core'),
    ...more,
  });
}

function withOptions(options: ClientSessionsModuleOptions): Promise<Report> {
  return examine({ AppModule: moduleWith(ClientSessionsModule.forRoot(options)) });
}

function moduleWith(...imports: NonNullable<Parameters<typeof Module>[0]['imports']>): unknown {
  @Module({ imports })
  class AppModule {}
  return AppModule;
}

const SOUND: ClientSessionsModuleOptions = {
  name: 'session',
  secret: SECRET,
  cookie: { secure: true, prefix: '__Host-' },
};

const CART = defineSession('cart', { duration: '120 days' });

function feature(session: Parameters<typeof ClientSessionsModule.forFeature>[0][number]): unknown {
  return moduleWith(ClientSessionsModule.forFeature([session]));
}

describe('of a file, the doctor finds', () => {
  test('nothing in a configuration that is fit for production', async () => {
    const { code, findings, err } = await withOptions(SOUND);
    expect({ code, findings, err }).toEqual({ code: 0, findings: [], err: '' });
  });

  test.each<[string, ClientSessionsModuleOptions, RegExp]>([
    [
      'a missing secret',
      { ...SOUND, secret: undefined },
      /^fails secret: Invalid option "secret": it is missing.*keygen/,
    ],
    ['a short one', { ...SOUND, secret: 'short' }, /^fails secret: .* at least 32 bytes/],
    ['one that everybody knows', { ...SOUND, secret: 'changeme'.repeat(5) }, /^fails secret: .*placeholder/],
    [
      'a promise as secret',
      { ...SOUND, secret: Promise.resolve(SECRET) as never },
      /^fails secret: .* got a promise/,
    ],
    [
      'a function that has none',
      { ...SOUND, secret: () => Promise.reject(new Error(OTHER_SECRET)) },
      /^fails secret: /,
    ],
    [
      'a prefix with a domain',
      { ...SOUND, cookie: { ...SOUND.cookie, domain: 'example.org' } as never },
      /^fails options: .*"cookie\.domain".*__Secure-/,
    ],
    [
      'a prefix with a path',
      { ...SOUND, cookie: { ...SOUND.cookie, path: '/app' } as never },
      /^fails options: .*"cookie\.path"/,
    ],
    [
      'SameSite=None without Secure',
      { secret: SECRET, cookie: { sameSite: 'none' } },
      /^fails options: .*"cookie\.sameSite"/,
    ],
    ['an unknown option', { ...SOUND, durations: 1 } as never, /^fails options: .*"durations"/],
    [
      'a store that is none',
      { ...SOUND, subject: () => undefined, revocations: { store: {} as never } },
      /^fails options: .*"revocations\.store"/,
    ],
    ['a revoked key alone', { ...SOUND, secret: [{ secret: SECRET, revoked: true }] }, /^fails secret: /],
    ['no options', undefined as never, /^fails options: /],
  ])('%s', async (_, options, expected) => {
    const { code, findings } = await examine({
      AppModule: moduleWith(ClientSessionsModule.forRootAsync({ useFactory: () => options })),
    });
    expect(findings).toEqual([expect.stringMatching(expected)]);
    expect(code).toBe(1);
  });

  test.each<[string, ClientSessionsModuleOptions, RegExp]>([
    ['a proxy that may be untrusted', { ...SOUND, cookie: {} }, /^note proxy: Session "session": .*secure/],
    [
      'a cookie without a prefix',
      { ...SOUND, cookie: { secure: true } },
      /^note prefix: .*previousNames: \['session'\]/,
    ],
    [
      'a cookie that goes over plain http',
      { ...SOUND, cookie: { secure: false } },
      /^warning attributes: .*plain http/,
    ],
    [
      'a lifetime that browsers do not keep',
      { ...SOUND, duration: '500 days' },
      /^warning options: .*400 days/,
    ],
    [
      'a key that expires soon',
      { ...SOUND, secret: [{ secret: SECRET, expires: Date.now() + 3_600_000 }] },
      /^warning secret: .*expires at/,
    ],
    [
      'chunks for which Node has no room',
      { ...SOUND, onTooLarge: 'chunk', maxChunks: 5 },
      /^warning headers: 5 full cookies take 20480 bytes .*431/,
    ],
    [
      'logins of one machine',
      { ...SOUND, subject: () => undefined },
      /^note logins: Logins end on this machine only.*redisLogins/,
    ],
    [
      'more cookies than the budget has room for',
      { secret: SECRET, sessions: ['a', 'b', 'c'].map((name) => ({ name, cookie: SOUND.cookie })) },
      /^note headers: 3 full cookies take 12288 bytes .* budget is 8192/,
    ],
  ])('%s, which is no reason to fail', async (_, options, expected) => {
    const { code, findings } = await withOptions(options);
    expect(findings).toContainEqual(expect.stringMatching(expected));
    expect(code).toBe(0);
  });

  test.each<[string, () => unknown[], readonly RegExp[]]>([
    [
      'in a session of a feature',
      () => [feature({ name: 'cart', cookie: { secure: false, prefix: false } })],
      [
        /^warning attributes: Session "cart": its cookie goes over plain http/,
        /^note prefix: Session "cart"/,
      ],
    ],
    [
      'in one that two features bring',
      () => [feature({ name: 'cart' }), feature({ name: 'cart', duration: '1 hour' })],
      [/^fails options: .*must be different for each session/],
    ],
    ['nothing in one that is given twice', () => [feature(CART), feature(CART)], []],
  ])('%s', async (_what, features, findings) => {
    const root = ClientSessionsModule.forRoot({ secret: SECRET, cookie: SOUND.cookie! });
    const report = await examine({ AppModule: moduleWith(root, ...(features() as never[])) });
    expect(report.findings).toEqual(findings.map((finding) => expect.stringMatching(finding)));
  });

  test('says so for people, too', async () => {
    const written: string[] = [];
    const code = await run(['doctor', file], {
      stdin: Object.assign((async function* () {})(), {}),
      stdout: { write: (text) => written.push(text) },
      stderr: { write: (text) => written.push(text) },
      env: {},
      now: Date.now,
      ...SURROUNDINGS,
      load: async () => ({ options: { ...SOUND, cookie: {} } }),
    });
    expect(code).toBe(0);
    expect(written.join('')).toMatch(
      /^note {5}proxy {7}Session "session": .*\nnote {5}prefix {6}.*\nNothing was found that will fail .*\.\n$/,
    );
  });

  test('a secret that stands in .env.example, wherever it is configured', async () => {
    write('.env.example', `# Ours\nA=1\nSESSION_SECRET="${SECRET}"\n`);
    for (const options of [
      SOUND,
      { sessions: [{ ...SOUND, secret: [OTHER_SECRET, { secret: SECRET }] }] },
      { ...SOUND, secret: OTHER_SECRET, overrides: { session: { secret: SECRET } } },
      { sessions: [defineSession('session', { secret: SECRET, cookie: SOUND.cookie as object })] },
    ]) {
      const { code, findings } = await withOptions(options);
      expect({ code, findings }).toEqual({
        code: 1,
        findings: [expect.stringMatching(/^fails secret: The secret stands in \.env\.example/)],
      });
    }
    expect((await withOptions({ ...SOUND, secret: OTHER_SECRET })).code).toBe(0);
  });

  test('a file whose path could be a secret, but not a secret in its place', async () => {
    const path = 'Kx9vQz2mB7nTr4LwYc6HdJf8sGp3Ua5e';
    write(path);
    const cwd = process.cwd();
    process.chdir(folder);
    try {
      expect(await doctor([path], { load: async () => ({ options: SOUND }) })).toMatchObject({
        code: 0,
        err: '',
      });
      const { code, err } = await doctor([SECRET]);
      expect(code).toBe(2);
      expect(err).toMatch(/^An argument looks like a secret or a cookie/);
    } finally {
      process.chdir(cwd);
    }
  });

  test('no database: the store of logins is not opened', async () => {
    const path = join(folder, 'logins/logins.sqlite');
    const cwd = process.cwd();
    process.chdir(folder);
    try {
      await withOptions({ ...SOUND, subject: () => undefined });
    } finally {
      process.chdir(cwd);
    }
    expect(existsSync(path) || existsSync(join(folder, '.client-sessions'))).toBe(false);
  });
});

describe('the configuration is found', () => {
  @Injectable()
  class Database {
    static opened = 0;
    constructor() {
      Database.opened++;
    }
  }

  @Global()
  @Module({ providers: [Database], exports: [Database] })
  class DatabaseModule {}

  @Injectable()
  class Keys {
    readonly secret = SECRET;
  }

  @Module({ providers: [Keys], exports: [Keys] })
  class KeysModule {}

  @Global()
  @Module({ providers: [Keys], exports: [Keys] })
  class GlobalKeysModule {}

  @Injectable()
  class Factory {
    constructor(readonly keys: Keys) {}
    createClientSessionsOptions(): ClientSessionsModuleOptions {
      return { ...SOUND, secret: 'short' };
    }
  }

  const short = { useFactory: () => ({ ...SOUND, secret: 'short' }) };
  const ofKeys = {
    inject: [Keys],
    useFactory: ({ secret }: Keys) => ({ ...SOUND, secret: secret.slice(0, 5) }),
  };

  test.each<[string, () => unknown]>([
    ['in the root module', () => moduleWith(ClientSessionsModule.forRootAsync(short))],
    ['below it', () => moduleWith(moduleWith(ClientSessionsModule.forRootAsync(short)) as never)],
    [
      'behind forwardRef()',
      () => moduleWith(forwardRef(() => moduleWith(ClientSessionsModule.forRootAsync(short)) as never)),
    ],
    ['behind a promise', () => moduleWith(Promise.resolve(ClientSessionsModule.forRootAsync(short)))],
    [
      'as a dynamic module',
      () => ({ module: class {}, imports: [ClientSessionsModule.forRootAsync(short)] }),
    ],
    ['as itself', () => ClientSessionsModule.forRootAsync(short)],
    [
      'with sessions beside the factory',
      () =>
        moduleWith(
          ClientSessionsModule.forRootAsync({
            sessions: [{ name: 'a' }],
            useFactory: () => ({ secret: 'short' }),
          }),
        ),
    ],
    [
      'with what another module provides',
      () => moduleWith(ClientSessionsModule.forRootAsync({ imports: [KeysModule], ...ofKeys })),
    ],
    [
      'with what a global module provides',
      () => moduleWith(GlobalKeysModule, ClientSessionsModule.forRootAsync(ofKeys)),
    ],
    [
      'with a class',
      () => moduleWith(ClientSessionsModule.forRootAsync({ imports: [KeysModule], useClass: Factory })),
    ],
    [
      'without the database beside it',
      () => moduleWith(DatabaseModule, ClientSessionsModule.forRootAsync(short)),
    ],
    ['as a plain object', () => ({ ...SOUND, secret: 'short' })],
  ])('%s', async (_, make) => {
    Database.opened = 0;
    const { code, findings, err } = await examine({ bootstrap: () => 1, AppModule: make() });
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(findings).toEqual([expect.stringMatching(/^fails secret: .* at least 32 bytes/)]);
    expect(Database.opened).toBe(0);
  });

  test('and what Nest injects from the configuration, or its missing variable', async () => {
    const sessions = ClientSessionsModule.forRootAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        ...SOUND,
        secret: config.getOrThrow<string>('DOCTOR_SECRET'),
      }),
    });
    const AppModule = moduleWith(ConfigModule.forRoot({ isGlobal: true, ignoreEnvFile: true }), sessions);
    const missing = await examine({ AppModule });
    expect(missing.findings).toEqual([
      expect.stringMatching(/^fails options: The variable DOCTOR_SECRET is missing/),
    ]);
    process.env['DOCTOR_SECRET'] = SECRET;
    try {
      expect((await examine({ AppModule })).findings).toEqual([]);
    } finally {
      delete process.env['DOCTOR_SECRET'];
    }
  });

  test('and a factory that throws is a finding that quotes nothing', async () => {
    const fail = () => {
      throw new TypeError(`no vault at https://${SECRET}@vault`);
    };
    const { code, findings } = await examine({
      AppModule: moduleWith(ClientSessionsModule.forRootAsync({ useFactory: fail })),
    });
    expect(code).toBe(1);
    expect(findings).toEqual([expect.stringMatching(/^fails options: .*cannot be made: TypeError\. Start/)]);
  });

  test.each([
    ['paths', { path: '/admin' }, /with different paths or domains/],
    ['the same scope', {}, /each replaces what the other wrote/],
  ])('twice, with one cookie in two configurations (%s)', async (_, cookie, expected) => {
    const { code, findings } = await examine({
      AppModule: moduleWith(
        ClientSessionsModule.forRoot({
          name: 'a',
          cookieName: 'sid',
          secret: SECRET,
          cookie: { secure: true },
        }),
        ClientSessionsModule.forRoot({
          name: 'b',
          cookieName: 'sid',
          secret: SECRET,
          cookie: { secure: true, ...cookie },
        }),
      ),
    });
    expect(code).toBe(1);
    expect(findings).toContainEqual(expect.stringMatching(expected));
    expect(findings.filter((finding) => finding.startsWith('fails'))).toHaveLength(1);
  });
});

describe('the doctor could not look', () => {
  test.each<[string, () => Promise<Report>, RegExp]>([
    ['at nothing', () => doctor([]), /nothing to look at\. Give/],
    ['at two files', () => doctor([file, file]), /An argument is unknown/],
    [
      'with an unknown option',
      () => doctor([file, '--fix']),
      /Known options: FILE, --url VALUE, --json, --help/,
    ],
    ['at a file that is missing', () => doctor([join(folder, 'dist/main.js')]), /does not exist\. Build/],
    ['at one that cannot be imported', () => doctor([file]), /cannot be imported: Error\. Build/],
    [
      'at one without sessions',
      () => examine({ AppModule: moduleWith(), a: null, b: 5, c: {} }),
      /configures no sessions\. Give/,
    ],
    ['at an address that is none', () => doctor(['--url', 'shop.example']), /must begin with http/],
    ['at an address with a password', () => doctor(['--url', 'http://me:pw@127.0.0.1/']), /hold no password/],
    ['at a file of another kind', () => doctor(['--url', 'file:///etc/passwd']), /must begin with http/],
    [
      'at a port where nobody listens',
      async () => doctor(['--url', await closedAddress()]),
      /does not answer: .*ECONNREFUSED/,
    ],
  ])('%s', async (_, look, message) => {
    const { code, out, err } = await look();
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
  });

  test('at what forRoot() has refused while the file was imported', async () => {
    const { code, err } = await examine(
      {},
      { load: async () => ClientSessionsModule.forRoot(undefined as never) as never },
    );
    expect(code).toBe(2);
    expect(err).toMatch(/must not contain ClientSessionsModule without options/);
  });

  test('at a page without a session', async () => {
    const url = await serve((_, response) => response.setHeader('set-cookie', 'a=b').writeHead(404).end());
    const { code, err } = await doctor(['--url', url]);
    expect(code).toBe(2);
    expect(err).toMatch(/status 404 sets no session\. Give/);
  });
});

describe('around an application, the doctor finds', () => {
  test('versions that are not supported', async () => {
    const core = (version: string): void =>
      write('node_modules/@nestjs/core/package.json', JSON.stringify({ version }));
    const report = async (nodeVersion: string, nest: string): Promise<readonly string[]> => {
      core(nest);
      return (await examine({ options: SOUND }, { nodeVersion })).findings;
    };
    expect(await report('v20.19.0', '11.0.0')).toEqual([]);
    expect(await report('v22.12.0', '12.9.1')).toEqual([]);
    expect(await report('v25.0.0', '12.0.0-next.1')).toEqual([]);
    expect(await report('v20.18.3', '11.0.0')).toEqual([
      expect.stringMatching(/^fails versions: Node v20\.18\.3/),
    ]);
    expect(await report('v22.11.9', '11.0.0')).toEqual([
      expect.stringMatching(/^fails versions: Node v22\.11\.9/),
    ]);
    expect(await report('v23.9.0', '13.0.0')).toEqual([
      expect.stringMatching(/^fails versions: Node v23\.9\.0/),
      expect.stringMatching(/^fails versions: Nest 13\.0\.0/),
    ]);
    expect(await report('v24.0.0', '10.4.2')).toEqual([
      expect.stringMatching(/^fails versions: Nest 10\.4\.2/),
    ]);
  });

  test('a second copy of the package', async () => {
    const copy = (path: string, version: string): void =>
      write(`${path}node_modules/nestjs-client-sessions/package.json`, JSON.stringify({ version }));
    copy('', '1.2.0');
    expect((await examine({ options: SOUND })).findings).toEqual([]);
    copy('node_modules/@acme/login/', '1.1.0');
    copy('node_modules/cart/', '1.2.0');
    const { code, findings } = await examine({ options: SOUND });
    expect(code).toBe(0);
    expect(findings).toEqual([
      expect.stringMatching(/^warning copies: 3 copies .*\(1\.2\.0, 1\.1\.0, 1\.2\.0\).*npm ls/),
    ]);
  });
});

describe('of a running instance, the doctor finds', () => {
  const sealed = createSealer(new KeyRing(SECRET, 'secret'), {
    purpose: 'session',
    cookieName: 'session',
  }).seal({
    createdAt: Date.now(),
    startedAt: Date.now(),
    expiresAt: Date.now() + 60_000,
    ownDuration: false,
    renewed: false,
    json: '{"a":1}',
  });
  const cookie = (attributes: string, name = 'session', value = sealed): string =>
    `${name}=${value}; Path=/${attributes}; HttpOnly; SameSite=Lax`;

  const visits: { method: string | undefined; proto: unknown }[] = [];
  /** Answers every request with these cookies. Over TLS, as far as X-Forwarded-Proto says, with the second ones. */
  async function look(
    plain: readonly string[],
    proxied = plain,
    { date, now = Date.now }: { date?: string; now?: () => number } = {},
  ): Promise<Report> {
    visits.length = 0;
    const url = await serve((request, response) => {
      const proto = request.headers['x-forwarded-proto'];
      visits.push({ method: request.method, proto });
      response.setHeader('set-cookie', proto ? proxied : plain);
      if (date) response.setHeader('date', date);
      response.end('x'.repeat(1_000));
    });
    const report = await doctor(['--url', url], { now });
    expect(leaksOf([sealed], report.out)).toEqual([]);
    return report;
  }

  test('nothing wrong with one that trusts its proxy, by two plain GETs', async () => {
    const { code, findings } = await look([cookie('')], [cookie('; Secure')]);
    expect({ code, findings }).toEqual({ code: 0, findings: [] });
    expect(visits).toEqual([
      { method: 'GET', proto: undefined },
      { method: 'GET', proto: 'https' },
    ]);
  });

  test.each<[string, readonly string[], RegExp]>([
    [
      'a proxy that is not trusted',
      [cookie('')],
      /^fails proxy: Cookie "session": .*trust proxy.*trustProxy/,
    ],
    [
      'a prefix that a proxy has spoilt',
      [cookie('app; Secure', '__Host-session')],
      /^fails prefix: .*path must be '\/'/,
    ],
    [
      'a prefix with a domain',
      [cookie('; Secure; Domain=127.0.0.1', '__Host-session')],
      /^fails prefix: .*domain must not be set/,
    ],
    [
      'a domain of somebody else',
      [cookie('; Secure; Domain=example.org')],
      /^fails scopes: .*does not contain 127\.0\.0\.1/,
    ],
    [
      'a domain that only ends alike',
      [cookie('; Secure; Domain=7.0.0.1')],
      /^fails scopes: .*does not contain/,
    ],
    [
      'SameSite=None and Partitioned without each other',
      [cookie('; Secure; Partitioned')],
      /^fails attributes: .*partitioned/,
    ],
    [
      'two scopes of one cookie',
      [cookie('; Secure'), cookie('app; Secure')],
      /^fails scopes: .*more than once/,
    ],
    [
      'a cookie that browsers drop',
      [cookie('; Secure'), cookie('; Secure', 'big', 'x'.repeat(4_094))],
      /^fails headers: Cookie "big": .* 4097 bytes/,
    ],
  ])('%s', async (_, cookies, expected) => {
    const { code, findings } = await look(cookies);
    expect(code).toBe(1);
    expect(findings).toContainEqual(expect.stringMatching(expected));
    expect(findings.filter((finding) => finding.startsWith('fails'))).toHaveLength(1);
  });

  test('that a cookie which is cleared elsewhere is no second scope', async () => {
    const cleared = 'session=; Path=/app; Max-Age=0; Secure';
    expect((await look([cookie('; Secure'), cleared])).findings).toEqual([]);
  });

  test('that the answer takes too much of a header', async () => {
    const filler = ['a', 'b'].map((name) => `${name}=${'x'.repeat(1_900)}; Path=/`);
    const { code, findings } = await look([cookie('; Secure'), ...filler]);
    expect(code).toBe(0);
    expect(findings).toEqual([expect.stringMatching(/^warning headers: .*budget is 4096.*"a" 19\d\d bytes/)]);
  });

  test.each([
    [120_000, /^fails clock: .* 2 minutes ahead of/],
    [-3_700_000, /^fails clock: .* 1 hour behind/],
    [61_000, undefined],
    [-61_000, undefined],
    [62_000, /^fails clock: /],
  ])('a clock that is %d ms off', async (ms, expected) => {
    const now = Date.UTC(2026, 5, 15, 12);
    const date = new Date(now + ms).toUTCString();
    const { findings } = await look([cookie('; Secure')], undefined, { date, now: () => now });
    expect(findings).toEqual(expected ? [expect.stringMatching(expected)] : []);
  });

  describe.each(['express', 'fastify'] as const)('in an application on %s', (platform) => {
    async function start(trusts: boolean): Promise<string> {
      const imports = [ClientSessionsModule.forRoot({ name: 'session', secret: SECRET })];
      @Module({ imports })
      class AppModule {}
      const app =
        platform === 'express'
          ? await NestFactory.create<NestExpressApplication>(AppModule, { logger: false })
          : await NestFactory.create<NestFastifyApplication>(
              AppModule,
              new FastifyAdapter({ trustProxy: trusts ? 'loopback' : false }),
              { logger: false },
            );
      if (platform === 'express')
        (app as NestExpressApplication).set('trust proxy', trusts ? 'loopback' : false);
      ends.push(() => app.close());
      const http = app.getHttpAdapter() as AbstractHttpAdapter;
      http.get('/', (request: Parameters<typeof getSession>[0], response: { send(text: string): void }) => {
        (getSession(request) as { visits?: number }).visits = 1;
        response.send('ok');
      });
      await app.listen(0, '127.0.0.1');
      return app.getUrl();
    }

    test('whether it trusts the proxy', async () => {
      const trusting = await doctor(['--url', await start(true)]);
      expect(trusting).toMatchObject({ code: 0, findings: [], err: '' });
      const { code, findings } = await doctor(['--url', await start(false)]);
      expect(code).toBe(1);
      expect(findings).toEqual([expect.stringMatching(/^fails proxy: Cookie "session"/)]);
    });
  });
});

/** An address that was free a moment ago. */
async function closedAddress(): Promise<string> {
  const url = await serve(() => undefined);
  await new Promise((done) => server!.close(done));
  return url;
}

async function serve(answer: RequestListener): Promise<string> {
  server = createServer(answer);
  await new Promise<void>((done) => server!.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function write(path: string, text = ''): void {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
}
