import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  Body,
  type CanActivate,
  Controller,
  Get,
  type INestApplication,
  type MiddlewareConsumer,
  Module,
  Post,
  Req,
  Res,
  type Type,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import flash from 'connect-flash';
import { ClientSessionsModule, Session } from '../../lib/index.js';
import { type Platform, PLATFORMS, start, stopAll } from '../support/application.js';
import type { Browser, Page } from '../support/browser.js';
import { Guide } from '../support/guide.js';
import { neighbour } from '../support/neighbour.js';
import { testOnNest12 } from '../support/nest.js';

const guide = new Guide('docs/neighbours.md');
const OPTIONS = { cookieName: 'session' };
const ELSEWHERE = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
const SIBLING = { 'sec-fetch-site': 'same-site', origin: 'https://blog.shop.example' };

afterEach(stopAll);

interface Content {
  items?: string[];
}

@Controller()
class CartController {
  @Get()
  page(@Session() session: Session<Content & { csrf?: string }>): object {
    return { items: session.items ?? [], csrf: session.csrf };
  }

  @Post('items')
  add(@Body('item') item: string, @Session() session: Session<Content>): void {
    session.items = [...(session.items ?? []), item];
  }

  @Post('login')
  login(@Session() session: Session<Content>): void {
    session.reset();
  }
}

function send(browser: Browser, fields: Record<string, string>, headers = {}): Promise<Page> {
  const body = new URLSearchParams(fields).toString();
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  return browser.post('/items', undefined, { body, headers: { ...type, ...headers } });
}

function startWithNest(platform: Platform): ReturnType<typeof start> {
  const prepare = (app: INestApplication): void => void app.enableCsrfProtection();
  return start(platform, { options: OPTIONS, controllers: [CartController], prepare });
}

neighbour('enableCsrfProtection()', { express: 'works', fastify: 'works', nest: 12 }, async (platform) => {
  const browser = (await startWithNest(platform)).browser();
  for (const headers of [{ 'sec-fetch-site': 'same-origin' }, {}])
    expect((await send(browser, { item: 'tea' }, headers)).status).toBe(201);
  for (const headers of [ELSEWHERE, SIBLING, { origin: 'https://evil.example' }])
    expect(await send(browser, { item: 'a bill' }, headers)).toMatchObject({ status: 403, setCookies: [] });
  expect((await browser.get('/')).json()).toEqual({ items: ['tea', 'tea'] });
});

testOnNest12('what it refuses replaces no session, though the form comes without the cookie', async () => {
  for (const platform of PLATFORMS) {
    const { browser } = await startWithNest(platform);
    expect(await send(browser(), { item: 'a bill' }, ELSEWHERE)).toMatchObject({
      status: 403,
      setCookies: [],
    });
  }
});

async function startWithCsrfSync(): Promise<Browser> {
  const { CsrfGuard } = await guide.load<Record<'CsrfGuard', Type<CanActivate>>>('csrf.guard.ts');
  const providers = [{ provide: APP_GUARD, useClass: CsrfGuard }];
  return (await start('express', { options: OPTIONS, controllers: [CartController], providers })).browser();
}

const tokenOf = async (browser: Browser): Promise<string> =>
  (await browser.get('/')).json<{ csrf: string }>().csrf;

neighbour('csrf-sync', { express: 'works' }, async () => {
  const browser = await startWithCsrfSync();
  const csrf = await tokenOf(browser);
  expect(csrf).toMatch(/^[0-9a-f]{32}$/);
  expect((await send(browser, { csrf, item: 'tea' })).status).toBe(201);
  const page = await browser.get('/');
  expect([page.json(), page.setCookies]).toEqual([{ items: ['tea'], csrf }, []]);
});

describe('csrf-sync', () => {
  test.each([
    ['without a token', {}],
    ['with an empty one', { csrf: '' }],
    ['with another one', { csrf: 'f'.repeat(32) }],
    ['with what a missing token would be as text', { csrf: 'undefined' }],
  ])('refuses a form %s, and stores nothing', async (_, fields) => {
    const browser = await startWithCsrfSync();
    for (const who of [browser, await startWithCsrfSync()]) {
      if (who === browser) await tokenOf(who);
      const answer = await send(who, { ...fields, item: 'a bill' });
      expect(answer).toMatchObject({ status: 403, setCookies: [] });
      expect(answer.json()).toMatchObject({ message: expect.stringContaining('out of date') });
    }
  });

  test('refuses a list of tokens, the token of another visitor, and the one from before a login', async () => {
    const browser = await startWithCsrfSync();
    const csrf = await tokenOf(browser);
    expect((await send(browser, { 'csrf[]': csrf })).status).toBe(403);
    const other = await startWithCsrfSync();
    expect((await send(browser, { csrf: await tokenOf(other) })).status).toBe(403);
    expect((await browser.post('/login', { csrf })).status).toBe(201);
    expect((await send(browser, { csrf })).status).toBe(403);
    expect(await tokenOf(browser)).not.toBe(csrf);
  });
});

/** What the test needs of @fastify/csrf-protection's reply. */
interface Reply {
  generateCsrf(): string;
}

@Controller()
class FastifyController {
  @Get()
  page(
    @Res({ passthrough: true }) reply: Reply,
    @Session() session: Session<Content & { _csrf?: string }>,
  ): object {
    return { token: reply.generateCsrf(), items: session.items ?? [], keys: Object.keys(session) };
  }

  @Post('items')
  add(@Body('item') item: string, @Session() session: Session<Content>): void {
    session.items = [...(session.items ?? []), item];
  }
}

async function startWithFastifyCsrf(adapt?: (code: string) => string): Promise<Browser> {
  const { protectForms } = await guide.load<{ protectForms(app: INestApplication): Promise<void> }>(
    'csrf-on-fastify.ts',
    adapt,
  );
  const setup = { options: OPTIONS, controllers: [FastifyController], prepare: protectForms };
  return (await start('fastify', setup)).browser();
}

neighbour('@fastify/csrf-protection', { fastify: 'works' }, async () => {
  const browser = await startWithFastifyCsrf();
  const { token } = (await browser.get('/')).json<{ token: string }>();
  expect((await send(browser, { _csrf: token, item: 'tea' })).status).toBe(201);
  expect((await browser.get('/')).json()).toMatchObject({ items: ['tea'], keys: ['_csrf', 'items'] });
});

test('@fastify/csrf-protection refuses forms without the token of the session, and stores nothing', async () => {
  const [browser, other] = [await startWithFastifyCsrf(), await startWithFastifyCsrf()];
  expect(await send(browser, { item: 'a bill' })).toMatchObject({ status: 403, setCookies: [] });
  await browser.get('/');
  const { token } = (await other.get('/')).json<{ token: string }>();
  for (const _csrf of [token, '', 'x'])
    expect(await send(browser, { _csrf, item: 'a bill' })).toMatchObject({ status: 403, setCookies: [] });
});

test('@fastify/csrf-protection does not work as if the session were @fastify/secure-session', async () => {
  const browser = await startWithFastifyCsrf((code) =>
    code.replace("'@fastify/session'", "'@fastify/secure-session'"),
  );
  expect((await browser.get('/')).status).toBe(500);
});

test('the sample has the guard of the page', () => {
  const sample = readFileSync('sample/shop/src/csrf.guard.ts', 'utf8');
  expect(guide.source('csrf.guard.ts')).toBe(`// csrf.guard.ts\n${sample}`);
});

interface Flash {
  flash(source: object, message: string): void;
  takeFlash(source: object): string[];
}

neighbour('flash messages by content', { express: 'works', fastify: 'works' }, async (platform) => {
  const { flash: say, takeFlash } = await guide.load<Flash>('flash.ts');
  const { Visit } = await guide.load<{ Visit: never }>('sessions.ts');
  @Controller()
  class FlashController {
    @Get()
    page(@Req() request: object): string[] {
      return takeFlash(request);
    }

    @Post()
    save(@Req() request: object): void {
      say(request, 'Saved.');
      say(request, 'And sent.');
    }
  }
  const { browser } = await start(platform, {
    options: { sessions: [Visit] },
    controllers: [FlashController],
  });
  const visitor = browser();
  expect((await visitor.get('/')).setCookies).toEqual([]);
  await visitor.post('/');
  expect((await visitor.get('/')).json()).toEqual(['Saved.', 'And sent.']);
  expect((await visitor.get('/')).json()).toEqual([]);
});

neighbour('connect-flash', { express: 'works' }, async () => {
  @Controller()
  class FlashController {
    @Get()
    page(@Req() request: { flash(type: string): string[] }): string[] {
      return request.flash('info');
    }

    @Post()
    save(@Req() request: { flash(type: string, message: string): void }): void {
      request.flash('info', 'Saved.');
    }
  }
  @Module({
    imports: [ClientSessionsModule.forRoot({ secret: guide.env['SESSION_SECRET']!, ...OPTIONS })],
    controllers: [FlashController],
  })
  class FlashModule {
    configure(consumer: MiddlewareConsumer): void {
      consumer.apply(flash()).forRoutes('{*splat}');
    }
  }
  const { browser } = await start('express', { sessions: [FlashModule] });
  const visitor = browser();
  expect((await visitor.post('/')).status).toBe(201);
  expect((await visitor.get('/')).json()).toEqual(['Saved.']);
  expect((await visitor.get('/')).json()).toEqual([]);
});
