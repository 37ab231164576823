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
/** Lines of a `.gitignore` that make git keep it after all. */
const KEEPS_ENV = /^!(\/|\*\*\/)?\.env\*?\r?$/m;

/** Says what has happened, or what the reader has to do. */
export interface Narrator {
  info(message: string): void;
  warn(message: string): void;
}

/**
 * Puts a fresh secret into `.env`, unless git keeps versions of that file, a line without one into `.env.example`, and
 * `.env` into `.gitignore`. What is there already is kept.
 */
export function writeEnvFiles(tree: ProjectTree, root: string, narrator: Narrator): void {
  const env = textOf(tree, '.env');
  const line = LINE.exec(env ?? '');
  const hasSecret = line !== null && !EMPTY.test(line[2]!);
  const isInGit = isRepository(root);
  if (hasSecret) narrator.info(`.env holds ${VARIABLE} already: it is kept.`);
  if (isInGit && isTracked(root, '.env')) narrator.warn(trackedMessage(hasSecret));
  else if (!hasSecret) write(tree, '.env', withSecret(env ?? ''));

  const example = textOf(tree, '.env.example') ?? '';
  if (!LINE.test(example)) {
    write(tree, '.env.example', appended(example, [EXAMPLE, `${VARIABLE}=`]));
  }
  ignoreEnv(tree, root, isInGit);
}

function trackedMessage(hasSecret: boolean): string {
  return hasSecret
    ? 'git keeps versions of .env, and with them the secret. ' +
        `Run: git rm --cached .env; then change ${VARIABLE}, if a version that holds it was committed.`
    : 'git keeps versions of .env, so no secret was written there. ' +
        `Run: git rm --cached .env; then add the line that "npx nestjs-client-sessions keygen --env" prints.`;
}

function withSecret(env: string): string {
  const secret = generateSecret();
  if (!LINE.test(env)) return appended(env, [`${VARIABLE}=${secret}`]);
  return env.replace(LINE, (_, before: string) => `${before}${secret}`);
}

function ignoreEnv(tree: ProjectTree, root: string, isInGit: boolean): void {
  const ignored = textOf(tree, '.gitignore');
  if (ignored === undefined && !isInGit) return;
  const isListed = IGNORES_ENV.test(ignored ?? '') && !KEEPS_ENV.test(ignored ?? '');
  if (isListed || (isInGit && isIgnored(root, '.env'))) return;
  write(tree, '.gitignore', appended(ignored ?? '', ['.env']));
}

/** Adds lines at the end, with the line breaks of the text. */
function appended(text: string, lines: readonly string[]): string {
  const end = lineBreakOf(text);
  const before = text === '' || text.endsWith('\n') ? text : text + end;
  return before + lines.map((line) => line + end).join('');
}
