// Teaches Node to load lib and the tests as jest does: TypeScript with decorators, `.js` for `.ts`, and jest's globals.
// They can be loaded anew, which gives each file another URL.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = pathToFileURL(`${process.cwd()}/`);
const { transformSync } = createRequire(root)('@swc/core');
const { default: jest } = await import(new URL('jest.config.mjs', root).href);
const [, swcOptions] = Object.values(jest.transform)[0];

/** The packages of the library, as jest.config.mjs names them: nestjs-client-sessions/redis is lib/redis.ts. */
const packages = /^nestjs-client-sessions(?:\/([\w-]+))?$/;

let generation = 0;
let newest = 0;
/** What was compiled, by file. */
const compiled = new Map();

/** From now on, imports of lib and of tests load them again. */
export function loadAnew() {
  generation = ++newest;
}

/**
 * Loads what an action of a test imports for it alone. As in every other file, what runs while lib is loaded is
 * covered by no test.
 */
export async function loadApart(act) {
  const stryker = globalThis.__stryker__;
  const [before, test] = [generation, stryker.currentTestId];
  generation = ++newest;
  stryker.currentTestId = undefined;
  try {
    await act();
  } finally {
    generation = before;
    stryker.currentTestId = test;
  }
}

/** @param {string} path absolute */
export function urlOfFile(path) {
  return `${pathToFileURL(path).href}?${generation}`;
}

/**
 * @param {string} specifier as an import names it
 * @param {string | undefined} parent the URL of the file that imports
 */
function urlOf(specifier, parent) {
  if (specifier === '@jest/globals') return new URL('jest-globals.mjs', import.meta.url).href;
  const own = packages.exec(specifier);
  if (own !== null) return urlOfFile(fileURLToPath(new URL(`lib/${own[1] ?? 'index'}.ts`, root)));
  if (!specifier.startsWith('.') || parent === undefined || parent.includes('/node_modules/'))
    return undefined;
  const source = fileURLToPath(new URL(specifier.replace(/(\.js)?$/, '.ts'), parent));
  return existsSync(source) ? urlOfFile(source) : undefined;
}

registerHooks({
  resolve(specifier, context, next) {
    const url = urlOf(specifier, context.parentURL);
    return url === undefined ? next(specifier, context) : { url, format: 'module', shortCircuit: true };
  },
  load(url, context, next) {
    const filename = url.startsWith('file:') ? fileURLToPath(url) : url;
    if (!filename.endsWith('.ts') || url.includes('/node_modules/')) return next(url, context);
    if (!compiled.has(filename)) compiled.set(filename, compile(filename));
    return { format: 'module', source: compiled.get(filename), shortCircuit: true };
  },
});

function compile(filename) {
  const options = { ...swcOptions, filename, swcrc: false, configFile: false };
  return transformSync(readFileSync(filename, 'utf8'), options).code;
}
