/**
 * Turns content into the text of a cookie and back, as one library does it.
 *
 * @typedef {object} Codec
 * @property {string} name
 * @property {'library' | 'peer' | 'floor'} kind a floor is what the same work costs without a library around it
 * @property {boolean} [isOpen] protects nothing, so that a flipped character may pass
 * @property {(content: object) => string | Promise<string>} seal
 * @property {(text: string) => object | undefined | Promise<object | undefined>} unseal `undefined`: refused
 */

import { deepStrictEqual } from 'node:assert';

/**
 * @param {Codec} codec
 * @param {object} content
 * @throws when the content does not come back, or comes back from a text with a flipped character
 */
export async function assertSound({ name, isOpen, seal, unseal }, content) {
  const text = await seal(content);
  deepStrictEqual({ ...(await unseal(text)) }, content, `${name} gives back something else`);
  if (isOpen) return;
  for (const share of [0.25, 0.5, 0.75, 0.9]) {
    if (await unseal(flip(text, share))) throw new Error(`${name} opens a text with a flipped character`);
  }
}

/** @param {number} share where to flip: 0 is the start of the text, 1 its end */
export function flip(text, share) {
  const from = Math.floor(text.length * share);
  const at = from + text.slice(from).search(/[A-Za-z0-9]/);
  return text.slice(0, at) + (text[at] === 'A' ? 'h' : 'A') + text.slice(at + 1);
}
