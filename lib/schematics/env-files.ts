import { generateSecret } from '../sealing/secret.js';
import { isIgnored, isRepository, isTracked } from './git.js';
import { lineBreakOf, type ProjectTree, textOf, write } from './project-tree.js';

const VARIABLE = 'SESSION_SECRET';
/** The variable's line, as `dotenv` reads it. */
const LINE = /^([ \t]*(?:export[ \t]+)?SESSION_SECRET[ \t]*[=:][ \t]*)(.*?)[ \t]*$/m;
const EMPTY = /^(''|""|``)?(#.*)?$/;
const EXAMPLE = '# Seals the sessions. Generate it with: npx nestjs-client-sessions keygen --env';
/** Lines of a `.gitignore` that match the file `.env`. */
const IGNORES_ENV = /^(\/|\*\*\/)?(\.env\*?|\.e\*|\*\.env|\.\*)\r?$/m;

/** Says what has happened, or what the reader has to do. */
export interface Narrator {
  info(message: string): void;
  warn(message: string): void;
}

/**
 * Puts a fresh secret into `.env`, a line without one into `.env.example`, and `.env` into `.gitignore`. What is there
 * already is kept.
 */
export function writeEnvFiles(tree: ProjectTree, root: string, narrator: Narrator): void {
  const env = textOf(tree, '.env');
  const line = LINE.exec(env ?? '');
  if (line && !EMPTY.test(line[2]!)) narrator.info(`.env holds ${VARIABLE} already: it is kept.`);
  else write(tree, '.env', withSecret(env ?? ''));

  const example = textOf(tree, '.env.example') ?? '';
  if (!LINE.test(example)) {
    write(tree, '.env.example', appended(example, [EXAMPLE, `${VARIABLE}=`]));
  }
  ignoreEnv(tree, root, narrator);
}

function withSecret(env: string): string {
  const secret = generateSecret();
  if (!LINE.test(env)) return appended(env, [`${VARIABLE}=${secret}`]);
  return env.replace(LINE, (_, before: string) => `${before}${secret}`);
}

function ignoreEnv(tree: ProjectTree, root: string, narrator: Narrator): void {
  const ignored = textOf(tree, '.gitignore');
  const isInGit = isRepository(root);
  if (isInGit && isTracked(root, '.env')) {
    narrator.warn(
      `git keeps versions of .env, and with them the secret. Run: git rm --cached .env; then change ${VARIABLE}, ` +
        'if a version that holds it was committed.',
    );
  }
  if (ignored === undefined && !isInGit) return;
  if (IGNORES_ENV.test(ignored ?? '') || (isInGit && isIgnored(root, '.env'))) return;
  write(tree, '.gitignore', appended(ignored ?? '', ['.env']));
}

/** Adds lines at the end, with the line breaks of the text. */
function appended(text: string, lines: readonly string[]): string {
  const end = lineBreakOf(text);
  const before = text === '' || text.endsWith('\n') ? text : text + end;
  return before + lines.map((line) => line + end).join('');
}
