import { readFileSync } from 'node:fs';
import type { Sealer } from '../../lib/sealing/sealer.js';
import { Finding } from './target.js';

/** Texts of one format: those that its target opens, and those of other keys, names and purposes. */
interface Texts {
  readonly genuine: readonly string[];
  readonly foreign: readonly string[];
}

/** Texts that were sealed once, so that the cases that are kept of them stay what they are. */
export const TEXTS = JSON.parse(readFileSync(new URL('texts.json', import.meta.url), 'utf8')) as {
  readonly sealed: Texts;
  readonly legacy: Texts;
};

/** Opens a text, which must be one of those that were sealed. @returns what becomes of it */
export function openOneOf(genuine: ReadonlySet<string>, sealer: Sealer, bytes: Buffer): string {
  const text = bytes.toString('latin1');
  const opened = sealer.unseal(text);
  if (opened.ok && !genuine.has(text)) throw new Finding('a text opened that nobody has sealed');
  if (!opened.ok && genuine.has(text)) throw new Finding('a genuine text was refused');
  return opened.ok ? 'opened' : opened.reason;
}
