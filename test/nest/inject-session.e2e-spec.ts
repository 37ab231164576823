import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { nextTick } from 'node:process';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import {
  type ArgumentsHost,
  Body,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  type FactoryProvider,
  forwardRef,
  Get,
  Inject,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestInterceptor,
  type NestMiddleware,
  type OnModuleInit,
  Param,
  type PipeTransform,
  Post,
  type Provider,
  Req,
  Scope,
  Sse,
  StreamableFile,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR, LazyModuleLoader, ModuleRef, NestFactory } from '@nestjs/core';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Args, GraphQLModule, Mutation, Query, Resolver } from '@nestjs/graphql';
import { Test } from '@nestjs/testing';
import { ConnectedSocket, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { ClsModule, ClsService } from 'nestjs-cls';
import { from, map, tap } from 'rxjs';
import { io } from 'socket.io-client';
import {
  ClientSessionsError,
  ClientSessionsInterceptor,
  ClientSessionsModule,
  createSessionCodec,
  defineSession,
  getSession,
  getSessionInfo,
  getSessionToken,
  InjectSession,
  InvalidOptionsError,
  Session,
  type SessionEvent,
  type SessionOf,
  SessionTooLateError,
  SessionUnavailableError,
} from '../../lib/index.js';
import { PLATFORMS, start, stopAll } from '../support/application.js';
import { Chance } from '../support/chance.js';
import { ofSessions } from '../support/events.js';
import { testOnNest12 } from '../support/nest.js';
import { SECRET } from '../support/secrets.js';
import { soon } from '../support/soon.js';

const Cart = defineSession<{ items: string[]; note?: string }>('cart', { defaults: { items: [] } });
const Auth = defineSession<{ user?: string }>('auth');
const SESSIONS = { sessions: [Auth, Cart] };
const codecOfAuth = createSessionCodec(Auth.with(SECRET));
const TOO_MUCH = 'x'.repeat(8192);

@Injectable()
class CartService {
  constructor(@InjectSession(Cart) readonly cart: SessionOf<typeof Cart>) {}

  @InjectSession()
  readonly auth!: SessionOf<typeof Auth>;

  add(item: string): void {
    this.cart.items.push(item);
  }
}

@Controller()
class ShopController {
  constructor(private readonly service: CartService) {}

  @Get()
  items() {
    return this.service.cart;
  }

  @Post(':item')
  add(@Param('item') item: string, @Body() body: { user?: string }) {
    this.service.add(item);
    if (body.user) this.service.auth.user = body.user;
    return { ...this.service.auth, ...this.service.cart };
  }
}

/** Answers errors of sessions in the application's own way. */
@Catch(ClientSessionsError)
class SessionFilter implements ExceptionFilter<ClientSessionsError> {
  catch(error: ClientSessionsError, host: ArgumentsHost) {
    host.switchToHttp().getResponse().status(413).send({ code: error.code });
  }
}

/** What the session of a visitor is asked to do by a service. */
const acts: Record<string, (service: CartService, request: object) => unknown> = {};

@Controller('acts')
class ActsController {
  constructor(private readonly service: CartService) {}

  @Get(':act')
  act(@Param('act') act: string, @Req() request: object): unknown {
    return acts[act]!(this.service, request);
  }
}

interface Answer {
  readonly data: unknown;
  readonly errors?: { readonly message: string }[];
}

afterEach(async () => {
  await stopAll();
  jest.restoreAllMocks();
  for (const act of Object.keys(acts)) delete acts[act];
});

describe.each(PLATFORMS)('a session in a service (%s)', (platform) => {
  const shop = (setup: Parameters<typeof start>[1] = {}) =>
    start(platform, {
      controllers: [ActsController, ShopController],
      providers: [CartService],
      options: SESSIONS,
      ...setup,
    });

  /** Lets a service do something in a request of a new visitor. */
  const inRequest = async <T>(act: (service: CartService, request: object) => T): Promise<T> => {
    const app = await shop();
    let returned: T | undefined;
    acts['act'] = (service, request) => void (returned = act(service, request));
    const page = await app.browser().get('/acts/act');
    expect(page).toMatchObject({ status: 200 });
    await app.close();
    return returned!;
  };

  test('is read, changed and stored, also after a body was read', async () => {
    const browser = (await shop()).browser();
    expect((await browser.get('/')).setCookies).toEqual([]);
    expect((await browser.post('/tea', { user: 'ada' })).json()).toEqual({ user: 'ada', items: ['tea'] });
    const page = await browser.post('/cup');
    expect(page.json()).toEqual({ user: 'ada', items: ['tea', 'cup'] });
    expect(page.setCookies).toEqual([expect.stringMatching(/^cart=/)]);
    expect((await browser.get('/')).json()).toEqual({ items: ['tea', 'cup'] });
  });

  test('looks like the session in every respect but its identity', () =>
    inRequest(({ cart, auth }, request) => {
      const real = getSession(request, Cart);
      expect(cart).not.toBe(real);
      expect(cart).toEqual(real);
      cart.note = 'a';
      expect(real.note).toBe('a');
      expect('note' in cart).toBe(true);
      expect('other' in cart).toBe(false);
      expect(Object.keys(cart)).toEqual(['items', 'note']);
      expect(Object.entries(cart)).toEqual([
        ['items', []],
        ['note', 'a'],
      ]);
      expect({ ...cart }).toEqual({ items: [], note: 'a' });
      expect(JSON.stringify(cart)).toBe('{"items":[],"note":"a"}');
      expect(inspect(cart)).toBe("Session { items: [], note: 'a' }");
      expect(inspect({ cart }, { depth: 5 })).toContain("note: 'a'");
      expect(Object.hasOwn(cart, 'note')).toBe(true);
      expect(Object.getOwnPropertyDescriptor(cart, 'note')).toEqual({
        value: 'a',
        writable: true,
        enumerable: true,
        configurable: true,
      });
      expect(Object.getPrototypeOf(cart)).toBe(Object.getPrototypeOf(real));
      expect(cart instanceof real.constructor).toBe(true);
      expect(getSessionInfo(cart)).toEqual(getSessionInfo(real));
      expect(cart.items).toBe(real.items);
      delete cart.note;
      expect(real).toEqual({ items: [] });
      Object.assign(cart, { note: 'b' });
      Object.defineProperty(cart, 'items', { value: ['c'], enumerable: true, writable: true });
      expect(real).toEqual({ items: ['c'], note: 'b' });
      const keys: string[] = [];
      for (const key in cart) if (Object.hasOwn(cart, key)) keys.push(key);
      expect(keys).toEqual(['items', 'note']);
      expect(auth).toEqual({});
    }));

  test('has the methods of a session', () =>
    inRequest(({ cart }, request) => {
      const before = getSession(request, Cart);
      cart.items.push('tea');
      cart.regenerate(['items']);
      expect(getSession(request, Cart)).not.toBe(before);
      expect(cart.items).toEqual(['tea']);
      cart.setDuration('1 hour');
      const { createdAt, expiresAt } = getSessionInfo(cart);
      expect(expiresAt - createdAt).toBe(3_600_000);
      cart.save();
      cart.reset();
      expect(cart.items).toEqual([]);
      cart.destroy();
    }));

  test('refuses what a session refuses', () =>
    inRequest(({ cart }) => {
      expect(() => ((cart as any).reset = 1)).toThrow(/"reset" is reserved/);
      expect(() => Object.setPrototypeOf(cart, {})).toThrow(TypeError);
      expect(() => Object.freeze(cart)).toThrow(TypeError);
      cart.note = 'not frozen';
      expect(() => getSessionInfo({ ...cart })).toThrow(/Not a session object/);
    }));

  test('is opened only when it is used', async () => {
    const opened: unknown[] = [];
    @Injectable({ scope: Scope.REQUEST })
    class PerRequest {
      constructor(@InjectSession(Cart) readonly cart: SessionOf<typeof Cart>) {}
    }
    @Controller()
    class LazyController {
      constructor(private readonly each: PerRequest) {}

      @Get()
      async get() {
        opened.push(await Promise.resolve(this.each.cart));
      }
    }
    const app = await start(platform, {
      controllers: [LazyController],
      providers: [PerRequest],
      options: SESSIONS,
    });
    const page = await app.browser().get('/');
    expect(page.headers.get('vary') ?? '').not.toMatch(/cookie/i);
    expect(opened).toHaveLength(1);
  });

  test('that cannot be stored is an exception, although the handler does not name it', async () => {
    const events: SessionEvent[] = [];
    const seen: unknown[] = [];
    const sees: NestInterceptor = {
      intercept: (_context, next) => next.handle().pipe(tap({ error: (error) => seen.push(error) })),
    };
    const app = await shop({
      options: { ...SESSIONS, onEvent: ofSessions((event) => events.push(event)) },
      prepare: (app) => void app.useGlobalFilters(new SessionFilter()).useGlobalInterceptors(sees),
    });
    acts['fill'] = ({ cart }) => void (cart.note = TOO_MUCH);
    acts['later'] = async ({ cart }) => {
      await setImmediate();
      cart.note = TOO_MUCH;
    };
    acts['observed'] = ({ cart }) => from(['a']).pipe(tap(() => void (cart.note = TOO_MUCH)));
    for (const path of Object.keys(acts)) {
      const page = await app.browser().get(`/acts/${path}`);
      expect([page.status, page.text]).toEqual([413, '{"code":"ERR_SESSION_TOO_LARGE"}']);
      expect(page.setCookies).toEqual([]);
    }
    expect(seen).toHaveLength(Object.keys(acts).length);
    expect(events).toEqual([]);
  });

  test('binds the interceptor once, and not where the application has bound it', async () => {
    const flush = jest.spyOn(ClientSessionsInterceptor.prototype, 'intercept');
    for (const providers of [
      [CartService],
      [CartService, { provide: APP_INTERCEPTOR, useClass: ClientSessionsInterceptor }],
    ]) {
      flush.mockClear();
      await (await shop({ providers })).browser().get('/');
      expect(flush).toHaveBeenCalledTimes(1);
    }
  });

  test('is the same in guards, interceptors, pipes, filters and middleware', async () => {
    @Injectable()
    class Notes implements CanActivate, NestInterceptor, PipeTransform, NestMiddleware {
      constructor(private readonly service: CartService) {}

      use(_request: unknown, _response: unknown, next: () => void) {
        this.service.add('middleware');
        next();
      }

      async canActivate() {
        await setImmediate();
        this.service.add('guard');
        return true;
      }

      intercept(_context: ExecutionContext, next: CallHandler) {
        this.service.add('interceptor');
        return next.handle().pipe(tap(() => this.service.add('interceptor afterwards')));
      }

      transform(value: unknown) {
        this.service.add('pipe');
        return value;
      }
    }
    @Catch()
    class NotesFilter implements ExceptionFilter {
      constructor(private readonly service: CartService) {}

      catch(_error: unknown, host: ArgumentsHost) {
        this.service.add('filter');
        host.switchToHttp().getResponse().status(200).send(this.service.cart.items);
      }
    }
    @Controller()
    @UseGuards(Notes)
    @UseInterceptors(Notes)
    class EverywhereController {
      constructor(private readonly service: CartService) {}

      @Post('works/:a')
      works(@Param('a', Notes) _a: string) {
        this.service.add('handler');
        return { toJSON: () => this.service.cart.items };
      }

      @Post('fails')
      fails() {
        throw new Error('no');
      }
    }
    const app = await start(platform, {
      controllers: [EverywhereController],
      providers: [CartService, Notes],
      middleware: [Notes],
      options: SESSIONS,
      prepare: (app) => {
        const service = app.get(CartService);
        app.use((_request: unknown, _response: unknown, next: () => void) => {
          service.add('main.ts');
          next();
        });
        app.useGlobalFilters(new NotesFilter(service));
      },
    });
    const browser = app.browser();
    expect((await browser.post('/works/1')).json()).toEqual([
      'main.ts',
      'middleware',
      'guard',
      'interceptor',
      'pipe',
      'handler',
      'interceptor afterwards',
    ]);
    app.browser();
    browser.clear();
    const path = ['main.ts', 'middleware', 'guard', 'interceptor', 'filter'];
    expect((await browser.post('/fails')).json()).toEqual(path);
    const opened = createSessionCodec(Cart.with(SECRET)).unseal(browser.cookie('cart')!);
    expect(opened).toMatchObject({ content: { items: path } });
  });

  test('is at hand in providers of every scope, and in factories', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class TransientService extends CartService {}
    @Injectable({ scope: Scope.REQUEST })
    class RequestService extends CartService {
      constructor(
        @InjectSession(Cart) cart: SessionOf<typeof Cart>,
        readonly transient: TransientService,
      ) {
        super(cart);
      }
    }
    const FACTORY = 'factory';
    @Controller()
    class ScopesController {
      constructor(
        @Inject(FACTORY) private readonly add: (item: string) => void,
        private readonly transient: TransientService,
        private readonly each: RequestService,
      ) {}

      @Post()
      post() {
        this.add('factory');
        this.transient.add('transient');
        this.each.add('request');
        this.each.transient.add('transient of request');
        this.each.auth.user = 'ada';
        return { ...this.each.cart, ...this.transient.auth };
      }
    }
    const app = await start(platform, {
      controllers: [ScopesController],
      providers: [
        TransientService,
        RequestService,
        {
          provide: FACTORY,
          inject: [getSessionToken('cart')],
          useFactory: (cart: SessionOf<typeof Cart>) => (item: string) => cart.items.push(item),
        },
      ],
      options: SESSIONS,
    });
    expect((await app.browser().post('/')).json()).toEqual({
      items: ['factory', 'transient', 'request', 'transient of request'],
      user: 'ada',
    });
  });

  test('is at hand in the first request, also where nobody but providers of requests have it', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class RequestService extends CartService {}
    @Injectable({ scope: Scope.REQUEST })
    class RequestGuard extends CartService implements CanActivate {
      canActivate(): boolean {
        this.cart.note = TOO_MUCH;
        return true;
      }
    }
    @Controller('service')
    class ServiceController {
      constructor(private readonly each: RequestService) {}

      @Post()
      fill() {
        this.each.cart.note = TOO_MUCH;
      }
    }
    @Controller('guard')
    @UseGuards(RequestGuard)
    class GuardedController {
      @Post()
      post() {}
    }
    for (const [path, controllers, providers] of [
      ['/service', [ServiceController], [RequestService]],
      ['/guard', [GuardedController], []],
    ] as const) {
      const app = await start(platform, {
        controllers: [...controllers],
        providers: [...providers],
        options: SESSIONS,
        prepare: (app) => void app.useGlobalFilters(new SessionFilter()),
      });
      const page = await app.browser().post(path);
      expect([page.status, page.text]).toEqual([413, '{"code":"ERR_SESSION_TOO_LARGE"}']);
    }
  });

  describe('is at hand in the first request where Nest makes it for each', () => {
    const TOKEN = getSessionToken(Cart);

    @Injectable({ scope: Scope.REQUEST })
    class ByToken {
      constructor(@Inject(TOKEN) readonly cart: SessionOf<typeof Cart>) {}
    }
    @Injectable({ scope: Scope.REQUEST })
    class ByReference {
      constructor(@Inject(forwardRef(() => TOKEN)) readonly cart: SessionOf<typeof Cart>) {}
    }
    @Injectable({ scope: Scope.REQUEST })
    class ByProperty {
      @Inject(TOKEN)
      readonly cart!: SessionOf<typeof Cart>;
    }
    @Injectable({ scope: Scope.REQUEST })
    class Inherited extends ByToken {}
    const factory = (inject: FactoryProvider['inject']): Provider => ({
      provide: 'holder',
      scope: Scope.REQUEST,
      inject,
      useFactory: (cart: object) => ({ cart }),
    });

    test.each<[string, Provider[]]>([
      ['a constructor with the token', [{ provide: 'holder', useClass: ByToken }]],
      ['a property with the token', [{ provide: 'holder', useClass: ByProperty }]],
      ['a class that inherits it', [{ provide: 'holder', useClass: Inherited }]],
      ['a factory', [factory([TOKEN])]],
      ['a factory for which it is optional', [factory([{ token: TOKEN, optional: true }])]],
      ['a token that comes later', [{ provide: 'holder', useClass: ByReference }]],
      ['an alias', [{ provide: 'alias', useExisting: TOKEN }, factory(['alias'])]],
    ])('%s', async (_title, providers) => {
      @Controller()
      class HolderController {
        constructor(@Inject('holder') private readonly holder: ByToken) {}

        @Post()
        add() {
          this.holder.cart.items.push('tea');
          return this.holder.cart;
        }

        @Post('fill')
        fill() {
          this.holder.cart.note = TOO_MUCH;
        }
      }
      const app = await start(platform, {
        controllers: [HolderController],
        providers,
        options: SESSIONS,
        prepare: (app) => void app.useGlobalFilters(new SessionFilter()),
      });
      expect((await app.browser().post('/')).json()).toEqual({ items: ['tea'] });
      expect((await app.browser().post('/fill')).status).toBe(413);
    });

    test.each([Scope.DEFAULT, Scope.REQUEST, Scope.TRANSIENT])('middleware of scope %p', async (scope) => {
      @Injectable({ scope })
      class Counts implements NestMiddleware {
        constructor(@InjectSession(Cart) readonly cart: SessionOf<typeof Cart>) {}

        use(_request: unknown, _response: unknown, next: () => void) {
          this.cart.items.push('tea');
          next();
        }
      }
      @Controller()
      class PlainController {
        @Get()
        get(@Session(Cart) cart: SessionOf<typeof Cart>) {
          return cart;
        }
      }
      @Module({})
      class CountsModule {
        configure(consumer: MiddlewareConsumer) {
          consumer.apply(Counts).forRoutes('{*splat}');
        }
      }
      const app = await start(platform, {
        imports: [CountsModule],
        controllers: [PlainController],
        options: SESSIONS,
      });
      const browser = app.browser();
      expect((await browser.get('/')).json()).toEqual({ items: ['tea'] });
      expect((await browser.get('/')).json()).toEqual({ items: ['tea', 'tea'] });
    });
  });

  test('can be read while an answer streams, and changed no more', async () => {
    const problems: unknown[] = [];
    const received = deferred();
    @Controller()
    class StreamController {
      constructor(private readonly service: CartService) {}

      private async *chunks() {
        yield JSON.stringify(this.service.cart.items);
        await received.promise;
        try {
          this.service.cart.reset();
        } catch (error) {
          problems.push(error);
        }
        yield JSON.stringify(this.service.cart.items);
      }

      @Get('file')
      file() {
        this.service.add('tea');
        return new StreamableFile(Readable.from(this.chunks()));
      }

      @Sse('events')
      events() {
        this.service.add('cup');
        return from([0]).pipe(map(() => ({ data: this.service.cart.items.join() })));
      }
    }
    const app = await start(platform, {
      controllers: [StreamController],
      providers: [CartService],
      options: SESSIONS,
    });
    const response = await fetch(`${app.origin}/file`);
    const chunks: string[] = [];
    for await (const chunk of response.body!) {
      chunks.push(Buffer.from(chunk).toString());
      received.resolve();
    }
    expect(chunks.join('')).toBe('["tea"]["tea"]');
    expect(problems).toEqual([expect.any(SessionTooLateError)]);
    expect((await app.browser().get('/events')).text).toContain('data: cup');
  });

  testOnNest12('can be read by an async generator', async () => {
    acts['generate'] = async function* ({ cart }) {
      cart.items.push('tea');
      yield cart.items.length;
      await setImmediate();
      yield cart.items.length;
    };
    const browser = (await shop()).browser();
    expect((await browser.get('/acts/generate')).text.replace(/\s/g, '')).toMatch(/1.*1/);
  });

  test('is none for the work that a request leaves behind', async () => {
    const left = deferred<unknown>();
    acts['timer'] = ({ cart }, source) => {
      const session = getSession(source, Cart);
      cart.items.push('tea');
      const whenOver = (): void => {
        if (!isOver(session)) return void setTimeout(whenOver);
        try {
          left.resolve(cart.items);
        } catch (error) {
          left.resolve([error, inspect(cart)]);
        }
      };
      whenOver();
    };
    const browser = (await shop()).browser();
    await browser.get('/acts/timer');
    expect(await left.promise).toEqual([
      expect.objectContaining({
        code: 'ERR_SESSION_UNAVAILABLE',
        message: expect.stringMatching(
          /until it is answered\. In later work.+take what you need as an argument/,
        ),
      }),
      'Session "cart" of no request',
    ]);
  });

  test('is not that of the visitor whose request has opened a connection that others use, too', async () => {
    const server = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const waiting: (() => void)[] = [];
    let shared: Socket | undefined;
    acts['ask'] = ({ auth }) => {
      shared ??= connect((server.address() as AddressInfo).port, '127.0.0.1').on('data', () =>
        waiting.shift()!(),
      );
      shared.write('?');
      return new Promise((resolve, reject) => {
        waiting.push(() => {
          try {
            resolve({ user: auth.user });
          } catch (error) {
            reject(error as Error);
          }
        });
      });
    };
    const app = await shop();
    const visit = async (user: string): Promise<string> => {
      const browser = app.browser();
      browser.setCookie('auth', codecOfAuth.seal({ user }));
      return (await browser.get('/acts/ask')).text;
    };
    try {
      expect(await visit('ada')).toContain('ada');
      expect(await visit('bob')).not.toContain('ada');
    } finally {
      shared?.destroy();
      server.close();
    }
  });

  test('is not that of a visitor who has gone in the middle of a download', async () => {
    const opened = deferred<() => unknown>();
    acts['download'] = ({ auth }) => {
      const shared = new AsyncResource('CONNECTION');
      opened.resolve(() => shared.runInAsyncScope(() => auth.user));
      const endless = new Readable({ read: () => void setTimeout(() => endless.push('x'), 5) });
      return new StreamableFile(endless);
    };
    const app = await shop();
    const socket = connect(Number(new URL(app.origin).port), '127.0.0.1');
    const cookie = `auth=${codecOfAuth.seal({ user: 'ada' })}`;
    socket.write(`GET /acts/download HTTP/1.1\r\nHost: shop\r\nCookie: ${cookie}\r\n\r\n`);
    await once(socket, 'data');
    const ask = await opened.promise;
    expect(ask()).toBe('ada');
    socket.destroy();
    const answer = async (): Promise<unknown> => {
      await setImmediate();
      try {
        return ask();
      } catch (error) {
        return (error as ClientSessionsError).code;
      }
    };
    expect(await soon(answer, 'ERR_SESSION_UNAVAILABLE')).toBe('ERR_SESSION_UNAVAILABLE');
  });

  test('is the one of the request whose body arrives late, in pieces', async () => {
    const app = await shop();
    const cookies = ['ada', 'bob'].map((user) => codecOfAuth.seal({ user }));
    const opened = cookies.map((cookie) =>
      request(`${app.origin}/tea`, {
        method: 'POST',
        headers: {
          cookie: `auth=${cookie}`,
          'content-type': 'application/json',
          'transfer-encoding': 'chunked',
        },
      }),
    );
    const answers = opened.map(async (each) => {
      const [response] = (await once(each, 'response')) as [IncomingMessage];
      return (await response.setEncoding('utf8').toArray()).join('');
    });
    for (const piece of ['{"a":', '"b",', '"c":1}']) {
      for (const each of opened) {
        each.write(piece);
        await setImmediate();
      }
    }
    for (const each of opened.toReversed()) each.end();
    expect((await Promise.all(answers)).map((text) => JSON.parse(text) as unknown)).toEqual([
      { user: 'ada', items: ['tea'] },
      { user: 'bob', items: ['tea'] },
    ]);
  });

  test('is the one of each request on a connection that brings several at once', async () => {
    acts['who'] = async ({ auth }) => {
      await setImmediate();
      return { user: auth.user };
    };
    const app = await shop();
    const users = ['ada', 'bob', 'eve', undefined];
    const { hostname, port } = new URL(app.origin);
    const socket = connect(Number(port), hostname);
    const heads = users.map((user, i) => {
      const cookie = user === undefined ? '' : `Cookie: auth=${codecOfAuth.seal({ user })}\r\n`;
      const connection = i === users.length - 1 ? 'close' : 'keep-alive';
      return `GET /acts/who HTTP/1.1\r\nHost: localhost\r\nConnection: ${connection}\r\n${cookie}\r\n`;
    });
    socket.write(heads.join(''));
    const text = (await socket.setEncoding('utf8').toArray()).join('');
    const bodies = [...text.matchAll(/\{[^}]*\}/g)].map(([body]) => JSON.parse(body) as unknown);
    expect(bodies).toEqual(users.map((user) => (user === undefined ? {} : { user })));
  });

  test('is nobody else’s, however many requests are under way', async () => {
    const chance = new Chance(14);
    acts['wander'] = async ({ cart, auth }, request) => {
      const { query } = request as { query: { user: string } };
      for (let step = 0; step < 5; step++) {
        if (auth.user !== query.user) return 'mixed up';
        cart.items.push(`${query.user}-${step}`);
        for (let turns = chance.between(0, 20); turns > 0; turns--)
          await (turns % 3 ? setImmediate() : new Promise<void>((resolve) => nextTick(resolve)));
      }
      return { user: auth.user, items: cart.items };
    };
    const app = await shop();
    const visitors = Array.from({ length: 100 }, (_, i) => ({ user: `user${i}`, browser: app.browser() }));
    for (const { user, browser } of visitors) browser.setCookie('auth', codecOfAuth.seal({ user }));
    for (let round = 1; round <= 2; round++) {
      const pages = await Promise.all(
        visitors.map(async ({ user, browser }, i) => {
          if (i % 3 === 0) await browser.post(`/${user}`, { user });
          return browser.get(`/acts/wander?user=${user}`);
        }),
      );
      for (const [i, page] of pages.entries()) {
        const { user, items } = page.json<{ user: string; items: string[] }>();
        expect(user).toBe(`user${i}`);
        expect(items.filter((item) => item.split('-')[0] === user)).toHaveLength(items.length);
        expect(items).toHaveLength(round * (i % 3 === 0 ? 6 : 5));
      }
    }
  });

  describe('outside of a request', () => {
    @Injectable()
    class EagerService extends CartService implements OnModuleInit {
      problem: unknown;

      onModuleInit() {
        try {
          this.cart.items.push('too early');
        } catch (error) {
          this.problem = error;
        }
      }
    }

    test('its use is an error that says who and what to do', async () => {
      const { app } = await shop({ providers: [CartService, EagerService] });
      const { problem, cart, auth } = app.get(EagerService);
      expect(problem).toBeInstanceOf(SessionUnavailableError);
      const message = (problem as Error).message;
      expect(message).toMatch(
        /^EagerService used the session "cart" outside of a request\. .*take what you need/,
      );
      const uses: (() => unknown)[] = [
        () => cart.items,
        () => 'items' in cart,
        () => (cart.note = 'a'),
        () => delete cart.note,
        () => Object.keys(cart),
        () => JSON.stringify(cart),
        () => ({ ...cart }),
        () => cart.reset,
        () => Object.hasOwn(cart, 'items'),
        () => Object.defineProperty(cart, 'note', { value: 'a' }),
        () => getSessionInfo(cart),
      ];
      for (const use of uses) expect(use).toThrow(new SessionUnavailableError(message));
      expect(() => auth.user).toThrow(/EagerService used the session "default"/);
    });

    test('it can be looked at', async () => {
      const { app } = await shop();
      const { cart } = app.get(CartService);
      expect(await Promise.resolve(cart)).toBe(cart);
      expect(cart).toBeDefined();
      expect(cart).toEqual(cart);
      expect({ cart }).toEqual({ cart });
      expect(inspect({ cart })).toBe('{ cart: Session "cart" of no request }');
      expect(String(cart)).toBe('[object Object]');
      expect(typeof cart.constructor).toBe('function');
      expect(cart instanceof Error).toBe(false);
      expect(Array.isArray(cart)).toBe(false);
      for (const hook of [
        'onModuleInit',
        'onApplicationBootstrap',
        'onModuleDestroy',
        'onApplicationShutdown',
      ])
        expect((cart as any)[hook]).toBeUndefined();
      expect(Object.isFrozen(cart)).toBe(false);
    });

    test('in a gateway', async () => {
      @WebSocketGateway()
      class Gateway {
        constructor(private readonly service: CartService) {}

        @SubscribeMessage('read')
        read(@ConnectedSocket() client: object) {
          let message = '';
          try {
            message = `read ${this.service.cart.items.length}`;
          } catch (error) {
            message = String(error);
          }
          return { event: 'read', data: [message, getSession(client, Cart).items] };
        }
      }
      const app = await shop({ providers: [CartService, Gateway] });
      for (const transport of ['websocket', 'polling']) {
        const socket = io(app.origin, { transports: [transport], reconnection: false });
        const answer = await new Promise((resolve) => {
          socket.on('read', resolve);
          socket.emit('read', {});
        });
        socket.close();
        expect(answer).toEqual([
          expect.stringMatching(/CartService used the session "cart" outside.*call getSession\(client\)/),
          [],
        ]);
      }
    });
  });

  describe('of a resolver', () => {
    @Resolver()
    class CartResolver {
      constructor(private readonly service: CartService) {}

      @Query()
      items() {
        return this.service.cart.items;
      }

      @Mutation()
      async add(@Args('item') item: string) {
        await setImmediate();
        this.service.add(item);
        return this.service.cart.items;
      }

      @Mutation()
      fill() {
        this.service.cart.note = TOO_MUCH;
        return [];
      }
    }
    const typeDefs = `
      type Query { items: [String!]! }
      type Mutation { add(item: String!): [String!]! fill: [String!] }`;
    test('is the one of its request', async () => {
      const { browser } = await start(platform, {
        imports: [GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, typeDefs })],
        providers: [CartService, CartResolver],
        options: SESSIONS,
      });
      const visitor = browser();
      const ask = async (query: string) => (await visitor.post('/graphql', { query })).json<Answer>();
      expect(await ask('mutation { add(item: "tea") second: add(item: "cup") }')).toEqual({
        data: { add: expect.any(Array), second: ['tea', 'cup'] },
      });
      expect(await ask('{ items }')).toEqual({ data: { items: ['tea', 'cup'] } });
      const { data, errors } = await ask('mutation { fill }');
      expect([data, errors?.[0]?.message]).toEqual([
        { fill: null },
        expect.stringContaining('"cart" cannot be stored'),
      ]);
      expect(await ask('{ items }')).toEqual({ data: { items: ['tea', 'cup'] } });
    });
  });

  describe('where only some routes have sessions', () => {
    test('is there, and elsewhere it is an error that names the routes', async () => {
      const app = await shop({ options: { ...SESSIONS, exclude: ['acts/outside'] } });
      acts['inside'] = acts['outside'] = ({ cart }) => {
        try {
          return { items: cart.items.push('tea') };
        } catch (error) {
          return { error: String(error) };
        }
      };
      expect((await app.browser().get('/acts/inside')).json()).toEqual({ items: 1 });
      expect((await app.browser().get('/acts/outside')).json()).toEqual({
        error: expect.stringMatching(/outside of a request.*check "forRoutes" and "exclude"/),
      });
    });
  });

  describe('that somebody asks for later', () => {
    test('by ModuleRef, and by a module that is loaded later', async () => {
      @Controller()
      class LaterController {
        service?: CartService;

        constructor(
          private readonly modules: ModuleRef,
          private readonly loader: LazyModuleLoader,
        ) {}

        @Post('load')
        async load() {
          const module = await this.loader.load(() => moduleWith(CartService));
          this.service = module.get(CartService);
        }

        @Get('resolve')
        async resolve() {
          const cart = await this.modules.resolve<object>(getSessionToken(Cart), undefined, {
            strict: false,
          });
          return Object.keys(cart);
        }

        @Get()
        get() {
          this.service!.add('tea');
          return this.service!.cart.items;
        }
      }
      const app = await start(platform, { controllers: [LaterController], options: SESSIONS });
      const browser = app.browser();
      await browser.post('/load');
      expect((await browser.get('/')).json()).toEqual(['tea']);
      expect((await browser.get('/')).json()).toEqual(['tea', 'tea']);
      expect((await browser.get('/resolve')).json()).toEqual(['items']);
    });
  });

  test('stands beside nestjs-cls, and neither disturbs the other', async () => {
    @Controller()
    class BothController {
      constructor(
        private readonly service: CartService,
        private readonly cls: ClsService,
      ) {}

      @Post(':user')
      async post(@Param('user') user: string) {
        this.cls.set('user', user);
        this.service.add(user);
        await setImmediate();
        return { cls: this.cls.get('user'), id: typeof this.cls.getId(), items: this.service.cart.items };
      }

      @Get('run')
      run() {
        // A new context of theirs is no new request.
        return this.cls.run(async () => {
          await setImmediate();
          return { user: this.cls.get('user') ?? 'none', items: this.service.cart.items };
        });
      }
    }
    const cls = (mounted: object) => ClsModule.forRoot({ global: true, ...mounted });
    for (const imports of [
      [cls({ middleware: { mount: true, generateId: true } })],
      [cls({ interceptor: { mount: true, generateId: true } })],
      [cls({ guard: { mount: true, generateId: true } })],
    ]) {
      const app = await start(platform, {
        controllers: [BothController],
        providers: [CartService],
        options: SESSIONS,
        imports,
      });
      const users = Array.from({ length: 20 }, (_, i) => `user${i}`);
      const pages = await Promise.all(users.map((user) => app.browser().post(`/${user}`)));
      for (const [i, page] of pages.entries())
        expect(page.json()).toEqual({ cls: users[i], id: 'string', items: [users[i]] });
      const browser = app.browser();
      await browser.post('/ada');
      expect((await browser.get('/run')).json()).toEqual({ user: expect.any(String), items: ['ada'] });
      await app.close();
    }
  });

  test('comes from a feature, and from two configurations', async () => {
    @Module({
      imports: [ClientSessionsModule.forFeature([Cart])],
      providers: [CartOnly],
      exports: [CartOnly],
    })
    class FeatureModule {}
    @Controller()
    class FeatureController {
      constructor(private readonly service: CartOnly) {}

      @Post()
      post() {
        return this.service.add();
      }
    }
    const root = (options: object) => ClientSessionsModule.forRoot({ secret: SECRET, ...options });
    for (const sessions of [
      [FeatureModule, root({})],
      [FeatureModule, root({ isGlobal: false, sessions: [Auth] })],
    ]) {
      const app = await start(platform, { controllers: [FeatureController], sessions });
      expect((await app.browser().post('/')).json()).toEqual(['tea']);
    }
    const two = await start(platform, {
      controllers: [FeatureController],
      providers: [CartOnly],
      sessions: [root({ sessions: [Cart] }), root({ cookieName: 'other' })],
    });
    expect((await two.browser().post('/')).json()).toEqual(['tea']);
  });

  test('without a name must be one certain session', async () => {
    const root = (cookieName: string) => ClientSessionsModule.forRoot({ secret: SECRET, cookieName });
    const started = start(platform, { providers: [CartService], sessions: [root('cart'), root('auth')] });
    await expect(started).rejects.toThrow(InvalidOptionsError);
    await expect(started).rejects.toThrow(/"CartService\.auth": must name the session/);
  });

  test('of an unknown name stops the application at start', async () => {
    @Injectable()
    class Mistaken {
      constructor(@InjectSession('crat') readonly cart: object) {}
    }
    await expect(shop({ providers: [CartService, Mistaken] })).rejects.toThrow(
      /CLIENT_SESSIONS:SESSION:crat/,
    );
  });

  test('can be replaced in tests', async () => {
    const cart = { items: ['fake'] };
    const module = await Test.createTestingModule({
      imports: [ClientSessionsModule.forRoot({ secret: SECRET, ...SESSIONS })],
      providers: [CartService],
    })
      .overrideProvider(getSessionToken(Cart))
      .useValue(cart)
      .compile();
    expect(module.get(CartService).cart).toBe(cart);
  });

  test('costs nothing where nobody has one injected', async () => {
    const run = jest.spyOn(AsyncLocalStorage.prototype, 'run');
    const enter = jest.spyOn(AsyncLocalStorage.prototype, 'enterWith');
    const flush = jest.spyOn(ClientSessionsInterceptor.prototype, 'intercept');
    @Controller()
    class PlainController {
      @Get()
      get() {
        return 'plain';
      }
    }
    const visit = async (providers: any[]) => {
      for (const spy of [run, enter, flush]) spy.mockClear();
      const app = await start(platform, { controllers: [PlainController], providers, options: SESSIONS });
      const handle = (app.app.getHttpAdapter().getInstance() as { handle?: () => unknown }).handle;
      await app.browser().get('/');
      const ran = run.mock.calls.filter(([store]) => 'headers' in (store as object)).length;
      return {
        ran,
        entered: enter.mock.calls.length,
        flushed: flush.mock.calls.length,
        handle: handle?.name,
      };
    };
    const handle = platform === 'express' ? 'handle' : undefined;
    expect(await visit([])).toEqual({ ran: 0, entered: 0, flushed: 0, handle });
    expect(await visit([CartService])).toMatchObject({ ran: 1, flushed: 1 });
  });
});

@Injectable()
class CartOnly {
  constructor(@InjectSession('cart') private readonly cart: Session<{ items: string[] }>) {}

  add() {
    this.cart.items = [...(this.cart.items ?? []), 'tea'];
    return this.cart.items;
  }
}

function moduleWith(provider: any): any {
  class LaterModule {}
  Module({ providers: [provider] })(LaterModule);
  return LaterModule;
}

/** Whether the response was sent: from then on, its session is frozen. */
function isOver(session: object): boolean {
  return Object.isFrozen(Object.getOwnPropertyDescriptor(session, 'items')?.value);
}

function deferred<T = void>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

test('an application without HTTP starts, and says what it cannot do', async () => {
  @Module({
    imports: [ClientSessionsModule.forRoot({ secret: SECRET, ...SESSIONS })],
    providers: [CartService],
  })
  class AppModule {}
  const context = await NestFactory.createApplicationContext(AppModule, { logger: false });
  expect(() => context.get(CartService).add('tea')).toThrow(
    /CartService used .*In later work, a job or a microservice, take/,
  );
  await context.close();
});
