import type { ConfigurableModuleAsyncOptions, MiddlewareConsumer } from '@nestjs/common';
import type { ClientSessionsOptions } from '../options/client-sessions-options.js';

type MiddlewareRoutes = ReturnType<MiddlewareConsumer['apply']>;

/** What is known when the module is declared, before any configuration is loaded. */
export interface ClientSessionsModuleExtras {
  /** Other modules need not import this one to inject its providers. @default true */
  isGlobal?: boolean;
  /** The routes that have sessions, as in `consumer.apply().forRoutes()`. @default every route */
  forRoutes?: Parameters<MiddlewareRoutes['forRoutes']>;
  /** The routes that have none, as in `consumer.apply().exclude()`. @default none */
  exclude?: Parameters<MiddlewareRoutes['exclude']>;
  /** The named sessions; the first is the default one. Names are code, so they stand beside a factory, not in it. */
  sessions?: ClientSessionsOptions['sessions'];
}

/** What `forRoot()` takes. */
export type ClientSessionsModuleOptions = ClientSessionsOptions & ClientSessionsModuleExtras;

/** What `forRootAsync()` takes: `useFactory`, `useClass` or `useExisting`, with `imports` and `inject`. */
export type ClientSessionsModuleAsyncOptions = ConfigurableModuleAsyncOptions<
  ClientSessionsOptions,
  'createClientSessionsOptions'
> &
  ClientSessionsModuleExtras;

/** What a class given as `useClass` or `useExisting` implements. */
export interface ClientSessionsOptionsFactory {
  createClientSessionsOptions(): ClientSessionsOptions | Promise<ClientSessionsOptions>;
}
