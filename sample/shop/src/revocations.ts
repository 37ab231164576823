import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import type { RevocationOptions } from 'nestjs-client-sessions';
import { redisLogins } from 'nestjs-client-sessions/redis';

/** What the list of devices says of each login. It is what the device says of itself. */
const describe: RevocationOptions['describe'] = ({ headers }) => headers['user-agent']?.slice(0, 200);

/**
 * Says where it is stored which logins have ended.
 *
 * @param redisUrl `undefined`: in a file, for the processes of this machine
 */
export function revocations(redisUrl: string | undefined): RevocationOptions {
  if (redisUrl === undefined) return { describe };
  const logger = new Logger('Redis');
  const client = new Redis(redisUrl).on('error', ({ message }: Error) => logger.warn(message));
  return { describe, store: redisLogins(client) };
}
