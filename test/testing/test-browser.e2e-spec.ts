import {
  Body,
  Controller,
  Delete,
  Get,
  Head,
  HttpCode,
  type INestApplication,
  Post,
  Redirect,
  Req,
  Res,
} from '@nestjs/common';
import { afterEach, describe, expect, test } from '@jest/globals';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ClientSessionsModule } from 'nestjs-client-sessions';
import { testSessions } from 'nestjs-client-sessions/testing';
import { PLATFORMS } from '../support/application.js';
import { SECRET } from '../support/secrets.js';
import { DAY } from '../support/session.js';
import { applicationOn, Auth, Cart, closeApplications, ShopController } from './applications.js';

afterEach(closeApplications);

interface Reply {
  header(name: string, value: string | string[]): void;
}

@Controller()
class EchoController {
  @Get('echo')
  echo(@Req() request: any): object {
    const { headers, ip, protocol, hostname } = request;
    return { headers, ip, protocol, hostname };
  }

  @Post('echo')
  @HttpCode(200)
  body(@Body() body: unknown, @Req() { headers }: any): object {
    return { body, type: headers['content-type'] };
  }

  @Get('set')
  set(@Res({ passthrough: true }) reply: Reply): void {
    reply.header('set-cookie', [
      'here=1; Path=/',
      'there=1; Path=/shop',
      'secure=1; Path=/; Secure',
      '__Host-host=1; Path=/; Secure',
      '__Host-wrong=1; Path=/',
      'foreign=1; Domain=example.com',
      'wide=1; Domain=example.org; Path=/',
      'brief=1; Path=/; Max-Age=60',
      'gone=; Path=/; Max-Age=0',
    ]);
  }

  @Get('away')
  @Redirect('/echo', 303)
  away(): void {}

  @Delete('nothing')
  @HttpCode(204)
  nothing(): void {}

  @Head('head')
  head(): void {}
}

const controllers = [ShopController, EchoController];
const cookiesOf = async (response: Response): Promise<string | undefined> =>
  ((await response.json()) as { headers: { cookie?: string } }).headers.cookie;

describe.each(PLATFORMS)('the browser of a test, on %s', (platform) => {
  const start = (): Promise<INestApplication> => applicationOn(platform, {}, controllers);

  test('keeps a session from visit to visit, without a port', async () => {
    const app = await start();
    const browser = testSessions(app).browser();
    expect((await browser.get('/me')).status).toBe(401);
    await browser.post('/login', { userId: '42' });
    expect(await (await browser.get('/me')).json()).toEqual({ userId: '42', visits: 0 });
    expect(browser.session(Auth)).toEqual({ userId: '42', visits: 0 });
    expect(browser.session(Cart)).toBeUndefined();
    await browser.post('/logout');
    expect((await browser.get('/me')).status).toBe(401);
    expect(app.getHttpServer().listening).toBe(false);
  });

  test('starts the application once, also for several first requests at the same time', async () => {
    const app = await start();
    let count = 0;
    app.use((_: unknown, __: unknown, next: () => void) => {
      count += 1;
      next();
    });
    const browsers = [1, 2, 3].map(() => testSessions(app).browser());
    const answers = await Promise.all(browsers.map((browser) => browser.get('/cart')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(count).toBe(3);
  });

  test('leaves nothing open', async () => {
    const app = await start();
    const browser = testSessions(app).browser();
    for (let i = 0; i < 5; i++) await browser.get('/echo');
    const connections = await new Promise((resolve) =>
      app.getHttpServer().getConnections((_: unknown, count: number) => resolve(count)),
    );
    expect(connections).toBe(0);
    await app.close();
  });

  test('works with an application that listens, too', async () => {
    const app = await start();
    await app.listen(0, '127.0.0.1');
    expect((await testSessions(app).browser().get('/echo')).status).toBe(200);
  });

  test('obeys names, paths, domains, prefixes, ends and deletions', async () => {
    const sessions = testSessions(await start());
    const browser = sessions.browser('http://shop.example.org');
    await browser.get('/set');
    expect(browser.dropped).toEqual([
      'the cookie "__Host-wrong" is dropped: its prefix needs "Secure"',
      'the cookie "foreign" is dropped: its domain "example.com" is not that of "shop.example.org"',
    ]);
    const all = 'here=1; secure=1; __Host-host=1; wide=1; brief=1';
    expect(await cookiesOf(await browser.get('/echo'))).toBe(all);
    expect(await cookiesOf(await browser.get('http://example.org/echo'))).toBe('wide=1');
    expect(await cookiesOf(await browser.get('http://other.org/echo'))).toBeUndefined();
    sessions.clock.advance('1 minute');
    expect(await cookiesOf(await browser.get('/echo'))).toBe(all.replace('; brief=1', ''));
    expect(await cookiesOf(await browser.restart().get('/echo'))).toBeUndefined();
  });

  test('lets sessions end by the application’s clock', async () => {
    const sessions = testSessions(await start());
    const browser = sessions
      .browser()
      .as(Auth, { userId: '42' })
      .as(Cart, { items: ['tea'] });
    sessions.clock.advance('2 days');
    expect(browser.session(Auth)).toBeUndefined();
    expect((await browser.get('/me')).status).toBe(401);
    expect(await (await browser.restart().get('/cart')).json()).toEqual({ items: ['tea'] });
    sessions.clock.advance(9 * DAY);
    expect(browser.session(Cart)).toBeUndefined();
  });

  test('sends bodies, headers and cookies as fetch() does', async () => {
    const browser = testSessions(await start()).browser();
    const sent = async (body: unknown, init?: RequestInit): Promise<unknown> =>
      (await browser.post('/echo', body, init)).json();
    expect(await sent({ a: 1 })).toEqual({ body: { a: 1 }, type: 'application/json' });
    expect(await sent([1])).toEqual({ body: [1], type: 'application/json' });
    const type = 'application/json; charset=utf-8';
    expect(await sent('{"a":2}', { headers: { 'content-type': type } })).toEqual({ body: { a: 2 }, type });
    const form = (await sent(new URLSearchParams({ a: '3' }))) as { body: object; type: string };
    expect([{ ...form.body }, form.type]).toEqual([
      { a: '3' },
      'application/x-www-form-urlencoded;charset=UTF-8',
    ]);
    expect((await browser.post('/logout')).status).toBe(201);
    const own = await browser.get('/echo', { headers: { cookie: 'mine=1', 'x-own': 'yes' } });
    expect(((await own.json()) as { headers: object }).headers).toMatchObject({
      cookie: 'mine=1',
      'x-own': 'yes',
    });
  });

  test('gives responses of every kind, and follows no redirect', async () => {
    const browser = testSessions(await start()).browser();
    const away = await browser.get('/away');
    expect([away.status, away.headers.get('location')]).toEqual([303, '/echo']);
    const nothing = await browser.request('/nothing', { method: 'DELETE' });
    expect([nothing.status, await nothing.text()]).toEqual([204, '']);
    expect((await browser.request('/head', { method: 'HEAD' })).status).toBe(200);
    expect((await browser.get('/nowhere?a=b')).status).toBe(404);
  });

  test('comes from 127.0.0.1, with http or https', async () => {
    const sessions = testSessions(await start());
    const seen = async (origin?: string): Promise<object> =>
      (await sessions.browser(origin).get('/echo')).json() as never;
    expect(await seen()).toMatchObject({ ip: '127.0.0.1', protocol: 'http', hostname: 'localhost' });
    const secure = await seen('https://shop.example.org');
    expect(secure).toMatchObject({ protocol: 'https', hostname: 'shop.example.org' });
    const login = await sessions.browser('https://shop.example.org').post('/login', { userId: '42' });
    expect(sessions.read(login, Auth)!.attributes.secure).toBe(true);
  });

  test('says why it cannot become a visitor whose cookie has another domain', async () => {
    const app = await applicationOn(platform, { cookie: { domain: 'example.org' } }, controllers);
    const sessions = testSessions(app);
    expect(() => sessions.browser().as(Auth, { userId: '42' })).toThrow(
      /is not that of "localhost".*browser\(/,
    );
    const browser = sessions.browser('http://shop.example.org').as(Auth, { userId: '42' });
    expect((await browser.get('/me')).status).toBe(200);
  });

  test('passes on what breaks the connection', async () => {
    const app = await start();
    app.use((request: { socket: { destroy(): void } }) => request.socket.destroy());
    await expect(testSessions(app).browser().get('/echo')).rejects.toThrow('socket hang up');
  });
});

test('says that a server of HTTP/2 alone is none for a browser', async () => {
  const options = { secret: SECRET, sessions: [Auth] };
  const module = await Test.createTestingModule({
    imports: [ClientSessionsModule.forRoot(options)],
  }).compile();
  const app = module.createNestApplication(new FastifyAdapter({ http2: true } as object));
  try {
    await expect(testSessions(app).browser().get('/')).rejects.toThrow(
      /must speak HTTP\/1\.1 with a browser\. Leave "http2" out/,
    );
  } finally {
    await app.close();
  }
});
