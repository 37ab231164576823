import type { ModulesContainer } from '@nestjs/core';
import { InvalidOptionsError } from '../errors/invalid-options.error.js';

/** The token of the options of `GraphQLModule`. Its package is not needed here. */
const GRAPHQL_OPTIONS = 'GqlModuleOptions';

/** What drivers have that copy the context for each request. */
const COPY_CONTEXT = 'cloneContext';

/** What of the options of `GraphQLModule` concerns sessions. */
interface GraphQLOptions {
  readonly fieldResolverEnhancers?: readonly string[];
  readonly context?: unknown;
}

type Module = Pick<ReturnType<ModulesContainer['get']> & object, 'providers'>;
export type Modules = Iterable<Module>;

/** Returns the options of each `GraphQLModule` of an application. */
export function graphqlOptionsIn(modules: Modules): GraphQLOptions[] {
  return [...modules].flatMap((module) => graphqlOptionsOf(module) ?? []);
}

/**
 * Refuses a GraphQL context that is one object for all requests. Mercurius, and Apollo before 14, put the request of
 * the first visitor into it, and whoever comes while that one is under way would get its sessions.
 *
 * @throws {@link InvalidOptionsError}
 */
export function refuseSharedContext(modules: Modules): void {
  for (const module of modules) {
    const context = graphqlOptionsOf(module)?.context;
    if (typeof context !== 'object' || context === null || isContextCopied(module)) continue;
    throw new InvalidOptionsError(
      'GraphQLModule.context',
      'must not be one object for all requests, because visitors would get the sessions of others',
      'Give "context" a function that returns a new object for each request, such as context: () => ({ … }).',
    );
  }
}

function graphqlOptionsOf({ providers }: Module): GraphQLOptions | undefined {
  return providers.get(GRAPHQL_OPTIONS)?.instance as GraphQLOptions | undefined;
}

/** The driver is one of the providers beside the options. */
function isContextCopied({ providers }: Module): boolean {
  return [...providers.values()].some(
    ({ instance }) => typeof instance === 'object' && instance !== null && COPY_CONTEXT in instance,
  );
}
