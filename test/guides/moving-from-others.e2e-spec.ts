import * as common from '@nestjs/common';
import {
  Controller,
  Get,
  type INestApplication,
  type MiddlewareConsumer,
  Module,
  type NestApplicationOptions,
  Post,
  Req,
  type Type,
} from '@nestjs/common';
import * as core from '@nestjs/core';
import { type AbstractHttpAdapter, NestFactory } from '@nestjs/core';
import * as platformFastify from '@nestjs/platform-fastify';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import express, { type Express, type RequestHandler } from 'express';
import { Passport } from 'passport';
import * as library from '../../lib/index.js';
import {
  ClientSessionsModule,
  clientSessions,
  createSessionCodec,
  getSession,
  getSessionInfo,
  Session,
} from '../../lib/index.js';
import type { Browser } from '../support/browser.js';
import { SECRET } from '../support/secrets.js';
import { type AnyRequest, serve, stopServers } from '../support/server.js';
import { codeIn, GuideRun, runCode, table } from './moving-from-others/guide.js';
import {
  expressSession,
  LIBRARIES,
  type Library,
  listenerOf,
  OLD_APPLICATIONS,
  OLD_KEY,
  OLD_SECRET,
  membersOf,
  sessionModule,
  type Store,
} from './moving-from-others/old-applications.js';
import { Site } from './moving-from-others/site.js';

@Controller()
class WhoAmI {
  @Get('me')
  me(@Session() session: Session<{ userId?: string }>): string {
    return session.userId ?? 'nobody';
  }
}

const environment = { ...process.env };
const running: INestApplication[] = [];
let site: Site;
let store: Store;

beforeEach(async () => {
  process.env['SESSION_SECRET'] = SECRET;
  site = new Site();
  store = new expressSession.MemoryStore();
  await site.open();
});

afterEach(async () => {
  stopServers();
  await site.close();
  await Promise.all(running.splice(0).map((app) => app.close()));
});

afterAll(() => {
  process.env = environment;
});

/** The application as it was before the move. */
async function deployOld(name: Library): Promise<void> {
  site.deploy(await OLD_APPLICATIONS[name](store));
}

/** What the guide's files import, beside the old libraries. */
function given(): Record<string, unknown> {
  return {
    '@nestjs/common': common,
    '@nestjs/core': { ...core, NestFactory: { create } },
    '@nestjs/platform-fastify': platformFastify,
    'nestjs-client-sessions': library,
    './store.js': { store },
  };
}

/** The application that the guide shows, as it is written there. */
async function deployGuide(name: Library): Promise<void> {
  const run = new GuideRun(given());
  process.env['OLD_KEY'] = name === '@fastify/secure-session' ? OLD_KEY : OLD_SECRET;
  process.env['OLD_SECRET'] = process.env['OLD_PASSWORD'] = OLD_SECRET;
  if (name === '@fastify/secure-session') {
    await run.load('secure-session.main.ts');
    return site.deploy(listenerOf(running.at(-1)!));
  }
  const file = name === 'nestjs-session' ? 'express-session.module.ts' : `${name}.module.ts`;
  const { AppModule } = await run.load(file);
  await deploy(AppModule as Type);
}

/** The application without the old library. */
async function deployNew(): Promise<void> {
  const options = {
    secret: SECRET,
    name: 'session',
    cookieName: '__Host-session',
    requestKey: 'session',
    duration: '14 days',
    cookie: { secure: true },
  } as const;
  class AppModule {}
  Module({ imports: [ClientSessionsModule.forRoot(options)] })(AppModule);
  await deploy(AppModule);
}

async function deploy(module: Type, ...adapter: AbstractHttpAdapter[]): Promise<void> {
  const app = await create(module, ...adapter);
  await app.listen(3000);
  site.deploy(listenerOf(app));
}

/** What `NestFactory.create()` does, but any port will do, and every application says who is there. */
async function create(module: Type, ...adapter: AbstractHttpAdapter[]): Promise<INestApplication> {
  const controllers = (Reflect.getMetadata('controllers', module) ?? []) as Type[];
  if (!controllers.includes(WhoAmI)) Reflect.defineMetadata('controllers', [...controllers, WhoAmI], module);
  const options: NestApplicationOptions = { logger: false, abortOnError: false };
  const app = await NestFactory.create(module, ...(adapter as [AbstractHttpAdapter]), options);
  running.push(app);
  const listen = (): Promise<unknown> => app.listen(0, '127.0.0.1');
  return new Proxy(app, {
    get: (target, key) => (key === 'listen' ? listen : Reflect.get(target, key)) as unknown,
  });
}

async function whoIs(visitor: Browser): Promise<string> {
  return (await visitor.get('/me')).text;
}

async function login(visitor: Browser, userId = '42'): Promise<void> {
  expect((await visitor.post(`/login?user=${userId}`)).status).toBeLessThan(300);
}

async function logout(visitor: Browser): Promise<void> {
  expect((await visitor.post('/logout')).status).toBeLessThan(300);
}

describe.each(LIBRARIES)('moving from %s', (name) => {
  test('a visitor of the old application stays logged in, there and back, and to the end', async () => {
    await deployOld(name);
    const visitor = site.visitor();
    await login(visitor, '7');
    expect(await whoIs(visitor)).toBe('7');

    await deployGuide(name);
    expect(await whoIs(visitor)).toBe('7');
    expect(await whoIs(visitor)).toBe('7');
    await deployOld(name);
    expect(await whoIs(visitor)).toBe('7');
    await deployGuide(name);
    expect(await whoIs(visitor)).toBe('7');
    await deployNew();
    expect(await whoIs(visitor)).toBe('7');
  });

  test('who has logged in since is logged in after a rollback', async () => {
    await deployGuide(name);
    const visitor = site.visitor();
    expect(await whoIs(visitor)).toBe('nobody');
    await login(visitor);
    expect(await whoIs(visitor)).toBe('42');

    await deployOld(name);
    expect(await whoIs(visitor)).toBe('42');
    await deployNew();
    expect(await whoIs(visitor)).toBe('42');
  });

  test('after a logout nobody is there, in the new application and in the old one', async () => {
    await deployOld(name);
    const visitor = site.visitor();
    await login(visitor);
    await deployGuide(name);
    expect(await whoIs(visitor)).toBe('42');
    await logout(visitor);

    expect(visitor.cookie('__Host-session')).toBeUndefined();
    expect(await whoIs(visitor)).toBe('nobody');
    await deployOld(name);
    expect(await whoIs(visitor)).toBe('nobody');
    await deployNew();
    expect(await whoIs(visitor)).toBe('nobody');
  });

  test('a logout on a legacy server ends the new session, too', async () => {
    await deployGuide(name);
    const visitor = site.visitor();
    await login(visitor);
    await deployOld(name);
    await logout(visitor);

    await deployGuide(name);
    expect(await whoIs(visitor)).toBe('nobody');
    await deployNew();
    expect(await whoIs(visitor)).toBe('nobody');
  });

  test('who logs in as somebody else on a legacy server finds nothing of the former one', async () => {
    await deployGuide(name);
    const visitor = site.visitor();
    await login(visitor);
    const codec = createSessionCodec({
      cookieName: '__Host-session',
      secret: SECRET,
      cookie: { secure: true },
    });
    visitor.setCookie('__Host-session', codec.seal({ userId: '42', basket: ['tea'] }));
    await deployOld(name);
    await logout(visitor);
    await login(visitor, '7');

    await deployGuide(name);
    expect(await whoIs(visitor)).toBe('7');
    const opened = codec.unseal(visitor.cookie('__Host-session')!);
    expect(opened.ok && { ...opened.content }).toEqual({ userId: '7' });
  });
});

describe('what the guide says about', () => {
  test('iron-session on Fastify: it gets what is raw', async () => {
    const run = new GuideRun(given(), (code) =>
      code.replaceAll('oldSession(request, response); //', 'oldSession(request.raw, response.raw); //'),
    );
    process.env['OLD_PASSWORD'] = OLD_SECRET;
    const { AppModule } = await run.load('iron-session.module.ts');
    const deployFastify = (): Promise<void> => deploy(AppModule as Type, new FastifyAdapter());
    await deployOld('iron-session');
    const [first, second] = [site.visitor(), site.visitor()];
    await login(first, '7');

    await deployFastify();
    expect(await whoIs(first)).toBe('7');
    await login(second);
    await deployOld('iron-session');
    expect([await whoIs(first), await whoIs(second)]).toEqual(['7', '42']);
    await deployFastify();
    await logout(first);
    expect(await whoIs(first)).toBe('nobody');
    await deployOld('iron-session');
    expect([await whoIs(first), await whoIs(second)]).toEqual(['nobody', '42']);
  });

  test('passport: it keeps the old session, and finds its user in the new one at the end', async () => {
    const routes = (before: RequestHandler[]): Express => {
      const own = new Passport();
      own.serializeUser((user, done) => done(null, (user as { id: string }).id));
      own.deserializeUser((id, done) => done(null, { id }));
      return express()
        .use(...before, own.initialize(), own.session())
        .post('/login', (request, response, next) => {
          request.logIn({ id: '42' }, (error) => (error ? next(error) : response.send('in')));
        })
        .post('/logout', (request, response, next) => {
          request.logOut((error) => (error ? next(error) : response.send('out')));
        })
        .get('/me', (request, response) => {
          response.send((request.user as { id: string } | undefined)?.id ?? 'nobody');
        });
    };
    const options = {
      name: 'session',
      cookieName: '__Host-session',
      cookie: { secure: true },
      secret: SECRET,
    };
    const old = expressSession({ secret: OLD_SECRET, store, resave: false, saveUninitialized: false });
    const bridge: RequestHandler = (request, _response, next) => {
      const session = getSession<{ passport?: { user: string } }>(request);
      const user = (request as AnyRequest)['session'].passport?.user as string | undefined;
      if (session.passport?.user !== user) {
        session.destroy();
        if (user !== undefined) session.passport = { user };
      }
      next();
    };
    const before = routes([old]);
    const meanwhile = routes([clientSessions({ ...options, requestKey: 'clientSession' }), old, bridge]);
    const after = routes([clientSessions({ ...options, requestKey: 'session' })]);

    const [first, second] = [site.visitor(), site.visitor()];
    site.deploy(before);
    await login(first);
    site.deploy(meanwhile);
    expect(await whoIs(first)).toBe('42');
    await login(second);
    expect(await whoIs(second)).toBe('42');
    await logout(first);
    expect(await whoIs(first)).toBe('nobody');
    for (const application of [before, after]) {
      site.deploy(application);
      expect([await whoIs(first), await whoIs(second)]).toEqual(['nobody', '42']);
    }
  });

  test('nestjs-session: left among the imports, it runs after the bridge', async () => {
    const seen: unknown[] = [];
    class AppModule {
      configure(consumer: MiddlewareConsumer): void {
        const bridge = (request: { session?: unknown }, _response: unknown, next: () => void): void => {
          seen.push(request.session);
          next();
        };
        consumer.apply(bridge).forRoutes('{*splat}');
      }
    }
    Module({
      imports: [
        ClientSessionsModule.forRoot({ secret: SECRET, name: 'clientSession' }),
        sessionModule(store),
      ],
    })(AppModule);
    await deploy(AppModule);
    await whoIs(site.visitor());
    expect(seen).toEqual([undefined]);
  });

  test('a store that is away: nobody is logged out meanwhile', async () => {
    await deployGuide('express-session');
    const visitor = site.visitor();
    await login(visitor);
    store.emit('disconnect');
    expect(await whoIs(visitor)).toBe('42');
    store.emit('connect');
    expect(await whoIs(visitor)).toBe('42');
  });

  test('other names of a session: a cookie is bound to its own name alone', () => {
    const options = { cookieName: '__Host-session', secret: SECRET, cookie: { secure: true } };
    const value = createSessionCodec({ ...options, name: 'clientSession' }).seal({ userId: '42' });
    expect(createSessionCodec({ ...options, name: 'session' }).unseal(value)).toMatchObject({ ok: true });
  });
});

/** What the tables need not name: inner workings, and what every object has. */
const UNTOLD = /^_|^(constructor|toJSON|serialize|req|session|generate)$/;

const TABLES = [
  'cookie-session',
  'express-session, also with nestjs-session',
  'iron-session',
  '@fastify/secure-session',
] as const;

/** What stands for something else in the tables' code. */
const SCOPE = { getSessionInfo, ms: 60_000, date: new Date(Date.now() + 60_000), cb: () => undefined };

/** The tables' code that can be called here: on the right, or on the left where it is the same. */
const CALLS: readonly string[] = TABLES.flatMap(table).flatMap(({ there, here }) => {
  const same = here.startsWith('the same') ? codeIn(there) : [];
  const calls = codeIn(here).filter((code) => /\bsession\b/.test(code) && !code.startsWith('session:'));
  return [...same, ...calls].map((code) => (code.startsWith('.') ? `req.session${code}` : `(${code})`));
});

describe('the tables', () => {
  test.each([
    ['cookie-session', TABLES[0]],
    ['express-session', TABLES[1]],
    ['iron-session', TABLES[2]],
    ['@fastify/secure-session', TABLES[3]],
  ] as const)('name all that sessions and requests of %s have', async (name, heading) => {
    const there = table(heading)
      .flatMap((row) => codeIn(row.there))
      .join(' ');
    const members = (await membersOf(name)).filter((member) => !UNTOLD.test(member));
    expect(members.length).toBeGreaterThan(2);
    expect(members.filter((member) => !new RegExp(`\\b${member}\\b`).test(there))).toEqual([]);
  });

  test('say what can be called here', async () => {
    const runs: Promise<unknown>[] = [];
    const visitor = await serve(
      (request) => {
        const scope = { ...SCOPE, req: request, request, session: request['session'] };
        runs.push(...CALLS.map((code) => runCode(code, scope).catch((error) => `${code}: ${error}`)));
      },
      { id: true },
    );
    await visitor.get('/');
    expect(runs.length).toBeGreaterThan(15);
    expect((await Promise.all(runs)).filter(Boolean)).toEqual([]);
  });

  test('are right about what fails with words, and what does not', async () => {
    const errors: unknown[] = [];
    const failing: ((request: AnyRequest) => unknown)[] = [
      (request) => (request['session'] = null),
      (request) => request['session'].touch(),
      (request) => request['session'].get('a'),
      (request) => (request['session'].cookie.maxAge = 1),
      (request) => (request['sessionOptions'].maxAge = 1),
    ];
    const visitor = await serve((request) => {
      request['session'].user = 1;
      for (const fail of failing) {
        try {
          fail(request);
        } catch (error) {
          errors.push(error);
        }
      }
      expect([request['session'].id, request['sessionID'], request['session'].isNew]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    });
    expect((await visitor.get('/')).status).toBe(200);
    expect(errors).toEqual(failing.map(() => expect.any(TypeError)));
  });

  test('are right about delete, which logs nobody out', async () => {
    @Controller()
    class Deleting {
      @Post('login')
      login(@Session() session: Session<{ userId?: string }>): void {
        session.userId = '42';
      }

      @Post('logout')
      logout(@Req() request: AnyRequest): void {
        delete request['session'];
      }
    }
    const sessions = ClientSessionsModule.forRoot({ secret: SECRET, name: 'session' });
    class AppModule {}
    Module({ imports: [sessions], controllers: [Deleting] })(AppModule);
    await deploy(AppModule);
    const visitor = site.visitor();
    await login(visitor);
    await logout(visitor);
    expect(await whoIs(visitor)).toBe('42');
  });
});
