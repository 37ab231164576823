import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { describeThrown } from '../../errors/thrown-value.js';
import { InvalidOptionsError } from '../../errors/invalid-options.error.js';
import type { ClientSessionsOptions } from '../../options/client-sessions-options.js';
import type { Terminal } from '../terminal.js';
import { UsageError } from '../usage-error.js';
import { type Configuration, examineConfiguration, examineScopes } from './configuration.js';
import type { Finding } from './finding.js';
import { type ConfiguredModule, configuredModulesOf, hostOf } from './module-tree.js';

/** What the doctor uses of `@nestjs/core`, in the copy of the application. */
interface Nest {
  readonly NestFactory: {
    createApplicationContext(module: object, options: object): Promise<NestContext>;
  };
}

interface NestContext {
  get(token: unknown, options: { readonly strict: boolean }): unknown;
  close(): Promise<void>;
}

/** Looks at all sessions that a built application configures. @throws {@link UsageError} if that is not possible */
export async function examineApplication(file: string, terminal: Terminal): Promise<Finding[]> {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new UsageError(
      'The file does not exist',
      'Build the application, and give the file of its root module.',
    );
  }
  const exported = Object.values(await loaded(path, terminal));
  const { modules, features, globals } = await configuredModulesOf(exported);
  const found: (Configuration | Finding)[] = exported.filter(isOptions).map((options) => ({ options }));
  if (modules.length > 0) {
    const nest = (await terminal.load(createRequire(path).resolve('@nestjs/core'))) as unknown as Nest;
    for (const module of modules) found.push(withFeatures(await optionsOf(module, globals, nest), features));
  }
  if (found.length === 0) {
    throw new UsageError(
      'The file configures no sessions',
      'Give the file whose class imports ClientSessionsModule, at whatever depth, or one that exports its options.',
    );
  }
  const example = exampleSecrets(dirname(path));
  const findings: Finding[] = [];
  const resolved = [];
  for (const each of found) {
    if ('level' in each) findings.push(each);
    else {
      const examined = await examineConfiguration(each, example);
      findings.push(...examined.findings);
      resolved.push(examined.sessions);
    }
  }
  return [...findings, ...examineScopes(resolved)];
}

async function loaded(path: string, terminal: Terminal): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await terminal.load(path);
  } catch (error) {
    // forRoot() refuses some options at once.
    if (isInvalidOptions(error)) throw new InvalidOptionsError(error.option, error.problem, error.remedy);
    throw new UsageError(
      `The file cannot be imported: ${describeThrown(error)}`,
      'Build the application, and see whether "node FILE" imports it.',
    );
  }
}

/** Also an error of another copy of this package. */
function isInvalidOptions(error: unknown): error is InvalidOptionsError {
  return (error as Partial<InvalidOptionsError> | undefined)?.code === 'ERR_INVALID_OPTIONS';
}

/** Whether a value is the argument of `forRoot()`, exported for others to use. */
function isOptions(value: unknown): value is ClientSessionsOptions {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return false;
  return 'secret' in value || 'sessions' in value;
}

/** Starts the modules that the options come from, and nothing else. */
async function optionsOf(
  module: ConfiguredModule,
  globals: readonly object[],
  nest: Nest,
): Promise<Configuration | Finding> {
  const { host, tokens } = hostOf(module, globals);
  try {
    const context = await nest.NestFactory.createApplicationContext(host, {
      logger: false,
      abortOnError: false,
    });
    try {
      const options = revealed(context, tokens.options) as ClientSessionsOptions;
      const sessions = revealed(context, tokens.sessions) as ClientSessionsOptions['sessions'];
      return { options: sessions === undefined ? options : { ...options, sessions } };
    } finally {
      await context.close();
    }
  } catch (error) {
    return { level: 'fails', check: 'options', message: startProblem(error) };
  }
}

/** As the application adds them. Two sessions of one name are refused by the start of the sessions. */
function withFeatures(found: Configuration | Finding, features: readonly unknown[]): Configuration | Finding {
  if ('level' in found || features.length === 0) return found;
  const own: readonly unknown[] = found.options.sessions ?? [];
  const sessions = [...own, ...features.filter((feature) => !own.includes(feature))];
  return { options: { ...found.options, sessions: sessions as ClientSessionsOptions['sessions'] } };
}

function revealed(context: NestContext, token: unknown): unknown {
  if (token === undefined) return undefined;
  return (context.get(token, { strict: false }) as { reveal(): unknown }).reveal();
}

/** Messages of other code may quote secrets. That of ConfigService names a variable. */
function startProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const [, key] = /^Configuration key "(\w+)" does not exist$/.exec(message) ?? [];
  if (key !== undefined) {
    return (
      `The variable ${key} is missing, which the options of the sessions come from. ` +
      'Set it where the application runs.'
    );
  }
  return (
    `The options of the sessions cannot be made: ${describeThrown(error)}. ` +
    'Start the application to see the message, which may quote a secret.'
  );
}

/** The values in the nearest `.env.example`, which everybody can read. */
function exampleSecrets(folder: string): ReadonlySet<string> {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, '.env.example');
    if (existsSync(file)) {
      const values = [...readFileSync(file, 'utf8').matchAll(/^[^#\n=]+=[ \t]*["'`]?(.*?)["'`]?[ \t\r]*$/gm)];
      return new Set(values.map(([, value]) => value!).filter((value) => value !== ''));
    }
    if (dirname(at) === at || existsSync(join(at, 'package.json'))) return new Set();
  }
}
