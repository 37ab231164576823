import type { AddressInfo } from 'node:net';
import { Controller, Get, type NestMiddleware } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import express from 'express';
import { clientSessions, ClientSessionsModule, Session, type SessionEvent } from '../../lib/index.js';
import { type Platform, start, stopAll } from '../support/application.js';
import { SECRET } from '../support/secrets.js';
import { serve, stopServers } from '../support/server.js';

@Controller()
class VisitController {
  @Get('visit')
  visit(@Session() session: Session): string {
    session['at'] = Math.random();
    return 'seen';
  }
}

class Middleware implements NestMiddleware {
  use(_request: unknown, _response: unknown, next: () => void): void {
    next();
  }
}

const HEADERS = { 'x-forwarded-proto': 'https' };
const REMEDIES = {
  express: /app\.set\("trust proxy"/,
  fastify: /new FastifyAdapter\(\{ trustProxy: \[/,
  bare: /[^ ]+ Set cookie\.secure to true\.$/,
};

beforeEach(() => void jest.spyOn(console, 'warn').mockImplementation(() => undefined));

afterEach(async () => {
  jest.restoreAllMocks();
  stopServers();
  await stopAll();
});

/** What is warned of, and what is to be passed on as `onEvent`. */
function listener(): { warnings: string[]; onEvent: (event: SessionEvent) => void } {
  const warnings: string[] = [];
  return { warnings, onEvent: (event) => void (event.type === 'warning' && warnings.push(event.message)) };
}

describe('a TLS proxy that nobody trusts', () => {
  test.each<[Platform, string, object]>([
    ['express', 'everywhere', {}],
    ['fastify', 'everywhere', {}],
    ['express', 'beside other middleware', { middleware: [Middleware] }],
    ['fastify', 'beside other middleware', { middleware: [Middleware] }],
  ])('is told of once, in terms of Nest on %s, %s', async (platform, _title, setup) => {
    const { warnings, onEvent } = listener();
    const { browser } = await start(platform, {
      controllers: [VisitController],
      options: { name: 'session', onEvent },
      ...setup,
    });
    const visitor = browser();
    for (let i = 0; i < 3; i++) {
      const { setCookies } = await visitor.get('/visit', { headers: HEADERS });
      expect(setCookies[0]).not.toContain('Secure');
    }
    expect(warnings).toEqual([expect.stringMatching(REMEDIES[platform])]);
  });

  test("is told of in terms of Express's own application", async () => {
    const { warnings, onEvent } = listener();
    const app = express();
    app.use(clientSessions({ cookieName: 'session', secret: SECRET, onEvent }));
    app.get('/', (request, response) => {
      (request as unknown as { session: Session }).session['at'] = 1;
      response.end();
    });
    const server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { headers: HEADERS });
    server.close();
    server.closeAllConnections();
    expect(warnings).toEqual([expect.stringMatching(REMEDIES.express)]);
  });

  test('is told of where there is no framework', async () => {
    const { warnings, onEvent } = listener();
    const browser = await serve(({ session }) => (session.at = 1), { onEvent });
    await browser.get('/', { headers: HEADERS });
    expect(warnings).toEqual([expect.stringMatching(REMEDIES.bare)]);
  });
});

describe('what the warning recommends helps', () => {
  test('on Fastify: the addresses of the proxy', async () => {
    const { warnings, onEvent } = listener();
    const module = await Test.createTestingModule({
      imports: [ClientSessionsModule.forRoot({ name: 'session', secret: SECRET, onEvent })],
      controllers: [VisitController],
    }).compile();
    const adapter = new FastifyAdapter({ trustProxy: ['127.0.0.1'] });
    const app = module.createNestApplication<NestFastifyApplication>(adapter, { logger: false });
    await app.listen(0, '127.0.0.1');
    const response = await fetch(`${await app.getUrl()}/visit`, { headers: HEADERS });
    await app.close();
    expect(response.headers.get('set-cookie')).toContain('; Secure');
    expect(warnings).toEqual([]);
  });

  test('on Express: the number of proxies', async () => {
    const { warnings, onEvent } = listener();
    const { browser } = await start('express', {
      controllers: [VisitController],
      options: { name: 'session', onEvent },
      prepare: (app) => void app.getHttpAdapter().getInstance().set('trust proxy', 1),
    });
    const { setCookies } = await browser().get('/visit', { headers: HEADERS });
    expect(setCookies[0]).toContain('; Secure');
    expect(warnings).toEqual([]);
  });

  test.each<Platform>(['express', 'fastify'])('on %s: Secure everywhere', async (platform) => {
    const { warnings, onEvent } = listener();
    const { browser } = await start(platform, {
      controllers: [VisitController],
      options: { name: 'session', cookie: { secure: true }, onEvent },
    });
    const { setCookies } = await browser().get('/visit', { headers: { ...HEADERS, host: 'shop.example' } });
    expect(setCookies[0]).toContain('; Secure');
    expect(warnings).toEqual([]);
  });
});
