import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { ClientSessionsOptions } from '../../../lib/index.js';
import { createCertificate } from '../../support/certificate.js';
import { cpuTime } from '../../support/cpu-time.js';
import { SECRET } from '../../support/secrets.js';
import { type Condition, HEADER_BYTES_VARIABLE, type Host, type Ports, type Wish } from './hosts.js';
import { startNest } from './nest.js';
import { startPlain } from './plain.js';

const faults: string[] = [];
process.on('unhandledRejection', (reason) => void faults.push(`rejection: ${String(reason)}`));
process.on('uncaughtException', (error) => void faults.push(`exception: ${error.stack}`));

const options: ClientSessionsOptions = {
  secret: SECRET,
  headerBudget: false,
  sessions: [
    { name: 'session', onTooLarge: 'chunk', maxChunks: 5, idleDuration: '1 hour' },
    { name: 'moved', previousNames: ['old'] },
  ],
};
const bytes = Number(process.env[HEADER_BYTES_VARIABLE]);
/** As it comes, Node accepts 128 fields over HTTP/2. Cookies may come in a field each. */
const http2 = bytes
  ? { maxHeaderListPairs: bytes, settings: { maxHeaderListSize: bytes }, maxSendHeaderBlockLength: bytes }
  : {};
const fastify2 = { http2: true, http: http2 };

const servers: Record<Host, Server> = {
  express: await startNest(new ExpressAdapter(), options),
  fastify: await startNest(new FastifyAdapter(), options),
  connect: await startPlain(options),
  'fastify-2': await startNest(new FastifyAdapter(fastify2 as object), options),
  'connect-2': await startPlain(options, http2),
  'fastify-tls': await startNest(
    new FastifyAdapter({
      http2: true,
      https: { allowHTTP1: true, ...createCertificate(), ...http2 },
    } as object),
    options,
  ),
};

const sockets = new Set<Socket>();
for (const server of Object.values(servers)) {
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
}

process.on('message', (wish: Wish) => {
  if (wish === 'collect garbage') (globalThis as { gc?: () => void }).gc?.();
  const heap = process.memoryUsage().heapUsed;
  const condition: Condition = { cpu: cpuTime(), heap, connections: sockets.size, faults };
  process.send!(condition);
});
/** Nobody's orphan. */
process.once('disconnect', () => process.exit());

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const ports = Object.fromEntries(Object.entries(servers).map(([host, server]) => [host, portOf(server)]));
process.send!(ports as Ports);
