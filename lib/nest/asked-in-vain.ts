import type { Type } from '@nestjs/common';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { askingMethodsOf, guardedMethodsOf } from './asked-sessions.js';
import { isGateway } from './gateways.js';
import { graphqlOptionsIn, type Modules } from './graphql-options.js';
import { methodHolderOf, methodsOf } from './methods.js';
import { SessionGuard } from './session.guard.js';

/** How decorators of Nest mark methods. The packages that they come from are not needed here. */
const MESSAGE_PATTERN = 'microservices:pattern';
const ROUTE = 'path';
const FIELD = 'graphql:resolve_property';
const GUARDS = '__guards__';
/** What the compiler and the decorators of this package add. Whatever calls a method with its guards adds more. */
const UNCALLED = /^(design:|__guards__$|__interceptors__$)/;

/** Nest calls them with the client only: no guard, no decorator of a parameter. */
const GATEWAY_HOOKS: readonly (string | symbol)[] = ['afterInit', 'handleConnection', 'handleDisconnect'];

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
    const methods = hasSessionGuard(Reflect.getMetadata(GUARDS, type)) ? methodsOf(type) : [];
    for (const method of new Set([...askingMethodsOf(type), ...methods])) refuseMessage(type, method);
    for (const { method, guard } of guardedMethodsOf(type)) refuseReplaced(type, method, guard);
    for (const method of askingMethodsOf(type)) {
      refuseHook(type, method);
      refuseUncalled(type, method);
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

/** A guard of a service, for example. */
function refuseUncalled(type: Type, method: string | symbol): void {
  if (!isGuarded(type, method) || isCalled(type, method)) return;
  throw new InvalidOptionsError(
    placeOf(type, method),
    'must not have @RequireSession(), because Nest calls this method without its guards',
    'Guard the routes, resolvers or handlers of messages that call it.',
  );
}

/** A decorator that stands above the guard, and puts another function in the place of the method, drops the guard. */
function refuseReplaced(type: Type, method: string | symbol, guard: object): void {
  const guards = metadataOf(type, method, GUARDS);
  if (!isCalled(type, method) || (Array.isArray(guards) && guards.includes(guard))) return;
  throw new InvalidOptionsError(
    placeOf(type, method),
    'has lost its @RequireSession(), because a decorator above it replaces the method',
    'Write @RequireSession() above that decorator.',
  );
}

/** Whether a decorator has noted that a method is to be called. */
function isCalled(type: Type, method: string | symbol): boolean {
  const handler = handlerOf(type, method);
  const keys: unknown[] = typeof handler === 'function' ? Reflect.getMetadataKeys(handler) : [];
  return !keys.every((key) => typeof key === 'string' && UNCALLED.test(key));
}

function isMarked(type: Type, method: string | symbol, key: string): boolean {
  return metadataOf(type, method, key) !== undefined;
}

function isGuarded(type: Type, method: string | symbol): boolean {
  return hasSessionGuard(metadataOf(type, method, GUARDS));
}

function hasSessionGuard(guards: unknown): boolean {
  return Array.isArray(guards) && guards.some((guard) => guard instanceof SessionGuard);
}

function metadataOf(type: Type, method: string | symbol, key: string): unknown {
  const handler = handlerOf(type, method);
  return typeof handler === 'function' ? (Reflect.getMetadata(key, handler) as unknown) : undefined;
}

/** Getters are not called, because they may need an instance. */
function handlerOf(type: Type, method: string | symbol): unknown {
  const holder = methodHolderOf(type.prototype as object, method);
  return holder && Object.getOwnPropertyDescriptor(holder, method)?.value;
}

function placeOf(type: Type, method: string | symbol): string {
  return `${type.name}.${String(method)}`;
}
