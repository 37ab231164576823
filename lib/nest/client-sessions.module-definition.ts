import {
  ConfigurableModuleBuilder,
  type ConfigurableModuleCls,
  type ConfigurableModuleHost,
  type FactoryProvider,
  type Provider,
  type ValueProvider,
} from '@nestjs/common';
import { DECLARED_SESSIONS, SESSION_ROUTES } from './client-sessions.constants.js';
import { Concealed } from './concealed.js';
import { assertRoutes } from './session-routes.js';
import type { ClientSessionsOptions } from '../options/client-sessions-options.js';
import type { ClientSessionsModuleExtras } from './client-sessions-module-options.js';

const extras: ClientSessionsModuleExtras = {
  isGlobal: true,
  forRoutes: undefined,
  exclude: undefined,
  sessions: undefined,
};

const host: ConfigurableModuleHost<
  ClientSessionsOptions,
  'forRoot',
  'createClientSessionsOptions',
  ClientSessionsModuleExtras
> = new ConfigurableModuleBuilder<ClientSessionsOptions>()
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createClientSessionsOptions')
  .setExtras(extras, (definition, { isGlobal, forRoutes, exclude, sessions }) => {
    assertRoutes({ forRoutes, exclude });
    return {
      ...definition,
      global: isGlobal,
      providers: [
        ...(definition.providers ?? []).map(concealOptions),
        { provide: SESSION_ROUTES, useValue: { forRoutes, exclude } },
        { provide: DECLARED_SESSIONS, useValue: new Concealed(sessions) },
      ],
    };
  })
  .build();

export const ConfigurableModuleClass: ConfigurableModuleCls<
  ClientSessionsOptions,
  'forRoot',
  'createClientSessionsOptions',
  ClientSessionsModuleExtras
> = host.ConfigurableModuleClass;

export const MODULE_OPTIONS_TOKEN: string | symbol = host.MODULE_OPTIONS_TOKEN;

function concealOptions(provider: Provider): Provider {
  const { provide, useValue, useFactory } = provider as Partial<
    ValueProvider<unknown> & FactoryProvider<unknown>
  >;
  if (provide !== host.MODULE_OPTIONS_TOKEN) return provider;
  if (!useFactory) return { provide, useValue: new Concealed(useValue) };
  return {
    ...(provider as FactoryProvider),
    useFactory: async (...args: unknown[]) => new Concealed(await useFactory(...args)),
  };
}
