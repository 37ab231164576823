import { execFileSync } from 'node:child_process';

/** Whether a folder belongs to a git repository. */
export function isRepository(folder: string): boolean {
  return git(folder, ['rev-parse', '--git-dir']);
}

/** Whether git keeps versions of a file. */
export function isTracked(folder: string, file: string): boolean {
  return git(folder, ['ls-files', '--error-unmatch', '--', file]);
}

/** Whether a `.gitignore`, of whatever folder, makes git leave a file alone. */
export function isIgnored(folder: string, file: string): boolean {
  return git(folder, ['check-ignore', '--quiet', '--no-index', '--', file]);
}

function git(folder: string, args: readonly string[]): boolean {
  try {
    execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
    return true;
  } catch {
    // The answer is no, or there is no git, and then no repository of it either.
    return false;
  }
}
