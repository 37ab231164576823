import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Module } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { ClientSessionsModule } from '../../../lib/index.js';
import { redisLogins, type RedisClient } from '../../../lib/redis.js';
import { SETTINGS_VARIABLE } from '../../cluster/worker/settings.js';
import { AccountsController, Auth, Cart } from './accounts.controller.js';
import type { SoakSettings } from './settings.js';

const { host, redisPort, secret, maxLag } = JSON.parse(process.env[SETTINGS_VARIABLE]!) as SoakSettings;

class AppModule {}
Module({
  imports: [
    ClientSessionsModule.forRoot({
      secret,
      sessions: [Auth, Cart],
      revocations: {
        store: redisLogins(await clientFor(host)),
        maxLag,
        describe: ({ headers }) => Number(headers['x-login']),
      },
    }),
  ],
  controllers: [AccountsController],
})(AppModule);

const app = await NestFactory.create(AppModule, await adapterFor(host), { logger: false });
await app.listen(0, '127.0.0.1');
/** Nobody's orphan. */
process.once('disconnect', () => process.exit());
process.send!(((app.getHttpServer() as Server).address() as AddressInfo).port);

/** Each process loads what it needs and no more, so that it starts soon. */
async function adapterFor(host: SoakSettings['host']): Promise<AbstractHttpAdapter> {
  if (host === 'express') return new (await import('@nestjs/platform-express')).ExpressAdapter();
  return new (await import('@nestjs/platform-fastify')).FastifyAdapter();
}

/** With the settings that the clients have from the start. What they complain of belongs to the soak. */
async function clientFor(host: SoakSettings['host']): Promise<RedisClient> {
  if (host === 'express') {
    const { Redis } = await import('ioredis');
    return new Redis(redisPort, '127.0.0.1').on('error', () => undefined);
  }
  const { createClient } = await import('redis');
  const client = createClient({ socket: { host: '127.0.0.1', port: redisPort } }).on(
    'error',
    () => undefined,
  );
  // It connects as soon as it can.
  client.connect().catch(() => undefined);
  return client;
}
