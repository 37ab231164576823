import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import {
  Controller,
  type DynamicModule,
  forwardRef,
  Get,
  Inject,
  Injectable,
  Logger,
  Module,
  type ModuleMetadata,
  Post,
  Req,
  type Type,
} from '@nestjs/common';
import * as common from '@nestjs/common';
import * as core from '@nestjs/core';
import { LazyModuleLoader } from '@nestjs/core';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import * as own from '../../lib/index.js';
import {
  ClientSessionsModule,
  defineSession,
  type FeatureSession,
  getSession,
  getSessionDefinitionToken,
  getSessionOptionsToken,
  InjectSessionOptions,
  InvalidOptionsError,
  Logins,
  type ResolvedSessionOptions,
  Session,
  type SessionDefinition,
  type SessionOf,
} from '../../lib/index.js';
import { MemoryLogins } from '../support/memory-login-store.js';
import { PLATFORMS, start, stopAll } from '../support/application.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';

const MINUTE = 60_000;

const Cart = defineSession<{ items: string[] }>('cart', {
  duration: '2 hours',
  defaults: { items: [] },
});
const Theme = { name: 'theme', duration: '3 hours' };

@Injectable()
class CartOptions {
  constructor(
    @InjectSessionOptions(Cart) readonly options: ResolvedSessionOptions,
    @Inject(getSessionDefinitionToken('cart')) readonly definition: SessionDefinition<object>,
  ) {}
}

@Controller('cart')
class CartController {
  constructor(private readonly cart: CartOptions) {}

  @Post()
  add(@Session(Cart) cart: SessionOf<typeof Cart>) {
    cart.items.push('tea');
    return cart.items;
  }

  @Get('options')
  options() {
    const { name, duration, cookie } = this.cart.options;
    return { name, duration, sameSite: cookie.sameSite };
  }
}

/** A module of a feature, with controllers that use its session. */
function featureWith(...sessions: FeatureSession[]): Type {
  @Module({
    imports: [ClientSessionsModule.forFeature(sessions)],
    controllers: [CartController],
    providers: [CartOptions],
  })
  class FeatureModule {}
  return FeatureModule;
}

/** A module of another feature, without controllers. */
const moduleOf = (...sessions: FeatureSession[]): Type =>
  moduleWith({ imports: [ClientSessionsModule.forFeature(sessions)] });

function moduleWith(metadata: ModuleMetadata): Type {
  class AnyModule {}
  Module(metadata)(AnyModule);
  return AnyModule;
}

const forRoot = (options: object = {}): DynamicModule =>
  ClientSessionsModule.forRoot({ secret: SECRET, cookie: { sameSite: 'strict' }, ...options });

@Injectable()
class NamelessOptions {
  constructor(@InjectSessionOptions() readonly options: ResolvedSessionOptions) {}
}

/** A root whose factory forgets the secret, and returns something else. */
const emptyFactory = (returned?: object): DynamicModule =>
  ClientSessionsModule.forRootAsync({ useFactory: () => returned as never });

/** What another package brings along that has a copy of this one in its own node_modules. */
async function secondCopy(): Promise<typeof own> {
  let second: typeof own | undefined;
  await jest.isolateModulesAsync(async () => {
    // Both copies find the same Nest, as it is a peer of theirs.
    jest.unstable_mockModule('@nestjs/core', () => core);
    jest.unstable_mockModule('@nestjs/common', () => common);
    second = await import('../../lib/index.js');
  });
  return second!;
}

afterEach(async () => {
  await stopAll();
  jest.restoreAllMocks();
});

describe.each(PLATFORMS)('sessions of a feature (%s)', (platform) => {
  const starting = (...sessions: NonNullable<ModuleMetadata['imports']>) => start(platform, { sessions });

  const feature = featureWith(Cart);
  const slowRoot = ClientSessionsModule.forRootAsync({
    sessions: [{ name: 'session' }],
    useFactory: async () => {
      await delay(20);
      return { secret: SECRET, cookie: { sameSite: 'strict' } };
    },
  });
  const ways: [string, NonNullable<ModuleMetadata['imports']>][] = [
    ['after the root', [forRoot(), feature]],
    ['before the root', [feature, forRoot()]],
    ['before a root in an imported module', [feature, moduleWith({ imports: [forRoot()] })]],
    ['before a root that is not global', [feature, forRoot({ isGlobal: false })]],
    ['after a root that is not global', [moduleWith({ imports: [forRoot({ isGlobal: false })] }), feature]],
    ['before a root with a slow factory', [feature, slowRoot]],
    ['after a root with a slow factory', [slowRoot, feature]],
    ['by a reference forward', [forwardRef(() => feature), forRoot()]],
    ['beside a root with an empty list', [feature, forRoot({ sessions: [] })]],
    ['beside a root with other sessions', [feature, forRoot({ sessions: [{ name: 'session' }] })]],
    ['beside a root with the same definition', [feature, forRoot({ sessions: [Cart] })]],
    ['twice', [feature, moduleOf(Cart, Theme), forRoot(), moduleOf(Theme)]],
    ['limited to some routes', [feature, forRoot({ forRoutes: ['{*splat}'] })]],
  ];

  test.each(ways)('%s', async (_way, imports) => {
    const browser = (await starting(...imports)).browser();
    expect((await browser.post('/cart')).json()).toEqual(['tea']);
    const page = await browser.post('/cart');
    expect(page.json()).toEqual(['tea', 'tea']);
    expect(page.setCookies).toEqual([expect.stringMatching(/^cart=.*SameSite=Strict/)]);
    expect((await browser.get('/cart/options')).json()).toEqual({
      name: 'cart',
      duration: 120 * MINUTE,
      sameSite: 'strict',
    });
  });

  test('overrides of a factory reach it', async () => {
    const root = ClientSessionsModule.forRootAsync({
      useFactory: async () => {
        await delay(5);
        return { secret: SECRET, overrides: { cart: { duration: '5 minutes' } } };
      },
    });
    const browser = (await starting(feature, root)).browser();
    expect((await browser.get('/cart/options')).json()).toMatchObject({ duration: 5 * MINUTE });
    expect((await browser.post('/cart')).setCookies[0]).toContain('Max-Age=300');
  });

  test("are sealed like the root's own: who moves one keeps its cookies", async () => {
    const before = await starting(featureWith(Cart), forRoot());
    const visitor = before.browser();
    await visitor.post('/cart');
    const after = await start(platform, {
      controllers: [CartController],
      providers: [CartOptions],
      options: { sessions: [Cart] },
    });
    const same = after.browser();
    for (const [name, value] of visitor.jar()) same.setCookie(name, value);
    expect((await same.post('/cart')).json()).toEqual(['tea', 'tea']);
  });

  test('are properties of the request, and may have a secret of their own', async () => {
    @Controller()
    class RawController {
      @Get()
      get(@own.Session('theme') theme: Session<{ color?: string }>) {
        theme.color = 'red';
      }
    }
    const feature = moduleWith({
      imports: [ClientSessionsModule.forFeature([{ ...Theme, secret: OTHER_SECRET }])],
      controllers: [RawController],
    });
    const visitor = (await starting(forRoot(), feature)).browser();
    await visitor.get('/');
    const codec = own.createSessionCodec({ name: 'theme', secret: OTHER_SECRET });
    expect(codec.unseal(visitor.cookie('theme')!)).toMatchObject({ content: { color: 'red' } });
  });

  test('can be logins', async () => {
    const Auth = defineSession<{ userId?: string }>('auth', {
      subject: ({ userId }) => userId,
      duration: '1 hour',
      absoluteDuration: '1 hour',
    });
    @Controller()
    class AuthController {
      constructor(private readonly logins: Logins) {}

      @Post('login')
      login(@Session(Auth) auth: SessionOf<typeof Auth>) {
        auth.reset();
        auth.userId = '7';
      }

      @Post('logout')
      logout(@Session(Auth) auth: SessionOf<typeof Auth>) {
        return this.logins.end(auth);
      }

      @Get()
      who(@Session(Auth) auth: SessionOf<typeof Auth>) {
        return { user: auth.userId ?? 'nobody' };
      }
    }
    const feature = moduleWith({
      imports: [ClientSessionsModule.forFeature([Auth])],
      controllers: [AuthController],
    });
    const root = forRoot({ revocations: { store: new MemoryLogins().open() } });
    const app = await starting(feature, root);
    const visitor = app.browser();
    await visitor.post('/login');
    const stolen = app.browser();
    for (const [name, value] of visitor.jar()) stolen.setCookie(name, value);
    expect((await stolen.get('/')).json()).toEqual({ user: '7' });
    await visitor.post('/logout');
    expect((await stolen.get('/')).json()).toEqual({ user: 'nobody' });
  });

  test('are no default session: that stays the first one of forRoot()', async () => {
    @Controller()
    class DefaultController {
      @Get('default')
      get(@Session() session: Session) {
        return own.getSessionInfo(session).name;
      }
    }
    const app = (root: DynamicModule) =>
      start(platform, { controllers: [DefaultController], sessions: [feature, root] });
    const named = await app(forRoot({ sessions: [{ name: 'session' }, Theme] }));
    expect((await named.browser().get('/default')).text).toBe('session');
    await expect(app(forRoot())).rejects.toThrow(
      /DefaultController\.get": must name the session, because .*lists no session.*first in "sessions".*one of: cart/,
    );
    await expect(app(forRoot())).rejects.toThrow(InvalidOptionsError);
  });

  test('without a name, none is found where there are sessions of features only', async () => {
    @Controller('nameless')
    class NamelessController {
      @Get()
      get(@Req() request: object) {
        expect(() => getSession(request)).toThrow(
          /no default session.*forRoot\(\) lists no session; known: cart/,
        );
        return getSession(request, 'cart');
      }
    }
    const app = await start(platform, { sessions: [feature, forRoot()], controllers: [NamelessController] });
    expect((await app.browser().get('/nameless')).json()).toEqual({ items: [] });
  });

  test('give their tokens to whom the module of the feature exports them', async () => {
    const sessions = ClientSessionsModule.forFeature([Cart]);
    const shared = moduleWith({ imports: [sessions], exports: [sessions] });
    const app = await starting(
      forRoot(),
      moduleWith({ imports: [shared], controllers: [CartController], providers: [CartOptions] }),
    );
    expect(app.app.get(CartOptions)).toMatchObject({ options: { name: 'cart' }, definition: Cart });
  });

  describe('stop the application at start, with words:', () => {
    const Other = defineSession('cart', { duration: '1 minute' });
    const mistakes: [string, RegExp, NonNullable<ModuleMetadata['imports']>][] = [
      [
        'no root',
        /must not be used alone.*Import ClientSessionsModule\.forRoot\(\{ secret \}\) once/,
        [feature],
      ],
      [
        'two roots',
        /beside several forRoot\(\), because it is not clear.*Call forRoot\(\) once/,
        [forRoot({ cookieName: 'a' }), feature, forRoot({ cookieName: 'b' })],
      ],
      [
        'another definition of the same name in a second feature',
        /another session "cart" than another forFeature\(\) does.*defineSession\(\)/,
        [feature, forRoot(), moduleOf(Other)],
      ],
      [
        'another definition of the same name in the root',
        /another session "cart" than forRoot\(\) does.*another name/,
        [feature, forRoot({ sessions: [Other] })],
      ],
      [
        'equal options that were written twice',
        /another session "theme"/,
        [moduleOf({ ...Theme }), moduleOf({ ...Theme }), forRoot()],
      ],
      [
        'one cookie for two sessions',
        /"cookieName": must be different for each session, but "(cart|basket)" and "(cart|basket)" have "cart"/,
        [feature, moduleOf({ name: 'basket', cookieName: 'cart', requestKey: 'basket' }), forRoot()],
      ],
      [
        'one property for two sessions',
        /"requestKey": must be different for each session, but "(cart|basket)" and "(cart|basket)" have "cart"/,
        [feature, moduleOf({ name: 'basket', requestKey: 'cart' }), forRoot()],
      ],
      [
        'a cookie that another session had before',
        /"previousNames": must not make two sessions read the cookie "cart"/,
        [feature, moduleOf({ name: 'basket', previousNames: ['cart'] }), forRoot()],
      ],
      [
        'a name beside the secret',
        /"cookieName": must not be shared by several sessions\. Write it inside "sessions"/,
        [feature, forRoot({ cookieName: 'session' })],
      ],
      [
        'an option that cannot work',
        /"duration" of session "theme"/,
        [moduleOf({ ...Theme, duration: 'never' }), forRoot()],
      ],
      [
        'changes to a session that no module brings',
        /"overrides\.crat": must be the name of a session\. Use one of: cart/,
        [feature, forRoot({ overrides: { crat: {} } })],
      ],
      ['a root without a secret', /secret/, [feature, ClientSessionsModule.forRoot({})]],
      [
        'options without a name that are injected',
        /NamelessOptions": must name the session, because forRoot\(\) lists no session/,
        [feature, forRoot(), moduleWith({ providers: [NamelessOptions] })],
      ],
      ['an empty list and no feature', /"sessions": must be a non-empty list/, [forRoot({ sessions: [] })]],
      [
        'a factory that returns nothing',
        /"options": must be an object\. Give \{ secret, … \} to forRoot\(\), or return it from the factory/,
        [feature, emptyFactory()],
      ],
      [
        'a factory that returns no list',
        /must be a non-empty list/,
        [feature, emptyFactory({ sessions: {} })],
      ],
    ];

    test.each(mistakes)('%s', async (_title, message, imports) => {
      jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
      for (const modules of [imports, imports.toReversed()]) {
        const started = starting(...modules);
        await expect(started).rejects.toThrow(InvalidOptionsError);
        await expect(started).rejects.toThrow(message);
      }
    });

    test('a name that no feature brings', async () => {
      const named = start(platform, {
        controllers: [CartController],
        providers: [CartOptions],
        sessions: [forRoot()],
      });
      await expect(named).rejects.toThrow(/CLIENT_SESSIONS:(OPTIONS|DEFINITION):cart/);
    });
  });

  describe('in a module that is loaded later', () => {
    const load = async (later: Type, ...imports: NonNullable<ModuleMetadata['imports']>) => {
      const { app } = await starting(...imports);
      return app.get(LazyModuleLoader).load(() => later);
    };

    test('are refused, because all sessions are prepared at start', async () => {
      const loading = load(moduleOf(Theme), feature, forRoot());
      await expect(loading).rejects.toThrow(InvalidOptionsError);
      await expect(loading).rejects.toThrow(
        /session "theme" after the application has started.*in forRoot\(\), too/,
      );
    });

    test('are fine if they were there at start', async () => {
      const later = moduleWith({
        imports: [ClientSessionsModule.forFeature([Cart])],
        providers: [CartOptions],
      });
      const module = await load(later, feature, forRoot());
      expect(module.get(CartOptions).options.duration).toBe(120 * MINUTE);
    });
  });

  describe('in a testing module', () => {
    const compile = async (prepare: (builder: TestingModuleBuilder) => TestingModuleBuilder) =>
      (await prepare(Test.createTestingModule({ imports: [feature, forRoot()] })).compile()).get(
        CartController,
        {
          strict: false,
        },
      );

    test('overrideModule() replaces them', async () => {
      const Shorter = defineSession('cart', { duration: '1 minute' });
      const controller = await compile((builder) =>
        builder.overrideModule(feature).useModule(featureWith(Shorter)),
      );
      expect(controller.options()).toMatchObject({ duration: MINUTE });
    });

    test('overrideProvider() replaces their options', async () => {
      const controller = await compile((builder) =>
        builder.overrideProvider(getSessionOptionsToken(Cart)).useValue({ duration: 1, cookie: {} }),
      );
      expect(controller.options()).toMatchObject({ duration: 1 });
    });

    test('the same modules serve many applications', async () => {
      for (let i = 0; i < 2; i++) {
        const controller = await compile((builder) => builder);
        expect(controller.options()).toMatchObject({ name: 'cart' });
      }
    });
  });

  test('work in a copy of this package beside the one that has the root', async () => {
    const second = await secondCopy();
    const Theirs = second.defineSession<{ items: string[] }>('cart', { defaults: { items: [] } });
    const feature = moduleWith({
      imports: [second.ClientSessionsModule.forFeature([Theirs])],
      controllers: [CartController],
      providers: [CartOptions],
    });
    const browser = (await starting(feature, forRoot())).browser();
    await browser.post('/cart');
    expect((await browser.post('/cart')).json()).toEqual(['tea', 'tea']);
    expect((await browser.get('/cart/options')).json()).toMatchObject({ name: 'cart', sameSite: 'strict' });
    await expect(starting(feature)).rejects.toThrow(/must not be used alone/);
  });
});

test.each<[string, unknown, RegExp]>([
  ['nothing', undefined, /must get a non-empty list of sessions\. Write it as in .*forFeature\(\[Cart\]\)/],
  ['an empty list', [], /must get a non-empty list/],
  ['a session without its list', Cart, /must get a non-empty list/],
  [
    'a definition that a circular import has left undefined',
    [Cart, undefined],
    /forFeature\[1\].*file of its own/,
  ],
  ['text', ['cart'], /forFeature\[0\].*must be an object/],
  ['a session without a name', [{ duration: '1 day' }], /forFeature\[0\].*must have a name/],
  [
    'an unknown option',
    [{ name: 'cart', durration: 1 }],
    /forFeature\[0\]\.durration.*is not a known option/,
  ],
  ['an option of all sessions', [{ name: 'cart', overrides: {} }], /overrides.*beside "sessions"/],
])('forFeature() refuses %s', (_title, sessions, message) => {
  expect(() => ClientSessionsModule.forFeature(sessions as never)).toThrow(InvalidOptionsError);
  expect(() => ClientSessionsModule.forFeature(sessions as never)).toThrow(message);
});

test('what a feature brings is not printed', () => {
  const feature = ClientSessionsModule.forFeature([{ name: 'cart', secret: SECRET }]);
  expect(inspect(feature, { depth: 20, showHidden: true })).not.toContain(SECRET);
});

test('definitions are tokens as names are', () => {
  expect(getSessionOptionsToken(Cart)).toBe(getSessionOptionsToken('cart'));
  expect(() => getSessionOptionsToken(5 as never)).toThrow(/must be a name or a definition/);
});
