import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  type CanActivate,
  Controller,
  type DynamicModule,
  type ExecutionContext,
  Get,
  type INestApplication,
  Injectable,
  Logger,
  type MiddlewareConsumer,
  Module,
  type ModuleMetadata,
  type NestMiddleware,
  type NestModule,
  Post,
  Req,
  type Type,
  UseGuards,
  VersioningType,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import express from 'express';
import {
  clientSessions,
  createSessionCodec,
  getSessionInfo,
  ClientSessionsModule,
  type ClientSessionsModuleOptions,
  getSession,
  InjectSession,
  RequireSession,
  Session,
  SessionUnavailableError,
} from '../../lib/index.js';
import { ClientSessionsMiddleware } from '../../lib/nest/client-sessions.middleware.js';
import { type Platform, PLATFORMS, type Running, start, stopAll } from '../support/application.js';
import { Browser } from '../support/browser.js';
import { CookieJar } from '../support/cookie-jar.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';

interface Visit {
  step?: string;
}

interface Cart {
  items?: string[];
}

type Next = (error?: unknown) => void;
type Middleware = (request: any, response: any, next: Next) => unknown;

const TWO = {
  sessions: [
    { name: 'session', duration: '1 day' },
    { name: 'cart', duration: '120 days' },
  ],
} satisfies Partial<ClientSessionsModuleOptions>;

/** What an application is made of, whichever way it is made. */
interface Application {
  /** All modules that it imports, those with sessions included. */
  readonly imports: NonNullable<ModuleMetadata['imports']>;
  readonly controllers?: Type[];
  /** What main.ts does before it listens. */
  readonly prepare?: (app: INestApplication) => void | Promise<void>;
}

const created = new Set<INestApplication>();

const FACTORIES = {
  'NestFactory.create': async (platform, { imports, controllers = [], prepare }) => {
    class AppModule {}
    Module({ imports, controllers })(AppModule);
    const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
    const app = await NestFactory.create(AppModule, adapter, { logger: false, abortOnError: false });
    created.add(app);
    await prepare?.(app);
    await app.listen(0, '127.0.0.1');
    const origin = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
    return { app, origin, browser: () => new Browser(origin), close: () => app.close() };
  },
  'Test.createTestingModule': (platform, { imports, ...setup }) =>
    start(platform, { sessions: imports, ...setup }),
} satisfies Record<string, (platform: Platform, application: Application) => Promise<Running>>;

type Factory = keyof typeof FACTORIES;

const WAYS = PLATFORMS.flatMap((platform) =>
  (Object.keys(FACTORIES) as Factory[]).map((factory) => ({ platform, factory })),
);

async function stopEverything(): Promise<void> {
  await Promise.all([stopAll(), ...[...created].map((app) => app.close())]);
  created.clear();
}

const sessions = (options: object = TWO): DynamicModule =>
  ClientSessionsModule.forRoot({ secret: SECRET, ...options } as ClientSessionsModuleOptions);

const raw = (request: any): any => request.raw ?? request;

/** Tells the handler's answer what the guard has seen. */
@Injectable()
class Sees implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = raw(context.switchToHttp().getRequest());
    request.seenByGuard = { session: { ...getSession(context, 'session') } };
    request.seenByGuard.cart = { ...getSession(context, 'cart') };
    return true;
  }
}

@Controller()
@UseGuards(Sees)
class VisitController {
  @Get('visit')
  visit(
    @Req() request: any,
    @Session('session') session: Session<Visit>,
    @Session('cart') cart: Session<Cart>,
  ) {
    const { seenByMiddleware, seenByGuard } = raw(request);
    return { middleware: seenByMiddleware, guard: seenByGuard, handler: { session, cart } };
  }

  @Post('visit')
  begin(@Session('session') session: Session<Visit>, @Session('cart') cart: Session<Cart>) {
    session.step = 'begun';
    cart.items = ['tea'];
  }
}

/** Without guards and parameters, so that nobody but middleware touches a session. */
@Controller()
class QuietController {
  @Get('quiet')
  quiet(@Req() request: any) {
    return { middleware: raw(request).seenByMiddleware ?? null };
  }
}

const controllers = [VisitController, QuietController];

/** What middleware does with sessions; what it returns is what it has seen. */
const USES: Record<string, (request: any) => unknown> = {
  'reads req.session': (request) => request.session.step,
  'calls getSession(req)': (request) => getSession<Visit>(request).step,
  'changes the session': (request) => (request.session.step = 'changed'),
  'changes it by getSession(req)': (request) => (getSession<Visit>(request, 'session').step = 'changed'),
  'changes a second session': (request) => (request.cart.items = [...request.cart.items, 'cup']).join(),
};

const SEEN: Record<string, [seen: string, step: string, items: string[]]> = {
  'reads req.session': ['begun', 'begun', ['tea']],
  'calls getSession(req)': ['begun', 'begun', ['tea']],
  'changes the session': ['changed', 'changed', ['tea']],
  'changes it by getSession(req)': ['changed', 'changed', ['tea']],
  'changes a second session': ['tea,cup', 'begun', ['tea', 'cup']],
};

/** The request says which of the uses it is about, and each leaves two cookies of its own. */
const useAsAsked: Middleware = (request, response, next) => {
  const use = USES[request.headers['x-use']];
  if (use) {
    response.appendHeader('set-cookie', 'theirs=1; Path=/');
    request.seenByMiddleware = use(request);
    response.appendHeader('set-cookie', 'others=2; Path=/');
  }
  next();
};

@Injectable()
class Service {
  readonly use = useAsAsked;
}

@Injectable()
class UsesService implements NestMiddleware {
  constructor(private readonly service: Service) {}

  use(request: any, response: any, next: Next) {
    this.service.use(request, response, next);
  }
}

/** A module with middleware for every route. */
function moduleWith(middleware: Middleware | Type, more: Partial<DynamicModule> = {}): DynamicModule {
  @Module({})
  class Foreign implements NestModule {
    configure(consumer: MiddlewareConsumer) {
      consumer.apply(middleware).forRoutes('{*splat}');
    }
  }
  return { module: Foreign, ...more };
}

const namesOf = (setCookies: readonly string[]) => setCookies.map((cookie) => cookie.split('=')[0]!).sort();

/** A visit with sessions from an earlier one, of which middleware does what it is asked to. */
async function expectVisit(running: Running, use: string, path = '/visit'): Promise<void> {
  const browser = running.browser();
  const [seen, step, items] = SEEN[use]!;
  expect(namesOf((await browser.post(path)).setCookies)).toEqual(['cart', 'session']);
  const page = await browser.get(path, { headers: { 'x-use': use } });
  const now = { session: { step }, cart: { items } };
  expect([page.status, page.json()]).toEqual([200, { middleware: seen, guard: now, handler: now }]);
  const changed = [...(step === 'begun' ? [] : ['session']), ...(items.length > 1 ? ['cart'] : [])];
  expect(namesOf(page.setCookies)).toEqual([...changed, 'theirs', 'others'].sort());
  expect([browser.cookie('theirs'), browser.cookie('others')]).toEqual(['1', '2']);
  expect((await browser.get(path)).json()).toMatchObject({ guard: now, handler: now });
}

const uses = Object.keys(USES);
/** Those that name the session, for requests on which there are several defaults. */
const named = uses.filter((use) => use !== 'calls getSession(req)');

describe.each(WAYS)('middleware of another module ($platform, $factory)', ({ platform, factory }) => {
  afterAll(stopEverything);

  const combinations = [true, false].flatMap((isBefore) =>
    [true, false].flatMap((isGlobal) =>
      [true, false].map((areSessionsGlobal) => ({ isBefore, isGlobal, areSessionsGlobal })),
    ),
  );
  describe.each(combinations)(
    'imported before: $isBefore, global: $isGlobal, global sessions: $areSessionsGlobal',
    ({ isBefore, isGlobal, areSessionsGlobal }) => {
      let running: Running;

      beforeAll(async () => {
        const foreign = moduleWith(UsesService, { global: isGlobal, providers: [Service] });
        const own = sessions({ ...TWO, isGlobal: areSessionsGlobal });
        const imports = isBefore ? [foreign, own] : [own, foreign];
        running = await FACTORIES[factory](platform, { imports, controllers });
      });

      test.each(uses)('%s', (use) => expectVisit(running, use));
    },
  );
});

describe.each(WAYS)('middleware ($platform, $factory)', ({ platform, factory }) => {
  afterEach(async () => {
    await stopEverything();
    jest.restoreAllMocks();
  });

  const run = (application: Partial<Application>) =>
    FACTORIES[factory](platform, { imports: [sessions()], controllers, ...application });

  describe.each<[string, Partial<Application>]>([
    ['that main.ts uses', { prepare: (app) => void app.use(useAsAsked) }],
    ['that main.ts uses for a path', { prepare: (app) => void app.use('/visit', useAsAsked) }],
    ['that is a function', { imports: [moduleWith(useAsAsked), sessions()] }],
    [
      'of several modules',
      {
        imports: [
          moduleWith((request, _response, next) => next(void request.session.step)),
          moduleWith(useAsAsked, { global: true }),
          sessions(),
        ],
        prepare: (app) =>
          void app.use((request: any, _response: unknown, next: Next) => next(void request.cart)),
      },
    ],
  ])('%s', (_title, application) => {
    test.each(uses)('%s', async (use) => expectVisit(await run(application), use));
  });

  test('of a module that the module with the sessions imports is imported before it', async () => {
    @Module({ imports: [moduleWith(useAsAsked), sessions()] })
    class Inner {}
    await expectVisit(await run({ imports: [Inner] }), 'changes a second session');
  });

  test('that answers itself: the cookies are written', async () => {
    const answers: Middleware = (request, response, next) => {
      if (!request.headers['x-end']) return next();
      request.session.step = 'ended';
      getSession<Cart>(request, 'cart').items = ['cup'];
      response.setHeader('set-cookie', ['theirs=1; Path=/', 'others=2; Path=/']);
      response.statusCode = 202;
      response.end('over');
    };
    for (const application of [
      { imports: [moduleWith(answers), sessions()] },
      { prepare: (app: INestApplication) => void app.use(answers) },
    ]) {
      const browser = (await run(application)).browser();
      const page = await browser.get('/visit', { headers: { 'x-end': 'yes' } });
      expect([page.status, page.text]).toEqual([202, 'over']);
      expect(namesOf(page.setCookies)).toEqual(['cart', 'others', 'session', 'theirs']);
      expect((await browser.get('/visit')).json()).toMatchObject({
        handler: { session: { step: 'ended' }, cart: { items: ['cup'] } },
      });
    }
  });

  test.each<[string, Middleware]>([
    [
      'throws',
      () => {
        throw new Error('thrown by middleware');
      },
    ],
    ['passes an error on', (_request, _response, next) => next(new Error('passed by middleware'))],
    ['rejects', () => Promise.reject(new Error('rejected by middleware'))],
  ])('that %s: what it changed before is in the browser', async (_way, fail) => {
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const changes: Middleware = (request, response, next) => {
      if (!request.headers['x-fail']) return next();
      request.session.step = 'failed';
      return fail(request, response, next);
    };
    const browser = (await run({ imports: [moduleWith(changes), sessions()] })).browser();
    const page = await browser.get('/visit', { headers: { 'x-fail': 'yes' } });
    expect(page.status).toBe(500);
    expect(namesOf(page.setCookies)).toEqual(['session']);
    expect((await browser.get('/visit')).json()).toMatchObject({ handler: { session: { step: 'failed' } } });
  });

  test('for paths that no handler has', async () => {
    const browser = (await run({ prepare: (app) => void app.use(useAsAsked) })).browser();
    await browser.post('/visit');
    const page = await browser.get('/nowhere', { headers: { 'x-use': 'changes the session' } });
    expect([page.status, namesOf(page.setCookies)]).toEqual([404, ['others', 'session', 'theirs']]);
  });

  test('that touches no session costs no cookie and no cache', async () => {
    const passes: Middleware = (_request, _response, next) => next();
    const browser = (await run({ imports: [moduleWith(passes), sessions()] })).browser();
    await browser.post('/visit');
    const page = await browser.get('/quiet');
    expect([page.status, page.setCookies]).toEqual([200, []]);
    expect(page.headers.get('vary') ?? '').not.toMatch(/cookie/i);
    expect(page.headers.get('cache-control')).toBeNull();
  });

  describe('with two configurations in one application', () => {
    const two = [
      sessions({ cookieName: 'session' }),
      sessions({ cookieName: 'cart', secret: OTHER_SECRET, isGlobal: false }),
    ];
    describe.each<[string, Partial<Application>]>([
      ['the first before it', { imports: [two[0]!, moduleWith(useAsAsked), two[1]!] }],
      ['both behind it', { imports: [moduleWith(useAsAsked), ...two] }],
      ['both before it, the other way round', { imports: [...two.toReversed(), moduleWith(useAsAsked)] }],
      ['and main.ts', { imports: two, prepare: (app) => void app.use(useAsAsked) }],
    ])('%s', (_title, application) => {
      test.each(named)('%s', async (use) => expectVisit(await run(application), use));
    });
  });

  test('beside clientSessions() in main.ts', async () => {
    const beside: Middleware = (request, response, next) => {
      if (request.headers['x-use']) getSession<Visit>(request, 'beside').step = request.session.step;
      useAsAsked(request, response, next);
    };
    const prepare = (app: INestApplication) => {
      app.use(clientSessions({ cookieName: 'beside', secret: OTHER_SECRET, requestKey: 'other' }));
      app.use(beside);
    };

    @Controller()
    class BesideController {
      @Get('beside')
      get(@Session('beside') session: Session<Visit>, @Req() request: any) {
        return { session, isSame: raw(request).other === session };
      }
    }
    const running = await run({ prepare, controllers: [...controllers, BesideController] });
    const browser = running.browser();
    await browser.post('/visit');
    const page = await browser.get('/visit', { headers: { 'x-use': 'changes a second session' } });
    expect(page.json()).toMatchObject({
      handler: { session: { step: 'begun' }, cart: { items: ['tea', 'cup'] } },
    });
    expect(namesOf(page.setCookies)).toEqual(['beside', 'cart', 'others', 'theirs']);
    expect((await browser.get('/beside')).json()).toEqual({ session: { step: 'begun' }, isSame: true });
  });

  describe('beside clientSessions() in front, the default session is that of the module', () => {
    @Controller()
    class DefaultController {
      constructor(@InjectSession() private readonly injected: Session<Visit>) {}

      @Get('default')
      get(@Session() session: Session<Visit>, @Req() request: any) {
        const asked = [session, this.injected, getSession(raw(request)), request.session as Session<Visit>];
        return asked.map((each) => getSessionInfo(each).name);
      }
    }

    test.each([
      {},
      { forRoutes: ['default'] },
      { forRoutes: [DefaultController] },
      { exclude: ['quiet'] },
      { forRoutes: ['{*splat}'], exclude: ['quiet'] },
    ])('%j', async (routes) => {
      const before: Middleware = (request, _response, next) => {
        getSession<Visit>(request).step = 'in front';
        next();
      };
      const running = await run({
        imports: [sessions({ ...TWO, ...routes })],
        controllers: [DefaultController],
        prepare: (app) => {
          app.use(clientSessions({ cookieName: 'front', secret: OTHER_SECRET }));
          if (Object.keys(routes).length > 0) app.use(before);
        },
      });
      const page = await running.browser().get('/default');
      expect(page.json()).toEqual(Array<string>(4).fill('session'));
      expect(namesOf(page.setCookies)).toEqual(Object.keys(routes).length > 0 ? ['front'] : []);
    });
  });

  test.each<[string, object]>([
    ['forRoutes', { forRoutes: ['visit'] }],
    ['exclude', { exclude: ['quiet'] }],
  ])('finds sessions on the routes that have some: %s', async (_option, routes) => {
    const asks: Middleware = (request, _response, next) => {
      request.seenByMiddleware = request.session === undefined ? 'none' : request.session.step;
      next();
    };
    const browser = (await run({ imports: [sessions({ ...TWO, ...routes }), moduleWith(asks)] })).browser();
    await browser.post('/visit');
    expect((await browser.get('/visit')).json()).toMatchObject({ middleware: 'begun' });
    expect((await browser.get('/quiet')).json()).toEqual({ middleware: 'none' });
  });

  test('with a global prefix', async () => {
    const application = {
      imports: [moduleWith(useAsAsked), sessions()],
      prepare: (app: INestApplication) => void app.setGlobalPrefix('api'),
    };
    for (const use of uses) await expectVisit(await run(application), use, '/api/visit');
  });

  test.each(['URI', 'header'])('with versions in the %s', async (kind) => {
    const changes: Middleware = (request, _response, next) => next((request.session.step = undefined));

    @Controller({ path: 'versioned', version: '2' })
    class Versioned {
      @Get()
      get(@Session('session') session: Session<Visit>) {
        return { has: 'step' in session };
      }
    }
    const header = 'x-version';
    const running = await run({
      imports: [moduleWith(changes), sessions()],
      controllers: [Versioned],
      prepare: (app) =>
        void app.enableVersioning(
          kind === 'URI' ? { type: VersioningType.URI } : { type: VersioningType.HEADER, header },
        ),
    });
    const path = kind === 'URI' ? '/v2/versioned' : '/versioned';
    const page = await running.browser().get(path, { headers: { [header]: '2' } });
    expect([page.status, page.text]).toEqual([200, '{"has":true}']);
  });

  test('is joined by one interceptor, however many decorators ask for it', async () => {
    @Controller('bound')
    @RequireSession('session', () => true)
    @RequireSession('cart', () => true)
    class Bound {
      @Get()
      @RequireSession('session', () => true)
      get(@Session('session') _session: Session, @Session('cart') _cart: Session) {}
    }
    const interceptors = (target: object) => Reflect.getMetadata('__interceptors__', target) as unknown[];
    expect([interceptors(Bound), interceptors(Bound.prototype.get)].map(({ length }) => length)).toEqual([
      1, 1,
    ]);
    expect((await (await run({ controllers: [Bound] })).browser().get('/bound')).status).toBe(200);
  });
});

/** What `inject()` is made of is partly an ES module, which Jest can require since Node 24.9 only. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const describeInject = major > 24 || (major === 24 && minor >= 9) ? describe : describe.skip;

describe.each(Object.keys(FACTORIES) as Factory[])('on Fastify (%s)', (factory) => {
  afterEach(async () => {
    await stopEverything();
    jest.restoreAllMocks();
  });

  const run = (application: Partial<Application>) =>
    FACTORIES[factory]('fastify', { imports: [sessions()], controllers, ...application });

  @Controller()
  class Looks {
    /** @fastify/middie leaves this property wherever it runs any middleware. */
    @Get('looks')
    looks(@Req() request: any) {
      return { runsMiddleware: 'originalUrl' in request.raw };
    }
  }

  test('without middleware, none of ours runs', async () => {
    const runsMiddleware = async (application: Partial<Application>) => {
      const page = await (await run({ controllers: [Looks], ...application })).browser().get('/looks');
      return page.json<{ runsMiddleware: boolean }>().runsMiddleware;
    };
    expect(await runsMiddleware({})).toBe(false);
    expect(await runsMiddleware({ imports: [moduleWith(useAsAsked), sessions()] })).toBe(true);
  });

  test.each<[string, DynamicModule[], number]>([
    ['one configuration', [sessions()], 1],
    ['two configurations', [sessions({ cookieName: 'session' }), sessions({ cookieName: 'cart' })], 2],
  ])('with middleware, ours runs once for each of %s', async (_title, imports, times) => {
    const attaches = jest.spyOn(ClientSessionsMiddleware.prototype, 'use');
    const prepare = (app: INestApplication) => {
      app.use('/elsewhere', useAsAsked);
      app.use(useAsAsked);
    };
    const browser = (await run({ imports, prepare })).browser();
    expect((await browser.get('/quiet')).status).toBe(200);
    // The hook runs it once. Under NestFactory it also runs in front of other middleware, which comes before hooks.
    expect(attaches).toHaveBeenCalledTimes(factory === 'NestFactory.create' ? 2 * times : times);
  });

  describeInject('inject()', () => {
    test.each(uses)('%s', async (use) => {
      const { app } = await run({ imports: [moduleWith(useAsAsked), sessions()] });
      const [seen, step, items] = SEEN[use]!;
      const jar = new CookieJar('http://127.0.0.1');
      const inject = async (method: 'GET' | 'POST', headers: object = {}) => {
        const cookie = jar.headerFor('/visit');
        const sent = { method, url: '/visit', headers: { ...(cookie && { cookie }), ...headers } };
        const response = await (app as NestFastifyApplication).inject(sent);
        for (const header of [response.headers['set-cookie'] ?? []].flat()) jar.store(header, '/visit');
        return response;
      };
      await inject('POST');
      const now = { session: { step }, cart: { items } };
      const page = await inject('GET', { 'x-use': use });
      expect([page.statusCode, page.json()]).toEqual([200, { middleware: seen, guard: now, handler: now }]);
      expect((await inject('GET')).json()).toMatchObject({ handler: now });
      expect(jar.valueOf('theirs')).toBe('1');
    });
  });

  describe('an encapsulated plugin with middleware of its own', () => {
    const plugin = async (instance: any, { middleware }: { middleware?: Middleware }) => {
      if (middleware) instance.use(middleware);
      instance.get('/visit', (request: any, reply: any) => {
        const { session, cart, seenByMiddleware } = request.raw;
        const now = { session: { ...session }, cart: { ...cart } };
        const handler = { session: { ...request.session }, cart: { ...getSession(request, 'cart') } };
        reply.send({ middleware: seenByMiddleware, guard: now, handler });
      });
      instance.post('/visit', (request: any, reply: any) => {
        request.session.step = 'begun';
        request.cart.items = ['tea'];
        reply.code(201).send();
      });
    };
    const register = async (app: INestApplication, usesMiddleware = true) => {
      // Under Test, middleware is there from here on.
      if (factory === 'Test.createTestingModule') await app.init();
      const options = { prefix: '/plugin', ...(usesMiddleware && { middleware: useAsAsked }) };
      await (app as NestFastifyApplication).register(plugin, options);
    };

    describe.each<[string, Partial<Application>]>([
      ['alone', {}],
      ['beside middleware of a module', { imports: [moduleWith((_q, _s, next) => next()), sessions()] }],
      [
        'behind middleware of main.ts',
        {
          prepare: (app) =>
            void app.use((request: any, _response: unknown, next: Next) => next(void request.cart)),
        },
      ],
    ])('%s', (_title, application) => {
      test.each(uses)('%s', async (use) => {
        const prepare = async (app: INestApplication) => {
          await application.prepare?.(app);
          await register(app);
        };
        const running = await run({ ...application, prepare });
        await expectVisit(running, use, '/plugin/visit');
        expect((await running.browser().get('/visit')).status).toBe(200);
      });
    });

    test.each(uses)('without any, behind that of a module: %s', async (use) => {
      const prepare = (app: INestApplication) => register(app, false);
      const running = await run({ imports: [moduleWith(useAsAsked), sessions()], prepare });
      await expectVisit(running, use, '/plugin/visit');
    });
  });
});

describe('an Express application around that of Nest', () => {
  afterEach(stopEverything);

  const outer: Middleware = (request, _response, next) => {
    if (request.headers['x-outer']) getSession<Visit>(request, 'outer').step = request.headers['x-outer'];
    next();
  };

  @Controller()
  class OuterController {
    @Get('outer')
    get(@Req() request: any) {
      const { step } = getSession<Visit>(request, 'outer');
      return { step, isSame: request.outer === getSession(request, 'outer') };
    }
  }

  async function mount(
    parent: express.Express,
    imports: DynamicModule[],
    own: Type[] = [...controllers, OuterController],
  ): Promise<Running> {
    const inner = express();
    parent.use('/nest', inner);
    const module = await Test.createTestingModule({
      imports,
      controllers: own,
    }).compile();
    const app = module.createNestApplication(new ExpressAdapter(inner), { logger: false });
    await app.init();
    const server = parent.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const close = async () => {
      await app.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    created.add({ close } as INestApplication);
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { app, origin, browser: () => new Browser(origin), close };
  }

  /** A visit that changes the session of the inner application, and of the outer one if it is touched. */
  async function expectBoth(running: Running, isTouched: boolean) {
    const browser = running.browser();
    await browser.post('/nest/visit');
    const headers = { 'x-use': 'changes the session', ...(isTouched && { 'x-outer': 'around' }) };
    const page = await browser.get('/nest/visit', { headers });
    expect([page.status, page.text]).toEqual([
      200,
      expect.stringContaining('"handler":{"session":{"step":"changed"'),
    ]);
    expect((await browser.get('/nest/outer')).json()).toEqual({
      ...(isTouched && { step: 'around' }),
      isSame: true,
    });
    for (const use of named) await expectVisit(running, use, '/nest/visit');
    return page;
  }

  test.each<[string, boolean]>([
    ['that touches no session of its own', false],
    ['that has touched one', true],
  ])('with clientSessions() of its own, %s', async (_title, isTouched) => {
    const parent = express();
    parent.use(clientSessions({ cookieName: 'outer', secret: OTHER_SECRET }));
    parent.use(outer);
    const running = await mount(parent, [moduleWith(useAsAsked), sessions()]);
    const { setCookies } = await expectBoth(running, isTouched);
    expect(namesOf(setCookies)).toEqual(
      [...(isTouched ? ['outer'] : []), 'session', 'others', 'theirs'].sort(),
    );
  });

  test.each<[string, boolean]>([
    ['that touches no session of its own', false],
    ['that has touched one', true],
  ])('of Nest with sessions of its own, %s', async (_title, isTouched) => {
    const parent = express();
    @Module({ imports: [sessions({ cookieName: 'outer', secret: OTHER_SECRET })] })
    class Around {}
    const module = await Test.createTestingModule({ imports: [Around] }).compile();
    const around = module.createNestApplication(new ExpressAdapter(parent), { logger: false });
    created.add(around);
    around.use(outer);
    const running = await mount(parent, [moduleWith(useAsAsked), sessions()]);
    await expectBoth(running, isTouched);
  });

  describe.each<[string, (parent: express.Express) => Promise<unknown>]>([
    [
      'with clientSessions()',
      async (parent) => void parent.use(clientSessions({ cookieName: 'session', secret: OTHER_SECRET })),
    ],
    [
      'of Nest',
      async (parent) => {
        @Module({ imports: [sessions({ cookieName: 'session', secret: OTHER_SECRET })] })
        class Around {}
        const module = await Test.createTestingModule({ imports: [Around] }).compile();
        const app = module.createNestApplication(new ExpressAdapter(parent), { logger: false });
        created.add(app);
        app.use((request: object, _response: object, next: () => void) => {
          getSession<Visit>(request).step ??= 'around';
          next();
        });
      },
    ],
  ])('%s', (_title, prepare) => {
    @Controller()
    class Default {
      @Post('default')
      change(@Session() session: Session<Visit>, @Req() request: object) {
        session.step = 'inner';
        return [getSessionInfo(session).name, getSession(request) === session];
      }
    }

    test.each(['session', 'cart'])(
      'the default session of the inner application, called "%s", is its own',
      async (name) => {
        const parent = express();
        await prepare(parent);
        const own = sessions({ cookieName: name });
        const running = await mount(parent, [own], [Default]);
        const browser = running.browser();
        const page = await browser.post('/nest/default');
        expect([page.status, page.json()]).toEqual([201, [name, true]]);
        const written = page.setCookies.filter((header) => header.startsWith(`${name}=`)).at(-1)!;
        const value = written.slice(name.length + 1, written.indexOf(';'));
        const codec = createSessionCodec({ name, secret: SECRET });
        expect(codec.unseal(value)).toMatchObject({ ok: true, content: { step: 'inner' } });
      },
    );
  });
});

test('a second application of one testing module has sessions, too', async () => {
  @Controller()
  class Counts {
    @Get()
    count(@Session() session: Session<{ n?: number }>) {
      return (session.n = (session.n ?? 0) + 1);
    }
  }
  const module = await Test.createTestingModule({ imports: [sessions()], controllers: [Counts] }).compile();
  for (const _each of ['first', 'second']) {
    const app = module.createNestApplication(new ExpressAdapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    const browser = new Browser(`http://127.0.0.1:${port}`);
    expect([(await browser.get('/')).text, (await browser.get('/')).text]).toEqual(['1', '2']);
    app.getHttpServer().closeAllConnections();
    await new Promise((resolve) => app.getHttpServer().close(resolve));
  }
});

describe('the object that all requests of Express inherit from', () => {
  @Controller()
  class DerivedController {
    @Post('derived')
    post(@Req() request: any) {
      const derived = Object.create(request);
      derived.session.step = 'derived';
      request.cart.items = ['tea'];
      return derived.session === request.session;
    }

    @Get('derived')
    get(@Session() session: Session<Visit>, @Session('cart') cart: Session<Cart>) {
      return { ...session, ...cart };
    }
  }
  const running = (): Promise<Running> =>
    start('express', { sessions: [sessions(TWO)], controllers: [DerivedController] });

  afterEach(stopEverything);

  test('has no session, and whoever looks at it leaves it as it is', async () => {
    const application = await running();
    const { request } = application.app.getHttpAdapter().getInstance();
    expect([request.session, request.cart]).toEqual([undefined, undefined]);
    expect(inspect(request, { getters: true, showHidden: true, depth: 0 })).toMatch(/\bsession\]?: \[Getter/);
    expect(() => getSession(request)).toThrow(SessionUnavailableError);
    expect(() => (request.session = { step: 'of nobody' })).toThrow(SessionUnavailableError);
    const [ada, bob] = [application.browser(), application.browser()];
    await ada.post('/derived');
    expect((await ada.get('/derived')).json()).toEqual({ step: 'derived', items: ['tea'] });
    expect((await bob.get('/derived')).json()).toEqual({});
  });

  test('is not a request that other objects inherit from: they have the same sessions', async () => {
    const browser = (await running()).browser();
    const page = await browser.post('/derived');
    expect(page.json()).toBe(true);
    expect(namesOf(page.setCookies)).toEqual(['cart', 'session']);
    expect((await browser.get('/derived')).json()).toEqual({ step: 'derived', items: ['tea'] });
  });
});
