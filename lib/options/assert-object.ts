import { InvalidOptionsError } from '../errors/invalid-options.error.js';

/** @throws {@link InvalidOptionsError} */
export function assertObject(value: unknown, option: string, remedy: string): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new InvalidOptionsError(option, 'must be an object', remedy);
}
