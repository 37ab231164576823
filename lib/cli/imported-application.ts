import { writeSync } from 'node:fs';
import process, { env, stderr, stdout } from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describeThrown } from '../errors/thrown-value.js';

const REMEDY =
  'Give the built file of the root module, not one that starts the application, ' +
  'or see with "node FILE" what goes wrong.';

/**
 * Imports a file of the application, as in production. Until {@link endProcess}, an application that throws where
 * nobody catches, or ends the process, is refused, and what it prints goes to standard error.
 */
export async function importApplication(file: string): Promise<Readonly<Record<string, unknown>>> {
  env['NODE_ENV'] ??= 'production';
  stdout.write = stderr.write.bind(stderr);
  // Once each, although the application's Nest is imported, too.
  process.off('uncaughtException', refuseError).on('uncaughtException', refuseError);
  process.off('exit', refuseExit).on('exit', refuseExit);
  const exported = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  // What nobody awaits, such as the start of an application, is reported to the process only now.
  await setImmediate();
  return exported;
}

/** Ends the process, whatever an application has left running in it. */
export function endProcess(code: number): void {
  process.off('exit', refuseExit);
  process.exit(code);
}

/** Also a rejection that nobody handles. */
function refuseError(error: unknown): void {
  refuse(`An error was not caught while the file was looked at: ${describeThrown(error)}`);
}

function refuseExit(): void {
  refuse('The application ends the process while it is looked at, or awaits what never happens');
}

function refuse(problem: string): void {
  // The process ends at once, so nothing may be left in a buffer.
  writeSync(stderr.fd, `${problem}. ${REMEDY}\n`);
  endProcess(2);
}
