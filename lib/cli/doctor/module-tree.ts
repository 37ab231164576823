/** What a module of Nest may be given as. */
interface DynamicModule {
  readonly module: ModuleClass;
  readonly imports?: readonly unknown[];
  readonly providers?: readonly Provider[];
  readonly exports?: readonly unknown[];
  readonly global?: boolean;
}

type ModuleClass = abstract new (...args: never) => unknown;

interface Provider {
  readonly provide?: unknown;
  readonly inject?: readonly unknown[];
  readonly useValue?: unknown;
}

/** A module that configures sessions, as `forRoot()` or `forRootAsync()` returns it. */
export type ConfiguredModule = DynamicModule;

interface ModuleTree {
  readonly modules: readonly ConfiguredModule[];
  /** The sessions that modules bring with `forFeature()`. */
  readonly features: readonly unknown[];
  /** Modules whose exports all others can inject. */
  readonly globals: readonly DynamicModule[];
}

/** Marks the module's class, in every copy of this package. */
const IS_CLIENT_SESSIONS = Symbol.for('nestjs-client-sessions/1.module');
/** The token of the sessions of `forFeature()`, in every copy of this package. */
const FEATURE_SESSIONS = Symbol.for('nestjs-client-sessions/1.feature');
/** How Nest describes the tokens of the options, and of the sessions that stand beside a factory. */
const OPTIONS = /^CONFIGURABLE_MODULE_OPTIONS/;
const SESSIONS = 'Symbol(CLIENT_SESSIONS:DECLARED)';
/** Providers that would start the sessions themselves, and with them a store of logins. */
const STARTED = /^CLIENT_SESSIONS:OPTIONS/;

/** Finds the modules that configure sessions, from what a file exports down through all imports. */
export async function configuredModulesOf(exported: readonly unknown[]): Promise<ModuleTree> {
  const modules: ConfiguredModule[] = [];
  const features = new Set<unknown>();
  const globals: DynamicModule[] = [];
  const seen = new Set<unknown>();
  const visit = async (given: unknown): Promise<void> => {
    const module = dynamicModuleOf(await resolved(given));
    const key = module?.imports || module?.providers ? given : module?.module;
    if (!module || seen.has(key)) return;
    seen.add(key);
    if (IS_CLIENT_SESSIONS in module.module) {
      if (module.providers) modules.push(module);
      return;
    }
    for (const session of featuresOf(module)) features.add(session);
    if (module.global === true || metadataOf(module.module, '__module:global__') === true)
      globals.push(module);
    for (const each of importsOf(module)) await visit(each);
  };
  for (const each of exported.flat()) await visit(each);
  return { modules, features: [...features], globals };
}

function featuresOf({ providers = [] }: DynamicModule): readonly unknown[] {
  const provider = providers.find(({ provide }) => provide === FEATURE_SESSIONS);
  return (provider?.useValue as { reveal(): readonly unknown[] } | undefined)?.reveal() ?? [];
}

/** Imports may be promises, and may be wrapped by `forwardRef()`. */
async function resolved(given: unknown): Promise<unknown> {
  const value = await given;
  const { forwardRef } = (value ?? {}) as { readonly forwardRef?: () => unknown };
  return typeof forwardRef === 'function' ? forwardRef() : value;
}

function dynamicModuleOf(value: unknown): DynamicModule | undefined {
  if (typeof value === 'function') {
    const isModule = ['imports', 'providers', 'controllers', 'exports'].some((key) => metadataOf(value, key));
    return isModule ? { module: value as unknown as ModuleClass } : undefined;
  }
  return typeof (value as Partial<DynamicModule> | null | undefined)?.module === 'function'
    ? (value as DynamicModule)
    : undefined;
}

function importsOf({ module, imports = [] }: DynamicModule): readonly unknown[] {
  return [...imports, ...((metadataOf(module, 'imports') ?? []) as readonly unknown[])];
}

/** The application loads reflect-metadata, which adds this function to Reflect. */
function metadataOf(type: object, key: string): unknown {
  const { getMetadata } = Reflect as { readonly getMetadata?: (key: string, type: object) => unknown };
  return getMetadata?.(key, type);
}

/**
 * Returns a module that makes the options of another one, without the providers that would start the sessions. Of the
 * global modules it imports those that the options need.
 */
export function hostOf(
  { imports = [], providers = [] }: ConfiguredModule,
  globals: readonly object[],
): {
  readonly host: DynamicModule;
  readonly tokens: { readonly options: unknown; readonly sessions: unknown };
} {
  const own = providers.filter(({ provide }) => typeof provide !== 'string' || !STARTED.test(provide));
  const needed = own.flatMap(({ inject = [] }) => inject).map(tokenOf);
  const global = (globals as readonly DynamicModule[]).filter((module) =>
    exportsOf(module).some((token) => needed.includes(token)),
  );
  const tokens = own.map(({ provide }) => provide);
  const named = (matches: (name: string) => boolean): unknown =>
    tokens.find(
      (token) => (typeof token === 'string' || typeof token === 'symbol') && matches(String(token)),
    );
  return {
    host: { module: class SessionOptionsHost {}, imports: [...imports, ...global], providers: own },
    tokens: {
      options: named((name) => OPTIONS.test(name)),
      sessions: named((name) => name === SESSIONS),
    },
  };
}

function exportsOf({ module, exports = [] }: DynamicModule): readonly unknown[] {
  const all = [...exports, ...((metadataOf(module, 'exports') ?? []) as readonly unknown[])];
  return all.map((each) => (each as Provider | undefined)?.provide ?? each);
}

function tokenOf(injected: unknown): unknown {
  const { token } = (injected ?? {}) as { readonly token?: unknown };
  return token ?? injected;
}
