import type { ModulesContainer } from '@nestjs/core';

/** A module in Nest's container. */
export type NestModuleRef = Pick<
  ReturnType<ModulesContainer['values']> extends IterableIterator<infer M> ? M : never,
  'controllers' | 'providers' | 'injectables' | 'middlewares' | 'metatype' | 'instance'
>;

/**
 * Marks the class of `ClientSessionsModule`, so that subclasses and modules of other copies of this package are
 * recognised.
 */
export const IS_CLIENT_SESSIONS: unique symbol = Symbol.for('nestjs-client-sessions/1.module');

/** The modules of an application that configure sessions. */
export function configurationsIn(modules: ModulesContainer): readonly NestModuleRef[] {
  return [...modules.values()].filter(({ metatype }) => IS_CLIENT_SESSIONS in metatype);
}
