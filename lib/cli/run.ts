import { InvalidOptionsError } from '../errors/invalid-options.error.js';
import { refuseSecrets } from './arguments.js';
import { doctor } from './doctor/doctor.js';
import { inspect } from './inspect.js';
import { keygen } from './keygen.js';
import { rotate } from './rotate.js';
import type { Command, Terminal } from './terminal.js';
import { table } from './text.js';
import { UsageError } from './usage-error.js';

const COMMANDS: Readonly<Record<string, Command>> = { keygen, inspect, rotate, doctor };

const HELP = `Usage: nestjs-client-sessions COMMAND [options]

${table(Object.entries(COMMANDS).map(([name, { summary }]) => [`  ${name}`, summary]))}
  --help, -h     show this text, or after a command its options
  --version, -v  show the version of this package

Secrets are read from environment variables and cookies from standard input, never from arguments.
`;

/**
 * Runs the command line.
 *
 * @param argv the arguments after the name of the program
 * @returns the exit code: 2 if the arguments or the input cannot be used, otherwise the exit code of the command
 */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    refuseSecrets(argv);
    return await dispatch(argv, terminal);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof InvalidOptionsError)) throw error;
    terminal.stderr.write(`${error.message}\n`);
    return 2;
  }
}

function dispatch([name, ...args]: readonly string[], terminal: Terminal): number | Promise<number> {
  const { stdout, manifest } = terminal;
  const print = (text: string): number => {
    stdout.write(text);
    return 0;
  };
  if (name === '--help' || name === '-h') return print(HELP);
  if (name === '--version' || name === '-v') return print(`${manifest().version}\n`);
  const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) {
    throw new UsageError(
      name === undefined ? 'The command is missing' : 'The command is unknown',
      `Use one of: ${Object.keys(COMMANDS).join(', ')}. Try --help.`,
    );
  }
  if (args.includes('--help') || args.includes('-h')) return print(command.help);
  return command.run(args, terminal);
}
