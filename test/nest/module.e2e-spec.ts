import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import {
  type DynamicModule,
  ArgumentsHost,
  BadRequestException,
  Body,
  Catch,
  Controller,
  Delete,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpCode,
  Injectable,
  Logger,
  Module,
  type NestInterceptor,
  type NestMiddleware,
  Param,
  type PipeTransform,
  Post,
  type Provider,
  Redirect,
  Req,
  Res,
  Sse,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { SubscribeMessage, WebSocketGateway, ConnectedSocket } from '@nestjs/websockets';
import { catchError, EMPTY, of, tap } from 'rxjs';
import { io } from 'socket.io-client';
import passport from 'passport';
import {
  ClientSession,
  ClientSessionsError,
  ClientSessionsInterceptor,
  ClientSessionsModule,
  type ClientSessionsModuleAsyncOptions,
  type ClientSessionsOptionsFactory,
  clientSessions,
  createSessionCodec,
  defineSession,
  getSession,
  getSessionInfo,
  getSessionOptionsToken,
  InjectSessionOptions,
  InvalidOptionsError,
  RequireSession,
  type ResolvedSessionOptions,
  Session,
  type SessionEvent,
  type SessionOf,
  SessionUnavailableError,
} from '../../lib/index.js';
import { PLATFORMS, start, stopAll } from '../support/application.js';
import { Browser } from '../support/browser.js';
import { ofSessions } from '../support/events.js';
import { testOnNest12 } from '../support/nest.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';

interface Cart {
  items?: string[];
}

@Injectable()
class CountPipe implements PipeTransform<Session<Cart>, number> {
  transform(cart: Session<Cart>): number {
    return cart.items?.length ?? 0;
  }
}

@Controller()
class ShopController {
  @Post('cart/:item')
  add(@Param('item') item: string, @ClientSession('cart') cart: ClientSession<Cart>) {
    (cart.items ??= []).push(item);
    return cart.items;
  }

  @Get('cart')
  cart(@Session('cart') cart: Session<Cart>) {
    return cart;
  }

  @Get('count')
  count(@Session('cart', CountPipe) count: number) {
    return { count };
  }

  @Get('default')
  default(@Session() session: Session, @Req() request: any) {
    session['seen'] = true;
    return { same: request.session === session, info: getSessionInfo(session).name };
  }

  @Get('named')
  named(@Session('session') session: Session) {
    return { info: getSessionInfo(session).name };
  }

  @Get('accessors')
  accessors(@Req() request: any) {
    request.cart = { items: ['assigned'] };
    const raw = request.raw ?? request;
    return {
      same: request.cart === raw.cart && raw.cart === getSession(request, 'cart'),
      hidden: Object.keys(raw).includes('cart'),
    };
  }

  @Get('unknown')
  unknown(@Req() request: object) {
    return getSession(request, 'crat');
  }

  @Delete('cart')
  empty(@Session('cart') cart: Session<Cart>) {
    cart.destroy();
  }

  @Post('bulk')
  bulk(
    @Body() body: { kilobytes: number },
    @Session('cart') cart: Session<Cart>,
    @Session() session: Session,
  ) {
    session['visited'] = true;
    cart.items = ['x'.repeat(body.kilobytes * 1024)];
    return 'stored';
  }

  @Post('bulk-by-hand')
  bulkByHand(@Session('cart') cart: Session<Cart>, @Session() session: Session, @Res() response: any) {
    session['visited'] = true;
    cart.items = ['x'.repeat(8192)];
    response.status(200).send('by hand');
  }
}

@Controller()
class OptionsController {
  constructor(
    @InjectSessionOptions('cart') private readonly cart: ResolvedSessionOptions,
    @InjectSessionOptions() private readonly standard: ResolvedSessionOptions,
  ) {}

  @Get('options')
  options() {
    return [this.cart, this.standard];
  }
}

/** Answers a session that cannot be stored in the application's own way. */
@Catch(ClientSessionsError)
class SessionFilter implements ExceptionFilter<ClientSessionsError> {
  catch(error: ClientSessionsError, host: ArgumentsHost) {
    const response = host.switchToHttp().getResponse();
    response.status(413).send({ code: error.code });
  }
}

const valueOf = (setCookie: string) => /=([^;]*)/.exec(setCookie)![1]!;

const TWO = {
  sessions: [
    { name: 'session', duration: '1 day' },
    { name: 'cart', duration: '120 days' },
  ],
};

afterEach(async () => {
  await stopAll();
  jest.restoreAllMocks();
});

describe.each(PLATFORMS)('ClientSessionsModule (%s)', (platform) => {
  const shop = (options: object = TWO, more: object = {}) =>
    start(platform, { controllers: [ShopController], options, ...more });

  test('named sessions side by side, read and written by decorators', async () => {
    const browser = (await shop()).browser();
    const { setCookies } = await browser.post('/cart/tea');
    expect(setCookies).toHaveLength(1);
    expect(setCookies[0]).toMatch(
      /^cart=[\w-]+; Path=\/; Expires=[^;]+; Max-Age=10368000; HttpOnly; SameSite=Lax$/,
    );
    expect((await browser.post('/cart/cup')).json()).toEqual(['tea', 'cup']);
    expect((await browser.get('/cart')).json()).toEqual({ items: ['tea', 'cup'] });
    expect((await browser.get('/count')).json()).toEqual({ count: 2 });
    expect((await browser.get('/default')).json()).toEqual({ same: true, info: 'session' });
    await browser.request('/cart', { method: 'DELETE' });
    expect(browser.cookie('cart')).toBeUndefined();
    expect(browser.cookie('session')).toBeDefined();
  });

  @Injectable()
  class Passes implements NestMiddleware {
    use(_request: unknown, _response: unknown, next: () => void) {
      next();
    }
  }

  test("req.session and req.cart are on the framework's request, and on the raw one that middleware gets", async () => {
    const browser = (await shop(TWO, { middleware: [Passes] })).browser();
    expect((await browser.get('/accessors')).json()).toEqual({ same: true, hidden: false });
    expect((await browser.get('/cart')).json()).toEqual({ items: ['assigned'] });
  });

  test('an unknown name fails with the known ones', async () => {
    const error = jest.fn();
    const app = await shop(TWO, { prepare: (app: any) => app.useLogger({ error, log() {}, warn() {} }) });
    expect((await app.browser().get('/unknown')).status).toBe(500);
    expect(String(error.mock.calls[0]![0])).toContain('No session named "crat"; known: session, cart');
  });

  test('a session too large is an ordinary HTTP error; other sessions and cookies are stored', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const browser = (await shop()).browser();
    await browser.post('/cart/tea');
    const page = await browser.post('/bulk', { kilobytes: 8 });
    expect([page.status, page.json()]).toEqual([500, { statusCode: 500, message: 'Internal server error' }]);
    expect(page.setCookies.map((cookie) => cookie.split('=')[0])).toEqual(['session']);
    expect((await browser.get('/cart')).json()).toEqual({ items: ['tea'] });
    expect(error).not.toHaveBeenCalledWith(expect.stringContaining('SessionTooLarge'));
    expect((await browser.post('/bulk', { kilobytes: 2 })).status).toBe(201);
  });

  test("it passes the application's own exception filters", async () => {
    const browser = (
      await shop(TWO, { prepare: (app: any) => app.useGlobalFilters(new SessionFilter()) })
    ).browser();
    const page = await browser.post('/bulk', { kilobytes: 8 });
    expect([page.status, page.json()]).toEqual([413, { code: 'ERR_SESSION_TOO_LARGE' }]);
  });

  describe('a session that cannot be stored is an exception', () => {
    const tooMuch = ['x'.repeat(8192)];

    @Injectable()
    class FillsAfterwards implements NestInterceptor {
      intercept(context: ExecutionContext, next: CallHandler) {
        return next.handle().pipe(tap(() => (getSession<Cart>(context, 'cart').items = tooMuch)));
      }
    }

    @Injectable()
    class Recovers implements NestInterceptor {
      intercept(context: ExecutionContext, next: CallHandler) {
        return next.handle().pipe(
          catchError((error: ClientSessionsError) => {
            getSession(context, 'cart').reset();
            return of(error.code);
          }),
        );
      }
    }

    @Injectable()
    class FillsAndRefuses implements CanActivate {
      canActivate(context: ExecutionContext) {
        getSession<Cart>(context, 'cart').items = tooMuch;
        return false;
      }
    }

    @Controller()
    class FillingController {
      @Get('redirect')
      @Redirect('/elsewhere')
      redirect(@Session('cart') cart: Session<Cart>) {
        cart.items = tooMuch;
      }

      @Sse('events')
      events(@Session('cart') cart: Session<Cart>) {
        cart.items = tooMuch;
        return of({ data: 'one' });
      }

      @Get('request')
      request(@Req() request: any) {
        request.cart.items = tooMuch;
      }

      @Get('interceptor')
      @UseInterceptors(FillsAfterwards)
      interceptor() {}

      @Get('afterwards')
      @UseInterceptors(FillsAfterwards)
      afterwards(@Session('cart') _cart: Session<Cart>) {}

      @Get('bound')
      @UseInterceptors(ClientSessionsInterceptor)
      bound(@Req() request: any) {
        request.cart.items = tooMuch;
        return EMPTY;
      }

      @Get('required')
      @RequireSession('cart', () => true)
      required(@Req() request: any) {
        request.cart.items = tooMuch;
      }

      @Get('web')
      web(@Session('cart') cart: Session<Cart>) {
        cart.items = tooMuch;
        return new Response(null, { status: 303, headers: { location: '/elsewhere' } });
      }

      @Get('beside')
      beside(@Req() request: any, @Session('session') _session: Session) {
        request.cart.items = tooMuch;
      }

      @Get('guard')
      @UseGuards(FillsAndRefuses)
      guard() {}

      @Get('refusal')
      @HttpCode(404)
      refusal(@Session('cart') cart: Session<Cart>) {
        cart.items = tooMuch;
      }

      @Get('flushed')
      @UseInterceptors(Recovers, ClientSessionsInterceptor)
      flushed(@Session('cart') cart: Session<Cart>) {
        cart.items = tooMuch;
      }

      @Get('late')
      late(@Session('cart') cart: Session<Cart>) {
        cart.items = ['in time'];
        return { toJSON: () => ((cart.items = ['late']), 'sent') };
      }
    }

    const wrapped: MethodDecorator = (_target, _method, descriptor: any) => ({
      ...descriptor,
      value(this: unknown, ...args: unknown[]) {
        return descriptor.value.apply(this, args);
      },
    });

    class FillingParent {
      inherited(@Session('cart') cart: Session<Cart>) {
        cart.items = tooMuch;
      }

      overridden(@Session('cart') _cart: Session<Cart>) {}
    }

    @Controller()
    class FillingChild extends FillingParent {
      @Get('wrapped')
      @wrapped
      wrapped(@Session('cart') cart: Session<Cart>) {
        cart.items = tooMuch;
      }

      @Get('overridden')
      override overridden(cart: Session<Cart>) {
        cart.items = tooMuch;
      }
    }
    Get('inherited')(
      FillingParent.prototype,
      'inherited',
      Object.getOwnPropertyDescriptor(FillingParent.prototype, 'inherited')!,
    );

    @Controller('required-elsewhere')
    @RequireSession('session', () => true)
    class RequiringController {
      @Get()
      fill(@Req() request: any) {
        request.cart.items = tooMuch;
      }
    }

    const events: SessionEvent[] = [];
    const visit = async (path: string, providers: Provider[] = []) => {
      events.length = 0;
      const options = { ...TWO, onEvent: ofSessions((event) => events.push(event)) };
      const prepare = (app: any) => app.useGlobalFilters(new SessionFilter());
      const controllers = [FillingController, RequiringController, FillingChild];
      const running = await start(platform, { controllers, options, prepare, providers });
      return running.browser().get(path);
    };

    const paths = [
      '/redirect',
      '/refusal',
      '/afterwards',
      '/required',
      '/required-elsewhere',
      '/bound',
      '/beside',
    ];
    // Nest 11 has sent the head of server-sent events by then, and knows no web responses.
    for (const path of [...paths, '/events', '/web']) {
      (paths.includes(path) ? test : testOnNest12)(path, async () => {
        const page = await visit(path);
        expect([page.status, page.json()]).toEqual([413, { code: 'ERR_SESSION_TOO_LARGE' }]);
        expect(events).toEqual([]);
      });
    }

    describe.each(['/request', '/interceptor'])('of %s, which only uses it,', (path) => {
      test('the response head is the net, and the event names the remedy', async () => {
        const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
        const page = await visit(path);
        expect([page.status, page.text, page.setCookies]).toEqual([500, '', []]);
        expect(events).toMatchObject([
          {
            type: 'lost',
            session: 'cart',
            error: { code: 'ERR_SESSION_TOO_LARGE' },
            remedy: expect.stringMatching(/save\(\).*@Session\(\).*ClientSessionsInterceptor/),
          },
        ]);
        expect(error.mock.calls.flat().join()).toMatch(
          /items \(\d+ bytes\)[^]*bind ClientSessionsInterceptor/,
        );
      });

      test('with the interceptor for all handlers', async () => {
        const page = await visit(path, [{ provide: APP_INTERCEPTOR, useClass: ClientSessionsInterceptor }]);
        expect([page.status, page.json()]).toEqual([413, { code: 'ERR_SESSION_TOO_LARGE' }]);
        expect(events).toEqual([]);
      });
    });

    test('with ClientSessionsInterceptor bound, interceptors around it see that', async () => {
      const page = await visit('/flushed');
      expect([page.status, page.text]).toEqual([200, 'ERR_SESSION_TOO_LARGE']);
      expect(events).toEqual([]);
    });

    test('but a guard that refuses does so, and it is an event', async () => {
      expect((await visit('/guard')).status).toBe(403);
      expect(events).toMatchObject([
        { type: 'lost', session: 'cart', error: { code: 'ERR_SESSION_TOO_LARGE' } },
      ]);
    });

    test('what changes while the body is written is stored', async () => {
      const page = await visit('/late');
      expect(page.text).toBe('"sent"');
      expect(page.setCookies).toHaveLength(1);
      expect(
        createSessionCodec({ name: 'cart', secret: SECRET }).unseal(valueOf(page.setCookies[0]!)),
      ).toMatchObject({ content: { items: ['late'] } });
      expect(events).toEqual([]);
    });

    test.each([
      ['redirects', 302, (adapter: any, response: any) => adapter.redirect(response, 302, '/sorry')],
      ['replies', 200, (adapter: any, response: any) => adapter.reply(response, 'sorry', 200)],
      [
        'replies without a status',
        422,
        (adapter: any, response: any) => adapter.reply(response.status(422), 'sorry'),
      ],
    ])('a filter that takes its time and %s is not stopped by it again', async (_way, status, answer) => {
      @Catch()
      class SlowFilter implements ExceptionFilter {
        async catch(_error: unknown, host: ArgumentsHost) {
          await setImmediate();
          answer(running.app.getHttpAdapter(), host.switchToHttp().getResponse());
        }
      }
      const prepare = (app: any) => app.useGlobalFilters(new SlowFilter());
      const running = await start(platform, { controllers: [FillingController], options: TWO, prepare });
      expect((await running.browser().get('/refusal')).status).toBe(status);
    });
  });

  test('where no exception can say so any more, the status does, and the log names session and key', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const events: SessionEvent[] = [];
    const browser = (await shop({ ...TWO, onEvent: ofSessions((event) => events.push(event)) })).browser();
    const page = await browser.post('/bulk-by-hand');
    expect(page.status).toBe(500);
    expect(page.setCookies.map((cookie) => cookie.split('=')[0])).toEqual(['session']);
    expect(events).toMatchObject([
      { type: 'lost', session: 'cart', error: { code: 'ERR_SESSION_TOO_LARGE' } },
    ]);
    expect(error.mock.calls.flat().join()).toMatch(/Session "cart" cannot be stored.*items \(\d+ bytes\)/);
  });

  test('the configuration of each session is a provider, frozen and without the secret', async () => {
    const { browser, app } = await shop(TWO, { controllers: [OptionsController] });
    const [cart, standard] = (await browser().get('/options')).json<ResolvedSessionOptions[]>();
    expect(cart).toMatchObject({ name: 'cart', duration: 120 * 86_400_000 });
    expect(standard).toMatchObject({ name: 'session', duration: 86_400_000 });
    expect(app.get(getSessionOptionsToken('session'))).toBe(app.get(getSessionOptionsToken()));
    expect(Object.isFrozen(app.get(getSessionOptionsToken('cart')))).toBe(true);
    expect(JSON.stringify(app.get(getSessionOptionsToken('cart')))).not.toContain(SECRET);
  });

  test('forRoutes and exclude limit the sessions, and asking for one elsewhere says so', async () => {
    const error = jest.fn();
    const prepare = (app: any) => app.useLogger({ error, log() {}, warn() {} });
    const excluded = (await shop({ ...TWO, exclude: ['count'] }, { prepare })).browser();
    expect((await excluded.get('/count')).status).toBe(500);
    expect(String(error.mock.calls[0]![0])).toContain('check its "forRoutes" and "exclude"');
    expect((await excluded.get('/cart')).status).toBe(200);
    const limited = (await shop({ ...TWO, forRoutes: ['count'] })).browser();
    expect((await limited.get('/count')).status).toBe(200);
    expect((await limited.get('/cart')).status).toBe(500);
  });

  test('a global prefix changes nothing', async () => {
    const browser = (
      await shop(TWO, { prepare: (app: any) => app.setGlobalPrefix('api', { exclude: ['count'] }) })
    ).browser();
    expect((await browser.post('/api/cart/tea')).json()).toEqual(['tea']);
    expect((await browser.get('/count')).json()).toEqual({ count: 1 });
  });

  test('Secure follows TLS as the framework sees it: X-Forwarded-Proto counts under its trust proxy only', async () => {
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-for': '10.0.0.1' };
    for (const trustProxy of [true, false]) {
      const browser = (await shop(TWO, { trustProxy })).browser();
      const { setCookies } = await browser.post('/cart/tea', {}, { headers });
      expect(setCookies[0]!.includes('; Secure')).toBe(trustProxy);
    }
  });

  test('passport logs in and out unmodified, and the login gets a session of its own', async () => {
    const authenticator = new passport.Passport();
    authenticator.serializeUser((user, done) => done(null, (user as { id: number }).id));
    authenticator.deserializeUser((id, done) => done(null, { id }));
    const promised = (run: (done: (error?: unknown) => void) => void) =>
      new Promise<void>((resolve, reject) => run((error) => (error ? reject(error) : resolve())));

    @Controller()
    class LoginController {
      @Post('login')
      async login(@Req() request: any) {
        const raw = request.raw ?? request;
        const before = getSessionInfo(getSession(raw)).id;
        getSession(raw)['planted'] = 'by an attacker';
        await promised((done) => raw.logIn({ id: 42 }, done));
        return { renewed: getSessionInfo(getSession(raw)).id !== before, keys: Object.keys(getSession(raw)) };
      }

      @Post('keep')
      async keep(@Req() request: any) {
        const raw = request.raw ?? request;
        getSession(raw)['kept'] = 'yes';
        await promised((done) => raw.logIn({ id: 42 }, { keepSessionInfo: true }, done));
        return Object.keys(getSession(raw)).sort();
      }

      @Post('logout')
      logout(@Req() request: any) {
        return promised((done) => (request.raw ?? request).logout(done));
      }

      @Get('me')
      me(@Req() request: any) {
        return { user: (request.raw ?? request).user ?? null };
      }
    }
    const app = await start(platform, {
      controllers: [LoginController],
      options: { cookieName: 'session', id: true },
      middleware: [authenticator.initialize() as never, authenticator.session() as never],
    });
    const browser = app.browser();
    expect((await browser.get('/me')).json()).toEqual({ user: null });
    expect((await browser.post('/login')).json()).toEqual({ renewed: true, keys: ['passport'] });
    expect((await browser.get('/me')).json()).toEqual({ user: { id: 42 } });
    await browser.post('/logout');
    expect((await browser.get('/me')).json()).toEqual({ user: null });
    expect((await browser.post('/keep')).json()).toEqual(['kept', 'passport']);
  });

  test('a gateway reads the session of its handshake, and cannot change it', async () => {
    const onConnection = jest.fn();

    @WebSocketGateway()
    class Gateway {
      handleConnection(client: object) {
        onConnection(getSession(client, 'cart'));
      }

      @SubscribeMessage('cart')
      cart(@ConnectedSocket() client: object) {
        const cart = getSession<Cart>(client, 'cart');
        const refused = [() => (cart.items = []), () => cart.reset(), () => cart.save()].map((change) => {
          try {
            change();
            return 'no';
          } catch (error) {
            return (error as Error).name;
          }
        });
        return { event: 'cart', data: { cart, refused } };
      }
    }
    const app = await start(platform, { controllers: [ShopController], providers: [Gateway], options: TWO });
    const browser = app.browser();
    await browser.post('/cart/tea');
    for (const transports of [['websocket'], ['polling']]) {
      const extraHeaders = { cookie: browser.cookieHeader('/') };
      const client = io(app.origin, { transports, extraHeaders, reconnection: false });
      const answer = await new Promise((resolve, reject) => {
        client.on('connect_error', reject);
        client.on('cart', resolve);
        client.emit('cart', {});
      });
      client.close();
      expect(answer).toEqual({
        cart: { items: ['tea'] },
        refused: ['TypeError', 'SessionTooLateError', 'SessionTooLateError'],
      });
    }
    expect(onConnection).toHaveBeenCalledTimes(2);
  });
});

describe('on Fastify, without middleware', () => {
  test('hooks that main.ts adds find sessions, and what they change is sent', async () => {
    @Module({
      imports: [ClientSessionsModule.forRoot({ ...TWO, secret: SECRET })],
      controllers: [ShopController],
    })
    class AppModule {}
    const app = await NestFactory.create<NestFastifyApplication>(AppModule, new FastifyAdapter(), {
      logger: false,
    });
    try {
      const fastify = app.getHttpAdapter().getInstance();
      fastify.addHook('onRequest', (request, _reply, done) => {
        getSession<Cart>(request, 'cart').items = ['hook'];
        done();
      });
      fastify.addHook('onSend', (request, _reply, payload, done) => {
        getSession(request, 'session').setDuration('30 days');
        done(null, payload);
      });
      await app.listen(0, '127.0.0.1');
      for (const path of ['/cart', '/nowhere']) {
        const { setCookies } = await new Browser(await app.getUrl()).get(path);
        const ages = setCookies.map((cookie) => /^(\w+)=.*Max-Age=(\d+)/.exec(cookie)!.slice(1));
        expect(Object.fromEntries(ages)).toEqual({ cart: `${120 * 86_400}`, session: `${30 * 86_400}` });
      }
    } finally {
      await app.close();
    }
  });
});

describe.each(PLATFORMS)('two configurations (%s)', (platform) => {
  const sessions = () => [
    ClientSessionsModule.forRoot({ cookieName: 'session', secret: SECRET }),
    ClientSessionsModule.forRoot({ cookieName: 'cart', secret: OTHER_SECRET, isGlobal: false }),
  ];

  @Controller()
  class Named {
    @Get('named')
    named(@Session('session') session: Session, @Session('cart') cart: Session) {
      return [getSessionInfo(session).name, getSessionInfo(cart).name];
    }

    @Get('unnamed')
    unnamed(@Req() request: object) {
      return getSession(request);
    }
  }

  @Controller()
  class Unnamed {
    @Get()
    get(@Session() session: Session) {
      return session;
    }
  }

  @RequireSession(() => true)
  class UnnamedGuard {}

  test('live side by side where every session is named, and nobody gets one for another', async () => {
    const error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const { browser } = await start(platform, { controllers: [Named], sessions: sessions() });

    expect((await browser().get('/named')).json()).toEqual(['session', 'cart']);
    expect((await browser().get('/unnamed')).status).toBe(500);
    expect(String(error.mock.calls[0]![0])).toMatch(/must be named.*known: (session, cart|cart, session)/);
  });

  test.each<[string, object]>([
    ['Unnamed.get', { controllers: [Unnamed] }],
    ['UnnamedGuard', { providers: [UnnamedGuard] }],
    [
      'Unnamed.get',
      { imports: [class Feature {}].map((type) => (Module({ controllers: [Unnamed] })(type), type)) },
    ],
  ])('stop the application at start where one is not: %s', async (place, setup) => {
    const started = start(platform, { ...setup, sessions: sessions() });
    await expect(started).rejects.toThrow(
      expect.objectContaining({ option: place, problem: expect.stringContaining('more than once') }),
    );
    await expect(started).rejects.toThrow(/Call forRoot\(\) once.*one of: session, cart/);
  });

  const shared = (options: object): DynamicModule[] => [
    ClientSessionsModule.forRoot({
      name: 'user',
      cookieName: 'sid',
      requestKey: 'user',
      secret: SECRET,
      ...options,
    }),
    ClientSessionsModule.forRoot({
      name: 'shop',
      requestKey: 'shop',
      cookieName: 'shop',
      previousNames: ['sid'],
      secret: OTHER_SECRET,
      isGlobal: false,
    }),
  ];

  test('stop the application at start where both write or read one cookie', async () => {
    await expect(start(platform, { sessions: shared({}) })).rejects.toThrow(
      /"cookieName": must be different in each configuration.+have the cookie "sid"\. Give/,
    );
  });

  test.each([{ forRoutes: ['users'] }, { cookie: { path: '/users' } }])(
    'may have one cookie where %j keeps them apart',
    async (options) => {
      const { browser } = await start(platform, { sessions: shared(options) });
      expect((await browser().get('/users')).status).toBe(404);
    },
  );
});

test.each(['forRoutes', 'exclude'])('routes that are no list are refused with a remedy: %s', (option) => {
  const options = { secret: SECRET, cookieName: 'cart', [option]: 'cart' };
  expect(() => ClientSessionsModule.forRoot(options)).toThrow(
    `Invalid option "${option}": must be a list of routes, got "cart". Give a list such as ['cart', CartController].`,
  );
});

test.each<[string, unknown[], RegExp]>([
  ['forRoutes', [], /"forRoutes": must list a route, or none has sessions\. Leave it out/],
  [
    'forRoutes',
    [undefined],
    /"forRoutes\[0\]": must be a route, got a value of type undefined\. If you gave a controller/,
  ],
  ['exclude', ['a', 5], /"exclude\[1\]": must be a route, got 5\. Give a path, a controller/],
  ['exclude', [null], /"exclude\[0\]": must be a route, got null/],
])('a list of what is no route is refused with a remedy: %s %j', (option, routes, message) => {
  const given = { secret: SECRET, cookieName: 'cart', [option]: routes };
  expect(() => ClientSessionsModule.forRoot(given)).toThrow(message);
  const { secret: _, cookieName: __, ...beside } = given;
  expect(() =>
    ClientSessionsModule.forRootAsync({ ...beside, useFactory: () => ({ secret: SECRET }) }),
  ).toThrow(message);
});

test.each(PLATFORMS)('one configuration that is written twice is told to be one (%s)', async (platform) => {
  const sessions = [1, 2].map(() => ClientSessionsModule.forRoot({ secret: SECRET, cookieName: 'session' }));
  await expect(start(platform, { sessions })).rejects.toThrow(
    /"cookieName": must be different in each configuration.*"session".*or call forRoot\(\) once, with all sessions\.$/,
  );
});

test('@Session() says at once where it cannot stand', () => {
  const remedy = '@Session() must decorate a parameter of a method; elsewhere, use @InjectSession()';
  class Target {}
  expect(() => Session()(Target, undefined, 0)).toThrow(new TypeError(remedy));
  expect(() => (Session() as PropertyDecorator)(Target.prototype, 'cart')).toThrow(new TypeError(remedy));
});

test.each([undefined, null, 7, 'text'])('getSession(%p) says that it is no request', (source) => {
  expect(() => getSession(source as never)).toThrow(SessionUnavailableError);
});

describe.each(PLATFORMS)('names that are not configured (%s)', (platform) => {
  const Missing = defineSession<{ a?: number }>('missing');

  @Controller()
  class ByName {
    @Get()
    get(@Session('crat') session: Session) {
      return session;
    }
  }
  @Controller()
  class ByDefinition {
    @Get()
    get(@Session(Missing) session: SessionOf<typeof Missing>) {
      return session;
    }
  }
  @Controller()
  class Inherits extends ByName {}
  @Controller()
  @RequireSession('crat', () => true)
  class GuardedClass {}
  @Controller()
  class GuardedMethod {
    @Get()
    @RequireSession(Missing, ({ a }) => a === 1)
    get() {}
  }
  @WebSocketGateway()
  class Gateway {
    @SubscribeMessage('read')
    read(@Session('crat') session: Session) {
      return session;
    }
  }
  @Injectable()
  class Service {
    constructor(@InjectSessionOptions('crat') readonly options: object) {}
  }

  test.each<[string, object, string, string]>([
    ['@Session(name)', { controllers: [ByName] }, 'ByName.get', 'crat'],
    ['@Session(definition)', { controllers: [ByDefinition] }, 'ByDefinition.get', 'missing'],
    ['an inherited method', { controllers: [Inherits] }, 'ByName.get', 'crat'],
    ['@RequireSession() of a class', { controllers: [GuardedClass] }, 'GuardedClass', 'crat'],
    ['@RequireSession() of a method', { controllers: [GuardedMethod] }, 'GuardedMethod.get', 'missing'],
    ['a gateway', { providers: [Gateway] }, 'Gateway.read', 'crat'],
  ])('stop the application at start: %s', async (_title, setup, place, name) => {
    const started = start(platform, { options: TWO, ...setup });
    await expect(started).rejects.toThrow(InvalidOptionsError);
    await expect(started).rejects.toThrow(
      `Invalid option "${place}": asks for the session "${name}", which does not exist. ` +
        'Add it to "sessions" of ClientSessionsModule, or use one of: session, cart.',
    );
  });

  test.each([undefined, null, 7, {}])('are none: %s, as a circular import may leave it', (given) => {
    const remedy = /must be a name or a definition, got .* the file that makes it imports this file/;
    const untyped = { Session, RequireSession } as unknown as Record<string, (...args: unknown[]) => unknown>;
    expect(() => untyped['Session']!(given)).toThrow(remedy);
    expect(() => untyped['RequireSession']!(given, () => true)).toThrow(remedy);
  });

  test('stop the application at start: @InjectSessionOptions()', async () => {
    await expect(start(platform, { options: TWO, providers: [Service] })).rejects.toThrow(
      /CLIENT_SESSIONS:OPTIONS:crat/,
    );
  });
});

describe.each<[what: string, sessions: unknown, remedy: RegExp]>([
  ['a definition that is undefined yet', [undefined], /"sessions\[0\]".*imports this file/],
  ['text in place of a definition', ['cart'], /"sessions\[0\]".*\{ name, duration \}/],
  ['an object in place of a list', {}, /"sessions".*[Ll]ist/],
])('sessions with %s', (_what, sessions, remedy) => {
  test.each<[way: string, (given: never) => DynamicModule]>([
    ['forRoot()', (given) => ClientSessionsModule.forRoot({ secret: SECRET, sessions: given })],
    [
      'forRootAsync()',
      (given) =>
        ClientSessionsModule.forRootAsync({ sessions: given, useFactory: () => ({ secret: SECRET }) }),
    ],
  ])('stop the application at start, with a remedy: %s', async (_way, configure) => {
    const started = (async () => start('express', { sessions: [configure(sessions as never)] }))();
    await expect(started).rejects.toThrow(InvalidOptionsError);
    await expect(started).rejects.toThrow(remedy);
  });
});

describe('a module without options', () => {
  test('says where they belong', async () => {
    const remedy = /Import ClientSessionsModule\.forRoot\(\{ secret, … \}\) once/;
    await expect(start('express', { sessions: [ClientSessionsModule] })).rejects.toThrow(remedy);
    await expect(
      start('express', {
        options: TWO,
        imports: [class Feature {}].map((type) => (Module({ imports: [ClientSessionsModule] })(type), type)),
      }),
    ).rejects.toThrow(remedy);
    expect(() => ClientSessionsModule.forRoot(undefined as never)).toThrow(remedy);
    expect(() => ClientSessionsModule.forRootAsync(undefined as never)).toThrow(remedy);
    expect(() => ClientSessionsModule.forRoot(null as never)).toThrow(remedy);
    expect(() => ClientSessionsModule.forRootAsync(null as never)).toThrow(remedy);
  });

  test.each([undefined, null, 'secret', [{ secret: SECRET }]])(
    'says so where the factory returns %p, also beside sessions',
    async (result) => {
      for (const sessions of [undefined, [{ name: 'cart' }]]) {
        const given = ClientSessionsModule.forRootAsync({ sessions, useFactory: () => result as never });
        await expect(start('express', { sessions: [given] })).rejects.toThrow(
          /Invalid option "options": must be an object\. Give \{ secret, … \}.*or return it from the factory\.$/,
        );
      }
    },
  );
});

describe('what Nest would ignore beside a factory', () => {
  const useFactory = () => ({ secret: SECRET });

  test.each([
    [{ duration: '5 minutes' }, 'duration'],
    [{ name: 'cart' }, 'name'],
    [{ secret: SECRET }, 'secret'],
    [{ overrides: { cart: { duration: '1h' } } }, 'overrides'],
    [{ onEvent: () => undefined }, 'onEvent'],
  ])('%j belongs into its result', (given, option) => {
    expect(() => ClientSessionsModule.forRootAsync({ ...given, useFactory })).toThrow(
      `Invalid option "forRootAsync.${option}": must not be given next to the factory. Return it from the factory.`,
    );
  });

  test('is not known', () => {
    expect(() => ClientSessionsModule.forRootAsync({ useFactory, injects: [] } as object)).toThrow(
      /"forRootAsync\.injects": is not a known option\. Did you mean "inject"\?/,
    );
  });

  test.each([{}, { sessions: [{ name: 'cart', secret: SECRET }] }, { useFactory: undefined }])(
    '%j lacks the factory',
    (given) => {
      expect(() => ClientSessionsModule.forRootAsync(given as object)).toThrow(
        /"forRootAsync": must be given a factory\. Write useFactory: /,
      );
    },
  );
});

describe.each(PLATFORMS)('configuration (%s)', (platform) => {
  @Injectable()
  class Factory implements ClientSessionsOptionsFactory {
    createClientSessionsOptions() {
      return { secret: SECRET };
    }
  }

  @Module({ providers: [Factory], exports: [Factory] })
  class FactoryModule {}

  const sessions = TWO.sessions;
  const ways: [string, ClientSessionsModuleAsyncOptions][] = [
    [
      'useFactory with imports and inject',
      {
        sessions,
        imports: [ConfigModule.forRoot({ ignoreEnvFile: true, load: [() => ({ SECRET, CART: '90 days' })] })],
        inject: [ConfigService],
        useFactory: (config: ConfigService) => ({
          secret: config.getOrThrow('SECRET'),
          overrides: { cart: { duration: config.get('CART') } },
        }),
      },
    ],
    ['useClass', { sessions, useClass: Factory }],
    ['useExisting', { sessions, imports: [FactoryModule], useExisting: Factory }],
    ['a factory that names the sessions itself', { useFactory: async () => ({ secret: SECRET, sessions }) }],
  ];

  test.each(ways)('%s', async (_way, options) => {
    const browser = (
      await start(platform, {
        controllers: [ShopController],
        sessions: [ClientSessionsModule.forRootAsync(options)],
      })
    ).browser();
    await browser.post('/cart/tea');
    expect((await browser.get('/cart')).json()).toEqual({ items: ['tea'] });
  });

  test('forRoot in the shape of the original README', async () => {
    @Controller()
    class VisitsController {
      @Get('default')
      count(@Session() session: Session<{ visits?: number }>) {
        return (session.visits = (session.visits ?? 0) + 1);
      }
    }
    const browser = (
      await start(platform, {
        controllers: [VisitsController],
        sessions: [
          ClientSessionsModule.forRoot({
            cookieName: 'session',
            secret: SECRET,
            duration: 24 * 60 * 60 * 1000,
          }),
        ],
      })
    ).browser();
    await browser.get('/default');
    expect(browser.cookie('session')).toBeDefined();
  });

  test('two configurations of different sessions live side by side; of one cookie they are refused', async () => {
    const running = await start(platform, {
      controllers: [ShopController],
      options: { cookieName: 'cart' },
      prepare: (app) => void app.use(clientSessions({ cookieName: 'session', secret: OTHER_SECRET })),
    });
    const browser = running.browser();
    expect((await browser.get('/named')).json()).toEqual({ info: 'session' });
    expect((await browser.post('/cart/tea')).json()).toEqual(['tea']);

    const twice = await start(platform, {
      controllers: [ShopController],
      options: { cookieName: 'cart' },
      prepare: (app) => void app.use(clientSessions({ cookieName: 'cart', secret: OTHER_SECRET })),
    });
    expect((await twice.browser().get('/cart')).status).toBe(500);
  });

  test('two configurations that have one cookie are told of where a request uses both', async () => {
    @Controller('both')
    class BothController {
      @Post()
      add(@Session('cart') cart: Session<{ items?: string[] }>, @Req() request: any) {
        (request.raw ?? request).front.n = 1;
        cart.items = ['tea'];
      }

      @Post('front')
      front(@Req() request: any) {
        (request.raw ?? request).front.n = 1;
      }
    }
    const events: SessionEvent[] = [];
    const running = await start(platform, {
      controllers: [BothController],
      options: { name: 'cart', cookieName: 'sid', onEvent: (event) => events.push(event) },
      prepare: (app) =>
        void app.use(
          clientSessions({
            name: 'front',
            cookieName: 'sid',
            requestKey: 'front',
            secret: OTHER_SECRET,
            onEvent: (event) => events.push(event),
          }),
        ),
    });
    const warnings = (): string[] =>
      events.flatMap((event) => (event.type === 'warning' ? event.message : []));
    expect((await running.browser().post('/both/front')).status).toBe(201);
    expect(warnings()).toEqual([]);
    await running.browser().post('/both');
    await running.browser().post('/both');
    expect(warnings()).toEqual([
      expect.stringMatching(
        /^Session "\w+": session "\w+" of another configuration has the same cookie, "sid".*another name\.$/,
      ),
    ]);
  });

  test.each<[string, object, RegExp]>([
    ['a weak secret', { secret: 'short' }, /randomBytes/],
    ['a bad duration', { duration: 'never' }, /'120 days'/],
    ['sessions beside the factory and in it', { sessions: [{ name: 'b' }] }, /"overrides"/],
  ])('%s stops the application at start', async (_title, bad, message) => {
    const started = start(platform, {
      sessions: [
        ClientSessionsModule.forRootAsync({
          sessions: [{ name: 'a' }],
          useFactory: () => ({ secret: SECRET, ...bad }),
        }),
      ],
    });
    await expect(started).rejects.toThrow(InvalidOptionsError);
    await expect(started).rejects.toThrow(message);
  });
});

test('a property that Fastify has already stops the application at start', async () => {
  const adapter = new FastifyAdapter();
  adapter.getInstance().decorateRequest('cart', null);
  const sessions = ClientSessionsModule.forRoot({ secret: SECRET, cookieName: 'cart' });
  const app = (
    await Test.createTestingModule({ imports: [sessions] }).compile()
  ).createNestApplication<NestFastifyApplication>(adapter, { logger: false });
  await expect(app.init()).rejects.toThrow(
    /must not be "cart", because Fastify's requests already have .*another "requestKey"/,
  );
  await expect(start('fastify', { options: { cookieName: 'body' } })).rejects.toThrow(/another "requestKey"/);
});

test('BadRequestException and its kind still say what they say', async () => {
  @Controller()
  class Refuses {
    @Get()
    get(@Session() session: Session) {
      session['a'] = 1n;
      throw new BadRequestException('no');
    }
  }
  jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  const page = await (
    await start('express', { controllers: [Refuses], options: { cookieName: 'session' } })
  )
    .browser()
    .get('/');
  expect([page.status, page.json<{ message: string }>().message]).toEqual([400, 'no']);
});
