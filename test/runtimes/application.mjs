/**
 * An application that every runtime has to run: RUNTIME application.mjs connect|express|fastify
 * It is compiled by nobody, so that only the built package is tried, and not how a runtime reads TypeScript.
 * SESSION_SECRET is its secret. With LOGINS_FILE or REDIS_PORT, logins end on the server.
 */
import { createServer } from 'node:http';

const [platform] = process.argv.slice(2);
const { SESSION_SECRET: secret, LOGINS_FILE: path, REDIS_PORT: redisPort } = process.env;
const package_ = await import(
  platform === 'connect' ? 'nestjs-client-sessions/connect' : 'nestjs-client-sessions'
);
const store = await openStore();
const auth = package_.defineSession('auth', {
  duration: '1 day',
  defaults: { user: 'nobody' },
  ...(store && { subject: ({ user }) => (user === 'nobody' ? undefined : user) }),
});
const cart = package_.defineSession('cart', { onTooLarge: 'chunk', codec: 'structured' });
const options = {
  secret,
  sessions: [auth, cart],
  headerBudget: false,
  ...(store && { revocations: { store } }),
};

/** What the application does, by its path. */
const ACTS = {
  'POST /login': ({ auth }) => {
    auth.reset();
    auth.user = 'ada';
  },
  'GET /me': ({ auth }) => ({ user: auth.user, isNew: package_.getSessionInfo(auth).isNew }),
  'POST /logout': ({ auth }) => auth.destroy(),
  'POST /fill': ({ cart }) => {
    cart.since = new Date(0);
    cart.items = Array.from({ length: 700 }, (_, i) => `item-${i}`);
  },
  'GET /cart': ({ cart }) => ({ since: cart.since?.toISOString(), items: cart.items }),
  'POST /fail': ({ auth }) => {
    auth.user = 'eve';
    throw new Error('The handler has failed.');
  },
  'POST /everywhere': (_sessions, logins) => logins.endAll('ada'),
};

/** Ways in which the head of a response leaves. Each sets a cookie of its own, which must not replace the session's. */
const OTHER = 'other=1; Path=/';
const WAYS = {
  '/writeHead': (response) => response.writeHead(200, { 'set-cookie': OTHER }).end('done'),
  '/writeHead-pairs': (response) => response.writeHead(200, ['set-cookie', OTHER]).end('done'),
  '/flushHeaders': (response) => {
    response.setHeader('set-cookie', OTHER).flushHeaders();
    response.end('done');
  },
  '/write': (response) => {
    response.setHeader('set-cookie', [OTHER]).write('do');
    response.end('ne');
  },
  '/end': (response) => response.setHeader('set-cookie', OTHER).end('done'),
  '/204': (response) => response.writeHead(204, { 'Set-Cookie': [OTHER] }).end(),
};

const port = await (platform === 'connect' ? serveBare() : serveNest());
console.warn(`listening on ${port}`);

async function serveBare() {
  const sessions = package_.clientSessions(options);
  const server = createServer((request, response) => {
    sessions(request, response, async (error) => {
      const act = ACTS[`${request.method} ${request.url}`];
      const leave = WAYS[request.url];
      try {
        if (error) throw error;
        if (leave) {
          sessionsOf(request).auth.user = 'ada';
          return leave(response);
        }
        if (!act) return response.writeHead(404).end();
        const result = await act(sessionsOf(request), sessions.logins);
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify(result ?? null));
      } catch (problem) {
        response.writeHead(problem.status ?? 500).end(problem.message);
      }
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server.address().port;
}

function sessionsOf(request) {
  return { auth: package_.getSession(request, auth), cart: package_.getSession(request, cart) };
}

async function serveNest() {
  await import('reflect-metadata');
  const { Controller, Get, Module, Post, Redirect, Res, Sse, StreamableFile } =
    await import('@nestjs/common');
  const { of } = await import('rxjs');
  const { NestFactory } = await import('@nestjs/core');
  const { WsAdapter } = await import('@nestjs/platform-ws');
  const { SubscribeMessage, WebSocketGateway } = await import('@nestjs/websockets');
  const { ClientSessionsModule, Logins, RequireSession, Session } = package_;

  class ShopController {
    constructor(logins) {
      this.logins = logins;
    }
    members() {
      return 'members only';
    }
  }
  for (const [route, act] of Object.entries(ACTS)) {
    const [method, url] = route.split(' ');
    const name = url.slice(1);
    ShopController.prototype[name] = async function (auth, cart) {
      return (await act({ auth, cart }, this.logins)) ?? null;
    };
    decorate(
      ShopController,
      name,
      [method === 'GET' ? Get(name) : Post(name)],
      [Session(auth), Session(cart)],
    );
  }
  decorate(ShopController, 'members', [Get('members'), RequireSession(auth, ({ user }) => user === 'ada')]);
  const ways = {
    value: [Get('value')],
    redirect: [Get('redirect'), Redirect('/me')],
    stream: [Get('stream')],
    sse: [Sse('sse')],
    raw: [Get('raw')],
  };
  const results = {
    stream: () => new StreamableFile(Buffer.from('done')),
    sse: () => of({ data: 'done' }),
    raw: (response) => void (response.raw ?? response).writeHead(200, { 'set-cookie': OTHER }).end('done'),
  };
  for (const [name, ofMethod] of Object.entries(ways)) {
    ShopController.prototype[name] = (auth, response) => {
      auth.user = 'ada';
      return results[name]?.(response) ?? (name === 'raw' ? undefined : 'done');
    };
    decorate(ShopController, name, ofMethod, [Session(auth), ...(name === 'raw' ? [Res()] : [])]);
  }
  Controller()(ShopController);
  Reflect.defineMetadata('design:paramtypes', [Logins], ShopController);

  class NewsGateway {
    me(auth) {
      return { event: 'me', data: auth.user };
    }
  }
  decorate(NewsGateway, 'me', [SubscribeMessage('me')], [Session(auth)]);
  WebSocketGateway()(NewsGateway);

  class AppModule {}
  Module({
    imports: [ClientSessionsModule.forRoot(options)],
    controllers: [ShopController],
    providers: [NewsGateway],
  })(AppModule);
  const app = await NestFactory.create(AppModule, await adapter(), { logger: ['error', 'warn'] });
  app.useWebSocketAdapter(new WsAdapter(app));
  await app.listen(0, '127.0.0.1');
  return app.getHttpServer().address().port;
}

async function openStore() {
  if (path) return package_.sqliteLoginStore({ path });
  if (!redisPort) return undefined;
  const { Redis } = await import('ioredis');
  const { redisLogins } = await import('nestjs-client-sessions/redis');
  return redisLogins(new Redis(Number(redisPort), '127.0.0.1'));
}

async function adapter() {
  if (platform === 'express') return new (await import('@nestjs/platform-express')).ExpressAdapter();
  return new (await import('@nestjs/platform-fastify')).FastifyAdapter();
}

/** Does what a compiler makes of decorators. */
function decorate({ prototype }, name, ofMethod, ofParameters = []) {
  ofParameters.forEach((decorator, i) => decorator(prototype, name, i));
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  for (const decorator of ofMethod) decorator(prototype, name, descriptor);
  Object.defineProperty(prototype, name, descriptor);
}
