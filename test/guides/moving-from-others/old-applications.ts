import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import {
  Controller,
  Get,
  type INestApplication,
  type MiddlewareConsumer,
  Module,
  Post,
  Query,
  RequestMethod,
  Session,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import fastify from 'fastify';

/**
 * Loaded without their types, which would say for all tests what `request.session` is.
 */
const load = createRequire(import.meta.url);

export const OLD_SECRET = 'qT5-rJ8w_Zx2Lm7Kc4Vb9Nf3Hd6Gs1Pa0';
/** 32 bytes. */
export const OLD_KEY = 'c2VjcmV0IG9mIHRoZSBvbGQgbGlicmFyeSwgMzIgYiE=';

export const expressSession = load('express-session') as ((options: object) => RequestHandler) & {
  MemoryStore: new () => Store;
};

/** What express-session keeps its content in. */
export interface Store extends NodeJS.EventEmitter {
  sessions: Record<string, string>;
}

/** How an old library says who is logged in. */
interface OldLogin {
  userOf(request: any, response: any): unknown;
  login(request: any, response: any, userId: string): unknown;
  logout(request: any, response: any): unknown;
}

type OldApplication = (store: Store) => Promise<RequestListener>;

@Controller()
class OldController {
  @Get('me')
  me(@Session() session: { userId?: string }): string {
    return session.userId ?? 'nobody';
  }

  @Post('login')
  login(@Session() session: { userId?: string }, @Query('user') userId: string): void {
    session.userId = userId;
  }

  @Post('logout')
  logout(@Session() session: { destroy(done: () => void): void }): Promise<void> {
    return new Promise((done) => session.destroy(done));
  }
}

/** Plain applications, as they were before the move: `POST /login?user=…`, `POST /logout`, `GET /me`. */
export const OLD_APPLICATIONS = {
  'cookie-session': async () => {
    return withRoutes(express().use(oldCookieSession()), {
      userOf: (request) => request.session.userId,
      login: (request, _response, userId) => void (request.session = { userId }),
      logout: (request) => void (request.session = null),
    });
  },

  'express-session': async (store) => withRoutes(express().use(oldExpressSession(store)), IN_EXPRESS_SESSION),

  // nestjs-session 3.0.1 has this module and nothing else, but brings another copy of Nest along.
  'nestjs-session': async (store) => {
    class Root {}
    Module({ imports: [sessionModule(store)], controllers: [OldController] })(Root);
    const app = await NestFactory.create(Root, { logger: false });
    await app.init();
    return listenerOf(app);
  },

  'iron-session': async () => {
    const { getIronSession } = load('iron-session') as { getIronSession: (...args: unknown[]) => any };
    const open = (request: IncomingMessage, response: ServerResponse): any =>
      getIronSession(request, response, { cookieName: 'old', password: OLD_SECRET });
    return withRoutes(express(), {
      userOf: async (request, response) => (await open(request, response)).userId,
      login: async (request, response, userId) => {
        const session = await open(request, response);
        session.userId = userId;
        await session.save();
      },
      logout: async (request, response) => (await open(request, response)).destroy(),
    });
  },

  '@fastify/secure-session': async () => {
    const site = fastify();
    await site.register(
      load('@fastify/secure-session') as never,
      { cookieName: 'old', key: OLD_KEY } as never,
    );
    site.get('/me', ({ session }: any, reply) => reply.send(session.get('userId') ?? 'nobody'));
    site.post('/login', ({ session, query }: any, reply) => {
      session.set('userId', query.user);
      return reply.send('in');
    });
    site.post('/logout', ({ session }: any, reply) => {
      session.delete();
      return reply.send('out');
    });
    await site.ready();
    return (request, response) => site.routing(request, response);
  },
} satisfies Record<string, OldApplication>;

export type Library = keyof typeof OLD_APPLICATIONS;
export const LIBRARIES = Object.keys(OLD_APPLICATIONS) as Library[];

/** Hands requests of another server to an application of Nest's. */
export function listenerOf(app: INestApplication): RequestListener {
  return (request, response) => void app.getHttpServer().emit('request', request, response);
}

/** A module like nestjs-session's: express-session, for every route. */
export function sessionModule(store: Store): Type {
  class SessionModule {
    configure(consumer: MiddlewareConsumer): void {
      consumer.apply(oldExpressSession(store)).forRoutes({ path: '*', method: RequestMethod.ALL });
    }
  }
  Module({})(SessionModule);
  return SessionModule;
}

const IN_EXPRESS_SESSION: OldLogin = {
  userOf: (request) => request.session.userId,
  login: (request, _response, userId) => void (request.session.userId = userId),
  logout: (request) => new Promise((done) => request.session.destroy(done)),
};

function oldCookieSession(): RequestHandler {
  const cookieSession = load('cookie-session') as (options: object) => RequestHandler;
  return cookieSession({ name: 'old', keys: [OLD_SECRET] });
}

function oldExpressSession(store: Store): RequestHandler {
  return expressSession({ secret: OLD_SECRET, store, resave: false, saveUninitialized: false });
}

function withRoutes(site: Express, { userOf, login, logout }: OldLogin): Express {
  const reply = (act: (request: Request, response: Response) => unknown): RequestHandler => {
    return (request, response, next) => {
      Promise.resolve(act(request, response)).then((text) => response.send(text), next);
    };
  };
  site.get(
    '/me',
    reply(async (request, response) => String((await userOf(request, response)) ?? 'nobody')),
  );
  site.post(
    '/login',
    reply((request, response) => login(request, response, String(request.query['user']))),
  );
  site.post('/logout', reply(logout));
  return site;
}

/** What the session of an old library, its cookie and its request have. */
export async function membersOf(name: Exclude<Library, 'nestjs-session'>): Promise<string[]> {
  if (name === 'iron-session') {
    const iron = load('iron-session') as { getIronSession: (...args: unknown[]) => Promise<object> };
    const request = new IncomingMessage(new Socket());
    const options = { cookieName: 'old', password: OLD_SECRET };
    const session = await iron.getIronSession(request, new ServerResponse(request), options);
    return [...namesOf(session), 'sealData', 'unsealData'];
  }
  if (name === '@fastify/secure-session') {
    const site = fastify();
    const before = new Set(namesOf(site));
    await site.register(load(name) as never, { key: OLD_KEY } as never);
    await site.ready();
    const names = namesOf((site as any).createSecureSession({}));
    return [...names, ...namesOf(site).filter((key) => !before.has(key) && key.includes('SecureSession'))];
  }
  const middleware =
    name === 'cookie-session' ? oldCookieSession() : oldExpressSession(new expressSession.MemoryStore());
  let names: string[] = [];
  const request = new IncomingMessage(new Socket()) as any;
  request.url = '/';
  const before = new Set(namesOf(request));
  middleware(request, new ServerResponse(request) as never, () => {
    const added = namesOf(request).filter((key) => !before.has(key));
    names = [...added, ...namesOf(request.session), ...namesOf(request.session.cookie)];
  });
  return names;
}

function namesOf(value: object | undefined): string[] {
  const names = new Set<string>();
  for (let holder = value; holder && holder !== Object.prototype; holder = Object.getPrototypeOf(holder))
    for (const name of Object.getOwnPropertyNames(holder)) names.add(name);
  return [...names];
}
