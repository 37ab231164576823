import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { clientSessions, type ClientSessionsOptions, type Session } from '../../../lib/connect.js';
import { stream, type Visit, visit } from './visits.js';

type VisitRequest = IncomingMessage & Readonly<Record<'session' | 'moved', Session<Visit>>>;

/** Bare `node:http`, or `node:http2` with the interface of `node:http`, behind the connect middleware. */
export async function startPlain(options: ClientSessionsOptions, http2?: object): Promise<Server> {
  const sessions = clientSessions(options);
  const listener: RequestListener = (request, response) =>
    sessions(request, response, (error) => void (error ? fail(response) : answer(request, response)));
  const server = http2 ? createHttp2Server(http2, listener as never) : createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server as Server;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { url = '/' } = request;
  if (url === '/free') return void response.end('free');
  if (!/^\/\w+\/\d+/.test(url)) return void response.writeHead(404).end();
  try {
    if (url.startsWith('/later/')) await new Promise((resolve) => void response.once('close', resolve));
    const session = (request as VisitRequest)[url.startsWith('/moved/') ? 'moved' : 'session'];
    if (url.startsWith('/stream/')) return stream(session, response);
    response.end(JSON.stringify(await visit(url, session, response)));
  } catch {
    // What a handler throws when its client has gone is nobody's concern here.
    fail(response);
  }
}

function fail(response: ServerResponse): void {
  if (!response.headersSent) response.writeHead(500).end();
}
