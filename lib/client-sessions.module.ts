import {
  type DynamicModule,
  Inject,
  Logger,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  type OnModuleDestroy,
  type OnModuleInit,
  type Provider,
  type Type,
} from '@nestjs/common';
import { type AbstractHttpAdapter, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { DECLARED_SESSIONS, getSessionOptionsToken, SESSION_ROUTES } from './client-sessions.constants.js';
import { ClientSessionsMiddleware } from './client-sessions.middleware.js';
import { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } from './client-sessions.module-definition.js';
import { SessionDefinition } from './http/session-definition.js';
import type { ApplicationPrototypes } from './http/request-sessions.js';
import { SessionManager } from './http/session-manager.js';
import type { ClientSessionsOptions } from './http/client-sessions-options.js';
import { InvalidOptionsError } from './errors/invalid-options.error.js';
import type {
  ClientSessionsModuleAsyncOptions,
  ClientSessionsModuleExtras,
  ClientSessionsModuleOptions,
} from './interfaces/client-sessions-module-options.interface.js';
import { refuseForeignDecorators } from './foreign-session-decorator.js';
import { sealAfterHandlersWithoutReply } from './handlers-without-reply.js';
import { decorateFastify } from './platforms/fastify.js';
import { sealBeforeReplies } from './platforms/replies.js';

type SessionRoutes = Pick<ClientSessionsModuleExtras, 'forRoutes' | 'exclude'>;

/** Any path with any global prefix or version, on both platforms; '/' would be the root alone on Fastify. */
const EVERY_ROUTE = '{*splat}';

const sessionManager: Provider = {
  provide: SessionManager,
  inject: [MODULE_OPTIONS_TOKEN, { token: DECLARED_SESSIONS, optional: true }],
  useFactory: async (options: ClientSessionsOptions, declared?: ClientSessionsOptions['sessions']) => {
    if (declared && options.sessions) {
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
  #isDecorated = false;
  #isOffering = false;

  constructor(
    private readonly manager: SessionManager,
    private readonly adapterHost: HttpAdapterHost,
    private readonly modules: ModulesContainer,
    @Inject(SESSION_ROUTES) private readonly routes: SessionRoutes,
  ) {
    super();
    this.#decorateFastify();
  }

  /**
   * One session, or several under `sessions`, from options at hand.
   *
   * An option that cannot work stops the application while it starts, with an `InvalidOptionsError`.
   */
  static override forRoot(options: ClientSessionsModuleOptions): DynamicModule {
    return provideOptions(super.forRoot(options), options.sessions ?? [options]);
  }

  /**
   * The same from `useFactory`, `useClass` or `useExisting`. Names are code and stand in `sessions`; secrets and durations are configuration
   * and come from the factory, for all sessions at once or for one under `overrides`.
   */
  static override forRootAsync(options: ClientSessionsModuleAsyncOptions): DynamicModule {
    return provideOptions(super.forRootAsync(options), options.sessions ?? []);
  }

  configure(consumer: MiddlewareConsumer): void {
    const { httpAdapter } = this.adapterHost;
    sealBeforeReplies(httpAdapter);
    sealAfterHandlersWithoutReply(this.#controllers());
    this.#decorateFastify();
    this.#isOffering = this.#canOffer(httpAdapter);
    // Express makes a pair of its own for each application.
    if (this.#isOffering && httpAdapter.getType() === 'express')
      this.manager.offerAll(httpAdapter.getInstance<ApplicationPrototypes>());
    if (this.#isOffering) return;
    const { forRoutes = [EVERY_ROUTE], exclude = [] } = this.routes;
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
    return this.routes.forRoutes === undefined && this.routes.exclude === undefined;
  }

  #hasOtherMiddleware(): boolean {
    return [...this.modules.values()].some(({ instance }: { instance: object }) =>
      instance instanceof ClientSessionsModule ? !instance.#isEverywhere : 'configure' in instance,
    );
  }

  /** As soon as the adapter is known, so that what `main.ts` adds to Fastify finds sessions: in tests it comes later than this module. */
  #decorateFastify(): void {
    const adapter = this.adapterHost.httpAdapter as AbstractHttpAdapter | undefined;
    if (this.#isDecorated || adapter?.getType() !== 'fastify') return;
    this.#isDecorated = true;
    decorateFastify(adapter.getInstance(), this.manager.properties, (request, response) => {
      if (this.#isOffering) this.manager.offer(request, response);
    });
  }

  #controllers(): Type[] {
    const controllers = [...this.modules.values()].flatMap((module) => [...module.controllers.values()]);
    return controllers.flatMap(({ metatype }) => (metatype ? [metatype as Type] : []));
  }

  onModuleDestroy(): void {
    this.manager.close();
  }

  onModuleInit(): void {
    refuseForeignDecorators(
      this.#controllers(),
      this.manager.options.map(({ requestKey }) => requestKey),
    );
    const server = this.adapterHost.httpAdapter?.getHttpServer() as object | undefined;
    if (server) this.manager.serveHandshakesOf(server);
  }
}

/** Makes each session's configuration an injectable provider. */
function provideOptions(
  definition: DynamicModule,
  sessions: NonNullable<ClientSessionsOptions['sessions']>,
): DynamicModule {
  const names = sessions.flatMap((session) => {
    const { name, cookieName } = session instanceof SessionDefinition ? session.options : session;
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
