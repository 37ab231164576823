import { createRequire } from 'node:module';
import { join } from 'node:path';
import type typescript from 'typescript';

export type Typescript = typeof typescript;

/**
 * Loads the compiler of a project. Every Nest project has one, so this package needs none of its own; and the
 * compiler reads decorators, comments and line breaks as its authors meant them, which a search for text does not.
 *
 * @param root folder of the project
 * @throws Error if there is none with an API for programs
 */
export function loadTypescript(root: string): Typescript {
  const own = createRequire(join(root, 'package.json'));
  const compilers = [() => own, () => createRequire(own.resolve('@nestjs/cli/package.json'))];
  for (const from of compilers) {
    try {
      const found = from()('typescript') as Partial<Typescript>;
      if (typeof found.createSourceFile === 'function') return found as Typescript;
    } catch {
      // It is not installed there. The next place may have it.
    }
  }
  throw new Error(
    'TypeScript 5 or 6 must be installed, because it reads the root module. ' +
      'Run: npm install --save-dev typescript@5',
  );
}
