import type { ModulesContainer } from '@nestjs/core';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';

/** The token of the options of `GraphQLModule`. Its package is not needed here. */
const GRAPHQL_OPTIONS = 'GqlModuleOptions';

/** What of the options of `GraphQLModule` concerns sessions. */
interface GraphQLOptions {
  readonly fieldResolverEnhancers?: readonly string[];
  readonly context?: unknown;
}

export type Modules = Iterable<Pick<ReturnType<ModulesContainer['get']> & object, 'providers'>>;

/** Returns the options of each `GraphQLModule` of an application. */
export function graphqlOptionsIn(modules: Modules): GraphQLOptions[] {
  return [...modules].flatMap(
    ({ providers }) => (providers.get(GRAPHQL_OPTIONS)?.instance as GraphQLOptions | undefined) ?? [],
  );
}

/**
 * Refuses a GraphQL context that is one object for all requests. Drivers put the request of the first visitor into it,
 * and whoever comes while that one is under way would get its sessions.
 *
 * @throws {@link InvalidOptionsError}
 */
export function refuseSharedContext(modules: Modules): void {
  for (const { context } of graphqlOptionsIn(modules)) {
    if (typeof context !== 'object' || context === null) continue;
    throw new InvalidOptionsError(
      'GraphQLModule.context',
      'must not be one object for all requests, because visitors would get the sessions of others',
      'Give "context" a function that returns a new object for each request, such as context: () => ({ … }).',
    );
  }
}
