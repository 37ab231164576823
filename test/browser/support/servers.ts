import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
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
  return siteOf(await listen(createServer(listener)), await listen(createTlsServer(certificate, listener)));
}

/** Boots an application with sessions. */
export async function openSite(platform: Platform, setup: Setup): Promise<Site> {
  return serveApplication((await start(platform, setup)).app);
}

/** Serves an application over plain http by its own server, and over https. */
export async function serveApplication(app: INestApplication): Promise<Site> {
  const own = app.getHttpServer() as Server;
  if (!own.listening) await app.listen(0, '127.0.0.1');
  running.add(own);
  const tls = createTlsServer(
    certificate,
    (request, response) => void own.emit('request', request, response),
  );
  return siteOf(portOf(own), await listen(tls));
}

/** Answers with pages of HTML by their path. It is another site if it is asked for under 127.0.0.1. */
export function serveHtml(pages: Readonly<Record<string, string>>): Promise<Site> {
  return serveBoth((request, response) => {
    const page = pages[request.url ?? ''];
    response.writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html' }).end(page);
  });
}

/** Closes all servers at once. Chromium holds connections that it never uses, and no application may wait for those. */
export function closeServers(): void {
  for (const server of running) {
    server.close();
    server.closeAllConnections();
  }
  running.clear();
}

async function listen(server: Server): Promise<number> {
  running.add(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return portOf(server);
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function siteOf(plain: number, tls: number): Site {
  return {
    http: (host = 'localhost') => `http://${host}:${plain}`,
    https: (host = 'localhost') => `https://${host}:${tls}`,
  };
}
