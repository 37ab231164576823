import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { clientSessions, type ClientSessionsOptions, type Session } from '../../../lib/connect.js';
import { stream, type Visit, visit } from './visits.js';

type VisitRequest = IncomingMessage & { readonly session: Session<Visit> };

/** Bare `node:http`, or `node:http2` with the interface of `node:http`, behind the connect middleware. */
export async function startPlain(options: ClientSessionsOptions, http2?: object): Promise<Server> {
  const sessions = clientSessions(options);
  const listener: RequestListener = (request, response) =>
    sessions(request, response, (error) => {
      const fail = (): unknown => response.headersSent || response.writeHead(500).end();
      if (error) return void fail();
      const { url = '/', session } = request as VisitRequest;
      if (url === '/free') return void response.end('free');
      if (!/^\/\w+\/\d+/.test(url)) return void response.writeHead(404).end();
      if (url.startsWith('/stream/')) return stream(session, response);
      visit(url, session, response).then((answer) => response.end(JSON.stringify(answer)), fail);
    });
  const server = http2 ? createHttp2Server(http2, listener as never) : createServer(listener);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server as Server;
}
