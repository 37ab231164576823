import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import { BehaviorSubject } from 'rxjs';
import {
  ClientSessionsModule,
  Logins,
  LoginsUnavailableError,
  type SecretList,
  type SessionDefinition,
  type SessionEvent,
} from '../../../lib/index.js';
import { redisLogins, type RedisClient } from '../../../lib/redis.js';
import { SETTINGS_VARIABLE } from '../../cluster/worker/settings.js';
import { AccountsController, Auth } from './accounts.controller.js';
import type { Host, Measurement, Order, SoakSettings } from './settings.js';
import { LONGEST_TURN, TURN } from './turns.js';
import { collectGarbage } from '../../support/garbage.js';
import { BasketSession, cartOf, RELEASE, ShopController } from './shop.controller.js';

const settings = JSON.parse(process.env[SETTINGS_VARIABLE]!) as SoakSettings;
const { host, release, redisPort, maxLag } = settings;
/** As long as Node's own server: ms. */
const KEEP_ALIVE = 5_000;

let { clocks } = settings;
const realNow = Date.now.bind(Date);
Date.now = () => realNow() + clocks.machine;

const secrets = new BehaviorSubject(settings.secrets as SecretList);
const client = await clientFor(host);
let requests = 0;

class AppModule {}
Module({
  imports: [
    ClientSessionsModule.forRoot({
      secret: secrets,
      now: () => realNow() + clocks.sessions,
      // It is full within seconds, and again after each new secret, so that it is no slope.
      memo: 50,
      onEvent: tell,
      sessions: [Auth, cartOf(release) as SessionDefinition<object>, BasketSession],
      revocations: {
        store: redisLogins(client),
        maxLag,
        describe: ({ headers }) => Number(headers['x-login']),
      },
    }),
  ],
  providers: [{ provide: RELEASE, useValue: release }],
  controllers: [AccountsController, ShopController],
})(AppModule);

const app = await NestFactory.create(AppModule, await adapterFor(host), { logger: false });
await app.listen(0, '127.0.0.1');
const server = app.getHttpServer() as Server;
const visitors = new Set<Socket>();
server.on('request', () => requests++);
server.on('connection', (socket) => {
  visitors.add(socket);
  socket.once('close', () => visitors.delete(socket));
});

process.on('message', ({ number, order }: { number: number; order: Order }) => {
  void obey(order).then((answer) => process.send?.({ number, answer }));
});
let turn = performance.now();
setInterval(() => {
  const late = performance.now() - turn - TURN;
  turn = performance.now();
  if (late > LONGEST_TURN) process.send?.({ late });
}, TURN).unref();
process.once('SIGTERM', () => void end());
/** Nobody's orphan. */
process.once('disconnect', () => process.exit());
process.send!((server.address() as AddressInfo).port);

/** Says what operators would look at. */
function tell(event: SessionEvent): void {
  const { type } = event;
  // The list of logins is a convenience.
  if (type === 'logins' && event.report.type !== 'failed')
    process.send?.({ event: JSON.stringify(event.report) });
  if (type === 'lost' || type === 'keys-failed') process.send?.({ event: `${type}: ${event.error.message}` });
}

async function obey(order: Order): Promise<Measurement | undefined> {
  if ('secrets' in order) secrets.next(order.secrets as SecretList);
  else if ('clocks' in order) ({ clocks } = order);
  else if ('catchUp' in order) await catchUp();
  else return measure();
  return undefined;
}

/** Redis may be away for a while. */
async function catchUp(): Promise<void> {
  for (;;) {
    try {
      return await app.get(Logins).catchUp();
    } catch (error) {
      if (!(error instanceof LoginsUnavailableError)) throw error;
      await pause(TURN);
    }
  }
}

function measure(): Measurement {
  collectGarbage();
  const { rss, heapUsed, external } = process.memoryUsage();
  const handles: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
  handles['TCPSocketWrap'] = (handles['TCPSocketWrap'] ?? 0) - visitors.size;
  return { resident: rss, heap: heapUsed + external, handles, requests };
}

/** Ends in good order: whatever would keep the process alive longer is found by whoever waits for its end. */
async function end(): Promise<void> {
  // Node takes a connection that has never asked for anything for a busy one. A client that goes away early leaves one.
  for (const socket of visitors) if (socket.bytesRead === 0) socket.destroy();
  await app.close();
  if ('disconnect' in client) await (client as { disconnect(): unknown }).disconnect();
  process.disconnect();
}

/** Each process loads what it needs and no more, so that it starts soon. */
async function adapterFor(host: Host): Promise<AbstractHttpAdapter> {
  if (host === 'express') return new (await import('@nestjs/platform-express')).ExpressAdapter();
  const { FastifyAdapter } = await import('@nestjs/platform-fastify');
  // By default it keeps a connection for 72 seconds that was answered while the process was told to end.
  return new FastifyAdapter({ keepAliveTimeout: KEEP_ALIVE });
}

/** With the settings that the clients have from the start. What they complain of belongs to the soak. */
async function clientFor(host: Host): Promise<RedisClient> {
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
