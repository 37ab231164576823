import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Rule, Tree } from '@angular-devkit/schematics';
import { SchematicTestRunner, UnitTestTree } from '@angular-devkit/schematics/testing/index.js';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import typescript from 'typescript';
import { nestAdd } from '../../lib/schematics/nest-add.js';
import type { NestAddOptions } from '../../lib/schematics/project.js';
import { secretBytes } from '../../lib/sealing/secret.js';

/** A folder outside of any repository, with the compiler of this one. */
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nest-add-'));
  writeFileSync(join(root, 'package.json'), '{}');
  const folder = join(root, 'node_modules/typescript');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'index.js'), `module.exports = require(${JSON.stringify(compiler)});`);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const compiler = join(process.cwd(), 'node_modules/typescript/lib/typescript.js');

const APP_MODULE = `import { Module } from '@nestjs/common';
import { AppController } from './app.controller';

@Module({
  imports: [],
  controllers: [AppController],
})
export class AppModule {}
`;

const MAIN = `import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module';

async function bootstrap() {
  const app = await NestFactory.create(AppModule);
  await app.listen(process.env.PORT ?? 3000);
}
bootstrap();
`;

const MANIFEST = {
  name: 'shop',
  dependencies: {
    '@nestjs/common': '^11.0.1',
    '@nestjs/core': '^11.0.1',
    '@nestjs/platform-express': '^11.0.1',
  },
  devDependencies: { '@nestjs/testing': '^11.0.1', jest: '^30.0.0', supertest: '^7.0.0' },
};

/** The files of a project with CommonJS, as `nest new` 11 writes them. */
const PROJECT = {
  'package.json': json(MANIFEST),
  'nest-cli.json': json({ sourceRoot: 'src' }),
  'src/app.module.ts': APP_MODULE,
  'src/main.ts': MAIN,
};

const ESM = {
  ...PROJECT,
  'package.json': json({
    ...MANIFEST,
    type: 'module',
    dependencies: { '@nestjs/core': '^12.0.1', '@nestjs/platform-express': '^12.0.1' },
    devDependencies: { '@nestjs/testing': '^12.0.1', vitest: '^4.0.0', supertest: '^7.0.0' },
  }),
  'src/app.module.ts': APP_MODULE.replace('./app.controller', './app.controller.js'),
  'src/main.ts': MAIN.replace('./app.module', './app.module.js'),
};

type Files = Readonly<Record<string, string>>;

interface Result {
  readonly tree: UnitTestTree;
  readonly said: readonly string[];
  readonly tasks: readonly unknown[];
  readonly text: (path: string) => string;
}

async function add(files: Files | UnitTestTree, options: NestAddOptions = {}): Promise<Result> {
  const runner = new SchematicTestRunner('nestjs-client-sessions', 'lib/schematics/collection.json');
  const said: string[] = [];
  const before = files instanceof UnitTestTree ? files : treeOf(files);
  const tasks: unknown[] = [];
  // This does not compile if the DevKit cannot call it.
  const rule: Rule = nestAdd(options, root);
  const watched: Rule = (tree, context) =>
    rule(
      tree,
      Object.assign(Object.create(context) as typeof context, {
        logger: {
          info: (message: string) => said.push(message),
          warn: (message: string) => said.push(message),
        },
        addTask: (task: { toConfiguration: () => unknown }) => tasks.push(task.toConfiguration()),
      }),
    );
  const tree = new UnitTestTree(await firstValueFrom(runner.callRule(watched, before)));
  return { tree, said, tasks, text: (path) => tree.readContent(path) };
}

function treeOf(files: Files): UnitTestTree {
  const tree = new UnitTestTree(Tree.empty());
  for (const [path, text] of Object.entries(files)) tree.create(path, text);
  return tree;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Whether a source is one that the compiler can parse. */
function syntaxErrorsOf(code: string): string[] {
  const { diagnostics = [] } = typescript.transpileModule(code, {
    reportDiagnostics: true,
    compilerOptions: { experimentalDecorators: true },
  });
  return diagnostics.map(({ messageText }) => typescript.flattenDiagnosticMessageText(messageText, '\n'));
}

const MODULES = `    ConfigModule.forRoot(),
    ClientSessionsModule.forRootAsync({
      imports: [ConfigModule],
      inject: [ConfigService],
      sessions: [Visitor],
      useFactory: (config: ConfigService) => ({
        secret: config.get<string>('SESSION_SECRET'),
      }),
    }),
`;

describe('the root module', () => {
  test('imports the module and its configuration', async () => {
    const { text, said, tree } = await add(PROJECT);
    expect(text('src/app.module.ts')).toBe(
      APP_MODULE.replace('imports: []', `imports: [\n${MODULES}  ]`).replace(
        "from './app.controller';\n",
        `from './app.controller';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { ClientSessionsModule } from 'nestjs-client-sessions';
import { Visitor } from './sessions';
`,
      ),
    );
    expect(said).toEqual([]);
    expect(tree.files.toSorted()).toEqual([
      '/.env',
      '/.env.example',
      '/nest-cli.json',
      '/package.json',
      '/src/app.module.ts',
      '/src/main.ts',
      '/src/sessions.ts',
      '/test/sessions.e2e-spec.ts',
    ]);
  });

  test.each([
    [
      'one line',
      'imports: [CartModule, UserModule]',
      `imports: [\n    CartModule,\n    UserModule,\n${MODULES}  ]`,
    ],
    [
      'several lines',
      'imports: [\n    CartModule,\n    UserModule,\n  ]',
      `imports: [\n    CartModule,\n    UserModule,\n${MODULES}  ]`,
    ],
    [
      'no comma at the end, and a comment',
      'imports: [\n    CartModule, // sells\n    UserModule // buys\n  ]',
      `imports: [\n    CartModule, // sells\n    UserModule, // buys\n${MODULES}  ]`,
    ],
    ['a comment alone', 'imports: [\n    // none yet\n  ]', `imports: [\n    // none yet\n${MODULES}  ]`],
    [
      'a comment alone in one line',
      'imports: [/* none yet */]',
      `imports: [\n    /* none yet */\n${MODULES}  ]`,
    ],
    ['a quoted name', "'imports': []", `'imports': [\n${MODULES}  ]`],
  ])('gets them with %s', async (_, before, after) => {
    const { text } = await add({
      ...PROJECT,
      'src/app.module.ts': APP_MODULE.replace('imports: []', before),
    });
    const [, metadata] = /@Module\(\{\n {2}([^]*),\n {2}controllers/.exec(text('src/app.module.ts')) ?? [];
    expect(metadata).toBe(after);
  });

  test.each([
    ['without imports', APP_MODULE.replace('  imports: [],\n', '')],
    ['without anything', APP_MODULE.replace(/@Module\(\{[^]*?\}\)/, '@Module({})')],
    ['on one line', APP_MODULE.replace(/@Module\(\{[^]*?\}\)/, '@Module({ controllers: [AppController] })')],
    [
      'with a list whose end stands behind its last element',
      APP_MODULE.replace('[]', '[\n    CartModule,\n    UserModule]'),
    ],
    [
      'with tabs, double quotes and no semicolons',
      APP_MODULE.replaceAll('  ', '\t').replaceAll("'", '"').replaceAll(';', ''),
    ],
    [
      'with a comment that names the module',
      APP_MODULE.replace('imports', '// ClientSessionsModule.forRoot()\n  imports'),
    ],
    ['with a BOM', `\uFEFF${APP_MODULE}`],
    [
      'with line breaks of two kinds',
      APP_MODULE.replace('\n', '\r\n').replace('[]', '[\n    // none yet\n  ]'),
    ],
  ])('%s is edited so that it compiles', async (_, before) => {
    expect(syntaxErrorsOf(before)).toEqual([]);
    const { text, said } = await add({ ...PROJECT, 'src/app.module.ts': before });
    const after = text('src/app.module.ts');
    expect(syntaxErrorsOf(after)).toEqual([]);
    expect(after).toMatch(
      /imports"?: \[[^]*ConfigModule\.forRoot\(\),\s+ClientSessionsModule\.forRootAsync\(/,
    );
    expect(after.match(/from ['"]nestjs-client-sessions['"];?$/gm)).toHaveLength(1);
    expect(after.includes("'")).toBe(before.includes("'") || after.includes("'SESSION_SECRET'"));
    expect(said).toEqual([]);
  });

  test('keeps its line breaks, and the new files have the same', async () => {
    const windows = Object.fromEntries(
      Object.entries(PROJECT).map(([path, text]) => [path, text.replaceAll('\n', '\r\n')]),
    );
    const { text, tree } = await add({ ...windows, '.env': 'A=1\r\nB=2', '.gitignore': 'dist\r\n' });
    for (const path of tree.files.filter((file) => file !== '/.env.example')) {
      expect([path, text(path).match(/(?<!\r)\n/)]).toEqual([path, null]);
    }
    expect(syntaxErrorsOf(text('src/app.module.ts'))).toEqual([]);
    expect(text('.env')).toMatch(/^A=1\r\nB=2\r\nSESSION_SECRET=[\w-]{43}\r\n$/);
  });

  test('keeps imports that are there', async () => {
    const { text } = await add({
      ...PROJECT,
      'src/app.module.ts': APP_MODULE.replace(
        'import',
        "import type { ConfigType } from '@nestjs/config';\n" +
          "import { ConfigModule, registerAs } from '@nestjs/config';\nimport",
      ).replace('[]', '[ConfigModule.forRoot({ isGlobal: true })]'),
    });
    const after = text('src/app.module.ts');
    expect(after).toContain("import { ConfigModule, registerAs, ConfigService } from '@nestjs/config';");
    expect(after.match(/ConfigModule\.forRoot\(/g)).toHaveLength(1);
    expect(syntaxErrorsOf(after)).toEqual([]);
  });

  test.each([
    ['a variable', 'imports: MODULES'],
    ['its shorthand', 'imports'],
    ['a call', 'imports: [].concat(MODULES)'],
    ['a condition', 'imports: isTest ? [] : [CartModule]'],
    ['a spread that may hold imports', '...base'],
  ])('is left alone if its imports are %s, and the message says what to write', async (_, imports) => {
    const before = APP_MODULE.replace('imports: []', imports);
    const { text, said, tree } = await add({ ...PROJECT, 'src/app.module.ts': before });
    expect(text('src/app.module.ts')).toBe(before);
    expect(said.join('\n')).toContain('Write this by hand:');
    expect(said.join('\n')).toContain("import { Visitor } from './sessions';");
    expect(said.join('\n')).toContain('ClientSessionsModule.forRootAsync({');
    expect(tree.exists('src/sessions.ts') && tree.exists('.env')).toBe(true);
  });

  test.each([
    ["import { ConfigModule } from './config/config.module';", 'ConfigModule'],
    ["import ConfigService from './config.service';", 'ConfigService'],
    ["import { Visitor } from './visitor.entity';", 'Visitor'],
    ["import { Guest as Visitor } from './guest';", 'Visitor'],
    ["import * as Visitor from './visitor';", 'Visitor'],
    ["import type { ConfigService } from '@nestjs/config';", 'ConfigService'],
    ['class Visitor {}', 'Visitor'],
    ['interface ConfigModule {}', 'ConfigModule'],
    ['const Visitor = 1;', 'Visitor'],
  ])('is left alone if a name means something else there: %s', async (line, name) => {
    const before = APP_MODULE.replace('@Module(', `${line}\n\n@Module(`);
    const { text, said } = await add({ ...PROJECT, 'src/app.module.ts': before });
    expect(text('src/app.module.ts')).toBe(before);
    expect(said.join('\n')).toContain(
      `In src/app.module.ts, "${name}" means something else already: import ours under another name. ` +
        'Write this by hand:',
    );
  });

  test('is the class that main.ts starts, wherever it is', async () => {
    const shop = APP_MODULE.replace('AppModule', 'ShopModule');
    const main = (path: string, names = '{ ShopModule }') =>
      MAIN.replace('{ AppModule }', names)
        .replace('./app.module', path)
        .replace('create(AppModule)', 'create(ShopModule)');
    const cases: readonly [file: string, main: string, module: string, sessions: string][] = [
      ['src/shop/shop.module.ts', main('./shop/shop.module'), shop, '../sessions'],
      ['src/shop/index.ts', main('./shop'), shop, '../sessions'],
      ['src/shop/shop.module.ts', main('@app/shop'), shop, '../sessions'],
      [
        'src/root.ts',
        main('./root', '{ RootModule as ShopModule }'),
        shop.replace('ShopModule', 'RootModule'),
        './sessions',
      ],
      [
        'src/root.ts',
        main('./root', 'ShopModule'),
        shop.replace('export class', 'export default class'),
        './sessions',
      ],
      [
        'src/root.ts',
        main('./root').replace('(ShopModule)', '(ShopModule.register({ a: 1 }), { cors: true })'),
        shop,
        './sessions',
      ],
      ['src/main.ts', '', main('./x').replace(/^import \{ Shop.*$/m, shop), './sessions'],
    ];
    for (const [file, entry, module, sessions] of cases) {
      const files = { ...PROJECT, 'src/main.ts': entry, [file]: module };
      const { text } = await add({ ...files, 'src/app.module.ts': APP_MODULE });
      expect(text('src/app.module.ts')).toBe(APP_MODULE);
      expect(text(file)).toContain('ClientSessionsModule.forRootAsync(');
      expect(text(file)).toContain(`import { Visitor } from '${sessions}';`);
      expect(syntaxErrorsOf(text('test/sessions.e2e-spec.ts'))).toEqual([]);
    }
  });

  test('can be named', async () => {
    const files = { ...PROJECT, 'src/main.ts': 'start();\n' };
    const { text } = await add(files, { module: './src/app.module.ts' });
    expect(text('src/app.module.ts')).toContain('ClientSessionsModule');
    await expect(add(files, { module: 'src/main.ts' })).rejects.toThrow(
      /--module must be the path .* 0 were found/,
    );
  });

  test.each([
    ['no start', { 'src/main.ts': 'start();' }, /main\.ts must call NestFactory\.create\(\).*--module=/],
    ['no main.ts', { 'src/main.ts': undefined }, /main\.ts must call NestFactory\.create/],
    [
      'no class',
      { 'src/app.module.ts': 'export const AppModule = 1;' },
      /AppModule must be one class .* 0 were found/,
    ],
    [
      'two classes',
      { 'src/main.ts': MAIN.replace('./app.module', '@app'), 'src/b.ts': APP_MODULE },
      /2 were found/,
    ],
    ['no package.json', { 'package.json': undefined }, /There must be a package\.json/],
    [
      'a broken package.json',
      { 'package.json': '{ "secret": hunter2' },
      /^\/package\.json must be JSON\. Correct it, and run this again\.$/,
    ],
    [
      'Nest 10',
      { 'package.json': json({ dependencies: { '@nestjs/core': '^10.4.0' } }) },
      /must use Nest 11 or 12/,
    ],
    ['no Nest', { 'package.json': '{}' }, /must use Nest 11 or 12.*does not name @nestjs\/core/],
    [
      'other files of these names',
      { 'src/sessions.ts': '', 'src/client-sessions.ts': '' },
      /must not exist both/,
    ],
  ])('is not touched with %s', async (_, more: Record<string, string | undefined>, message) => {
    const given = Object.entries({ ...PROJECT, ...more }).filter(([, text]) => text !== undefined);
    const before = treeOf(Object.fromEntries(given) as Files);
    const files = before.files.map((file) => [file, before.readContent(file)]);
    await expect(add(before)).rejects.toThrow(message);
    expect(before.files.map((file) => [file, before.readContent(file)])).toEqual(files);
  });
});

describe('a second run', () => {
  test.each([
    ['CommonJS', PROJECT],
    ['ES modules', ESM],
  ])('changes nothing and says so (%s)', async (_, files) => {
    const first = await add({ ...files, '.gitignore': 'dist\n' });
    const written = first.tree.files.map((file) => [file, first.text(file)]);
    const second = await add(first.tree);
    expect(second.tree.files.map((file) => [file, second.text(file)])).toEqual(written);
    expect(second.said).toEqual([
      'src/app.module.ts imports ClientSessionsModule already: nothing is changed.',
    ]);
    expect(second.tasks).toEqual([]);
  });

  test('keeps what somebody has configured by hand, in any file', async () => {
    const core = APP_MODULE.replace('AppModule', 'CoreModule').replace(
      '[]',
      '[ClientSessionsModule.forRoot({ secret: process.env.KEY })]',
    );
    const { tree, said } = await add({ ...PROJECT, 'src/core/core.module.ts': core });
    expect(tree.files).toHaveLength(5);
    expect(said).toEqual([
      'src/core/core.module.ts imports ClientSessionsModule already: nothing is changed.',
    ]);
  });

  test('completes what is missing after "imports" was written by hand', async () => {
    const first = await add({ ...PROJECT, 'src/app.module.ts': APP_MODULE.replace('[]', 'MODULES') });
    first.tree.overwrite('src/app.module.ts', APP_MODULE);
    const second = await add(first.tree);
    expect(second.text('src/app.module.ts')).toContain('ClientSessionsModule.forRootAsync(');
    expect(second.text('.env')).toBe(first.text('.env'));
    expect(second.said).toEqual([
      'src/sessions.ts defines Visitor already: it is kept.',
      '.env holds SESSION_SECRET already: it is kept.',
      'test/sessions.e2e-spec.ts is there already: it is kept.',
    ]);
  });
});

describe('the secret', () => {
  test('is fresh, strong, and in .env alone', async () => {
    const runs = [await add(PROJECT), await add(PROJECT)];
    const [one, two] = runs.map(({ text }) => /^SESSION_SECRET=(.*)\n$/.exec(text('.env'))?.[1]);
    expect(secretBytes(one, 'secret')).toHaveLength(43);
    expect(one).not.toBe(two);
    for (const { tree, text } of runs) {
      const others = tree.files.filter((file) => file !== '/.env');
      expect(others.filter((file) => text(file).includes(one!) || text(file).includes(two!))).toEqual([]);
    }
    expect(runs[0]!.text('.env.example')).toMatch(/^# .* keygen --env\nSESSION_SECRET=\n$/);
  });

  test.each([
    ['SESSION_SECRET=mine', true],
    ['  export SESSION_SECRET = "mine" # ours', true],
    ['A=1\nSESSION_SECRET=mine\nB=2\n', true],
    ['SESSION_SECRET=', false],
    ['SESSION_SECRET=""\n', false],
    ['SESSION_SECRET= # to be generated\nB=2\n', false],
    ['# SESSION_SECRET=mine\n', false],
    ['OLD_SESSION_SECRET=mine\n', false],
    ['SESSION_SECRETS=mine', false],
  ])('is kept if .env has one: %j', async (env, isKept) => {
    const { text, said } = await add({ ...PROJECT, '.env': env });
    expect(text('.env') === env).toBe(isKept);
    expect(said).toEqual(isKept ? ['.env holds SESSION_SECRET already: it is kept.'] : []);
    if (isKept) return;
    expect(text('.env').match(/^SESSION_SECRET=\s?[\w-]{43}$/gm)).toHaveLength(1);
    for (const line of env.split('\n').filter((each) => !each.startsWith('SESSION_SECRET='))) {
      expect(text('.env').split('\n')).toContain(line);
    }
  });

  test.each([
    ['dist\n', 'dist\n.env\n'],
    ['dist', 'dist\n.env\n'],
    ['.env\n', '.env\n'],
    ['/.env', '/.env'],
    ['.env*\n', '.env*\n'],
    ['.env.local\n', '.env.local\n.env\n'],
    ['# .env\n', '# .env\n.env\n'],
    ['.env*\n!.env\n', '.env*\n!.env\n.env\n'],
    ['.env*\n!.env.example\n', '.env*\n!.env.example\n'],
  ])('is kept out of git by %j', async (before, after) => {
    const { text } = await add({ ...PROJECT, '.gitignore': before });
    expect(text('.gitignore')).toBe(after);
  });

  describe('in a git repository', () => {
    beforeEach(() => git('init', '--quiet'));

    test('is kept out of git without a .gitignore, too', async () => {
      const { text, said } = await add(PROJECT);
      expect(text('.gitignore')).toBe('.env\n');
      expect(said).toEqual([]);
    });

    test('needs no line if git ignores .env in another way', async () => {
      writeFileSync(join(root, '.git/info/exclude'), '.env\n');
      expect((await add(PROJECT)).tree.exists('.gitignore')).toBe(false);
    });

    test.each(['A=1\n', 'SESSION_SECRET=\n'])(
      'is not written where git keeps versions of it: %j',
      async (env) => {
        writeFileSync(join(root, '.env'), env);
        git('add', '--force', '.env');
        const { text, said } = await add({ ...PROJECT, '.env': env, '.gitignore': '.env\n' });
        expect(text('.env')).toBe(env);
        expect(said).toEqual([
          expect.stringMatching(
            /^git keeps versions of \.env, so no secret.*git rm --cached \.env.*keygen --env/,
          ),
        ]);
      },
    );

    test('that git has versions of comes with a warning', async () => {
      const env = `SESSION_SECRET=${'k3Y'.repeat(15)}\n`;
      writeFileSync(join(root, '.env'), env);
      git('add', '--force', '.env');
      const { text, said } = await add({ ...PROJECT, '.env': env, '.gitignore': '.env\n' });
      expect(text('.env')).toBe(env);
      expect(said).toContainEqual(
        expect.stringMatching(/^git keeps versions of \.env, and with them the secret/),
      );
    });
  });

  test('needs no git', async () => {
    expect((await add(PROJECT)).tree.exists('.gitignore')).toBe(false);
  });

  test('is said to be elsewhere if ConfigModule reads another file', async () => {
    const module = APP_MODULE.replace('[]', "[ConfigModule.forRoot({ envFilePath: '.env.local' })]");
    const { said } = await add({ ...PROJECT, 'src/app.module.ts': module });
    expect(said).toEqual([
      'src/app.module.ts does not read .env alone. Put SESSION_SECRET where it reads it.',
    ]);
  });
});

describe('@nestjs/config', () => {
  test.each([
    ['^11.0.1', undefined, '^4.0.0'],
    ['12.5.1', undefined, '^12.0.0'],
    ['latest', '12.5.1', '^12.0.0'],
    ['^12.0.0', '11.1.0', '^4.0.0'],
  ])('has the version that fits Nest %s, installed %s', async (range, installed, expected) => {
    const { text, tasks } = await add({
      ...PROJECT,
      'package.json': json({ ...MANIFEST, dependencies: { 'a-b': '1', '@nestjs/core': range, zod: '4' } }),
      ...(installed && { 'node_modules/@nestjs/core/package.json': json({ version: installed }) }),
    });
    const { dependencies } = JSON.parse(text('package.json')) as { dependencies: Record<string, string> };
    expect(Object.entries(dependencies)).toEqual([
      ['@nestjs/config', expected],
      ['@nestjs/core', range],
      ['a-b', '1'],
      ['zod', '4'],
    ]);
    expect(tasks).toEqual([{ name: 'node-package', options: { command: 'install' } }]);
  });

  test('is kept as it is', async () => {
    const manifest = JSON.stringify(
      { ...MANIFEST, devDependencies: { '@nestjs/config': '~4.0.1' } },
      null,
      '\t',
    );
    const { text, tasks } = await add({ ...PROJECT, 'package.json': manifest });
    expect(text('package.json')).toBe(manifest);
    expect(tasks).toEqual([]);
  });
});

describe('the test', () => {
  test('is one of jest, as CommonJS', async () => {
    const code = (await add(PROJECT)).text('test/sessions.e2e-spec.ts');
    expect(syntaxErrorsOf(code)).toEqual([]);
    expect(code).toContain(
      "import { AppModule } from '../src/app.module';\nimport { Visitor } from '../src/sessions';",
    );
    expect(code).not.toContain('vitest');
  });

  test('is one of vitest, as an ES module', async () => {
    const { text } = await add(ESM);
    const code = text('test/sessions.e2e-spec.ts');
    expect(syntaxErrorsOf(code)).toEqual([]);
    expect(code).toContain("import { AppModule } from '../src/app.module.js';");
    expect(code).toContain("from 'vitest';");
    expect(text('src/app.module.ts')).toContain("import { Visitor } from './sessions.js';");
  });

  test('uses Fastify where that is all there is', async () => {
    const dependencies = { '@nestjs/core': '^11.0.0', '@nestjs/platform-fastify': '^11.0.0' };
    const { text } = await add({ ...PROJECT, 'package.json': json({ ...MANIFEST, dependencies }) });
    const code = text('test/sessions.e2e-spec.ts');
    expect(syntaxErrorsOf(code)).toEqual([]);
    expect(code).toContain('createNestApplication(new FastifyAdapter())');
    expect(code).toContain('await app.getHttpAdapter().getInstance().ready();');
  });

  test('is left out where nothing could run it', async () => {
    const manifest = json({ ...MANIFEST, devDependencies: { jest: '^30.0.0' } });
    const { tree, said } = await add({ ...PROJECT, 'package.json': manifest });
    expect(tree.exists('test/sessions.e2e-spec.ts')).toBe(false);
    expect(said).toEqual([expect.stringContaining('No test is written')]);
  });
});

describe('a monorepo', () => {
  const MONOREPO = {
    'package.json': PROJECT['package.json'],
    'nest-cli.json': json({
      monorepo: true,
      sourceRoot: 'apps/shop/src',
      projects: {
        shop: { type: 'application', sourceRoot: 'apps/shop/src', entryFile: 'main' },
        admin: { type: 'application', sourceRoot: 'apps/admin/src', entryFile: 'start' },
        common: { type: 'library', sourceRoot: 'libs/common/src', entryFile: 'index' },
      },
    }),
    'apps/shop/src/main.ts': MAIN,
    'apps/shop/src/app.module.ts': APP_MODULE,
    'apps/admin/src/start.ts': MAIN.replaceAll('AppModule', 'AdminModule').replace(
      './app.module',
      './admin.module',
    ),
    'apps/admin/src/admin.module.ts': APP_MODULE.replace('AppModule', 'AdminModule'),
    'libs/common/src/index.ts': '',
  };

  test.each([
    ['its default application', {}, 'apps/shop', 'app.module'],
    ['a named one', { project: 'admin' }, 'apps/admin', 'admin.module'],
    // The CLI gives the folder, too.
    ['the one whose folder is given', { sourceRoot: 'apps/admin/src' }, 'apps/admin', 'admin.module'],
    ['a folder as Windows writes it', { sourceRoot: 'apps\\admin\\src\\' }, 'apps/admin', 'admin.module'],
  ])('has sessions in %s', async (_, options: NestAddOptions, app, module) => {
    const { text, tree } = await add(MONOREPO, options);
    const added = tree.files.filter((file) => !Object.keys(MONOREPO).includes(file.slice(1))).toSorted();
    expect(added).toEqual([
      '/.env',
      '/.env.example',
      `/${app}/src/sessions.ts`,
      `/${app}/test/sessions.e2e-spec.ts`,
    ]);
    expect(text(`${app}/src/${module}.ts`)).toContain('ClientSessionsModule');
    expect(text(`${app}/test/sessions.e2e-spec.ts`)).toContain(`from '../src/${module}';`);
  });

  test.each([
    [{ project: 'shpo' }, /--project must be the name .* Use one of: shop, admin, common\.$/],
    [{ project: 'constructor' }, /--project must be the name/],
    [{ project: 'common' }, /must be an application/],
    [{ sourceRoot: 'libs/common/src' }, /must be an application/],
  ])('refuses %j', async (options, message) => {
    await expect(add(MONOREPO, options)).rejects.toThrow(message);
  });
});

test('needs a compiler with an API', async () => {
  writeFileSync(join(root, 'node_modules/typescript/index.js'), 'exports.version = "7.0.0";');
  await expect(add(PROJECT)).rejects.toThrow(/^TypeScript 5 or 6 must be installed/);
});

function git(...args: string[]): void {
  execFileSync('git', args, { cwd: root, stdio: 'ignore' });
}
