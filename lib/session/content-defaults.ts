import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { isContent } from './content.js';
import type { ContentOptions } from './content-options.js';

/**
 * Returns a function that makes the defaults of a session. All visitors may share its result, until a copy is
 * read back from its text.
 *
 * @throws {@link InvalidOptionsError} for defaults that cannot work
 */
export function resolveDefaults({ defaults = {}, schema }: ContentOptions): () => object {
  if (typeof defaults === 'function') return defaults as () => object;
  if (!isContent(defaults)) {
    throw new InvalidOptionsError(
      'defaults',
      'must be an object without reserved names',
      'Give an object, or a function that makes one.',
    );
  }
  // A schema may change its input.
  return schema ? copierOf(defaults) : () => defaults;
}

/** @throws {@link InvalidOptionsError} if what a function has made cannot be content */
export function assertDefaults(defaults: unknown): void {
  if (isContent(defaults)) return;
  throw new InvalidOptionsError(
    'defaults',
    'must make an object without reserved names',
    'Return an object, and no promise of one.',
  );
}

function copierOf(defaults: object): () => object {
  try {
    structuredClone(defaults);
  } catch {
    // structuredClone() throws only for a value that it cannot copy.
    throw new InvalidOptionsError(
      'defaults',
      'must hold plain data, because it is copied for each visitor',
      'Give a function that makes it anew each time.',
    );
  }
  return () => structuredClone(defaults);
}
