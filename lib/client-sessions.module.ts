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
import { sealBeforeAnswers } from './platforms/answers.js';
import { decorateFastify } from './platforms/fastify.js';

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
  constructor(
    private readonly manager: SessionManager,
    private readonly adapterHost: HttpAdapterHost,
    private readonly modules: ModulesContainer,
    @Inject(SESSION_ROUTES) private readonly routes: SessionRoutes,
  ) {
    super();
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
    sealBeforeAnswers(httpAdapter);
    if (this.#offerEverywhere(httpAdapter)) return;
    const { forRoutes = [EVERY_ROUTE], exclude = [] } = this.routes;
    consumer
      .apply(ClientSessionsMiddleware)
      .exclude(...exclude)
      .forRoutes(...forRoutes);
  }

  /** Spares every request a middleware, where nothing needs one. @returns whether it does */
  #offerEverywhere(adapter: AbstractHttpAdapter): boolean {
    const isEverywhere = this.routes.forRoutes === undefined && this.routes.exclude === undefined;
    if (adapter.getType() === 'fastify') {
      // Its hooks run after all middleware, which has to find sessions, too.
      const isOffered = isEverywhere && !this.#hasOtherMiddleware();
      const offer = isOffered ? this.manager.offer.bind(this.manager) : undefined;
      decorateFastify(adapter.getInstance(), this.manager.properties, offer);
      return isOffered;
    }
    if (adapter.getType() !== 'express' || !isEverywhere) return false;
    // Express makes a pair of its own for each application.
    this.manager.offerAll(adapter.getInstance<ApplicationPrototypes>());
    return true;
  }

  #hasOtherMiddleware(): boolean {
    return [...this.modules.values()].some(
      ({ instance }) => 'configure' in instance && !((instance as object) instanceof ClientSessionsModule),
    );
  }

  onModuleDestroy(): void {
    this.manager.close();
  }

  onModuleInit(): void {
    const controllers = [...this.modules.values()].flatMap((module) => [...module.controllers.values()]);
    const classes = controllers.flatMap(({ metatype }) => (metatype ? [metatype as Type] : []));
    refuseForeignDecorators(
      classes,
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
