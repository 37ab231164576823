import type { IncomingMessage } from 'node:http';
import type { HttpServer } from '@nestjs/common';
import { RequestSessions } from '../http/request-sessions.js';

/** Node's own response, which Fastify's reply holds. */
interface AnyResponse {
  readonly raw?: { readonly req: IncomingMessage };
  readonly req?: IncomingMessage;
}

type Answer = (response: AnyResponse, ...rest: unknown[]) => unknown;

/**
 * Seals changed sessions when Nest is about to answer for a handler, so that one which cannot be stored is an ordinary exception and
 * passes the application's filters. The cookies themselves leave with the response head, on every way out.
 *
 * An interceptor would miss what interceptors around it change, and any interceptor, even an empty one, costs a request of Nest about
 * as much as reading a session does.
 */
export function sealBeforeAnswers(adapter: Pick<HttpServer, 'reply' | 'render' | 'redirect'>): void {
  const answers = adapter as Record<'reply' | 'render' | 'redirect', Answer>;
  const { reply, render, redirect } = answers;
  answers.reply = (response, body, status) => {
    const send = (): unknown => reply.call(adapter, response, body, status);
    // What refuses a request is said as it is: an exception would put another one in its place.
    return typeof status === 'number' && status >= 400 ? send() : sealThen(send, response);
  };
  answers.render = (response, ...page) => sealThen(() => render.call(adapter, response, ...page), response);
  answers.redirect = (response, ...target) =>
    sealThen(() => redirect.call(adapter, response, ...target), response);
}

function sealThen(send: () => unknown, response: AnyResponse): unknown {
  const request = response.req ?? response.raw?.req;
  const sessions = request && RequestSessions.touched(request);
  return sessions ? sessions.saveThen(send) : send();
}
