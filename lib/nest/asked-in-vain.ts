import type { Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { askingMethodsOf, isAskedByClass } from './asked-sessions.js';
import { isGateway } from './gateways.js';
import { methodsOf } from './methods.js';
import { SessionGuard } from './session.guard.js';

/** How decorators of Nest mark methods. The packages that they come from are not needed here. */
const MESSAGE_PATTERN = 'microservices:pattern';
const ROUTE = 'path';
const FIELD = 'graphql:resolve_property';
const GUARDS = '__guards__';

/** The token of the options of `GraphQLModule`. */
const GRAPHQL_OPTIONS = 'GqlModuleOptions';

/** Nest calls them with the client only: no guard, no decorator of a parameter. */
const GATEWAY_HOOKS: readonly (string | symbol)[] = ['afterInit', 'handleConnection', 'handleDisconnect'];

interface GraphQLOptions {
  readonly fieldResolverEnhancers?: readonly string[];
}

type Modules = Iterable<Pick<ReturnType<ModulesContainer['get']> & object, 'providers'>>;

/**
 * Refuses methods that ask for a session where Nest gives or checks none. Such a guard would let everybody pass.
 *
 * @throws {@link InvalidOptionsError} with the class and its method
 */
export function refuseAskedInVain(types: readonly Type[], modules: Modules): void {
  const areFieldsGuarded = graphqlOptionsIn(modules).every(
    ({ fieldResolverEnhancers }) => fieldResolverEnhancers?.includes('guards') ?? false,
  );
  for (const type of types) {
    const methods = isAskedByClass(type) ? methodsOf(type) : [];
    for (const method of new Set([...askingMethodsOf(type), ...methods])) refuseMessage(type, method);
    for (const method of askingMethodsOf(type)) {
      refuseHook(type, method);
      if (!areFieldsGuarded) refuseField(type, method);
    }
  }
}

function refuseMessage(type: Type, method: string | symbol): void {
  // One method may serve both.
  if (!isMarked(type, method, MESSAGE_PATTERN) || isMarked(type, method, ROUTE)) return;
  throw new InvalidOptionsError(
    placeOf(type, method),
    'must not ask for a session, because a message of a microservice brings no cookie',
    'Ask for the session where the HTTP request arrives, and send what the handler needs with the message.',
  );
}

function refuseHook(type: Type, method: string | symbol): void {
  if (!isGateway(type) || !GATEWAY_HOOKS.includes(method)) return;
  throw new InvalidOptionsError(
    placeOf(type, method),
    'must not have decorators of sessions, because Nest calls this method without them',
    'Call getSession(client) in it, and close the connection of whoever must not stay.',
  );
}

function refuseField(type: Type, method: string | symbol): void {
  if (!isMarked(type, method, FIELD) || !isGuarded(type, method)) return;
  throw new InvalidOptionsError(
    placeOf(type, method),
    'must not have @RequireSession(), because the guards of fields are switched off in GraphQLModule',
    "Give GraphQLModule the option fieldResolverEnhancers: ['guards'], or guard the query.",
  );
}

function graphqlOptionsIn(modules: Modules): GraphQLOptions[] {
  return [...modules].flatMap(
    ({ providers }) => (providers.get(GRAPHQL_OPTIONS)?.instance as GraphQLOptions | undefined) ?? [],
  );
}

function isMarked(type: Type, method: string | symbol, key: string): boolean {
  return metadataOf(type, method, key) !== undefined;
}

function isGuarded(type: Type, method: string | symbol): boolean {
  const guards = metadataOf(type, method, GUARDS) as readonly unknown[] | undefined;
  return guards?.some((guard) => guard instanceof SessionGuard) ?? false;
}

function metadataOf(type: Type, method: string | symbol, key: string): unknown {
  const handler = (type.prototype as Readonly<Record<string | symbol, unknown>>)[method];
  return typeof handler === 'function' ? (Reflect.getMetadata(key, handler) as unknown) : undefined;
}

function placeOf(type: Type, method: string | symbol): string {
  return `${type.name}.${String(method)}`;
}
