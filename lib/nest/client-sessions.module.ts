import {
  type DynamicModule,
  Inject,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  type OnApplicationShutdown,
  type OnModuleInit,
  Optional,
  type Type,
} from '@nestjs/common';
import { type AbstractHttpAdapter, ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { ApplicationSessions } from './application-sessions.js';
import { assertAsyncOptions } from './async-options.js';
import { refuseAskedInVain } from './asked-in-vain.js';
import { assertAskedLoginsExist, assertAskedSessionsExist, type ReasonForNames } from './asked-sessions.js';
import { flushAfterAskedMethods } from './decorators/flush-after.js';
import { SESSION_ROUTES } from './client-sessions.constants.js';
import { ClientSessionsInterceptor } from './client-sessions.interceptor.js';
import { ClientSessionsMiddleware } from './client-sessions.middleware.js';
import { ConfigurableModuleClass } from './client-sessions.module-definition.js';
import {
  logins,
  provideFeature,
  provideSessions,
  sessionManager,
  withoutOptions,
} from './client-sessions.providers.js';
import { configurationsIn, IS_CLIENT_SESSIONS, type NestModuleRef } from './configurations.js';
import { assertFeatureSessions } from './feature-sessions.js';
import { connectedNames } from '../client-sessions.js';
import { SessionManager } from '../http/session-manager.js';
import type {
  ClientSessionsModuleAsyncOptions,
  ClientSessionsModuleOptions,
  FeatureSession,
} from './client-sessions-module-options.js';
import { refuseForeignDecorators } from './foreign-session-decorator.js';
import { isGateway, noteHandshakesOf } from './gateways.js';
import { refuseSharedContext } from './graphql-options.js';
import { hasInjectedSession } from './injected-sessions.js';
import { express } from './platforms/express.js';
import { fastify } from './platforms/fastify.js';
import type { Platform } from './platforms/platform.js';
import type { SessionRoutes } from './session-routes.js';

/**
 * Platforms that have a cheaper way than a middleware for every request. On others, Nest mounts an ordinary
 * middleware.
 */
const PLATFORMS: readonly Platform[] = [express, fastify];

/**
 * Matches any path with any global prefix or version, on both platforms. On Fastify, '/' would match the root
 * only.
 */
const EVERY_ROUTE = '{*splat}';

/**
 * Provides named, lazy and typed sessions that are kept in sealed cookies.
 *
 * @example
 * ClientSessionsModule.forRoot({
 *   secret: process.env.SESSION_SECRET,
 *   sessions: [{ name: 'session', duration: '1 day' }, { name: 'cart', duration: '120 days' }],
 * })
 */
@Module({ providers: [sessionManager, logins, ClientSessionsMiddleware] })
export class ClientSessionsModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnApplicationShutdown
{
  readonly #manager: SessionManager;
  readonly #middleware: ClientSessionsMiddleware;
  readonly #adapterHost: HttpAdapterHost;
  readonly #modules: ModulesContainer;
  readonly #config: ApplicationConfig;
  readonly #routes: SessionRoutes;
  #mountedOn: AbstractHttpAdapter | undefined;

  // All fields are private, so that printing this object does not print everything that Nest's container
  // holds.
  constructor(
    manager: SessionManager,
    middleware: ClientSessionsMiddleware,
    adapterHost: HttpAdapterHost,
    modules: ModulesContainer,
    config: ApplicationConfig,
    @Optional() @Inject(SESSION_ROUTES) routes: SessionRoutes = {},
  ) {
    super();
    this.#manager = manager;
    this.#middleware = middleware;
    this.#adapterHost = adapterHost;
    this.#modules = modules;
    this.#config = config;
    this.#routes = routes;
    if (!this.#isOnly) manager.withdrawDefault();
    this.#followRequestsIfInjected();
    this.#closeIfItFails(() => {
      this.#assertOwnCookies();
      for (const type of this.#askers()) {
        flushAfterAskedMethods(type);
        if (isGateway(type)) noteHandshakesOf(type);
      }
      this.#mount();
    });
    if (!this.#adapter) this.#mountWithAdapter();
  }

  /**
   * Configures one session, or several under `sessions`, with the given options.
   *
   * If an option cannot work, the application does not start: it throws an `InvalidOptionsError`.
   */
  static override forRoot(options: ClientSessionsModuleOptions): DynamicModule {
    if (!(options as ClientSessionsModuleOptions | undefined)) throw withoutOptions();
    return provideSessions(super.forRoot(options), options.sessions ?? [options]);
  }

  /**
   * Does the same with `useFactory`, `useClass` or `useExisting`. Write session names in `sessions`, next to
   * `useFactory`; return secrets and durations from it, for all sessions or for single ones under
   * `overrides`.
   */
  static override forRootAsync(options: ClientSessionsModuleAsyncOptions): DynamicModule {
    if (!(options as ClientSessionsModuleAsyncOptions | undefined)) throw withoutOptions();
    assertAsyncOptions(options);
    return provideSessions(super.forRootAsync(options), options.sessions ?? []);
  }

  /**
   * Brings sessions of a feature module: definitions, or options with a name. They are added to those of `forRoot()`,
   * whose options are their defaults too, wherever and in whatever order the modules are imported.
   *
   * If a session is given twice with different options, or if there is no `forRoot()`, the application does not start.
   *
   * @throws `InvalidOptionsError` for anything but a list of named sessions
   * @example \@Module({ imports: [ClientSessionsModule.forFeature([Cart])] })
   */
  static forFeature(sessions: readonly FeatureSession[]): DynamicModule {
    assertFeatureSessions(sessions);
    return provideFeature(sessions);
  }

  configure(consumer: MiddlewareConsumer): void {
    if (ApplicationSessions.of(this.#modules).isInjected) this.#flushAfterAllHandlers();
    const isMounted = this.#closeIfItFails(() => this.#mount());
    if (isMounted && this.#isEverywhere) return;
    const { forRoutes = [EVERY_ROUTE], exclude = [] } = this.#routes;
    consumer
      .apply(ClientSessionsMiddleware)
      .exclude(...exclude)
      .forRoutes(...forRoutes);
  }

  /** Nest makes providers of other scopes than the default one during a request, which is too late to follow it. */
  #followRequestsIfInjected(): void {
    const application = ApplicationSessions.of(this.#modules);
    if (!application.isInjected && [...this.#modules.values()].some(hasInjectedSession)) application.inject();
  }

  /** A handler need not show that a service of its changes a session. */
  #flushAfterAllHandlers(): void {
    const bound = this.#config.getGlobalInterceptors();
    if (bound.some((interceptor) => interceptor instanceof ClientSessionsInterceptor)) return;
    this.#config.addGlobalInterceptor(new ClientSessionsInterceptor());
  }

  /** In tests, the adapter is created after this module, but before any middleware. */
  #mountWithAdapter(): void {
    // Nest has this event since 11.1.4. In older versions, configure() mounts the middleware.
    (this.#adapterHost as Partial<HttpAdapterHost>).init$?.subscribe(() => {
      try {
        this.#mount();
      } catch {
        // It fails again in configure(), and there the application learns of it.
      }
    });
  }

  /** @returns whether the platform mounts the middleware in its own way */
  #mount(): boolean {
    const adapter = this.#adapter;
    const platform = adapter && PLATFORMS.find(({ type }) => type === adapter.getType());
    if (!platform) return false;
    // A testing module can make several applications, each with its own adapter.
    if (this.#mountedOn !== adapter)
      platform.mount(adapter.getInstance<never>(), this.#middleware, this.#isEverywhere);
    this.#mountedOn = adapter;
    return true;
  }

  /** An application that does not start never calls `onApplicationShutdown()`. */
  #closeIfItFails<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      this.#manager.close();
      throw error;
    }
  }

  /** There is no adapter in an application without HTTP. */
  get #adapter(): AbstractHttpAdapter | undefined {
    return this.#adapterHost.httpAdapter as AbstractHttpAdapter | undefined;
  }

  get #isEverywhere(): boolean {
    return this.#routes.forRoutes === undefined && this.#routes.exclude === undefined;
  }

  /** Whether this is the only configuration of sessions in the application. */
  get #isOnly(): boolean {
    return configurationsIn(this.#modules).length < 2;
  }

  get #reasonForNames(): ReasonForNames | undefined {
    if (!this.#isOnly) return 'several configurations';
    return this.#manager.hasDefault ? undefined : 'features only';
  }

  #askers(): Type[] {
    return [...this.#controllers(), ...this.#typesOf(({ providers }) => providers)];
  }

  #controllers(): Type[] {
    return this.#typesOf(({ controllers }) => controllers);
  }

  #typesOf(select: (module: NestModuleRef) => ReadonlyMap<unknown, { metatype: unknown }>): Type[] {
    const wrappers = [...this.#modules.values()].flatMap((module) => [...select(module).values()]);
    return wrappers.flatMap(({ metatype }) => (typeof metatype === 'function' ? [metatype as Type] : []));
  }

  /** Requests are served until here: before, an application may wait for those that are under way. */
  onApplicationShutdown(): void {
    this.#manager.close();
  }

  onModuleInit(): void {
    // Nest knows the middleware by now.
    this.#followRequestsIfInjected();
    const options = this.#ownInstances().flatMap((instance) => instance.#manager.options);
    const requestKeys = options.map(({ requestKey }) => requestKey);
    const askers = this.#askers();
    this.#closeIfItFails(() => {
      assertAskedSessionsExist(askers, this.#knownNames(), this.#reasonForNames);
      assertAskedLoginsExist(askers, (name) => this.#canBeLogin(name));
      refuseForeignDecorators(this.#controllers(), requestKeys);
      refuseAskedInVain(askers, this.#modules.values());
      refuseSharedContext(this.#modules.values());
    });
    const server = this.#adapter?.getHttpServer() as object | undefined;
    for (const receiver of [server, ...this.#gateways()]) {
      if (receiver) this.#manager.serveHandshakesOf(receiver);
    }
  }

  /** Routes of their own may keep the cookies of two configurations apart. */
  #assertOwnCookies(): void {
    if (!this.#isEverywhere) return;
    for (const other of this.#ownInstances()) {
      if (other === this || !other.#isEverywhere) continue;
      const shared = this.#manager.cookieSharedWith(other.#manager);
      if (shared === undefined) continue;
      throw new InvalidOptionsError(
        'cookieName',
        `must be different in each configuration, but two calls of forRoot() have the cookie "${shared}"`,
        'Give one of the sessions another name, or call forRoot() once, with all sessions.',
      );
    }
  }

  #gateways(): object[] {
    const providers = [...this.#modules.values()].flatMap((module) => [...module.providers.values()]);
    return providers.flatMap(({ metatype, instance }) =>
      typeof metatype === 'function' && isGateway(metatype as Type) ? [instance as object] : [],
    );
  }

  /**
   * Names of all sessions, or `undefined` if another copy of this package has sessions with unknown names.
   */
  #knownNames(): string[] | undefined {
    const names = this.#managers()?.flatMap(({ options }) => options.map(({ name }) => name));
    return names && [...new Set([...names, ...connectedNames])];
  }

  /** Of a session that code outside of these modules may have, too, nobody can say that it is no login. */
  #canBeLogin(name: string = this.#manager.options[0]!.name): boolean {
    const managers = this.#managers();
    if (!managers || connectedNames.has(name)) return true;
    return managers.some(({ loginNames }) => loginNames.includes(name));
  }

  /** All configurations, or `undefined` if some are of another copy of this package. */
  #managers(): SessionManager[] | undefined {
    const own = this.#ownInstances();
    if (own.length < configurationsIn(this.#modules).length) return undefined;
    return own.map((instance) => instance.#manager);
  }

  #ownInstances(): ClientSessionsModule[] {
    const instances = configurationsIn(this.#modules).map(({ instance }): unknown => instance);
    // Nest has an empty object in the place of those that it has not made yet.
    return instances.filter((instance) => instance instanceof ClientSessionsModule && #manager in instance);
  }
}

Object.defineProperty(ClientSessionsModule, IS_CLIENT_SESSIONS, { value: true });
