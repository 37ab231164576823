import { type DynamicModule, Logger, type Provider } from '@nestjs/common';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { Logins } from '../logins/logins.js';
import { SessionManager } from '../http/session-manager.js';
import type { ClientSessionsOptions } from '../options/client-sessions-options.js';
import { optionsOf } from '../options/session-definition.js';
import { DECLARED_SESSIONS, getSessionOptionsToken } from './client-sessions.constants.js';
import { MODULE_OPTIONS_TOKEN } from './client-sessions.module-definition.js';
import type { Concealed } from './concealed.js';

/** Starts the sessions, once their secrets have arrived. */
export const sessionManager: Provider = {
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
        'must not be given both next to the factory and in its result',
        'Write them next to the factory only, and return changes to them as "overrides".',
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

/** Makes each session's configuration an injectable provider. */
export function provideOptions(
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
      Logins,
      ...providers.map((provider) => (provider as { provide: string }).provide),
    ],
  };
}
