import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { ConnectMiddleware } from '../../../lib/client-sessions.js';
import { count, enter, look, type Visit } from './visit.js';

/** Bare `node:http` behind connect middleware, ours or client-sessions'. */
export async function servePlain(sessions: ConnectMiddleware): Promise<Server> {
  const server = createServer((request, response) =>
    sessions(request, response, (error) => {
      if (error) response.writeHead(500).end();
      else response.end(JSON.stringify(answer(request)));
    }),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
}

function answer(request: IncomingMessage): Visit {
  const { session } = request as IncomingMessage & { session: Visit };
  const [, action, visitor] = request.url!.split('/');
  if (action === 'enter') return enter(session, Number(visitor));
  return action === 'count' ? count(session) : look(session);
}
