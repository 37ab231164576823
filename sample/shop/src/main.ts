import { ConfigService } from '@nestjs/config';
import { ClientSessionsError } from 'nestjs-client-sessions';
import { type Configuration, ConfigurationError, NEW_SECRET } from './configuration.js';
import { createShop } from './create-shop.js';

try {
  const app = await createShop();
  const config = app.get<ConfigService<Configuration, true>>(ConfigService);
  await app.listen(config.get('port', { infer: true }), config.get('host', { infer: true }));
  app.useLogger(['warn', 'error']);
  console.log(`\nThe shop is open: ${await app.getUrl()}\n`);
  if (config.get('isSecretEphemeral', { infer: true })) {
    console.log(
      'SESSION_SECRET is not set, so this run seals cookies with a random secret that ends with it:\n' +
        'carts and logins will not survive a restart. To keep them, start the shop with one of your own:\n\n' +
        `  export SESSION_SECRET="$(${NEW_SECRET})"\n`,
    );
  }
} catch (error) {
  console.error(`\n${explain(error)}\n`);
  process.exitCode = 1;
}

/** Returns a sentence if the operator can solve the problem, and the stack if only a developer can. */
function explain(error: unknown): string {
  const { code, syscall, message, port } = error as NodeJS.ErrnoException & { port?: number };
  if (error instanceof ConfigurationError || error instanceof ClientSessionsError) return message;
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use. Stop the program that uses it, or choose another: PORT=3001 npm start`;
  if (syscall) return `The shop cannot open: ${message}. Choose another HOST or PORT.`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
