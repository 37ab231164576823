import {
  type DynamicModule,
  Inject,
  Logger,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  type OnModuleDestroy,
  type OnModuleInit,
  Optional,
  type Provider,
  type Type,
} from '@nestjs/common';
import { type AbstractHttpAdapter, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { assertAskedSessionsExist } from './asked-sessions.js';
import { DECLARED_SESSIONS, getSessionOptionsToken, SESSION_ROUTES } from './client-sessions.constants.js';
import { ClientSessionsMiddleware } from './client-sessions.middleware.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './client-sessions.module-definition.js';
import type { Concealed } from './concealed.js';
import { connectedNames } from '../client-sessions.js';
import { optionsOf } from '../options/session-definition.js';
import { SessionManager } from '../http/session-manager.js';
import type { ClientSessionsOptions } from '../options/client-sessions-options.js';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import type {
  ClientSessionsModuleAsyncOptions,
  ClientSessionsModuleExtras,
  ClientSessionsModuleOptions,
} from './client-sessions-module-options.js';
import { refuseForeignDecorators } from './foreign-session-decorator.js';
import { express } from './platforms/express.js';
import { fastify } from './platforms/fastify.js';
import type { Platform } from './platforms/platform.js';

type NestModuleRef = Pick<
  ReturnType<ModulesContainer['values']> extends IterableIterator<infer M> ? M : never,
  'controllers' | 'providers' | 'metatype' | 'instance'
>;
type SessionRoutes = Pick<ClientSessionsModuleExtras, 'forRoutes' | 'exclude'>;

/** On the module's class, so that its subclasses and those of other copies of this package are known. */
const IS_CLIENT_SESSIONS = Symbol.for('nestjs-client-sessions/1.module');

/** Where a middleware costs every request something, and there is a better way. Elsewhere Nest mounts it like any other. */
const PLATFORMS: readonly Platform[] = [express, fastify];

/** Any path with any global prefix or version, on both platforms; '/' would be the root alone on Fastify. */
const EVERY_ROUTE = '{*splat}';

const sessionManager: Provider = {
  provide: SessionManager,
  inject: [
    { token: MODULE_OPTIONS_TOKEN, optional: true },
    { token: DECLARED_SESSIONS, optional: true },
  ],
  useFactory: async (
    given?: Concealed<ClientSessionsOptions>,
    sessions?: Concealed<ClientSessionsOptions['sessions']>,
  ) => {
    if (!given) throw withoutOptions();
    const options = given.reveal();
    const declared = sessions?.reveal();
    if (declared && options?.sessions) {
      throw new InvalidOptionsError(
        'sessions',
        'they stand beside the factory and in what it returns',
        'Leave them beside the factory, and return changes to them as "overrides".',
      );
    }
    const manager = new SessionManager(
      declared ? { ...options, sessions: declared } : options,
      new Logger('ClientSessions'),
    );
    await manager.ready;
    return manager;
  },
};

function withoutOptions(): InvalidOptionsError {
  return new InvalidOptionsError(
    'imports',
    'ClientSessionsModule stands there without options',
    'Import ClientSessionsModule.forRoot({ secret, … }) once, in the root module; it is global, so that other modules need not import it.',
  );
}

/**
 * Sessions kept in sealed cookies, named, lazy and typed.
 *
 * @example
 * ClientSessionsModule.forRoot({
 *   secret: process.env.SESSION_SECRET,
 *   sessions: [{ name: 'session', duration: '1 day' }, { name: 'cart', duration: '120 days' }],
 * })
 */
@Module({ providers: [sessionManager, ClientSessionsMiddleware] })
export class ClientSessionsModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnModuleDestroy
{
  readonly #manager: SessionManager;
  readonly #middleware: ClientSessionsMiddleware;
  readonly #adapterHost: HttpAdapterHost;
  readonly #modules: ModulesContainer;
  readonly #routes: SessionRoutes;
  #isMounted = false;

  // Private to the last, so that nothing leads from here to everything that Nest knows when this is printed.
  constructor(
    manager: SessionManager,
    middleware: ClientSessionsMiddleware,
    adapterHost: HttpAdapterHost,
    modules: ModulesContainer,
    @Optional() @Inject(SESSION_ROUTES) routes: SessionRoutes = {},
  ) {
    super();
    this.#manager = manager;
    this.#middleware = middleware;
    this.#adapterHost = adapterHost;
    this.#modules = modules;
    this.#routes = routes;
    if (!this.#isOnly) manager.withdrawDefault();
    if (this.#adapter) this.#mount();
    else this.#mountWithAdapter();
  }

  /**
   * One session, or several under `sessions`, from options at hand.
   *
   * An option that cannot work stops the application while it starts, with an `InvalidOptionsError`.
   */
  static override forRoot(options: ClientSessionsModuleOptions): DynamicModule {
    if ((options as ClientSessionsModuleOptions | undefined) === undefined) throw withoutOptions();
    return provideOptions(super.forRoot(options), options.sessions ?? [options]);
  }

  /**
   * The same from `useFactory`, `useClass` or `useExisting`. Names are code and stand in `sessions`; secrets and durations are configuration
   * and come from the factory, for all sessions at once or for one under `overrides`.
   */
  static override forRootAsync(options: ClientSessionsModuleAsyncOptions): DynamicModule {
    if ((options as ClientSessionsModuleAsyncOptions | undefined) === undefined) throw withoutOptions();
    return provideOptions(super.forRootAsync(options), options.sessions ?? []);
  }

  configure(consumer: MiddlewareConsumer): void {
    const isEverywhereAlready = this.#mount() && this.#isEverywhere;
    if (isEverywhereAlready) return;
    const { forRoutes = [EVERY_ROUTE], exclude = [] } = this.#routes;
    consumer
      .apply(ClientSessionsMiddleware)
      .exclude(...exclude)
      .forRoutes(...forRoutes);
  }

  /** In tests the adapter comes later than this module, but before any middleware. */
  #mountWithAdapter(): void {
    // Nest 11.0 has no such event: there configure() comes first.
    (this.#adapterHost as Partial<HttpAdapterHost>).init$?.subscribe(() => {
      try {
        this.#mount();
      } catch {
        // It fails again in configure(), where the application learns of it.
      }
    });
  }

  /** @returns whether the platform mounts the middleware in a way of its own */
  #mount(): boolean {
    const platform = PLATFORMS.find(({ type }) => type === this.#adapter?.getType());
    if (!platform) return false;
    if (!this.#isMounted)
      platform.mount(this.#adapter!.getInstance<never>(), this.#middleware, this.#isEverywhere);
    return (this.#isMounted = true);
  }

  /** There is none where nothing is served over HTTP. */
  get #adapter(): AbstractHttpAdapter | undefined {
    return this.#adapterHost.httpAdapter as AbstractHttpAdapter | undefined;
  }

  get #isEverywhere(): boolean {
    return this.#routes.forRoutes === undefined && this.#routes.exclude === undefined;
  }

  /** Whether this is the only configuration of sessions in the application. */
  get #isOnly(): boolean {
    return this.#configurations.length < 2;
  }

  /** The modules that configure sessions, of subclasses and of other copies of this package, too. */
  get #configurations(): NestModuleRef[] {
    return [...this.#modules.values()].filter(({ metatype }) => IS_CLIENT_SESSIONS in metatype);
  }

  #controllers(): Type[] {
    return this.#typesOf(({ controllers }) => controllers);
  }

  #typesOf(select: (module: NestModuleRef) => ReadonlyMap<unknown, { metatype: unknown }>): Type[] {
    const wrappers = [...this.#modules.values()].flatMap((module) => [...select(module).values()]);
    return wrappers.flatMap(({ metatype }) => (typeof metatype === 'function' ? [metatype as Type] : []));
  }

  onModuleDestroy(): void {
    this.#manager.close();
  }

  onModuleInit(): void {
    const askers = [...this.#controllers(), ...this.#typesOf(({ providers }) => providers)];
    assertAskedSessionsExist(askers, this.#knownNames(), this.#isOnly);
    refuseForeignDecorators(
      this.#controllers(),
      this.#manager.options.map(({ requestKey }) => requestKey),
    );
    const server = this.#adapter?.getHttpServer() as object | undefined;
    if (server) this.#manager.serveHandshakesOf(server);
  }

  /** Names of all sessions, or `undefined` where another copy of this package has some that it does not tell. */
  #knownNames(): string[] | undefined {
    const instances = this.#configurations.map(({ instance }): unknown => instance);
    const own = instances.filter((instance) => instance instanceof ClientSessionsModule);
    if (own.length < instances.length) return undefined;
    const names = own.flatMap((instance) => instance.#manager.options.map(({ name }) => name));
    return [...new Set([...names, ...connectedNames])];
  }
}

Object.defineProperty(ClientSessionsModule, IS_CLIENT_SESSIONS, { value: true });

/** Makes each session's configuration an injectable provider. */
function provideOptions(
  definition: DynamicModule,
  sessions: NonNullable<ClientSessionsOptions['sessions']>,
): DynamicModule {
  const names = sessions.flatMap((session) => {
    const { name, cookieName } = optionsOf(session);
    return name ?? cookieName ?? [];
  });
  const providers: Provider[] = [undefined, ...new Set(names)].map((name) => ({
    provide: getSessionOptionsToken(name),
    inject: [SessionManager],
    useFactory: (manager: SessionManager) => manager.optionsOf(name),
  }));
  return {
    ...definition,
    providers: [...(definition.providers ?? []), ...providers],
    exports: [
      ...(definition.exports ?? []),
      SessionManager,
      ...providers.map((provider) => (provider as { provide: string }).provide),
    ],
  };
}
