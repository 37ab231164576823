import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import {
  BadRequestException,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  HttpCode,
  type INestApplication,
  Injectable,
  Logger,
  type NestMiddleware,
  Post,
  Redirect,
  Req,
  Res,
  Sse,
  StreamableFile,
  UseGuards,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import express from 'express';
import { defer, of } from 'rxjs';
import {
  createSessionCodec,
  getSession,
  getSessionInfo,
  Session,
  type SessionEvent,
} from '../../lib/index.js';
import { type Platform, PLATFORMS, type Running, start, stopAll } from '../support/application.js';
import { ofSessions } from '../support/events.js';
import { testOnNest12 } from '../support/nest.js';
import { SECRET } from '../support/secrets.js';

type Visit = Session<{ step?: string }>;

/** Node's own response on both platforms. */
const rawOf = (response: any) => response.raw ?? response;

@Injectable()
class Refuses implements CanActivate {
  canActivate(context: ExecutionContext) {
    getSession<{ step?: string }>(context).step = 'guard refuses';
    return false;
  }
}

@Injectable()
class Redirects implements CanActivate {
  canActivate(context: ExecutionContext) {
    getSession<{ step?: string }>(context).step = 'guard redirects';
    const response = context.switchToHttp().getResponse();
    if (response.raw) response.status(302).header('location', '/login').send();
    else response.redirect('/login');
    return false;
  }
}

/** Touches the session ahead of routes that do not exist and of static files. */
@Injectable()
class Toucher implements NestMiddleware {
  use(request: any, _response: unknown, next: () => void) {
    const step = new URL(request.originalUrl ?? request.url, 'http://x').searchParams.get('step');
    if (step) getSession<{ step?: string }>(request).step = step;
    next();
  }
}

@Controller()
class WaysController {
  @Get('value')
  value(@Session() session: Visit) {
    session.step = 'value';
    return { ok: true };
  }

  @Get('observable')
  observable(@Session() session: Visit) {
    return defer(() => {
      session.step = 'observable';
      return of('x');
    });
  }

  @Get('promise')
  async promise(@Session() session: Visit) {
    await setImmediate();
    session.step = 'promise';
  }

  @Get('exception')
  exception(@Session() session: Visit) {
    session.step = 'exception';
    throw new BadRequestException();
  }

  @Get('crash')
  crash(@Session() session: Visit) {
    session.step = 'crash';
    throw new Error('a handler fails');
  }

  @Get('guard-refuses')
  @UseGuards(Refuses)
  guarded() {}

  @Get('guard-redirects')
  @UseGuards(Redirects)
  redirected() {}

  @Get('res')
  res(@Res() response: any, @Session() session: Visit) {
    session.step = 'res';
    response.header('set-cookie', 'other=1; Path=/');
    response.status(200).send({ ok: true });
  }

  @Get('res-end')
  resEnd(@Res() response: any, @Session() session: Visit) {
    session.step = 'res-end';
    response.hijack?.();
    rawOf(response).setHeader('Set-Cookie', ['other=1; Path=/', 'third=1']);
    rawOf(response).end('ok');
  }

  @Get('write-head-object')
  writeHeadObject(@Res() response: any, @Session() session: Visit) {
    session.step = 'write-head-object';
    response.hijack?.();
    rawOf(response).setHeader('set-cookie', 'early=1');
    rawOf(response).writeHead(200, 'Fine', { 'Set-Cookie': 'other=1', 'x-kept': 'yes' });
    rawOf(response).end('ok');
  }

  @Get('write-head-flat')
  writeHeadFlat(@Res() response: any, @Session() session: Visit) {
    session.step = 'write-head-flat';
    response.hijack?.();
    rawOf(response).writeHead(200, ['Set-Cookie', 'other=1', 'set-cookie', 'third=1', 'x-kept', 'yes']);
    rawOf(response).end('ok');
  }

  @Get('write-head-pairs')
  writeHeadPairs(@Res() response: any, @Session() session: Visit) {
    session.step = 'write-head-pairs';
    response.hijack?.();
    rawOf(response).writeHead(200, [
      ['Set-Cookie', 'other=1'],
      ['x-kept', 'yes'],
    ]);
    rawOf(response).end('ok');
  }

  @Get('passthrough')
  passthrough(@Res({ passthrough: true }) response: any, @Session() session: Visit) {
    session.step = 'passthrough';
    response.header('set-cookie', 'other=1; Path=/');
    return { ok: true };
  }

  @Get('redirect')
  @Redirect('/login', 302)
  redirect(@Session() session: Visit) {
    session.step = 'redirect';
  }

  @Get('file')
  file(@Session() session: Visit) {
    session.step = 'file';
    return new StreamableFile(Readable.from(['a', 'b']));
  }

  @Get('generator')
  async *generator(@Session() session: Visit) {
    session.step = 'generator';
    yield 'a';
    yield 'b';
  }

  @Get('web-response')
  webResponse(@Session() session: Visit) {
    session.step = 'web-response';
    const response = new Response('ok', { status: 200 });
    response.headers.append('set-cookie', 'other=1');
    return response;
  }

  @Sse('sse')
  sse(@Session() session: Visit) {
    session.step = 'sse';
    return of({ data: 'one' }, { data: 'two' });
  }

  @Get('flush-headers')
  flushHeaders(@Res() response: any, @Session() session: Visit) {
    session.step = 'flush-headers';
    response.hijack?.();
    rawOf(response).flushHeaders();
    rawOf(response).end('ok');
  }

  @Get('chunks')
  chunks(@Res() response: any, @Session() session: Visit) {
    session.step = 'chunks';
    response.hijack?.();
    rawOf(response).write('a');
    rawOf(response).end('b');
  }

  @Get('no-content')
  @HttpCode(204)
  noContent(@Session() session: Visit) {
    session.step = 'no-content';
  }

  @Get('not-modified')
  @HttpCode(304)
  notModified(@Session() session: Visit) {
    session.step = 'not-modified';
  }

  @Post('post')
  post(@Session() session: Visit, @Req() request: any) {
    session.step = 'post';
    return request.body;
  }

  @Get('read')
  read(@Session() session: Visit) {
    return { step: session.step ?? null, isNew: getSessionInfo(session).isNew };
  }
}

interface Way {
  readonly path: string;
  readonly status: number | Partial<Record<Platform, number>>;
  readonly method?: string;
  readonly step?: string;
  /** Cookies of others that must arrive, too. */
  readonly others?: readonly string[];
  readonly body?: string;
  /** The version of Nest that brought it. */
  readonly since?: 12;
}

const WAYS: readonly Way[] = [
  { path: '/value', status: 200 },
  { path: '/observable', status: 200 },
  { path: '/promise', status: 200 },
  { path: '/exception', status: 400 },
  { path: '/crash', status: 500 },
  { path: '/guard-refuses', status: 403, step: 'guard refuses' },
  { path: '/guard-redirects', status: { express: 302, fastify: 302 }, step: 'guard redirects' },
  { path: '/nowhere?step=404', status: 404, step: '404' },
  { path: '/res', status: 200, others: ['other=1'] },
  { path: '/res-end', status: 200, others: ['other=1', 'third=1'] },
  { path: '/write-head-object', status: 200, others: ['other=1', 'early=1'] },
  { path: '/write-head-flat', status: 200, others: ['other=1', 'third=1'] },
  { path: '/write-head-pairs', status: 200, others: ['other=1'] },
  { path: '/passthrough', status: 200, others: ['other=1'] },
  { path: '/redirect', status: 302 },
  { path: '/file', status: 200, body: 'ab' },
  { path: '/generator', status: 200, body: 'ab', since: 12 },
  { path: '/web-response', status: 200, others: ['other=1'], body: 'ok', since: 12 },
  { path: '/sse', status: 200 },
  { path: '/flush-headers', status: 200, body: 'ok' },
  { path: '/chunks', status: 200, body: 'ab' },
  { path: '/value', status: 200, method: 'HEAD', step: 'value' },
  { path: '/no-content', status: 204 },
  { path: '/not-modified', status: 304 },
  { path: '/post', status: 201, method: 'POST', body: '{"big":"' },
  { path: '/public/asset.txt?step=asset', status: 200, step: 'asset', body: 'static' },
  { path: '/value?step=options', status: 404, method: 'OPTIONS', step: 'options' },
];

const assets = mkdtempSync(join(tmpdir(), 'assets-'));
writeFileSync(join(assets, 'asset.txt'), 'static');

/** Express: static files behind the middleware of a module. */
@Injectable()
class StaticAssets implements NestMiddleware {
  use(request: any, response: any, next: () => void) {
    const { pathname } = new URL(request.originalUrl ?? request.url, 'http://x');
    if (response.sendFile && pathname === '/public/asset.txt') response.sendFile(join(assets, 'asset.txt'));
    else next();
  }
}

/** Fastify: a route of its own, which no Nest controller knows, as its plugin for static files adds. */
function serveAssets(app: INestApplication): void {
  if (app.getHttpAdapter().getType() !== 'fastify') return;
  const fastify = (app as NestFastifyApplication).getHttpAdapter().getInstance();
  fastify.get('/public/asset.txt', (_request, reply) =>
    reply.send(createReadStream(join(assets, 'asset.txt'))),
  );
}

afterAll(() => rmSync(assets, { recursive: true }));
afterEach(stopAll);

/** Sessions come another way where no middleware needs them. */
const WITH_MIDDLEWARE = {
  providers: [Toucher],
  middleware: [Toucher, StaticAssets],
  prepare: serveAssets,
};
const SETUPS = PLATFORMS.flatMap((platform) => [
  { platform, surroundings: 'with middleware', setup: WITH_MIDDLEWARE, ways: WAYS },
  {
    platform,
    surroundings: 'without middleware',
    setup: {},
    ways: WAYS.filter(({ path }) => !path.includes('?step=')),
  },
]);

describe.each(SETUPS)('every way out of a request carries the cookie ($platform, $surroundings)', (given) => {
  const { platform, setup, ways } = given;
  let running: Running;

  beforeEach(async () => {
    const options = { cookieName: 'session' };
    running = await start(platform, { controllers: [WaysController], options, ...setup });
  });

  const name = ({ method = 'GET', path }: Way): string => `${method} ${path}`;

  const arrives = async (way: Way): Promise<void> => {
    const browser = running.browser();
    const { method = 'GET', path, status, others = [], step = path.slice(1), body } = way;
    const isPost = method === 'POST';
    const page = isPost
      ? await browser.post(path, { big: 'x'.repeat(90_000) })
      : await browser.request(path, { method });

    expect(page.status).toBe(typeof status === 'number' ? status : status[platform]);
    expect(page.setCookies.filter((cookie) => cookie.startsWith('session='))).toHaveLength(1);
    expect(page.setCookies.map((cookie) => cookie.split(';')[0])).toEqual(
      expect.arrayContaining([...others]),
    );
    expect(page.setCookies).toHaveLength(1 + others.length);
    expect(page.headers.get('cache-control')).toMatch(/^private, (no-cache, )?no-store/);
    expect(page.headers.get('vary')).toMatch(/\bCookie\b/);
    if (path.startsWith('/write-head-')) expect(page.headers.get('x-kept') ?? 'yes').toBe('yes');
    if (body !== undefined) expect(page.text).toContain(body);
    const opened = createSessionCodec({ cookieName: 'session', secret: SECRET }).unseal(
      browser.cookie('session')!,
    );
    expect(opened).toMatchObject({ ok: true, content: { step } });
    expect((await browser.get('/read')).json()).toEqual({ step, isNew: false });
  };

  for (const way of ways) (way.since ? testOnNest12 : test)(name(way), () => arrives(way));

  test('a request that touches no session gets no cookie, no Vary and no Cache-Control', async () => {
    const browser = running.browser();
    const page = await browser.get('/nowhere');
    expect(page.setCookies).toEqual([]);
    expect(page.headers.get('vary') ?? '').not.toMatch(/cookie/i);
    expect(page.headers.get('cache-control')).not.toBe('private, no-store');
  });
});

/** The copy of Express that Nest uses. A response that is handed to another copy forgets the session: `lost`. */
const requireOfNest = createRequire(createRequire(import.meta.url).resolve('@nestjs/platform-express'));
const expressOfNest = requireOfNest('express') as typeof express;

describe('another Express application answers', () => {
  const createInner = () =>
    expressOfNest().get('/{*splat}', (_request, response) => void response.send('inner'));
  const touch = (request: object, _response: unknown, next: () => void) => {
    getSession<{ step?: string }>(request).step = 'outer';
    next();
  };

  test.each<[string, (app: INestApplication) => void]>([
    ['mounted', (app) => app.use('/inner', createInner())],
    [
      'called by a middleware',
      (app) =>
        app.use('/inner', (request: express.Request, response: express.Response) =>
          createInner()(request, response),
        ),
    ],
  ])('%s: the cookie is sent', async (_way, mount) => {
    const options = { cookieName: 'session' };
    const prepare = (app: INestApplication) => (app.use(touch), mount(app));
    const browser = (await start('express', { options, prepare })).browser();
    expect((await browser.get('/inner')).text).toBe('inner');
    expect(browser.cookie('session')).toBeDefined();
  });

  /** Visits a handler that changes its session and hands its response on. */
  async function visitHandler(inner: express.Application) {
    @Controller()
    class HandsOver {
      @Get('inner')
      handOver(
        @Session() session: Visit,
        @Req() request: express.Request,
        @Res() response: express.Response,
      ) {
        session.step = 'outer';
        inner(request, response);
      }
    }
    const events: SessionEvent[] = [];
    const options = { cookieName: 'session', onEvent: ofSessions((event) => events.push(event)) };
    const browser = (await start('express', { controllers: [HandsOver], options })).browser();
    expect((await browser.get('/inner')).text).toBe('inner');
    return { cookie: browser.cookie('session'), events };
  }

  test('called by a handler: the cookie is sent', async () => {
    const { cookie, events } = await visitHandler(createInner());
    expect(cookie).toBeDefined();
    expect(events).toEqual([]);
  });

  const testWithOtherCopy = express === expressOfNest ? test.skip : test;

  testWithOtherCopy('called by a handler, and of another copy of Express: the loss is an event', async () => {
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const inner = express().use((_request, response) => void response.send('inner'));
    const { cookie, events } = await visitHandler(inner);
    expect(cookie).toBeUndefined();
    expect(events).toEqual([expect.objectContaining({ type: 'lost' })]);
  });
});

test.each<[string, (request: express.Request, response: express.Response) => void]>([
  [
    'asks with an object that inherits from the request',
    (request) => (getSession(Object.create(request) as object).step = 'derived'),
  ],
  [
    'puts the writeHead back that it found',
    (request, response) => {
      const { writeHead } = response;
      getSession(request).step = 'put back';
      response.writeHead = writeHead;
    },
  ],
  [
    'has replaced writeHead in all responses of its application',
    (request, response) => {
      const { writeHead } = response;
      const later = function (this: express.Response, ...args: unknown[]): unknown {
        return Reflect.apply(writeHead, this, args);
      };
      Object.assign(Object.getPrototypeOf(response) as object, { writeHead: later });
      getSession(request).step = 'replaced';
    },
  ],
])('a middleware of Express that %s: the cookie is sent once', async (_way, act) => {
  const handle = (request: express.Request, response: express.Response) => {
    act(request, response);
    response.send('done');
  };
  const prepare = (app: INestApplication) => void app.use(handle);
  const browser = (await start('express', { options: { cookieName: 'session' }, prepare })).browser();
  expect((await browser.get('/')).setCookies).toHaveLength(1);
});
