import { generateSecret } from '../sealing/secret.js';
import { parseOptions } from './arguments.js';
import { DEFAULT_VARIABLE } from './named-secrets.js';
import type { Command } from './terminal.js';

/** Generates a secret. This is the only command with secret output. */
export const keygen: Command = {
  summary: 'generate a new secret',
  help: `Usage: nestjs-client-sessions keygen [--env]

Prints a new secret: 32 random bytes as 43 characters of base64url. Keep it with your other
secrets, outside the code and its repository.

  --env   print the secret as a line of a .env file: ${DEFAULT_VARIABLE}=…, after an empty line if
          it is appended to what a file holds already

Example: npx nestjs-client-sessions keygen --env >> .env
`,
  run(args, { stdout }) {
    const { env } = parseOptions(args, { env: { type: 'boolean' } });
    // The last line of a .env file may have no end.
    const start = stdout.hasText ? '\n' : '';
    stdout.write(`${env ? `${start}${DEFAULT_VARIABLE}=` : ''}${generateSecret()}\n`);
    return 0;
  },
};
