import { posix } from 'node:path';
import { type Narrator, writeEnvFiles } from './env-files.js';
import { type NeededImport, takenName, withModules } from './module-edit.js';
import {
  addDependency,
  CONFIG_RANGES,
  describeProject,
  type NestAddOptions,
  type Project,
} from './project.js';
import { lineBreakOf, type ProjectTree, textOf } from './project-tree.js';
import { loadTypescript } from './project-typescript.js';
import { type RootModule, Sources } from './root-module.js';
import { SESSION, sessionsFile, testFile } from './templates.js';

/** A task of the Angular DevKit. */
interface Task {
  toConfiguration(): { readonly name: string; readonly options: object };
}

interface Context {
  readonly logger: Narrator;
  addTask(task: Task): unknown;
}

/** What the Angular DevKit calls a rule. */
type Rule = (tree: ProjectTree, context: Context) => void;

const CONFIG = '@nestjs/config';

/** If the variable is missing, the message of this package says what to do; that of `getOrThrow()` does not. */
const SESSIONS_MODULE = `ClientSessionsModule.forRootAsync({
  imports: [ConfigModule],
  inject: [ConfigService],
  sessions: [${SESSION}],
  useFactory: (config: ConfigService) => ({
    secret: config.get<string>('SESSION_SECRET'),
  }),
})`;

/**
 * Adds sessions to an application: `nest add nestjs-client-sessions`. Run again, it changes nothing.
 *
 * @param root folder of the project, where its compiler and its repository are
 * @throws Error if it is not clear what to change; then nothing is written
 */
export function nestAdd(options: NestAddOptions = {}, root: string = process.cwd()): Rule {
  return (tree, context) => {
    const project = describeProject(tree, options);
    const ts = loadTypescript(root);
    const sources = new Sources(ts, tree, project.sourceRoot);
    const [configured] = sources.callsOf('ClientSessionsModule', /^forRoot/);
    if (configured) {
      context.logger.info(`${configured.path} imports ClientSessionsModule already: nothing is changed.`);
      return;
    }
    const module = sources.rootModule(project, options);
    const sessions = writeSessions(tree, project, module, context.logger);
    const { modules, imports } = needs(sources, module, sessions, context.logger);
    const taken = takenName(ts, module, imports);
    const edited = taken === undefined ? withModules(ts, module, modules, imports) : undefined;
    if (edited === undefined) context.logger.warn(byHand(module, modules, imports, taken));
    else tree.overwrite(module.path, edited);
    writeEnvFiles(tree, root, context.logger);
    writeTest(tree, project, module, sessions, context.logger);
    if (!project.hasConfig) {
      addDependency(tree, CONFIG, CONFIG_RANGES[project.nest]!);
      context.addTask({ toConfiguration: () => ({ name: 'node-package', options: { command: 'install' } }) });
    }
  };
}

/** What the root module has to import, as modules and as names. */
function needs(
  sources: Sources,
  module: RootModule,
  sessions: string,
  narrator: Narrator,
): { readonly modules: readonly string[]; readonly imports: readonly NeededImport[] } {
  const [config] = sources.callsOf('ConfigModule', /^forRoot/);
  if (config && /\b(envFilePath|ignoreEnvFile)\b/.test(config.text)) {
    narrator.warn(`${config.path} does not read .env alone. Put SESSION_SECRET where it reads it.`);
  }
  return {
    modules: [...(config ? [] : ['ConfigModule.forRoot()']), SESSIONS_MODULE],
    imports: [
      { from: CONFIG, names: ['ConfigModule', 'ConfigService'] },
      { from: 'nestjs-client-sessions', names: ['ClientSessionsModule'] },
      { from: pathTo(sessions, posix.dirname(module.path), module), names: [SESSION] },
    ],
  };
}

function byHand(
  { path, name }: RootModule,
  modules: readonly string[],
  imports: readonly NeededImport[],
  taken: string | undefined,
): string {
  const reason =
    taken === undefined
      ? `The "imports" of ${name} in ${path} must be a list in square brackets, so that modules can be added to it. `
      : `In ${path}, "${taken}" means something else already: import ours under another name. `;
  const lines = imports.map(({ from, names }) => `import { ${names.join(', ')} } from '${from}';`);
  return reason + `Write this by hand:\n\n${lines.join('\n')}\n\nimports: [\n${modules.join(',\n')},\n]`;
}

/** @returns the path of the file with the definition, new or from an earlier run */
function writeSessions(tree: ProjectTree, project: Project, module: RootModule, narrator: Narrator): string {
  const content = sessionsFile();
  // A file of another meaning may have the name.
  const paths = ['sessions.ts', 'client-sessions.ts'].map((file) => posix.join(project.sourceRoot, file));
  for (const path of paths) {
    const text = textOf(tree, path);
    if (text === undefined) tree.create(path, inFormatOf(module, content));
    else if (!new RegExp(`export const ${SESSION} = defineSession\\b`).test(text)) continue;
    else narrator.info(`${path} defines ${SESSION} already: it is kept.`);
    return path;
  }
  throw new Error(`${paths.join(' and ')} must not exist both. Rename one of them, and run this again.`);
}

function writeTest(
  tree: ProjectTree,
  project: Project,
  module: RootModule,
  sessions: string,
  narrator: Narrator,
): void {
  const path = posix.join(project.tests, 'sessions.e2e-spec.ts');
  if (tree.exists(path)) narrator.info(`${path} is there already: it is kept.`);
  else if (!project.testRunner) {
    narrator.info('No test is written, because it needs jest or vitest, @nestjs/testing and supertest.');
  } else {
    const content = testFile({
      ...project,
      module: module.name,
      modulePath: pathTo(module.path, project.tests, module),
      isDefaultExport: module.isDefaultExport,
      sessionsPath: pathTo(sessions, project.tests, module),
    });
    tree.create(path, inFormatOf(module, content));
  }
}

/** Returns the path of a file as an import in a folder writes it. */
function pathTo(file: string, folder: string, { extension }: RootModule): string {
  const path = posix.relative(folder, file).replace(/\.ts$/, extension);
  return path.startsWith('.') ? path : `./${path}`;
}

function inFormatOf({ source }: RootModule, text: string): string {
  return text.replaceAll('\n', lineBreakOf(source.text));
}
