// What npm would publish, seen from outside: installed into applications, compiled, served, visited.
// Arguments are the Node binaries to run the applications with: npm run test:package -- /path/to/node …
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { promisify, stripVTControlCharacters } from 'node:util';
import { publint } from 'publint';
import { testSampleCluster } from './sample-cluster.test.mjs';

const REPOSITORY = join(import.meta.dirname, '../..');
const NODES = process.argv.length > 2 ? process.argv.slice(2) : [process.execPath];
const SECRET = randomBytes(32).toString('base64url');
const MINUTE = 60_000;

const APPLICATIONS = [
  {
    name: 'Nest 12, ESM',
    type: 'module',
    dependencies: { ...nest(12), typescript: '~6.0.0' },
    compilers: [['--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess']],
    starts: [['express'], ['fastify']],
  },
  {
    name: 'Nest 11, CommonJS',
    type: 'commonjs',
    dependencies: { ...nest(11), typescript: '~5.9.0' },
    compilers: [
      [],
      ['--noEmit', '--module', 'commonjs', '--moduleResolution', 'node10'],
      ['--noEmit', '--module', 'esnext', '--moduleResolution', 'bundler'],
    ],
    starts: [['express'], ['fastify'], ['express', '--require', './commonjs-build.cjs']],
  },
];

/** As `nest new` writes it, but for declarations: they are checked. */
const COMPILER_OPTIONS = {
  module: 'nodenext',
  moduleResolution: 'nodenext',
  target: 'ES2023',
  types: ['node'],
  strict: true,
  skipLibCheck: false,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  isolatedModules: true,
  esModuleInterop: true,
  rootDir: 'src',
  outDir: 'dist',
};

/** For servers without Nest: Express is all they have. Their declarations are checked, and know nothing of browsers. */
const CONNECT = {
  dependencies: { express: '^5.0.0' },
  devDependencies: { '@types/express': '^5.0.0', '@types/node': '^20.19.0', typescript: '~5.9.0' },
  compilerOptions: {
    module: 'nodenext',
    moduleResolution: 'nodenext',
    target: 'ES2022',
    lib: ['ES2022'],
    types: ['node'],
    strict: true,
    skipLibCheck: false,
    isolatedModules: true,
    esModuleInterop: true,
  },
  compilers: {
    esm: ['--noEmit', '--module', 'esnext', '--moduleResolution', 'bundler'],
    cjs: ['--noEmit', '--module', 'commonjs', '--moduleResolution', 'node10'],
  },
  starts: [['esm'], ['cjs'], ['cjs', '--require', './commonjs-build.cjs']],
};

/** The name of the package that holds an installed file. */
const PACKAGE_OF_FILE = /[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/;

const WITH_NEST = /^(@nestjs\/.*|rxjs|reflect-metadata)$/;

/**
 * What belongs into the tarball. Debuggers and stack traces show the files of a build themselves, which hold
 * the comments of their sources.
 */
const CONTENTS = [
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|SECURITY\.md)$/,
  /^dist\/cjs\/package\.json$/,
  /^dist\/esm\/[\w./-]+\.(js|d\.ts)$/,
  /^dist\/cjs\/(?!cli\/)[\w./-]+\.(js|d\.ts)$/,
  /^dist\/cjs\/schematics\/collection\.json$/,
];

/** The versions of the Nest CLI, and how each of its templates runs its tests. */
const TEMPLATES = [
  { cli: 11, type: 'commonjs', config: '^4.0.0', isPassed: /^Tests:\s+2 passed, 2 total$/m },
  { cli: 12, type: 'module', config: '^12.0.0', isPassed: /^\s*Tests\s+2 passed \(2\)$/m },
];

/** What `nest add` writes. */
const ADDED = [
  '.env',
  '.env.example',
  'package.json',
  'src/app.module.ts',
  'src/sessions.ts',
  'test/sessions.e2e-spec.ts',
];

/** In bytes, unpacked: two builds and their declarations. The source maps of one build alone would exceed it. */
const SIZE_LIMIT = 1_800_000;

testSampleCluster();

let directory;
let tarball;
let size;
let files;
/** The applications that `nest new` makes, by the version of its command line. */
const templates = new Map();

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nestjs-client-sessions-'));
  const options = ['--ignore-scripts', '--json', '--pack-destination', directory];
  const [packed] = JSON.parse(await run('npm', ['pack', ...options], REPOSITORY));
  tarball = join(directory, packed.filename);
  size = packed.unpackedSize;
  files = packed.files.map(({ path }) => path);
  // They take their time, in which other tests run.
  for (const { cli } of TEMPLATES) {
    const template = createTemplate(cli);
    // Whoever awaits it learns of a failure.
    template.catch(() => undefined);
    templates.set(cli, template);
  }
});

after(() => rm(directory, { recursive: true, force: true }));

describe('the tarball', () => {
  test('holds what is needed, and nothing else', () => {
    const unexpected = files.filter((file) => !CONTENTS.some((expected) => expected.test(file)));
    assert.deepEqual(unexpected, []);
    for (const file of ['LICENSE', 'README.md', 'CHANGELOG.md', 'SECURITY.md']) {
      assert.ok(files.includes(file), `${file} is missing`);
    }
  });

  test('holds the same files of both builds', () => {
    const built = (folder) =>
      files.filter((file) => file.startsWith(folder)).map((file) => file.slice(folder.length));
    assert.ok(built('dist/esm/').includes('index.d.ts'));
    assert.deepEqual(
      built('dist/cjs/').filter((file) => file !== 'package.json' && !file.startsWith('schematics/')),
      built('dist/esm/').filter((file) => !file.startsWith('cli/')),
    );
  });

  test('is small', () => assert.ok(size <= SIZE_LIMIT, `${size} bytes are more than ${SIZE_LIMIT}`));

  test('holds no source beside what is built from it, and leads to none outside', async () => {
    for (const file of files.filter((name) => name.startsWith('dist/'))) {
      const content = await readFile(join(REPOSITORY, file), 'utf8');
      assert.doesNotMatch(content, /sourceMappingURL=|"sourcesContent"/, file);
    }
  });

  test('satisfies publint, suggestions included', async () => {
    const { buffer } = Uint8Array.from(await readFile(tarball));
    const { messages } = await publint({ pack: { tarball: buffer }, strict: true, level: 'suggestion' });
    assert.deepEqual(messages, []);
  });

  test('has types in every mode of resolution, none left out', () =>
    run(tool(REPOSITORY, 'attw'), [tarball, '--profile', 'strict'], REPOSITORY));
});

for (const { name, type, dependencies, compilers, starts } of APPLICATIONS) {
  describe(`an application of ${name}`, () => {
    let application;
    /** One visitor's, from server to server. */
    let cookie = '';
    const cart = [];

    before(async () => {
      application = join(directory, type);
      await createApplication(application, { private: true, type, dependencies });
    });

    for (const options of compilers) {
      test(['compiles, declarations included', ...options].join(' '), async (context) => {
        const { errors, foreign } = await compile(application, options);
        if (foreign > 0) context.diagnostic(`${foreign} errors in the declarations of other packages`);
        assert.deepEqual(errors, []);
      });
    }

    test('has the command line', async () => {
      const secret = await run(tool(application, 'nestjs-client-sessions'), ['keygen'], application);
      assert.ok(secret.length >= 32);
    });

    for (const node of NODES) {
      test(`has one copy of the package, and equal builds (${node})`, () =>
        run(node, ['identity.cjs'], application));

      for (const [platform, ...flags] of starts) {
        test(`keeps a session on ${[platform, ...flags].join(' ')} (${node})`, () =>
          serve(node, [...flags, 'dist/main.js', platform], application, async (origin) => {
            assert.equal((await fetch(`${origin}/cart`)).status, 403);
            const item = `item-${cart.length}`;
            const added = await fetch(`${origin}/cart/${item}`, { method: 'POST', headers: { cookie } });
            assert.equal(added.status, 201);
            [cookie] = added.headers.getSetCookie().map((header) => header.split(';')[0]);
            cart.push(item);
            const listed = await fetch(`${origin}/cart`, { headers: { cookie } });
            const duration = 120 * 24 * 60 * MINUTE;
            assert.deepEqual(await listed.json(), { items: cart, name: 'cart', isNew: false, duration });
          }));
      }
    }
  });
}

describe('an application without Nest', () => {
  let application;
  let installation;
  /** One visitor's, from server to server. */
  let cookie = '';
  const cart = [];

  before(async () => {
    application = join(directory, 'connect');
    installation = await createConnectApplication(application);
  });

  test('is told of no missing peer, and gets no Nest', async () => {
    const complaints = installation
      .split('\n')
      .filter((line) => /\b(peer|ERESOLVE|nestjs|rxjs)\b/i.test(line));
    assert.deepEqual(complaints, []);
    const { problems = [], dependencies } = JSON.parse(
      await run('npm', ['ls', '--all', '--json'], application),
    );
    const installed = installedNames(dependencies);
    assert.ok(installed.includes('express') && installed.includes('nestjs-client-sessions'));
    const ofNest = installed.filter((name) => WITH_NEST.test(name));
    assert.deepEqual({ problems, ofNest }, { problems: [], ofNest: [] });
  });

  for (const [folder, otherOptions] of Object.entries(CONNECT.compilers)) {
    for (const options of [[], otherOptions]) {
      test(['compiles, declarations included', folder, ...options].join(' '), async () => {
        const { errors } = await compile(application, options, folder);
        assert.deepEqual(errors, []);
      });
    }

    test(`has declarations that lead to the types of Node, and to no others (${folder})`, async () => {
      const args = ['-p', `${folder}/tsconfig.http.json`, '--listFiles'];
      const listed = (await run(tool(application, 'tsc'), args, application)).split(/\r?\n/);
      const packages = listed.flatMap((file) => file.match(PACKAGE_OF_FILE)?.slice(1) ?? []);
      const expected = ['@types/node', 'nestjs-client-sessions', 'typescript', 'undici-types'];
      assert.deepEqual([...new Set(packages)].sort(), expected);
    });
  }

  for (const node of NODES) {
    for (const [folder, ...flags] of CONNECT.starts) {
      for (const server of ['express', 'http']) {
        const args = [...flags, `${folder}/${server}.js`];
        test(`keeps a session on ${args.join(' ')} (${node})`, () =>
          serve(node, ['--enable-source-maps', ...args], application, async (origin) => {
            const sealed = cart.length ? [...cart] : 'malformed';
            const item = `item-${cart.length}`;
            cart.push(item);
            const added = await fetch(`${origin}/${item}`, { method: 'POST', headers: { cookie } });
            [cookie] = added.headers.getSetCookie().map((header) => header.split(';')[0]);
            const { refusal, ...first } = await added.json();
            assert.deepEqual(first, { items: cart, name: 'cart', isNew: cart.length === 1, sealed });
            assertLeadsToFiles(refusal);
            const listed = await fetch(origin, { headers: { cookie } });
            const { refusal: _, ...second } = await listed.json();
            assert.deepEqual(second, { items: cart, name: 'cart', isNew: false, sealed: cart });
          }));
      }
    }

    test(`hears from Node which package the main entry misses (${node})`, async () => {
      const found = /Cannot find (package|module) '(@nestjs\/\w+|rxjs|reflect-metadata)'/;
      for (const args of [
        ['--input-type=module', '--eval', "import 'nestjs-client-sessions'"],
        ['--eval', "require('nestjs-client-sessions')"],
        ['--require', './commonjs-build.cjs', '--eval', "require('nestjs-client-sessions')"],
      ])
        await assert.rejects(run(node, args, application), ({ stderr }) => found.test(stderr));
    });
  }
});

for (const { cli, type, config, isPassed } of TEMPLATES) {
  describe(`nest add, in what nest new ${cli} makes`, () => {
    let application;
    const nest = (...args) => plain(tool(application, 'nest'), args);
    const add = (...options) => nest('add', 'nestjs-client-sessions', '--skip-install', ...options);
    const plain = (command, args) => runPlain(command, args, application);
    const read = (file) => readFile(join(application, file), 'utf8');
    const everything = () => Promise.all(ADDED.map(read));

    before(async () => {
      application = await templates.get(cli);
    });

    test('writes nothing with --dry-run', async () => {
      const said = await add('--dry-run');
      for (const file of ADDED) assert.match(said, new RegExp(`(CREATE|UPDATE) ${file} `));
      await assert.rejects(read('.env'), { code: 'ENOENT' });
      assert.doesNotMatch(await read('src/app.module.ts'), /ClientSessionsModule/);
    });

    test('adds sessions, and @nestjs/config in the version that fits', async () => {
      const said = await add();
      assert.match(said, /Packages installed successfully/);
      assert.match(await read('.env'), /^SESSION_SECRET=[\w-]{43}\n$/);
      const manifest = JSON.parse(await read('package.json'));
      assert.equal(manifest.dependencies['@nestjs/config'], config);
      assert.equal(manifest.type ?? 'commonjs', type);
    });

    test('leaves a project that compiles, is formatted, and passes its tests', async () => {
      await plain(tool(application, 'tsc'), ['--noEmit']);
      await plain(tool(application, 'prettier'), ['--check', 'src', 'test']);
      await plain('npm', ['run', 'build']);
      await plain('npm', ['test']);
      const report = await plain(tool(application, 'nestjs-client-sessions'), [
        'doctor',
        'dist/app.module.js',
      ]);
      assert.match(report, /^note +proxy +.*\n.*\nNothing was found that will fail in production\.\n$/);
      assert.match(await plain('npm', ['run', 'test:e2e']), isPassed);
    });

    test('has a test that needs no .env', async () => {
      const env = await read('.env');
      await rm(join(application, '.env'));
      await plain('npm', ['run', 'test:e2e', '--', 'sessions.e2e']);
      await writeFile(join(application, '.env'), env);
    });

    test('has a test that fails when the visitor is not recognised', async () => {
      const sessions = await read('src/sessions.ts');
      const ended = sessions.replace("'1 day'", "'1 day', cookie: { secure: true }");
      await writeFile(join(application, 'src/sessions.ts'), ended);
      await assert.rejects(plain('npm', ['run', 'test:e2e', '--', 'sessions.e2e']), ({ stdout, stderr }) =>
        /recognises a visitor/.test(stdout + stderr),
      );
      await writeFile(join(application, 'src/sessions.ts'), sessions);
    });

    test('changes nothing when it runs again, and says so', async () => {
      const before = await everything();
      assert.match(await add(), /imports ClientSessionsModule already: nothing is changed/);
      assert.deepEqual(await everything(), before);
    });
  });
}

/** What `nest new` makes, with the package installed. @returns its folder */
async function createTemplate(cli) {
  const folder = join(directory, 'templates');
  await mkdir(folder, { recursive: true });
  const application = join(folder, `nest-${cli}`);
  const options = ['--package-manager', 'npm', '--skip-git', '--skip-install'];
  await runPlain('npx', ['--yes', `@nestjs/cli@${cli}`, 'new', `nest-${cli}`, ...options], folder);
  await runPlain('npm', ['install', '--no-audit', '--no-fund', tarball], application);
  return application;
}

/** @returns what a command printed, without colours. A secret comes from an .env file alone. */
async function runPlain(command, args, cwd) {
  const { SESSION_SECRET: _, ...env } = process.env;
  const { stdout, stderr } = await execute(command, args, cwd, { ...env, NO_COLOR: '1' });
  return stripVTControlCharacters(stdout + stderr);
}

/** The packages of an ordinary application, the newest of a major version of Nest. */
function nest(major) {
  const packages = ['common', 'core', 'platform-express', 'platform-fastify'];
  return {
    ...Object.fromEntries(packages.map((name) => [`@nestjs/${name}`, `^${major}.0.0`])),
    '@types/express': '^5.0.0',
    '@types/node': '^20.19.0',
    'reflect-metadata': '^0.2.0',
    rxjs: '^7.8.0',
  };
}

async function createApplication(application, manifest) {
  const sources = join(application, 'src');
  await mkdir(sources, { recursive: true });
  const copy = (from, to) => cp(join(REPOSITORY, 'test', from), join(application, to), { recursive: true });
  await copy('package/application', '.');
  await copy('package/application/main.ts', 'src/main.ts');
  await copy('support/runtime-exports.ts', 'src/runtime-exports.ts');
  await copy('types', 'src/types');
  const tsconfig = { compilerOptions: COMPILER_OPTIONS, include: ['src'] };
  await writeFile(join(application, 'tsconfig.json'), JSON.stringify(tsconfig));
  await install(application, manifest);
}

/** The same sources as ES modules and as CommonJS. @returns what npm said while it installed */
async function createConnectApplication(application) {
  const { compilerOptions, dependencies, devDependencies } = CONNECT;
  const from = join(REPOSITORY, 'test/package');
  for (const [folder, type] of Object.entries({ esm: 'module', cjs: 'commonjs' })) {
    const write = (file, content) => writeFile(join(application, folder, file), JSON.stringify(content));
    await cp(join(from, 'connect'), join(application, folder), { recursive: true });
    await write('package.json', { type });
    await write('tsconfig.json', { compilerOptions });
    await write('tsconfig.http.json', { compilerOptions, files: ['http.ts'] });
  }
  await cp(join(from, 'application/commonjs-build.cjs'), join(application, 'commonjs-build.cjs'));
  return install(application, { private: true, dependencies, devDependencies });
}

async function install(application, { dependencies, ...manifest }) {
  const withTarball = { ...dependencies, 'nestjs-client-sessions': `file:${tarball}` };
  const content = JSON.stringify({ ...manifest, dependencies: withTarball });
  await writeFile(join(application, 'package.json'), content);
  const options = ['--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline'];
  const { stdout, stderr } = await execute('npm', ['install', ...options], application);
  return stdout + stderr;
}

/** Everything below a tree of npm's. An optional peer that is not there stands in it, too, without a version. */
function installedNames(dependencies = {}) {
  return Object.entries(dependencies).flatMap(([name, dependency]) =>
    dependency.version === undefined ? [] : [name, ...installedNames(dependency.dependencies)],
  );
}

/** Whoever reads a stack trace finds the file of each line in the tarball. */
function assertLeadsToFiles(stack) {
  const places = [...stack.matchAll(/[\\/]node_modules[\\/]nestjs-client-sessions[\\/]([^:)]+):\d+/g)];
  const named = places.map(([, file]) => file.replaceAll('\\', '/'));
  assert.notDeepEqual(named, [], stack);
  assert.deepEqual(
    named.filter((file) => !files.includes(file)),
    [],
  );
}

/** What the compiler finds in the application and in this package. What it finds in others is only counted. */
async function compile(application, options, project = '.') {
  const args = ['-p', project, '--pretty', 'false', ...options];
  const output = await run(tool(application, 'tsc'), args, application).catch(({ stdout }) => stdout);
  const errors = output.split('\n').filter((line) => /\berror TS\d+:/.test(line));
  const own = errors.filter((line) => !/^node_modules\/(?!nestjs-client-sessions\/)/.test(line));
  return { errors: own, foreign: errors.length - own.length };
}

/** Runs a server for as long as a visit takes; it may not complain about anything meanwhile. */
async function serve(node, args, application, visit) {
  const server = spawn(node, args, {
    cwd: application,
    env: { ...process.env, SESSION_SECRET: SECRET },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: MINUTE,
  });
  const ended = once(server, 'exit');
  const complaints = text(server.stderr);
  try {
    const { value: origin } = await createInterface(server.stdout)[Symbol.asyncIterator]().next();
    if (origin) await visit(origin);
  } finally {
    server.kill();
    await ended;
  }
  assert.equal(await complaints, '');
}

/** What a command printed. @throws with `stdout` and `stderr` when it failed, or took too long */
async function run(command, args, cwd) {
  const { stdout } = await execute(command, args, cwd);
  return stdout;
}

function execute(command, args, cwd, env = { ...process.env, SESSION_SECRET: SECRET }) {
  return promisify(execFile)(command, args, { cwd, env, timeout: 4 * MINUTE });
}

function tool(folder, name) {
  return join(folder, 'node_modules/.bin', name);
}
