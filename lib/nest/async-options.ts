import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { assertListed } from '../options/assert-listed.js';
import { isOption } from '../options/option-names.js';
import type { ClientSessionsModuleAsyncOptions } from './client-sessions-module-options.js';

const KNOWN: Readonly<Record<keyof ClientSessionsModuleAsyncOptions, true>> = {
  imports: true,
  inject: true,
  useFactory: true,
  useClass: true,
  useExisting: true,
  provideInjectionTokensFrom: true,
  isGlobal: true,
  forRoutes: true,
  exclude: true,
  sessions: true,
};

/**
 * Nest ignores options that it does not know.
 *
 * @throws {@link InvalidOptionsError} for these, and without a factory
 */
export function assertAsyncOptions(options: ClientSessionsModuleAsyncOptions): void {
  const given = Object.entries(options).flatMap(([option, value]) => (value === undefined ? [] : option));
  const misplaced = given.find((option) => isOption(option) && !Object.hasOwn(KNOWN, option));
  if (misplaced !== undefined) {
    throw new InvalidOptionsError(
      `forRootAsync.${misplaced}`,
      'must not be given next to the factory',
      'Return it from the factory.',
    );
  }
  assertListed(Object.fromEntries(given.map((option) => [option, true])), KNOWN, 'forRootAsync');
  if (options.useFactory ?? options.useClass ?? options.useExisting) return;
  throw new InvalidOptionsError(
    'forRootAsync',
    'must be given a factory',
    'Write useFactory: () => ({ secret, … }), useClass or useExisting.',
  );
}
