import { Inject, Module } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { assertObject } from '../options/assert-object.js';
import type { ClientSessionsOptions } from '../options/client-sessions-options.js';
import { assertKnown } from '../options/option-names.js';
import { optionsOf, REMEDY_OF_UNDEFINED } from '../options/session-definition.js';
import type { SessionOptions } from '../options/session-options.js';
import type { FeatureSession } from './client-sessions-module-options.js';
import { ApplicationSessions } from './application-sessions.js';
import { FEATURE_SESSIONS } from './client-sessions.constants.js';
import type { Concealed } from './concealed.js';
import { configurationsIn } from './configurations.js';

type Sessions = NonNullable<ClientSessionsOptions['sessions']>;

/** The module that `ClientSessionsModule.forFeature()` makes. It says so if its sessions cannot exist. */
@Module({})
export class ClientSessionsFeature {
  constructor(modules: ModulesContainer, @Inject(FEATURE_SESSIONS) sessions: Concealed<Sessions>) {
    assertOneConfiguration(modules);
    const application = ApplicationSessions.of(modules);
    const late = sessions.reveal().find((session) => application.isTooLate(session));
    if (!late) return;
    throw new InvalidOptionsError(
      'forFeature',
      `must not bring the session "${nameOfSession(late)}" after the application has started, ` +
        'because keys and cookies of all sessions are prepared at start',
      'Import the module in the usual way, not with LazyModuleLoader; or list the session in forRoot(), too.',
    );
  }
}

/** Returns the name of a session, if it has one. What is none is refused where all options are checked. */
export function nameOfSession(session: Sessions[number]): string | undefined {
  const options = optionsOf(session) as SessionOptions | undefined;
  return options?.name ?? options?.cookieName;
}

/** @throws {@link InvalidOptionsError} for anything but a list of sessions that have names */
export function assertFeatureSessions(sessions: unknown): asserts sessions is readonly FeatureSession[] {
  const remedy = 'Write it as in ClientSessionsModule.forFeature([Cart]).';
  if (!Array.isArray(sessions) || sessions.length === 0)
    throw new InvalidOptionsError('forFeature', 'must get a non-empty list of sessions', remedy);
  for (const [i, session] of (sessions as Sessions).entries()) {
    const at = `forFeature[${i}]`;
    if ((session as unknown) === undefined)
      throw new InvalidOptionsError(at, 'must be a session, got undefined', REMEDY_OF_UNDEFINED);
    const options = optionsOf(session);
    assertObject(options, at, 'Give a definition, or an object such as { name, duration }.');
    assertKnown(options, 'session', at);
    if (nameOfSession(session) === undefined)
      throw new InvalidOptionsError(at, 'must have a name', 'Give it one, as in { name: "cart" }.');
  }
}

/** The sessions that the modules of an application bring with `forFeature()`, each once. */
export function featureSessionsIn(modules: ModulesContainer): Sessions {
  const lists = [...modules.values()].flatMap(({ providers }) => {
    const provider = providers.get(FEATURE_SESSIONS) as { instance: Concealed<Sessions> } | undefined;
    return provider ? [...provider.instance.reveal()] : [];
  });
  const sessions = [...new Set(lists)];
  if (sessions.length > 0) assertOneConfiguration(modules);
  return sessions;
}

/**
 * Adds sessions of `forFeature()` to those that the options list, which come first.
 *
 * @throws {@link InvalidOptionsError} if two different sessions have one name
 */
export function withFeatures(options: ClientSessionsOptions, features: Sessions): ClientSessionsOptions {
  if (features.length === 0) return options;
  // What is no list, or no options at all, is refused where all options are checked.
  const own: unknown = (options as ClientSessionsOptions | undefined)?.sessions ?? [];
  if (!isList(own)) return options;
  const all = [...own, ...features.filter((feature) => !own.includes(feature))];
  const names = all.map(nameOfSession);
  const twice = names.findIndex((name, i) => i >= own.length && names.indexOf(name) < i);
  if (twice < 0) return { ...options, sessions: all };
  const isOwn = names.indexOf(names[twice]) < own.length;
  throw new InvalidOptionsError(
    'forFeature',
    `must not bring another session "${names[twice]}" than ${isOwn ? 'forRoot()' : 'another forFeature()'} does`,
    'Define it once with defineSession() and list this definition in both places, or give one of them another name.',
  );
}

export function isList(value: unknown): value is Sessions {
  return Array.isArray(value);
}

/** @throws {@link InvalidOptionsError} if nothing brings the secret, or if it is not clear what does */
function assertOneConfiguration(modules: ModulesContainer): void {
  const count = configurationsIn(modules).length;
  if (count === 1) return;
  throw count === 0
    ? new InvalidOptionsError(
        'forFeature',
        'must not be used alone, because it brings sessions but no secret',
        'Import ClientSessionsModule.forRoot({ secret }) once, in the root module.',
      )
    : new InvalidOptionsError(
        'forFeature',
        'must not be used beside several forRoot(), because it is not clear to which of them its sessions belong',
        'Call forRoot() once, or list the sessions in the one that they belong to.',
      );
}
