import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Controller, type INestApplication, Module, Post, Req } from '@nestjs/common';
import { NestFactory, ModulesContainer } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  clientSessions,
  type ClientSessionsModuleOptions,
  ClientSessionsModule,
  getSession,
  Logins,
  Session,
  type SessionMiddleware,
} from '../../lib/index.js';
import { exchange } from '../../lib/testing/in-memory-exchange.js';
import type { HostName } from './application.js';

export const ORIGIN = 'http://shop.example.test';
export const PATH = '/shop/page';

/** The sessions of one request, in the hands of its handler. */
export interface Sessions {
  of(name: string): Record<string, unknown>;
  replace(name: string, content: object): void;
  readonly logins: Logins;
}

/** What a handler does: first it takes its sessions, and later it acts. */
export interface Call {
  open(sessions: Sessions): void;
  act(): Promise<void>;
  /** Runs when the response has left. */
  afterwards(): void;
}

export interface Answer {
  readonly status: number;
  readonly setCookies: readonly string[];
}

export interface UnderWay {
  answer(): Promise<Answer>;
  abort(): Promise<void>;
}

/** A running release of the application. */
export interface Host {
  /** Resolves when the handler has taken its sessions. */
  begin(headers: Record<string, string>, call: Call): Promise<UnderWay>;
  readonly logins: Logins;
  /** Objects that an application might print. */
  readonly printable: readonly object[];
  close(): Promise<void>;
}

type Line = (message: unknown) => void;

export async function startHost(
  name: HostName,
  options: ClientSessionsModuleOptions,
  log: Line,
): Promise<Host> {
  if (name === 'express' || name === 'fastify') return startNest(name, options, log);
  const middleware = clientSessions(options);
  return name === 'memory' ? hostInMemory(middleware) : bareHost(middleware);
}

const attach = (
  middleware: SessionMiddleware,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> =>
  new Promise((resolve, reject) =>
    middleware(request, response, (error) => (error ? reject(error as Error) : resolve())),
  );

function sessionsOf(request: IncomingMessage, logins: () => Logins): Sessions {
  return {
    of: (name) => getSession(request, name),
    replace: (name, content) => void ((request as unknown as Record<string, object>)[name] = content),
    get logins() {
      return logins();
    },
  };
}

/** The middleware with real requests and responses, but without a connection. */
function hostInMemory(middleware: SessionMiddleware): Host {
  const socket = new Socket();
  return {
    async begin(headers, call) {
      const request = Object.assign(new IncomingMessage(socket), { method: 'POST', url: PATH, headers });
      const response = new ServerResponse(request);
      await attach(middleware, request, response);
      call.open(sessionsOf(request, () => middleware.logins));
      return {
        async answer() {
          await call.act();
          response.end();
          call.afterwards();
          response.emit('close');
          const setCookies = [response.getHeader('set-cookie') ?? []].flat().map(String);
          return { status: response.statusCode, setCookies };
        },
        async abort() {
          await call.act();
          response.emit('close');
        },
      };
    },
    get logins() {
      return middleware.logins;
    },
    printable: [middleware],
    close: async () => middleware.close(),
  };
}

/** A handler that waits until it is told to act. */
class Waiting {
  readonly entered: Promise<void>;
  enter!: () => void;
  release!: () => void;
  readonly #released: Promise<void>;

  constructor(readonly call: Call) {
    this.entered = new Promise((resolve) => (this.enter = resolve));
    this.#released = new Promise((resolve) => (this.release = resolve));
  }

  async handle(sessions: Sessions): Promise<void> {
    this.call.open(sessions);
    this.enter();
    await this.#released;
    await this.call.act();
  }
}

const waiting = new Map<string, Waiting>();
let lastNumber = 0;

type Send = (request: Request, cookie: string) => Promise<Response>;

/** Sends real requests to a server, over connections in memory. */
function overHttp(send: Send): Host['begin'] {
  return async ({ cookie = '', ...headers }, call) => {
    const number = String((lastNumber += 1));
    const each = new Waiting(call);
    waiting.set(number, each);
    const request = new Request(ORIGIN + PATH, { method: 'POST', headers: { ...headers, 'x-call': number } });
    const answered = send(request, cookie).finally(() => waiting.delete(number));
    await Promise.race([each.entered, answered]);
    const answer = async (): Promise<Answer> => {
      each.release();
      const { status, headers } = await answered;
      return { status, setCookies: headers.getSetCookie() };
    };
    // The server cannot tell an answer that is thrown away from one that nobody waits for.
    return { answer, abort: async () => void (await answer()) };
  };
}

async function bareHost(middleware: SessionMiddleware): Promise<Host> {
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    await attach(middleware, request, response);
    await waiting
      .get(String(request.headers['x-call']))!
      .handle(sessionsOf(request, () => middleware.logins));
    response.end();
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  return {
    begin: overHttp((request, cookie) => exchange(server, request, cookie)),
    get logins() {
      return middleware.logins;
    },
    printable: [middleware],
    close: async () => middleware.close(),
  };
}

type AnyRequest = IncomingMessage & { readonly raw?: IncomingMessage };

@Controller()
class PageController {
  constructor(private readonly logins: Logins) {}

  @Post('shop/page')
  async page(@Req() given: AnyRequest, @Session() _session: object): Promise<void> {
    const request = given.raw ?? given;
    await waiting.get(String(request.headers['x-call']))!.handle(sessionsOf(request, () => this.logins));
  }
}

async function startNest(
  platform: 'express' | 'fastify',
  options: ClientSessionsModuleOptions,
  log: Line,
): Promise<Host> {
  @Module({ imports: [ClientSessionsModule.forRoot(options)], controllers: [PageController] })
  class AppModule {}
  const logger = { log, debug: log, verbose: log, warn: log, error: log, fatal: log };
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app: INestApplication = await NestFactory.create(AppModule, adapter, { logger, abortOnError: false });
  await app.init();
  const instance: unknown = app.getHttpAdapter().getInstance();
  if (platform === 'fastify') await (instance as { ready(): Promise<unknown> }).ready();
  return {
    begin: overHttp((request, cookie) => exchange(app.getHttpServer(), request, cookie)),
    logins: app.get(Logins),
    printable: [app.get(ModulesContainer), app.get(Logins)],
    close: () => app.close(),
  };
}
