import type { ConfigurableModuleAsyncOptions, MiddlewareConsumer } from '@nestjs/common';
import type { ClientSessionsOptions } from '../options/client-sessions-options.js';
import type { SessionDefinition } from '../options/session-definition.js';
import type { SessionOptions } from '../options/session-options.js';

type MiddlewareRoutes = ReturnType<MiddlewareConsumer['apply']>;

/** Options that are needed when the module is declared, before any configuration is loaded. */
export interface ClientSessionsModuleExtras {
  /** Other modules can inject the providers of this module without importing it. @default true */
  isGlobal?: boolean;
  /** The routes that have sessions, as in `consumer.apply().forRoutes()`. @default every route */
  forRoutes?: Parameters<MiddlewareRoutes['forRoutes']>;
  /** The routes that have no sessions, as in `consumer.apply().exclude()`. @default none */
  exclude?: Parameters<MiddlewareRoutes['exclude']>;
  /**
   * The named sessions. The first is the default one. In `forRootAsync()`, write session names next to
   * `useFactory`; return secrets and durations from it.
   */
  sessions?: ClientSessionsOptions['sessions'];
}

/** The options of `forRoot()`. */
export type ClientSessionsModuleOptions = ClientSessionsOptions & ClientSessionsModuleExtras;

/**
 * The options of `forRootAsync()`: `useFactory`, `useClass` or `useExisting`, with `imports` and `inject`.
 */
export type ClientSessionsModuleAsyncOptions = ConfigurableModuleAsyncOptions<
  ClientSessionsOptions,
  'createClientSessionsOptions'
> &
  ClientSessionsModuleExtras;

/** The interface of a class that is given as `useClass` or `useExisting`. */
export interface ClientSessionsOptionsFactory {
  createClientSessionsOptions(): ClientSessionsOptions | Promise<ClientSessionsOptions>;
}

/** A session that `forFeature()` brings: a definition, or options with a name. */
export type FeatureSession =
  SessionDefinition<object> | (SessionOptions & ({ name: string } | { cookieName: string }));
