import { type FactoryProvider, Scope, type ValueProvider } from '@nestjs/common';
import { INQUIRER, ModulesContainer } from '@nestjs/core';
import { SessionUnavailableError } from '../errors/session-unavailable.error.js';
import { sessionOf, sessionsOf } from '../get-session.js';
import { SessionManager } from '../http/session-manager.js';
import type { ClientSessionsOptions } from '../options/client-sessions-options.js';
import { isDefinition } from '../options/session-definition.js';
import type { SessionContent } from '../session/content.js';
import { createSessionView } from '../session/session-view.js';
import { ApplicationSessions } from './application-sessions.js';
import { tokenOf } from './client-sessions.constants.js';
import { currentRequest } from './current-request.js';
import { nameOfSession } from './feature-sessions.js';

type Sessions = NonNullable<ClientSessionsOptions['sessions']>;
type SessionProvider = (FactoryProvider | ValueProvider) & { readonly provide: string };

/** What can be injected of the sessions that `forRoot()` lists, and of the default session. */
export function providersOfRoot(sessions: Sessions): SessionProvider[] {
  const optionsOfName = (name: string | undefined): SessionProvider => ({
    provide: tokenOf('OPTIONS', name),
    inject: [SessionManager],
    useFactory: (manager: SessionManager) => manager.optionsOf(name),
  });
  const names = [undefined, ...namesOf(sessions)];
  return [...names.map(optionsOfName), ...names.map(viewOf), ...definitionsAmong(sessions)];
}

/** What can be injected of the sessions that `forFeature()` brings. */
export function providersOfFeature(sessions: Sessions): SessionProvider[] {
  const optionsOfName = (name: string): SessionProvider => ({
    provide: tokenOf('OPTIONS', name),
    inject: [ModulesContainer],
    // The providers of forRoot() may be out of sight.
    useFactory: async (modules: ModulesContainer) =>
      (await ApplicationSessions.of(modules).manager).optionsOf(name),
  });
  const names = namesOf(sessions);
  return [...names.map(optionsOfName), ...names.map(viewOf), ...definitionsAmong(sessions)];
}

function namesOf(sessions: Sessions): string[] {
  return [...new Set(sessions.flatMap((session) => nameOfSession(session) ?? []))];
}

function definitionsAmong(sessions: Sessions): SessionProvider[] {
  return sessions
    .filter(isDefinition)
    .map((definition) => ({ provide: tokenOf('DEFINITION', definition.name), useValue: definition }));
}

/** It is transient, so that Nest makes it only for those that have it injected, and says for whom. */
function viewOf(name: string | undefined): SessionProvider {
  return {
    provide: tokenOf('SESSION', name),
    scope: Scope.TRANSIENT,
    inject: [ModulesContainer, INQUIRER],
    useFactory: (modules: ModulesContainer, user?: object): SessionContent => {
      ApplicationSessions.of(modules).inject();
      const shown = name ?? 'default';
      return createSessionView({
        name: shown,
        find: () => {
          const request = currentRequest();
          // Afterwards, the work of others may run in its name, such as events of a connection that it has opened.
          if (!request || sessionsOf(request)?.isAnswered) return undefined;
          return sessionOf(request, name) as SessionContent;
        },
        missing: () => outsideOfRequest(shown, user),
      });
    },
  };
}

function outsideOfRequest(session: string, user: object | undefined): SessionUnavailableError {
  return new SessionUnavailableError(
    `${user?.constructor.name ?? 'A provider'} used the session "${session}" outside of a request. ` +
      '@InjectSession() gives the session of the HTTP request under way, until it is answered. ' +
      'In later work, a job or a microservice, take what you need as an argument; ' +
      'in a gateway, call getSession(client). ' +
      'If this is a request, check "forRoutes" and "exclude" of ClientSessionsModule.',
  );
}
