import { createServer, type IncomingMessage } from 'node:http';
import type { ArgumentsHost, CanActivate, ExecutionContext } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Application, Request, RequestHandler } from 'express';
import type { FastifyRequest } from 'fastify';
import {
  clientSessions,
  type ConnectMiddleware,
  getSession,
  type Session,
  type SessionMiddleware,
} from 'nestjs-client-sessions';
import { type Equals, expectType } from './expect.js';

interface Visit {
  pages: number;
}

declare module 'express-serve-static-core' {
  interface Request {
    visit: Session<Visit>;
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    visit: Session<Visit>;
  }
}

// Whatever a guard, a filter, a gateway or a plain handler has at hand.
export function takesEveryRequest(
  express: Request,
  fastify: FastifyRequest,
  raw: IncomingMessage,
  context: ExecutionContext,
  host: ArgumentsHost,
  client: object,
): Session<Visit>[] {
  return [
    getSession<Visit>(express),
    getSession<Visit>(fastify, 'visit'),
    getSession<Visit>(raw),
    getSession<Visit>(context),
    getSession<Visit>(host.switchToHttp().getRequest<Request>()),
    getSession<Visit>(client),
    express.visit,
    fastify.visit,
  ];
}

export class VisitGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return getSession<Visit>(context, 'visit').pages > 0;
  }
}

declare const secret: string;

export function mounts(app: NestExpressApplication, express: Application): void {
  const middleware = clientSessions({ name: 'visit', secret });
  expectType<Equals<typeof middleware, SessionMiddleware>>();
  const plain: ConnectMiddleware = middleware;
  app.use(plain);
  const handler: RequestHandler = middleware;
  app.use(middleware);
  express.use('/shop', handler, middleware);
  createServer((request, response) => {
    middleware(request, response, (error) => {
      expectType<Equals<typeof error, unknown>>();
      response.end(String(getSession<Visit>(request).pages));
    });
  });
}

export function mountsOnFastify(app: NestFastifyApplication): void {
  app.use(clientSessions({ secret }));
}
