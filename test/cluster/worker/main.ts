import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClientSessionsOptions } from '../../../lib/options/client-sessions-options.js';
import { type Host, SETTINGS_VARIABLE, type WorkerSettings } from './settings.js';

const { host, options } = JSON.parse(process.env[SETTINGS_VARIABLE]!) as WorkerSettings;

/** Each loads what it needs and no more. */
const HOSTS: Record<Host, (options: ClientSessionsOptions) => Promise<Server>> = {
  'nest-express': async (options) => {
    const { ExpressAdapter } = await import('@nestjs/platform-express');
    return (await import('./nest.js')).serveNest(new ExpressAdapter(), options);
  },
  'nest-fastify': async (options) => {
    const { FastifyAdapter } = await import('@nestjs/platform-fastify');
    return (await import('./nest.js')).serveNest(new FastifyAdapter(), options);
  },
  connect: async (options) => {
    const { clientSessions } = await import('../../../lib/client-sessions.js');
    return (await import('./plain.js')).servePlain(clientSessions(options));
  },
  ancestor: async (options) => {
    const { default: ancestor } = await import('client-sessions');
    return (await import('./plain.js')).servePlain(ancestor(options));
  },
};

/** Connections move on after so many requests, so that every visitor meets every worker. */
const REQUESTS_PER_CONNECTION = 50;

let isDraining = false;
let connections = 0;

const server = await HOSTS[host](options);
server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION;
server.keepAliveTimeout = 60_000;
server.prependListener('request', (_request, response) => {
  if (isDraining) response.setHeader('Connection', 'close');
});
server.on('connection', (socket) => {
  connections += 1;
  socket.once('close', () => {
    connections -= 1;
    endIfIdle();
  });
});

/**
 * Ends as behind any balancer: every request that has arrived is answered, and no connection is closed under
 * the next one.
 */
process.once('SIGTERM', () => {
  isDraining = true;
  endIfIdle();
});
/** Nobody's orphan. */
process.once('disconnect', () => process.exit());
process.send!((server.address() as AddressInfo).port);

function endIfIdle(): void {
  if (isDraining && connections === 0) process.exit();
}
