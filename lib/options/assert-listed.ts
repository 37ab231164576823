import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { remedyOfUnknown } from './nearest-name.js';

/**
 * @param at path of the options, for the message
 * @throws {@link InvalidOptionsError} for an option that is not in the list
 */
export function assertListed(options: object, known: object, at: string): void {
  const unknown = Object.keys(options).find((option) => !Object.hasOwn(known, option));
  if (unknown === undefined) return;
  throw new InvalidOptionsError(
    `${at}.${unknown}`,
    'is not a known option',
    remedyOfUnknown(unknown, Object.keys(known)),
  );
}
