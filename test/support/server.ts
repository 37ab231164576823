import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { clientSessions, type ClientSessionsOptions } from '../../lib/index.js';
import { Browser } from './browser.js';
import { SECRET } from './secrets.js';

/** A request with the properties of its sessions. */
export type AnyRequest = IncomingMessage & Record<string, any>;
export type Handler = (request: AnyRequest, response: ServerResponse) => void;

const stops: (() => void)[] = [];

/** A bare `node:http` server without a framework. Each set of options gets its own `clientSessions()` middleware. */
export async function serve(
  handler: Handler,
  ...configurations: Partial<ClientSessionsOptions>[]
): Promise<Browser> {
  const options = configurations.length ? configurations : [{}];
  const middleware = options.map((own) => clientSessions({ cookieName: 'session', secret: SECRET, ...own }));
  const server = createServer((request, response) => {
    const [first, ...rest] = middleware;
    const next = (error?: unknown): void => {
      if (error) response.writeHead(500).end(String(error));
      else (rest.shift() ?? (() => answer(handler, request, response)))(request, response, next);
    };
    first!(request, response, next);
  });
  stops.push(() => {
    server.close();
    server.closeAllConnections();
    for (const each of middleware) each.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return new Browser(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, options[0]!.now);
}

/** Answers 500 if a handler throws, like any framework. */
function answer(handler: Handler, request: IncomingMessage, response: ServerResponse): void {
  try {
    handler(request as AnyRequest, response);
    if (!response.writableEnded) response.end();
  } catch (error) {
    if (!response.headersSent) response.statusCode = 500;
    response.end(String(error));
  }
}

export function stopServers(): void {
  for (const stop of stops.splice(0)) stop();
}
