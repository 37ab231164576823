import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { assertListed } from '../options/assert-listed.js';
import { mergeDefined } from '../options/merge-defined.js';
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
  const given = mergeDefined([options]);
  const misplaced = Object.keys(given).find((option) => isOption(option) && !Object.hasOwn(KNOWN, option));
  if (misplaced !== undefined) {
    throw new InvalidOptionsError(
      `forRootAsync.${misplaced}`,
      'must not be given next to the factory',
      'Return it from the factory.',
    );
  }
  assertListed(given, KNOWN, 'forRootAsync');
  if (given.useFactory ?? given.useClass ?? given.useExisting) return;
  throw new InvalidOptionsError(
    'forRootAsync',
    'must be given a factory',
    'Write useFactory: () => ({ secret, … }), useClass or useExisting.',
  );
}
