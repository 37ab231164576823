// Teaches Node to load lib and the tests as jest does: TypeScript with decorators, `.js` for `.ts`, and jest's globals.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = pathToFileURL(`${process.cwd()}/`);
const { transformSync } = createRequire(root)('@swc/core');
const { default: jest } = await import(new URL('jest.config.mjs', root).href);
const [, swcOptions] = Object.values(jest.transform)[0];

/** The packages of the library, as jest.config.mjs names them: nestjs-client-sessions/redis is lib/redis.ts. */
const packages = /^nestjs-client-sessions(?:\/([\w-]+))?$/;

/**
 * @param {string} specifier as an import names it
 * @param {string | undefined} parent the URL of the file that imports
 */
function urlOf(specifier, parent) {
  if (specifier === '@jest/globals') return new URL('jest-globals.mjs', import.meta.url).href;
  const own = packages.exec(specifier);
  if (own !== null) return new URL(`lib/${own[1] ?? 'index'}.ts`, root).href;
  if (!specifier.startsWith('.') || parent === undefined || parent.includes('/node_modules/'))
    return undefined;
  const source = new URL(specifier.replace(/(\.js)?$/, '.ts'), parent);
  return existsSync(source) ? source.href : undefined;
}

registerHooks({
  resolve(specifier, context, next) {
    const url = urlOf(specifier, context.parentURL);
    return url === undefined ? next(specifier, context) : { url, format: 'module', shortCircuit: true };
  },
  load(url, context, next) {
    if (!url.endsWith('.ts') || url.includes('/node_modules/')) return next(url, context);
    const filename = fileURLToPath(url);
    const { code } = transformSync(readFileSync(filename, 'utf8'), {
      ...swcOptions,
      filename,
      swcrc: false,
      configFile: false,
    });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
