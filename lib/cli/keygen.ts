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

  --env   print the secret as a line of a .env file: ${DEFAULT_VARIABLE}=…

Example: npx nestjs-client-sessions keygen --env >> .env
`,
  run(args, { stdout }) {
    const { env } = parseOptions(args, { env: { type: 'boolean' } });
    stdout.write(`${env ? `${DEFAULT_VARIABLE}=` : ''}${generateSecret()}\n`);
    return 0;
  },
};
