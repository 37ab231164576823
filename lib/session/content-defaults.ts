import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { isContent } from './content.js';
import type { ContentOptions } from './content-options.js';

/**
 * What makes the defaults of a session, of everybody's. They are nobody's own until they are read back from their text.
 *
 * @throws {@link InvalidOptionsError} for what makes none
 */
export function resolveDefaults({ defaults = {}, schema }: ContentOptions): () => object {
  if (typeof defaults === 'function') return defaults as () => object;
  if (!isContent(defaults)) {
    throw new InvalidOptionsError(
      'defaults',
      'it is no object with allowed names',
      'Give an object, or a function that makes one.',
    );
  }
  // A schema may change what it is given.
  return schema ? copierOf(defaults) : () => defaults;
}

function copierOf(defaults: object): () => object {
  try {
    structuredClone(defaults);
  } catch {
    // The one thing that it objects to is a value that cannot be copied.
    throw new InvalidOptionsError(
      'defaults',
      'it holds more than data, which cannot be copied for each visitor',
      'Give a function that makes it anew.',
    );
  }
  return () => structuredClone(defaults);
}
