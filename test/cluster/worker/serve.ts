import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClientSessionsOptions } from '../../../lib/options/client-sessions-options.js';
import type { Host, WorkerSettings } from './settings.js';

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

/** A server that ends as behind any balancer. */
export class DrainingServer {
  #isDraining = false;
  #connections = 0;
  #end!: () => void;
  /** Resolves when it has drained. */
  readonly ended: Promise<void> = new Promise((resolve) => (this.#end = resolve));

  private constructor(private readonly server: Server) {
    server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION;
    server.keepAliveTimeout = 60_000;
    server.prependListener('request', (_request, response) => {
      if (this.#isDraining) response.setHeader('Connection', 'close');
    });
    server.on('connection', (socket) => {
      this.#connections += 1;
      socket.once('close', () => {
        this.#connections -= 1;
        this.#endIfIdle();
      });
    });
  }

  static async start({ host, options }: WorkerSettings): Promise<DrainingServer> {
    return new DrainingServer(await HOSTS[host](options));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Every request that has arrived is answered, and no connection is closed under the next one. */
  drain(): void {
    this.#isDraining = true;
    this.#endIfIdle();
  }

  /** Every connection is cut off, as by the end of a process. */
  cutOff(): void {
    this.server.closeAllConnections();
    this.drain();
  }

  #endIfIdle(): void {
    if (!this.#isDraining || this.#connections > 0) return;
    this.server.close();
    this.#end();
  }
}
