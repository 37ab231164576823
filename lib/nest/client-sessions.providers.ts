import { type DynamicModule, Logger, type Provider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { Logins } from '../logins/logins.js';
import { SessionManager } from '../http/session-manager.js';
import { assertObject } from '../options/assert-object.js';
import type { ClientSessionsOptions } from '../options/client-sessions-options.js';
import { ApplicationSessions } from './application-sessions.js';
import { DECLARED_SESSIONS, FEATURE_SESSIONS } from './client-sessions.constants.js';
import { MODULE_OPTIONS_TOKEN } from './client-sessions.module-definition.js';
import { Concealed } from './concealed.js';
import { ClientSessionsFeature, featureSessionsIn, isList, withFeatures } from './feature-sessions.js';
import { providersOfFeature, providersOfRoot } from './session-providers.js';

type Sessions = NonNullable<ClientSessionsOptions['sessions']>;

/** Starts the sessions, once their secrets have arrived. */
export const sessionManager: Provider = {
  provide: SessionManager,
  inject: [
    ModulesContainer,
    { token: MODULE_OPTIONS_TOKEN, optional: true },
    { token: DECLARED_SESSIONS, optional: true },
  ],
  useFactory: async (
    modules: ModulesContainer,
    given?: Concealed<ClientSessionsOptions>,
    sessions?: Concealed<ClientSessionsOptions['sessions']>,
  ) => {
    if (!given) throw withoutOptions();
    const options = given.reveal();
    assertObject(options, 'options', 'Give { secret, … } to forRoot(), or return it from the factory.');
    const declared = sessions?.reveal();
    if (declared && options.sessions) {
      throw new InvalidOptionsError(
        'sessions',
        'must not be given both next to the factory and in its result',
        'Write them next to the factory only, and return changes to them as "overrides".',
      );
    }
    const features = featureSessionsIn(modules);
    const own = declared ? { ...options, sessions: declared } : options;
    const manager = new SessionManager(withFeatures(own, features), new Logger('ClientSessions'));
    if (features.length > 0 && !own.sessions?.length) manager.withdrawDefault();
    await manager.start();
    ApplicationSessions.of(modules).start(manager, features);
    return manager;
  },
};

/** `Logins` of the configuration. Where no session can be a login, each of its methods says so. */
export const logins: Provider = {
  provide: Logins,
  inject: [SessionManager],
  useFactory: (manager: SessionManager) => manager.logins,
};

export function withoutOptions(): InvalidOptionsError {
  return new InvalidOptionsError(
    'imports',
    'must not contain ClientSessionsModule without options',
    'Import ClientSessionsModule.forRoot({ secret, … }) once, in the root module; ' +
      'it is global, so other modules do not have to import it.',
  );
}

/** Makes what belongs to each session injectable. */
export function provideSessions(definition: DynamicModule, sessions: Sessions): DynamicModule {
  // What is no list is refused where all options are checked.
  const providers = providersOfRoot(isList(sessions) ? sessions : []);
  return {
    ...definition,
    providers: [...(definition.providers ?? []), ...providers],
    exports: [...(definition.exports ?? []), SessionManager, Logins, ...tokensOf(providers)],
  };
}

/** The module that brings sessions of a feature. */
export function provideFeature(sessions: Sessions): DynamicModule {
  const providers = providersOfFeature(sessions);
  return {
    module: ClientSessionsFeature,
    providers: [{ provide: FEATURE_SESSIONS, useValue: new Concealed(sessions) }, ...providers],
    exports: tokensOf(providers),
  };
}

function tokensOf(providers: readonly { readonly provide: string }[]): string[] {
  return providers.map(({ provide }) => provide);
}
