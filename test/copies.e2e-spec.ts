import { afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Controller, Get, Post, Req } from '@nestjs/common';
import { SubscribeMessage, WebSocketGateway, ConnectedSocket } from '@nestjs/websockets';
import { io } from 'socket.io-client';
import * as first from '../lib/index.js';
import { PLATFORMS, start, stopAll } from './support/application.js';
import { SECRET } from './support/secrets.js';

/** What another package brings along that has a copy of this one in its own node_modules. */
let second: typeof first;

beforeAll(async () => {
  await jest.isolateModulesAsync(async () => {
    second = await import('../lib/index.js');
  });
});

afterEach(stopAll);

test('the two are two', () => {
  expect(second.getSession).not.toBe(first.getSession);
  expect(second.SessionDefinition).not.toBe(first.SessionDefinition);
});

describe.each(PLATFORMS)('two copies in one process see each other’s sessions (%s)', (platform) => {
  const Cart = () => second.defineSession<{ items?: string[] }>('cart');

  test('on requests, in properties, and what is known of them', async () => {
    @Controller()
    class CartController {
      @Post()
      add(@Req() request: any) {
        const cart = second.getSession<{ items?: string[] }>(request, 'cart');
        (cart.items ??= []).push('tea');
        return {
          same: cart === first.getSession(request, 'cart') && cart === request.cart,
          info: second.getSessionInfo(first.getSession(request, 'cart')).name,
        };
      }

      @Get()
      get(@first.Session(Cart()) cart: first.Session<{ items?: string[] }>) {
        return cart;
      }

      @Get('reset')
      reset(@Req() request: object) {
        second.getSession(request, Cart()).reset();
      }
    }
    const { browser } = await start(platform, {
      controllers: [CartController],
      options: { sessions: [Cart()] },
    });
    const visitor = browser();
    expect((await visitor.post('/')).json()).toEqual({ same: true, info: 'cart' });
    expect((await visitor.get('/')).json()).toEqual({ items: ['tea'] });
    await visitor.get('/reset');
    expect((await visitor.get('/')).json()).toEqual({});
  });

  test('where one brings middleware, and the other the module', async () => {
    @Controller()
    class BothController {
      @Get()
      both(@Req() request: any) {
        const raw = request.raw ?? request;
        const sessions = ['theirs', 'ours'].map((name) => second.getSession<{ n?: number }>(request, name));
        for (const session of sessions) session.n = (session.n ?? 0) + 1;
        return [...sessions.map(({ n }) => n), first.getSession(raw, 'theirs') === sessions[0]];
      }
    }
    const { browser } = await start(platform, {
      controllers: [BothController],
      options: { cookieName: 'ours' },
      prepare: (app) => void app.use(second.clientSessions({ cookieName: 'theirs', secret: SECRET })),
    });
    const visitor = browser();
    expect((await visitor.get('/')).setCookies).toHaveLength(2);
    expect((await visitor.get('/')).json()).toEqual([2, 2, true]);
  });

  test('in a gateway', async () => {
    @WebSocketGateway()
    class Gateway {
      @SubscribeMessage('read')
      read(@ConnectedSocket() client: object) {
        return { event: 'read', data: second.getSessionInfo(second.getSession(client, 'cart')).name };
      }
    }
    const app = await start(platform, { providers: [Gateway], options: { cookieName: 'cart' } });
    const socket = io(app.origin, { transports: ['websocket'], reconnection: false });
    const answer = await new Promise((resolve) => {
      socket.on('read', resolve);
      socket.emit('read', {});
    });
    socket.close();
    expect(answer).toBe('cart');
  });

  test('and say so where they cannot', () => {
    expect(() => first.getSession({ headers: {} })).toThrow(
      /copies of nestjs-client-sessions, .* Install one copy only; "npm ls nestjs-client-sessions"/,
    );
  });
});

test('definitions of one copy are known to the codec of the other', () => {
  const Cart = second.defineSession<{ a?: number }>('cart').with(SECRET);
  const codec = first.createSessionCodec(Cart);
  expect(second.createSessionCodec(Cart).unseal(codec.seal({ a: 1 }))).toMatchObject({ content: { a: 1 } });
});

test('errors of one copy are of the kind that the other knows', () => {
  const theirs = new second.SessionTooLargeError('cart', 5_000, 4_096, []);
  expect(theirs instanceof first.SessionTooLargeError).toBe(true);
  expect(theirs instanceof first.ClientSessionsError).toBe(true);
  expect(theirs instanceof first.SessionTooLateError).toBe(false);
  for (const value of [null, undefined, 1, {}, new Error('x'), { name: 'SessionTooLargeError' }]) {
    expect((value as unknown) instanceof first.SessionTooLargeError).toBe(false);
  }
});

test.each(PLATFORMS)('a configuration by a subclass of the module is one more (%s)', async (platform) => {
  class Derived extends first.ClientSessionsModule {}
  @Controller()
  class Unnamed {
    @Get()
    get(@first.Session() session: first.Session) {
      return session;
    }
  }
  const sessions = [
    first.ClientSessionsModule.forRoot({ cookieName: 'one', secret: SECRET }),
    Derived.forRoot({ cookieName: 'two', secret: SECRET }),
  ];
  await expect(start(platform, { controllers: [Unnamed], sessions })).rejects.toThrow(/more than once/);
});
