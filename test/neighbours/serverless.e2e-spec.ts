import { afterEach, expect, jest, test } from '@jest/globals';
import { Controller, Get, type INestApplication, Module, Post } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  ClientSessionsModule,
  type ClientSessionsModuleOptions,
  defineSession,
  Session,
  type SessionOf,
} from '../../lib/index.js';
import type { Platform } from '../support/application.js';
import { loadCommonJs } from '../support/common-js.js';
import { Guide } from '../support/guide.js';
import { MemoryLogins } from '../support/memory-login-store.js';
import { neighbour } from '../support/neighbour.js';
import { SECRET } from '../support/secrets.js';
import { Clock, HOUR } from '../support/session.js';

const guide = new Guide('docs/neighbours.md');
const running: INestApplication[] = [];

afterEach(async () => {
  jest.restoreAllMocks();
  for (const app of running.splice(0)) await app.close();
});

const Auth = defineSession<{ userId?: string }>('auth', {
  cookie: { secure: 'auto' },
  subject: ({ userId }) => userId,
  duration: '12 hours',
});
const Cart = defineSession<{ items?: number }>('cart');

@Controller()
class ShopController {
  @Post('login')
  login(@Session(Auth) auth: SessionOf<typeof Auth>, @Session(Cart) cart: SessionOf<typeof Cart>): void {
    auth.reset();
    auth.userId = 'ada';
    cart.items = (cart.items ?? 0) + 1;
  }

  @Get()
  page(@Session(Auth) auth: SessionOf<typeof Auth>, @Session(Cart) cart: SessionOf<typeof Cart>): object {
    return { user: auth.userId, items: cart.items };
  }
}

/** What a gateway sends, and what a function answers. */
interface Answer {
  readonly statusCode: number;
  readonly body: string;
  readonly headers?: Record<string, string>;
  readonly cookies?: string[];
  readonly multiValueHeaders?: Record<string, string[]>;
}
type Invoke = (method: string, path: string, cookies?: readonly string[]) => Promise<Answer>;
type Handler = (event: object, context: object) => Promise<Answer>;

async function createShop(platform: Platform, store: MemoryLogins, clock: Clock): Promise<INestApplication> {
  const options: ClientSessionsModuleOptions = {
    secret: SECRET,
    sessions: [Auth, Cart],
    now: clock.now,
    revocations: { store: store.open() },
    onEvent: () => undefined,
  };
  @Module({ imports: [ClientSessionsModule.forRoot(options)], controllers: [ShopController] })
  class ShopModule {}
  const module = await Test.createTestingModule({ imports: [ShopModule] }).compile();
  const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter({ trustProxy: true });
  const app = module.createNestApplication(adapter, { logger: false });
  running.push(app);
  return app;
}

/** What Fastify does by itself where jest can load its package. */
async function letInject(app: INestApplication): Promise<void> {
  const inject = await loadCommonJs<(dispatch: unknown, ...rest: unknown[]) => unknown>('light-my-request');
  const fastify = app.getHttpAdapter().getInstance() as { routing: unknown; inject: unknown };
  fastify.inject = (...args: unknown[]) => inject(fastify.routing, ...args);
}

async function handlerOf(platform: Platform, app: INestApplication): Promise<Handler> {
  if (platform === 'fastify') await letInject(app);
  const { handlerOf } = await guide.load<{ handlerOf(app: INestApplication): Promise<Handler> }>(
    `lambda-${platform}.ts`,
  );
  return handlerOf(app);
}

const PROXY = { host: 'shop.example', 'x-forwarded-proto': 'https' };

/** Payload 2.0 of an HTTP API. */
function byHttpApi(handle: Handler): Invoke {
  return (method, path, cookies) =>
    handle(
      {
        version: '2.0',
        rawPath: path,
        rawQueryString: '',
        headers: PROXY,
        ...(cookies && { cookies }),
        requestContext: { http: { method, path, sourceIp: '192.0.2.1' }, requestId: '1', stage: '$default' },
        isBase64Encoded: false,
      },
      {},
    );
}

/** Payload 1.0 of a REST API. */
function byRestApi(handle: Handler): Invoke {
  return (httpMethod, path, cookies) => {
    const headers = { ...PROXY, ...(cookies && { Cookie: cookies.join('; ') }) };
    const multiValueHeaders = Object.fromEntries(
      Object.entries(headers).map(([name, text]) => [name, [text]]),
    );
    return handle(
      {
        resource: '/{proxy+}',
        httpMethod,
        path,
        headers,
        multiValueHeaders,
        requestContext: { resourcePath: '/{proxy+}', httpMethod, path, requestId: '1', stage: 'prod' },
        queryStringParameters: null,
        multiValueQueryStringParameters: null,
        body: null,
        isBase64Encoded: false,
      },
      {},
    );
  };
}

const setCookiesOf = ({ cookies, multiValueHeaders }: Answer): string[] =>
  cookies ?? multiValueHeaders?.['set-cookie'] ?? [];
const kept = (answer: Answer): string[] => setCookiesOf(answer).map((header) => header.split(';')[0]!);

async function visit(invoke: Invoke): Promise<void> {
  const answer = await invoke('POST', '/login');
  expect([answer.statusCode, setCookiesOf(answer)]).toEqual([
    201,
    [
      expect.stringMatching(/^cart=.+; Expires=.+; Max-Age=86400; Secure; HttpOnly; SameSite=Lax$/),
      expect.stringMatching(/^auth=.+; Expires=.+; Max-Age=43200; Secure; HttpOnly; SameSite=Lax$/),
    ],
  ]);
  const page = await invoke('GET', '/', kept(answer));
  expect(JSON.parse(page.body)).toEqual({ user: 'ada', items: 1 });
}

neighbour('@codegenie/serverless-express', { express: 'works' }, async (platform) => {
  const handle = await handlerOf(platform, await createShop(platform, new MemoryLogins(), new Clock()));
  await visit(byHttpApi(handle));
  await visit(byRestApi(handle));
});

neighbour('@fastify/aws-lambda', { fastify: 'works' }, async (platform) => {
  const handle = await handlerOf(platform, await createShop(platform, new MemoryLogins(), new Clock()));
  await visit(byHttpApi(handle));
  await visit(byRestApi(handle));
});

test.each(['express', 'fastify'] as const)(
  'a function on %s that was frozen reads the store before it answers, and knows the time',
  async (platform) => {
    const [store, clock] = [new MemoryLogins(), new Clock()];
    const app = await createShop(platform, store, clock);
    const handle = await handlerOf(platform, app);
    const { caughtUp } = await guide.load<{ caughtUp(app: INestApplication, handle: Handler): Handler }>(
      'lambda-logins.ts',
    );
    const [frozen, invoke] = [byHttpApi(handle), byHttpApi(caughtUp(app, handle))];
    const cookies = kept(await invoke('POST', '/login'));
    const { now } = Date;
    const sleep = (ms: number): void => {
      clock.pass(ms);
      jest.spyOn(Date, 'now').mockImplementation(() => now() + clock.time - began);
    };
    const began = clock.time;

    // While it is down, the store stands for one that a frozen function has not asked.
    store.isDown = true;
    sleep(HOUR);
    expect((await frozen('GET', '/', cookies)).statusCode).toBe(503);
    expect((await invoke('GET', '/', cookies)).statusCode).toBe(503);
    store.isDown = false;
    expect(JSON.parse((await invoke('GET', '/', cookies)).body)).toEqual({ user: 'ada', items: 1 });
    sleep(12 * HOUR);
    expect(JSON.parse((await invoke('GET', '/', cookies)).body)).toEqual({ items: 1 });
  },
);
