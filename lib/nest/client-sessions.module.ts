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
import type { ApplicationPrototypes } from '../http/request-sessions.js';
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
import { sealAfterHandlersWithoutReply } from './handlers-without-reply.js';
import { decorateFastify } from './platforms/fastify.js';
import { sealBeforeReplies } from './platforms/replies.js';

type NestModuleRef = Pick<
  ReturnType<ModulesContainer['values']> extends IterableIterator<infer M> ? M : never,
  'controllers' | 'providers' | 'metatype' | 'instance'
>;
type SessionRoutes = Pick<ClientSessionsModuleExtras, 'forRoutes' | 'exclude'>;

/** On the module's class, so that its subclasses and those of other copies of this package are known. */
const IS_CLIENT_SESSIONS = Symbol.for('nestjs-client-sessions/1.module');

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
@Module({ providers: [sessionManager] })
export class ClientSessionsModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnModuleDestroy
{
  readonly #manager: SessionManager;
  readonly #adapterHost: HttpAdapterHost;
  readonly #modules: ModulesContainer;
  readonly #routes: SessionRoutes;
  #isDecorated = false;
  #isOffering = false;

  // Private to the last, so that nothing leads from here to everything that Nest knows when this is printed.
  constructor(
    manager: SessionManager,
    adapterHost: HttpAdapterHost,
    modules: ModulesContainer,
    @Optional() @Inject(SESSION_ROUTES) routes: SessionRoutes = {},
  ) {
    super();
    this.#manager = manager;
    this.#adapterHost = adapterHost;
    this.#modules = modules;
    this.#routes = routes;
    if (!this.#isOnly) manager.withdrawDefault();
    this.#decorateFastify();
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
    const { httpAdapter } = this.#adapterHost;
    sealBeforeReplies(httpAdapter);
    sealAfterHandlersWithoutReply(this.#controllers());
    this.#decorateFastify();
    this.#isOffering = this.#canOffer(httpAdapter);
    // Express makes a pair of its own for each application.
    if (this.#isOffering && httpAdapter.getType() === 'express')
      this.#manager.offerAll(httpAdapter.getInstance<ApplicationPrototypes>());
    if (this.#isOffering) return;
    const { forRoutes = [EVERY_ROUTE], exclude = [] } = this.#routes;
    consumer
      .apply(ClientSessionsMiddleware)
      .exclude(...exclude)
      .forRoutes(...forRoutes);
  }

  /** Whether requests can be spared a middleware. */
  #canOffer(adapter: AbstractHttpAdapter): boolean {
    if (!this.#isEverywhere) return false;
    if (adapter.getType() === 'express') return true;
    // Fastify's hooks run after all middleware, which has to find sessions, too.
    return adapter.getType() === 'fastify' && !this.#hasOtherMiddleware();
  }

  get #isEverywhere(): boolean {
    return this.#routes.forRoutes === undefined && this.#routes.exclude === undefined;
  }

  #hasOtherMiddleware(): boolean {
    return [...this.#modules.values()].some(({ instance }: { instance: object }) =>
      instance instanceof ClientSessionsModule ? !instance.#isEverywhere : 'configure' in instance,
    );
  }

  /** Whether this is the only configuration of sessions in the application. */
  get #isOnly(): boolean {
    return this.#configurations.length < 2;
  }

  /** The modules that configure sessions, of subclasses and of other copies of this package, too. */
  get #configurations(): NestModuleRef[] {
    return [...this.#modules.values()].filter(({ metatype }) => IS_CLIENT_SESSIONS in metatype);
  }

  /** As soon as the adapter is known, so that what `main.ts` adds to Fastify finds sessions: in tests it comes later than this module. */
  #decorateFastify(): void {
    const adapter = this.#adapterHost.httpAdapter as AbstractHttpAdapter | undefined;
    if (this.#isDecorated || adapter?.getType() !== 'fastify') return;
    this.#isDecorated = true;
    decorateFastify(adapter.getInstance(), this.#manager.properties, (request, response) => {
      if (this.#isOffering) this.#manager.offer(request, response);
    });
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
    const server = this.#adapterHost.httpAdapter?.getHttpServer() as object | undefined;
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
