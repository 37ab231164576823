import { randomBytes } from 'node:crypto';

/** The settings that the shop reads from its environment. */
export interface Configuration {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  /** Whether the secret was generated for this run and ends with it. */
  readonly isSecretEphemeral: boolean;
  /** The Redis that all processes share, if there is one. */
  readonly redisUrl: string | undefined;
}

/** A setting is missing or wrong, so the shop cannot start. The message ends in the remedy. */
export class ConfigurationError extends Error {}

export const NEW_SECRET = `node -p "require('node:crypto').randomBytes(32).toString('base64url')"`;

/** @throws {@link ConfigurationError} */
export function configuration(): Configuration {
  const { HOST, PORT, SESSION_SECRET, REDIS_URL, NODE_ENV } = process.env;
  if (!SESSION_SECRET && NODE_ENV === 'production') {
    throw new ConfigurationError(
      'SESSION_SECRET is not set, and in production carts and logins must outlive this process. ' +
        `Generate one with: ${NEW_SECRET} and give it to every server of the shop.`,
    );
  }
  return {
    host: HOST || '127.0.0.1',
    port: parsePort(PORT || '3000'),
    secret: SESSION_SECRET || randomBytes(32).toString('base64url'),
    isSecretEphemeral: !SESSION_SECRET,
    redisUrl: REDIS_URL || undefined,
  };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new ConfigurationError(`PORT is "${text}". Give a number from 0 to 65535, such as 3000.`);
}
