import { readFileSync } from 'node:fs';
import type { Manifest, Terminal } from '../../lib/cli/terminal.js';

const MANIFEST = new URL('../../package.json', import.meta.url);

/** What commands know of their surroundings. Only `doctor` asks for more than the version. */
export const SURROUNDINGS: Pick<Terminal, 'manifest' | 'nodeVersion' | 'load'> = {
  manifest: () => JSON.parse(readFileSync(MANIFEST, 'utf8')) as Manifest,
  nodeVersion: process.version,
  load: () => Promise.reject(new Error('there is no file to load')),
};
