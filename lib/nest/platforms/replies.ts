import type { IncomingMessage } from 'node:http';
import { type HttpServer, StreamableFile } from '@nestjs/common';
import { RequestSessions } from '../../http/request-sessions.js';

/** Node's own response, which Fastify's reply holds. */
interface AnyResponse {
  readonly raw?: { readonly req?: IncomingMessage };
  readonly req?: IncomingMessage;
}

type Reply = (response: AnyResponse, body: unknown, status?: number, ...rest: unknown[]) => unknown;

const sealing = new WeakSet<object>();

/**
 * Seals changed sessions when Nest is about to reply with what a handler returned, so that one which cannot be stored is an ordinary
 * exception and passes the application's filters. The cookies themselves leave with the response head, on every way out.
 *
 * An interceptor would miss what interceptors around it change, and any interceptor, even an empty one, costs a request of Nest about
 * as much as reading a session does.
 */
export function sealBeforeReplies(adapter: Pick<HttpServer, 'reply'>): void {
  if (sealing.has(adapter)) return;
  sealing.add(adapter);
  const target = adapter as { reply: Reply };
  const { reply } = target;
  target.reply = (response, body, status, ...rest) => {
    // A status comes from exception filters and the like: what they say must not be replaced by another exception.
    if (status === undefined || body instanceof StreamableFile) seal(response);
    return reply.call(adapter, response, body, status, ...rest);
  };
}

function seal(response: AnyResponse): void {
  const request = response.req ?? response.raw?.req;
  if (request) RequestSessions.touched(request)?.saveOnce();
}
