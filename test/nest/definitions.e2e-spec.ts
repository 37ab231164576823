import * as nest from '@nestjs/common';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import {
  Controller,
  ForbiddenException,
  Get,
  Injectable,
  Logger,
  Param,
  type PipeTransform,
  Post,
  Session as NestSession,
  ValidationPipe,
} from '@nestjs/common';
import { z } from 'zod';
import {
  ClientSessionsModule,
  createSessionCodec,
  defineSession,
  getSession,
  getSessionInfo,
  RequireSession,
  Session,
  type SessionEvent,
  type SessionOf,
  type SessionOptions,
} from '../../lib/index.js';
import { Browser } from '../support/browser.js';
import { type Platform, PLATFORMS, start, stopAll } from '../support/application.js';
import { ofSessions } from '../support/events.js';
import { testOnNest12 } from '../support/nest.js';
import { SECRET } from '../support/secrets.js';

const DAY = 86_400_000;

const Cart = defineSession('cart', {
  duration: '120 days',
  schema: z.object({
    items: z.array(z.object({ id: z.string(), amount: z.number().int().min(1) })).default([]),
    touched: z.date().optional(),
  }),
});
const Auth = defineSession<{ userId?: number }>('auth', { duration: '1 day' });

@Injectable()
class TotalPipe implements PipeTransform<SessionOf<typeof Cart>, number> {
  transform(cart: SessionOf<typeof Cart>) {
    return cart.items.reduce((sum, { amount }) => sum + amount, 0);
  }
}

@Controller()
class CartController {
  @Post('cart/:id')
  add(@Param('id') id: string, @Session(Cart) cart: SessionOf<typeof Cart>) {
    cart.items.push({ id, amount: 1 });
    cart.touched = new Date(0);
    return cart;
  }

  @Post('amount/:amount')
  amount(@Param('amount') amount: string, @Session(Cart) cart: SessionOf<typeof Cart>) {
    cart.items.push({ id: 'tea', amount: Number(amount) });
  }

  @Get('cart')
  get(@Session(Cart) cart: SessionOf<typeof Cart>) {
    return { ...cart, isDate: cart.touched instanceof Date };
  }

  @Get('total')
  total(@Session(Cart, TotalPipe) total: number) {
    return { total };
  }

  @Post('login/:id')
  login(@Param('id') id: string, @Session(Auth) auth: SessionOf<typeof Auth>) {
    auth.reset();
    auth.userId = Number(id);
  }

  @Get('orders')
  @RequireSession(Auth, (auth) => auth.userId !== undefined)
  orders() {
    return ['tea'];
  }

  @Get('admin')
  @RequireSession(Auth, ({ userId }) => userId === 1, () => new ForbiddenException('administrators only'))
  admin(@Session(Auth) auth: SessionOf<typeof Auth>) {
    return { you: auth.userId };
  }
}

afterEach(async () => {
  await stopAll();
  jest.restoreAllMocks();
});

describe.each(PLATFORMS)('definitions (%s)', (platform) => {
  const shop = (more: object = {}) =>
    start(platform, { controllers: [CartController], options: { sessions: [Cart, Auth] }, ...more });

  test('what the schema defaults and transforms is the tracked session object', async () => {
    const browser = (await shop()).browser();
    expect((await browser.get('/cart')).json()).toEqual({ items: [], isDate: false });
    expect((await browser.get('/cart')).setCookies).toEqual([]);
    await browser.post('/cart/tea');
    await browser.post('/cart/cup');
    expect((await browser.get('/cart')).json()).toEqual({
      items: [
        { id: 'tea', amount: 1 },
        { id: 'cup', amount: 1 },
      ],
      touched: '1970-01-01T00:00:00.000Z',
      isDate: true,
    });
    expect((await browser.get('/total')).json()).toEqual({ total: 2 });
    const opened = createSessionCodec(Cart.with(SECRET)).unseal(browser.cookie('cart')!);
    expect(opened).toMatchObject({
      ok: true,
      content: { items: [{ id: 'tea' }, { id: 'cup' }], touched: new Date(0) },
    });
  });

  test('what the schema refuses before sealing is an ordinary HTTP error, and the cart stays', async () => {
    const error = jest.fn();
    const browser = (
      await shop({ prepare: (app: any) => app.useLogger({ error, warn() {}, log() {} }) })
    ).browser();
    await browser.post('/cart/tea');
    expect((await browser.post('/amount/-1')).status).toBe(500);
    expect(String(error.mock.calls[0]![0])).toContain('its schema refuses items[1].amount.');
    expect((await browser.get('/total')).json()).toEqual({ total: 1 });
  });

  test.each<[string, object[]]>([
    [
      'ValidationPipe, whitelisting and transforming',
      [new ValidationPipe({ whitelist: true, transform: true })],
    ],
    [
      'one that validates custom decorators, too',
      [new ValidationPipe({ whitelist: true, transform: true, validateCustomDecorators: true })],
    ],
  ])('a global %s neither clones nor breaks the session', (_title, pipes) => expectSurvival(pipes));

  testOnNest12("a global pipe of Nest's for schemas neither clones nor breaks the session", () =>
    expectSurvival([new nest.StandardSchemaValidationPipe({ validateCustomDecorators: true })]),
  );

  async function expectSurvival(pipes: object[]): Promise<void> {
    const browser = (await shop({ prepare: (app: any) => app.useGlobalPipes(...pipes) })).browser();
    await browser.post('/cart/tea');
    await browser.post('/cart/cup');
    expect((await browser.get('/total')).json()).toEqual({ total: 2 });
  }

  test('RequireSession lets the satisfied pass, and answers 401, or what it is told, to everybody else', async () => {
    const browser = (await shop()).browser();
    expect((await browser.get('/orders')).status).toBe(401);
    await browser.post('/login/7');
    expect((await browser.get('/orders')).json()).toEqual(['tea']);
    expect(await browser.get('/admin')).toMatchObject({
      status: 403,
      text: expect.stringContaining('administrators only'),
    });
    await browser.post('/login/1');
    expect((await browser.get('/admin')).json()).toEqual({ you: 1 });
  });

  test("Nest's own @Session in place of ours does not start, and says what to import", async () => {
    @Controller()
    class Mistaken {
      @Get()
      // @ts-expect-error -- Nest's own takes no name
      get(@NestSession('cart') cart: object) {
        return cart;
      }
    }
    @Controller()
    class Unnamed {
      @Get()
      get(@NestSession() session: object) {
        return session;
      }
    }
    const starting = (controller: any, name: string) =>
      start(platform, { controllers: [controller], options: { cookieName: name } });
    await expect(starting(Mistaken, 'session')).rejects.toThrow(/Mistaken\.get.*nestjs-client-sessions/);
    await expect(starting(Unnamed, 'cart')).rejects.toThrow(/Unnamed\.get.*ClientSession/);
    await expect(starting(Unnamed, 'session')).resolves.toBeDefined();

    const both = ['session', 'cart'].map((cookieName) =>
      ClientSessionsModule.forRoot({ cookieName, secret: SECRET }),
    );
    await expect(start(platform, { controllers: [Unnamed], sessions: both })).resolves.toBeDefined();
  });

  test('content that a schema refuses for ever costs one visitor their cart, and nobody else anything', async () => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const events: SessionEvent[] = [];
    const app = await shop({
      options: { sessions: [Cart, Auth], onEvent: ofSessions((event) => events.push(event)) },
    });
    const [broken, fine] = [app.browser(), app.browser()];
    await fine.post('/cart/tea');
    broken.setCookie('cart', createSessionCodec({ name: 'cart', secret: SECRET }).seal({ items: 'no list' }));
    expect((await broken.get('/cart')).json()).toEqual({ items: [], isDate: false });
    expect(events).toMatchObject([
      { type: 'refused', session: 'cart', reason: 'schema', version: 1, issues: [{ path: 'items' }] },
    ]);
    expect((await broken.post('/cart/cup')).status).toBe(201);
    expect((await broken.get('/total')).json()).toEqual({ total: 1 });
    expect((await fine.get('/total')).json()).toEqual({ total: 1 });
    // Once for each request that met the cookie, until something took its place.
    expect(events).toHaveLength(2);
  });
});

describe('four months of one cart', () => {
  /** The deployments, each with the code of its day; the cookie is all that connects them. */
  const releases: Record<string, SessionOptions> = {
    one: {},
    two: { version: 2, migrate: { 1: (old: { tea?: number }) => ({ items: { tea: old.tea ?? 0 } }) } },
    three: {
      version: 3,
      migrate: {
        1: (old: { tea?: number }) => ({ items: { tea: old.tea ?? 0 } }),
        2: (old: { items: Record<string, number> }) => ({
          items: Object.entries(old.items).map(([id, amount]) => ({ id, amount })),
        }),
      },
      schema: z.object({ items: z.array(z.object({ id: z.string(), amount: z.number() })).default([]) }),
    },
  };

  @Controller()
  class StoryController {
    @Post('put')
    put(@Session('cart') cart: Session<any>) {
      const before = JSON.stringify(cart);
      if (Array.isArray(cart.items)) cart.items[0].amount++;
      else if (cart.items) cart.items.tea++;
      else cart.tea = (cart.tea ?? 0) + 1;
      return { before: JSON.parse(before) };
    }

    @Get('look')
    look(@Session('cart') cart: Session<any>) {
      return { cart, isNew: getSessionInfo(cart).isNew };
    }
  }

  let time = Date.UTC(2026, 0, 1);
  const now = () => time;
  let events: SessionEvent[] = [];

  async function deploy(platform: Platform, release: string, before?: Browser) {
    events = [];
    await stopAll();
    const options = {
      sessions: [{ name: 'cart', duration: '120 days', ...releases[release] }],
      now,
      onEvent: ofSessions((event) => events.push(event)),
    };
    const browser = (await start(platform, { controllers: [StoryController], options })).browser(now);
    if (before) for (const [name, value] of before.jar()) browser.setCookie(name, value);
    time += 10 * DAY;
    return browser;
  }

  test.each(PLATFORMS)(
    'deployed, changed, rolled back, forward again: nothing lost (%s)',
    async (platform) => {
      jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
      jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);

      const day1 = await deploy(platform, 'one');
      await day1.post('/put');
      await day1.post('/put');
      expect((await day1.get('/look')).json()).toEqual({ cart: { tea: 2 }, isNew: false });

      const day10 = await deploy(platform, 'two', day1);
      const migrated = await day10.get('/look');
      expect(migrated.json()).toEqual({ cart: { items: { tea: 2 } }, isNew: false });
      expect(migrated.setCookies).toHaveLength(1);
      expect((await day10.get('/look')).setCookies).toEqual([]);

      const day20 = await deploy(platform, 'three', day10);
      await day20.post('/put');
      expect((await day20.get('/look')).json()).toEqual({
        cart: { items: [{ id: 'tea', amount: 3 }] },
        isNew: false,
      });

      const rolledBack = await deploy(platform, 'two', day20);
      const sealed = rolledBack.cookie('cart');
      expect((await rolledBack.get('/look')).json()).toEqual({ cart: {}, isNew: true });
      const page = await rolledBack.post('/put');
      expect([page.status, page.setCookies]).toEqual([201, []]);
      expect(rolledBack.cookie('cart')).toBe(sealed);
      expect(events.map(({ type }) => type)).toEqual(['refused', 'refused', 'lost']);
      expect(events[0]).toMatchObject({ session: 'cart', reason: 'newer-version', version: 3 });
      expect(events[2]).toMatchObject({ error: { code: 'ERR_SESSION_KEPT' } });

      const forward = await deploy(platform, 'three', rolledBack);
      expect((await forward.get('/look')).json()).toEqual({
        cart: { items: [{ id: 'tea', amount: 3 }] },
        isNew: false,
      });
      expect(events).toEqual([]);
    },
  );

  test('a rolled back release takes the cookie over when it says so', async () => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    @Controller()
    class TakesOver {
      @Get('reset')
      reset(@Session('cart') cart: Session<any>) {
        cart.reset();
        cart.mine = 1;
      }

      @Get('destroy')
      destroy(@Session('cart') cart: Session<any>) {
        cart.destroy();
      }
    }
    const newer = createSessionCodec({
      name: 'cart',
      secret: SECRET,
      version: 2,
      migrate: { 1: (old) => old },
    });
    const browser = (
      await start('express', { controllers: [TakesOver], options: { cookieName: 'cart' } })
    ).browser();
    for (const path of ['/reset', '/destroy']) {
      browser.setCookie('cart', newer.seal({ a: 1 }));
      expect((await browser.get(path)).setCookies).toHaveLength(1);
    }
  });
});

test('getSession takes definitions, on Express even in what runs before any module', async () => {
  const seen: unknown[] = [];
  const browser = (
    await start('express', {
      options: { sessions: [Auth, Cart] },
      prepare: (app) =>
        void app.use((request: object, _response: unknown, next: () => void) => {
          seen.push(getSession(request, Cart).items);
          next();
        }),
    })
  ).browser();
  await browser.get('/');
  expect(seen).toEqual([[]]);
});
