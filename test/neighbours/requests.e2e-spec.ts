import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { CacheInterceptor, CacheModule } from '@nestjs/cache-manager';
import {
  Controller,
  Get,
  type INestApplication,
  type ModuleMetadata,
  Param,
  Post,
  Req,
  type Type,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ApiCookieAuth, type OpenAPIObject } from '@nestjs/swagger';
import type * as throttler from '@nestjs/throttler';
import helmet from 'helmet';
import { ClsService } from 'nestjs-cls';
import { pinoHttp } from 'pino-http';
import { ClientSessionsModule, getSession, getSessionInfo, Session } from '../../lib/index.js';
import { type Platform, PLATFORMS, type Setup, start, stopAll } from '../support/application.js';
import type { Browser } from '../support/browser.js';
import { loadCommonJs } from '../support/common-js.js';
import { Guide } from '../support/guide.js';
import { neighbour } from '../support/neighbour.js';
import { testOnNest12 } from '../support/nest.js';
import { SECRET } from '../support/secrets.js';

const guide = new Guide('docs/neighbours.md');

beforeEach(() => {
  delete guide.env['LOG'];
});

afterEach(async () => {
  jest.restoreAllMocks();
  await stopAll();
});

interface Visit {
  userId?: string;
}

/** A line of pino-http. */
interface RequestLine {
  readonly req: { readonly url: string; readonly headers: object };
  readonly res: { readonly statusCode: number; readonly headers: object };
}

/** What pino writes to. */
class Log {
  text = '';
  #written: () => void = () => undefined;

  write(line: string): void {
    this.text += line;
    this.#written();
  }

  clear(): void {
    this.text = '';
  }

  /** The lines about requests, as soon as there are so many: pino-http writes when an answer is over. */
  async requests(count: number): Promise<readonly RequestLine[]> {
    for (let i = 0; i < 100; i++) {
      const lines = this.text.split('\n').filter((line) => line.includes('"req":'));
      if (lines.length >= count) return lines.map((line) => JSON.parse(line) as RequestLine);
      await new Promise<void>((resolve) => (this.#written = resolve));
    }
    throw new Error('The log has other lines');
  }
}

@Controller('login')
class LoginController {
  @Post(':user')
  login(@Param('user') user: string, @Session() session: Session<Visit>): void {
    session.reset();
    session.userId = user;
  }
}

/** An application with the sessions of the page, at which anybody can log in as anybody. */
async function startPage(
  platform: Platform,
  { controllers = [], ...setup }: Setup = {},
): ReturnType<typeof start> {
  const { Visit } = await guide.load<{ Visit: never }>('sessions.ts');
  const options = { sessions: [Visit], ...setup.options };
  return start(platform, { ...setup, options, controllers: [LoginController, ...controllers] });
}

async function logIn(browser: Browser, user: string): Promise<Browser> {
  expect((await browser.post(`/login/${user}`)).status).toBe(201);
  return browser;
}

describe('CacheInterceptor', () => {
  async function startCached(platform: Platform, interceptor: Type): Promise<() => Browser> {
    let calls = 0;
    @Controller()
    @UseInterceptors(interceptor)
    class PageController {
      @Get('page')
      page(@Session() session: Session<Visit>): object {
        return { for: session.userId ?? 'a guest', calls: ++calls };
      }
    }
    const imports = [CacheModule.register({ ttl: 60_000 })];
    const { browser } = await startPage(platform, { imports, controllers: [PageController] });
    return browser;
  }

  test.each(PLATFORMS)('as it is, on %s, the page of one visitor goes to all', async (platform) => {
    const browser = await startCached(platform, CacheInterceptor);
    const ada = await logIn(browser(), 'ada');
    expect((await ada.get('/page')).json()).toMatchObject({ for: 'ada' });
    expect((await browser().get('/page')).json()).toMatchObject({ for: 'ada' });
  });

  neighbour('CacheInterceptor', { express: 'works', fastify: 'works' }, async (platform) => {
    const { VisitorCacheInterceptor } = await guide.load<Record<'VisitorCacheInterceptor', Type>>(
      'visitor-cache.interceptor.ts',
    );
    const browser = await startCached(platform, VisitorCacheInterceptor);
    const [ada, eve] = [await logIn(browser(), 'ada'), await logIn(browser(), 'eve')];
    const page = async (who: Browser): Promise<unknown> => (await who.get('/page')).json();
    expect(await page(ada)).toEqual({ for: 'ada', calls: 1 });
    expect(await page(eve)).toEqual({ for: 'eve', calls: 2 });
    expect(await page(browser())).toEqual({ for: 'a guest', calls: 3 });
    expect(await page(browser())).toEqual({ for: 'a guest', calls: 4 });
    expect(await page(ada)).toEqual({ for: 'ada', calls: 1 });
    await logIn(ada, 'eve');
    expect(await page(ada)).toEqual({ for: 'eve', calls: 2 });
  });

  test.each(PLATFORMS)('on %s, no names and addresses make the key of another page', async (platform) => {
    const { VisitorCacheInterceptor } = await guide.load<Record<'VisitorCacheInterceptor', Type>>(
      'visitor-cache.interceptor.ts',
    );
    const browser = await startCached(platform, VisitorCacheInterceptor);
    const [one, other] = [await logIn(browser(), 'a,%2Fpage%3Fx='), await logIn(browser(), 'a')];
    await one.get('/page');
    expect((await other.get('/page?x=,/page')).json()).toMatchObject({ for: 'a' });
  });
});

describe('nestjs-pino', () => {
  /** nestjs-pino has one logger for each process, so all applications of this file write here. */
  const log = new Log();

  async function startLogged(
    platform: Platform,
    { isFirst = false, adapt = (code: string): string => code } = {},
  ): Promise<Browser> {
    log.clear();
    Object.assign(guide.env, { LOG: log });
    const { LogModule } = await guide.load<Record<'LogModule', Type>>('log.module.ts', (code) =>
      adapt(code).replace('pinoHttp: {', 'pinoHttp: { stream: process.env.LOG as never,'),
    );
    const { Visit } = await guide.load<{ Visit: never }>('sessions.ts');
    const sessions = ClientSessionsModule.forRoot({ secret: SECRET, sessions: [Visit] });
    const modules = isFirst ? [LogModule, sessions] : [sessions, LogModule];
    return (await start(platform, { sessions: modules, controllers: [LoginController] })).browser();
  }

  neighbour('nestjs-pino', { express: 'works', fastify: 'works' }, async (platform) => {
    for (const isFirst of [false, true]) {
      const browser = await startLogged(platform, { isFirst });
      await logIn(browser, 'ada');
      const sealed = browser.cookie('session')!;
      await logIn(browser, 'eve');
      for (const path of ['/nowhere', '/']) await browser.get(path);
      const lines = await log.requests(4);
      expect(lines[0]).toMatchObject({ res: { statusCode: 201, headers: { 'set-cookie': '[Redacted]' } } });
      for (const line of lines.slice(2))
        expect(line).toMatchObject({
          userId: 'eve',
          req: { headers: { cookie: '[Redacted]' } },
          res: { statusCode: 404 },
        });
      for (const value of [sealed, browser.cookie('session')!]) expect(log.text).not.toContain(value);
    }
  });

  testOnNest12('needs `forRoutes` on Fastify: its default misses requests', async () => {
    const adapt = (code: string): string => code.replace(/forRoutes: .*\n/, '');
    const browser = await startLogged('fastify', { adapt });
    for (const path of ['/', '/nowhere', '/']) await browser.get(path);
    expect(new Set((await log.requests(1)).map(({ req }) => req.url)).size).toBe(1);
  });

  test('pino-http alone writes cookies into the log', async () => {
    log.clear();
    const prepare = (app: INestApplication): void => void app.use(pinoHttp({}, log));
    const browser = (await startPage('express', { prepare })).browser();
    await logIn(browser, 'ada');
    await log.requests(1);
    expect(log.text).toContain(browser.cookie('session'));
  });
});

neighbour('helmet', { express: 'works', fastify: 'works' }, async (platform) => {
  const prepare = (app: INestApplication): void => void app.use(helmet());
  const { browser } = await startPage(platform, { prepare });
  const page = await browser().post('/login/ada');
  expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(page.setCookies).toEqual([expect.stringMatching(/^session=.+; HttpOnly; SameSite=Lax$/)]);
});

neighbour('@nestjs/throttler', { express: 'works', fastify: 'works' }, async (platform) => {
  const { ThrottlerModule, ...rest } = await loadCommonJs<typeof throttler>('@nestjs/throttler');
  guide.given.set('@nestjs/throttler', { ThrottlerModule, ...rest });
  const { VisitorThrottlerGuard } = await guide.load<Record<'VisitorThrottlerGuard', Type>>(
    'visitor-throttler.guard.ts',
  );
  @Controller()
  class PageController {
    @Get('page')
    @UseGuards(VisitorThrottlerGuard)
    page(): string {
      return 'here';
    }
  }
  const imports = [ThrottlerModule.forRoot([{ ttl: 60_000, limit: 2 }])];
  const { browser } = await startPage(platform, { imports, controllers: [PageController] });
  const visit = async (who: Browser): Promise<number> => (await who.get('/page')).status;
  const [ada, eve] = [await logIn(browser(), 'ada'), await logIn(browser(), 'eve')];
  expect([await visit(ada), await visit(ada), await visit(ada)]).toEqual([200, 200, 429]);
  expect([await visit(eve), await visit(eve), await visit(eve)]).toEqual([200, 200, 429]);
  // Another device of the same user, and visitors whose sessions are new each time.
  expect(await visit(await logIn(browser(), 'ada'))).toBe(429);
  expect([await visit(browser()), await visit(browser()), await visit(browser())]).toEqual([200, 200, 429]);
});

neighbour('@nestjs/swagger', { express: 'works', fastify: 'works' }, async (platform) => {
  const { documentOf } = await guide.load<{ documentOf(app: INestApplication): OpenAPIObject }>('swagger.ts');
  @Controller('cart')
  @ApiCookieAuth('session')
  class CartController {
    @Get()
    cart(@Session() session: Session<Visit>): object {
      return session;
    }
  }
  for (const prefix of [undefined, '__Host-'] as const) {
    const options = { cookie: { secure: true, ...(prefix && { prefix }) } };
    const { app } = await startPage(platform, { options, controllers: [CartController] });
    const { components, paths } = documentOf(app);
    const name = `${prefix ?? ''}session`;
    expect(components?.securitySchemes).toEqual({ session: { type: 'apiKey', in: 'cookie', name } });
    expect(paths['/cart']?.get).toMatchObject({ security: [{ session: [] }], parameters: [] });
  }
});

describe('nestjs-cls', () => {
  neighbour('nestjs-cls', { express: 'works', fastify: 'works' }, async (platform) => {
    const { RequestContext } = await guide.load<{
      RequestContext: NonNullable<ModuleMetadata['imports']>[0];
    }>('cls.module.ts');
    const { Visit } = await guide.load<{ Visit: never }>('sessions.ts');
    @Controller('page')
    class PageController {
      constructor(private readonly cls: ClsService) {}

      @Get()
      page(@Req() request: object): object {
        const session = this.cls.get<Session<Visit>>('session');
        return { user: session.userId, isSame: session === getSession(request), ...getSessionInfo(session) };
      }

      @Post()
      change(): void {
        this.cls.get<Session<Visit>>('session').userId = 'eve';
      }
    }
    for (const isFirst of [false, true]) {
      const sessions = ClientSessionsModule.forRoot({
        secret: SECRET,
        sessions: [Visit],
      });
      const modules = isFirst ? [RequestContext, sessions] : [sessions, RequestContext];
      const { browser } = await start(platform, {
        sessions: modules,
        controllers: [LoginController, PageController],
      });
      const ada = await logIn(browser(), 'ada');
      expect((await ada.get('/page')).json()).toMatchObject({ user: 'ada', isSame: true, isNew: false });
      await ada.post('/page');
      expect((await ada.get('/page')).json()).toMatchObject({ user: 'eve' });
    }
  });
});
