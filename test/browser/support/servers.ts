import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Platform, type Setup, start } from '../../support/application.js';
import { certificate } from './certificate.js';

/** A site that is served over plain http and over https. */
export interface Site {
  http(host?: string): string;
  https(host?: string): string;
}

const running = new Set<Server>();

/** Serves requests over plain http and over https, on 127.0.0.1 and free ports. */
export async function serveBoth(listener: RequestListener): Promise<Site> {
  const plain = await listen(createServer(listener));
  const tls = await listen(createTlsServer(certificate, listener));
  return {
    http: (host = 'localhost') => `http://${host}:${plain}`,
    https: (host = 'localhost') => `https://${host}:${tls}`,
  };
}

/** Boots an application with sessions. */
export async function openSite(platform: Platform, setup: Setup): Promise<Site> {
  const { app, origin } = await start(platform, setup);
  const { https } = await serveBoth(listenerOf(app));
  return { https, http: (host = 'localhost') => origin.replace('127.0.0.1', host) };
}

/** Answers with pages of HTML by their path. It is another site if it is asked for under 127.0.0.1. */
export function serveHtml(pages: Readonly<Record<string, string>>): Promise<Site> {
  return serveBoth((request, response) => {
    const page = pages[request.url ?? ''];
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html' }).end(page);
  });
}

export function closeServers(): void {
  for (const server of running) {
    server.close();
    server.closeAllConnections();
  }
  running.clear();
}

export function listenerOf(app: INestApplication): RequestListener {
  const adapter = app.getHttpAdapter();
  if (adapter.getType() !== 'fastify') return adapter.getInstance() as RequestListener;
  return (app as NestFastifyApplication).getHttpAdapter().getInstance().routing as unknown as RequestListener;
}

async function listen(server: Server): Promise<number> {
  running.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
