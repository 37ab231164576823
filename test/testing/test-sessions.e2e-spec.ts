import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import {
  ClientSessionsModule,
  defineSession,
  Logins,
  SessionInvalidError,
  SessionUnavailableError,
  sqliteLoginStore,
  UnknownSessionError,
} from 'nestjs-client-sessions';
import { type SessionHeaders, testSessions } from 'nestjs-client-sessions/testing';
import request from 'supertest';
import { PLATFORMS } from '../support/application.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { DAY, HOUR, MINUTE } from '../support/session.js';
import { applicationOn, Auth, Cart, closeApplications, ShopController } from './applications.js';

afterEach(closeApplications);

const folder = mkdtempSync(join(tmpdir(), 'testing-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let stores = 0;
const newStore = () => sqliteLoginStore({ path: join(folder, `${(stores += 1)}.sqlite`) });

const Login = defineSession<{ userId?: string; visits: number }>('auth', {
  defaults: { visits: 0 },
  subject: ({ userId }) => userId,
  duration: '2 hours',
  idleDuration: '30 minutes',
});

type Client = (app: INestApplication, path: string, headers: SessionHeaders) => Promise<Answer>;
interface Answer {
  readonly status: number;
  readonly body: any;
  readonly response: { readonly headers: object };
}

const viaSupertest: Client = async (app, path, headers) => {
  await app.init();
  await (app.getHttpAdapter().getInstance() as { ready?: () => Promise<void> }).ready?.();
  const response = await request(app.getHttpServer()).get(path).set(headers);
  return { status: response.status, body: response.body, response };
};
const viaFetch: Client = async (app, path, headers) => {
  if (!app.getHttpServer().listening) await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
  return { status: response.status, body: await response.json(), response };
};

describe.each([
  ['express', 'supertest', viaSupertest],
  ['express', 'fetch', viaFetch],
  ['fastify', 'supertest', viaSupertest],
  ['fastify', 'fetch', viaFetch],
] as const)('testSessions() on %s, with %s', (platform, _client, ask) => {
  test('makes a visitor who is logged in, and reads what a response sets', async () => {
    const app = await applicationOn(platform);
    const sessions = testSessions(app);
    const me = await ask(app, '/me', sessions.as(Auth, { userId: '42' }));
    expect([me.status, me.body]).toEqual([200, { userId: '42', visits: 0 }]);
    expect(sessions.read(me.response, Auth)).toBeUndefined();
  });

  test('reads what a response sets', async () => {
    const app = await applicationOn(platform);
    const sessions = testSessions(app);
    sessions.clock.set('2027-01-01T00:00:00Z');
    const news = await ask(app, '/news', sessions.as([Auth, { userId: '42' }], [Cart, { items: ['tea'] }]));
    const now = Date.UTC(2027, 0, 1);
    expect(sessions.read(news.response, Auth)).toEqual({
      content: { userId: '42', visits: 1 },
      createdAt: now,
      expiresAt: now + DAY,
      attributes: expect.objectContaining({ path: '/', httpOnly: true, sameSite: 'Lax', maxAge: 86_400 }),
      cleared: false,
      renewed: false,
    });
    expect(sessions.read(news.response, Cart)).toBeUndefined();
    const both = sessions.as([Auth, {}], [Cart, { items: ['tea'] }]);
    expect((await ask(app, '/cart', both)).body).toEqual({ items: ['tea'] });
    sessions.clock.advance('3 days');
    expect(sessions.read(news.response, Auth)?.content?.visits).toBe(1);
  });
});

describe.each(PLATFORMS)('testSessions() of a module on %s', (platform) => {
  test('knows outer defaults, overrides, purpose, a prefix and secrets that arrive later', async () => {
    const app = await applicationOn(
      platform,
      {},
      [ShopController],
      ClientSessionsModule.forRootAsync({
        sessions: [Auth, Cart],
        useFactory: async () => ({
          secret: async () => [OTHER_SECRET, SECRET],
          purpose: 'staging',
          duration: '3 hours',
          cookie: { secure: true, prefix: 'auto' },
          overrides: { auth: { cookieName: 'login', duration: '1 hour' } },
        }),
      }),
    );
    const sessions = testSessions(app);
    expect(sessions.cookie(Auth, { userId: '42' })).toMatch(/^__Host-login=/);
    const browser = sessions.browser().as(Auth, { userId: '42' });
    expect((await browser.get('/me')).status).toBe(200);
    const news = await browser.get('/news');
    const { createdAt, expiresAt, attributes } = sessions.read(news, Auth)!;
    expect([expiresAt! - createdAt!, attributes.secure]).toEqual([HOUR, true]);
    sessions.clock.advance('61 minutes');
    expect((await browser.get('/me')).status).toBe(401);
  });

  test('makes cookies in chunks, and reads them', async () => {
    const app = await applicationOn(platform, { onTooLarge: 'chunk' });
    const sessions = testSessions(app);
    const note = Array.from({ length: 4500 }, (_, i) => String.fromCharCode(97 + ((i * i) % 26))).join('');
    const cookie = sessions.cookie(Cart, { items: ['tea'], note });
    expect(cookie.split('; ').map((pair) => pair.split('=')[0])).toEqual(['cart', 'cart.1']);
    const browser = sessions.browser().as(Cart, { items: ['tea'], note });
    const added = await browser.post('/cart/milk');
    expect(sessions.read(added, Cart)?.content).toEqual({ items: ['tea', 'milk'], note });
    expect(browser.session(Cart)).toEqual({ items: ['tea', 'milk'], note });
  });

  test('makes logins of the current generation, which the application lists and ends', async () => {
    const app = await applicationOn(platform, {
      sessions: [Login, Cart],
      revocations: { store: newStore() },
    });
    const sessions = testSessions(app);
    const [before, other] = [sessions.browser(), sessions.browser()];
    before.as(Login, { userId: '42' });
    other.as(Login, { userId: '43' });
    expect((await before.get('/me')).status).toBe(200);
    await app.get(Logins).endAll('42');
    expect((await before.get('/me')).status).toBe(401);
    expect(before.session(Login)).toBeUndefined();
    expect((await other.get('/me')).status).toBe(200);

    const after = sessions.browser().as(Login, { userId: '42' });
    expect((await after.get('/me')).status).toBe(200);
    await app.get(Logins).endAll('42');
    expect((await after.get('/me')).status).toBe(401);
  });

  test('makes sessions of earlier and later times', async () => {
    const app = await applicationOn(platform, {
      sessions: [Login, Cart],
      revocations: { store: newStore() },
    });
    const sessions = testSessions(app);
    const now = Date.now();
    const status = async (times: object): Promise<number> =>
      (await sessions.browser().as(Login, { userId: '42' }, times).get('/me')).status;
    expect(await status({ createdAt: now - 20 * MINUTE })).toBe(200);
    expect(await status({ createdAt: now - 40 * MINUTE })).toBe(401);
    expect(await status({ createdAt: now, expiresAt: now + MINUTE })).toBe(200);
    expect(() => sessions.as(Login, {}, { expiresAt: 5 })).toThrow(/must be times/);
  });

  test('reads that a session was only used, and that it was cleared', async () => {
    const app = await applicationOn(platform, {
      sessions: [Login, Cart],
      revocations: { store: newStore() },
    });
    const sessions = testSessions(app);
    const browser = sessions.browser().as(Login, { userId: '42' });
    sessions.clock.advance('20 minutes');
    const used = sessions.read(await browser.get('/me'), Login)!;
    expect(used).toMatchObject({ renewed: true, cleared: false, content: undefined });
    sessions.clock.advance('20 minutes');
    expect((await browser.get('/me')).status).toBe(200);
    const cleared = sessions.read(await browser.post('/logout'), Login)!;
    expect(cleared).toMatchObject({
      cleared: true,
      renewed: false,
      content: undefined,
      createdAt: undefined,
    });
    expect(browser.session(Login)).toBeUndefined();
  });

  test('reads a session that was sealed anew beside its cookie', async () => {
    const app = await applicationOn(platform, { secret: [OTHER_SECRET, SECRET] });
    const old = testSessions(await applicationOn(platform, { secret: SECRET }));
    const sessions = testSessions(app);
    const browser = sessions.browser();
    const response = await browser.request('/me', { headers: old.as(Auth, { userId: '42' }) });
    expect(response.status).toBe(200);
    expect(sessions.read(response, Auth)).toMatchObject({
      renewed: true,
      content: { userId: '42', visits: 0 },
    });
    expect(() => old.read(response, Auth)).toThrow(SessionUnavailableError);
  });

  test('fails with the issues if the schema refuses the content', async () => {
    const sessions = testSessions(await applicationOn(platform));
    const forge = (): unknown => sessions.as(Cart, { items: 'tea', note: 7 } as never);
    expect(forge).toThrow(SessionInvalidError);
    expect(forge).toThrow(/refuses this content:\n {2}items: .*array.*\n {2}note: .*string/);
    expect(() => sessions.as(Auth, { visits: () => 1 } as never)).toThrow(/visits/);
    expect(() => sessions.as(Auth, { destroy: 1 } as never)).toThrow(/"destroy"/);
  });
});

describe('testSessions()', () => {
  test('refuses an application without the module, with the remedy', async () => {
    const module = await Test.createTestingModule({}).compile();
    expect(() => testSessions(module)).toThrow(SessionUnavailableError);
    expect(() => testSessions(module)).toThrow(/Import ClientSessionsModule\.forRoot\(\)/);
  });

  test('takes a testing module, but then has no browser', async () => {
    const imports = [ClientSessionsModule.forRoot({ secret: SECRET, sessions: [Auth] })];
    const module = await Test.createTestingModule({ imports }).compile();
    const sessions = testSessions(module);
    expect(sessions.cookie(Auth, { userId: '42' })).toMatch(/^auth=/);
    await expect(sessions.browser().get('/')).rejects.toThrow(/createNestApplication\(\)/);
  });

  test('names the known sessions for an unknown one', async () => {
    const sessions = testSessions(await applicationOn('express'));
    expect(() => sessions.cookie('crat', {})).toThrow(UnknownSessionError);
    expect(() => sessions.cookie('crat', {})).toThrow(/auth, cart/);
    expect(() => sessions.cookie(undefined as never, {} as never)).toThrow(TypeError);
  });

  test('finds the sessions of two modules', async () => {
    const imports = [
      ClientSessionsModule.forRoot({ secret: SECRET, sessions: [Auth] }),
      class extends ClientSessionsModule {}.forRoot({ secret: OTHER_SECRET, sessions: [Cart] }),
    ];
    const module = await Test.createTestingModule({ imports, controllers: [ShopController] }).compile();
    const app = module.createNestApplication({ logger: false });
    const browser = testSessions(app)
      .browser()
      .as(Auth, { userId: '42' })
      .as(Cart, { items: ['tea'] });
    expect((await browser.get('/me')).status).toBe(200);
    expect(await (await browser.get('/cart')).json()).toEqual({ items: ['tea'] });
    await app.close();
  });

  test('prints no secret and no cookie', async () => {
    const { inspect } = await import('node:util');
    const sessions = testSessions(await applicationOn('express'));
    const browser = sessions.browser().as(Auth, { userId: '42' });
    expect(inspect([sessions, browser], { depth: 9, showHidden: true })).not.toMatch(
      new RegExp(`${SECRET}|auth=`),
    );
  });
});

describe('the clock', () => {
  test('is the application’s own until it is set, and again after reset()', async () => {
    let time = 1_000;
    const app = await applicationOn('express', { now: () => time });
    const { clock } = testSessions(app);
    expect(clock.now()).toBe(1_000);
    time = 2_000;
    expect(clock.now()).toBe(2_000);
    clock.advance('2 seconds');
    time = 3_000;
    expect(clock.now()).toBe(4_000);
    testSessions(app).clock.advance(500);
    expect(clock.now()).toBe(4_500);
    clock.set(new Date(7));
    expect(clock.now()).toBe(7);
    clock.reset();
    expect(clock.now()).toBe(3_000);
  });

  test('refuses what is no time', async () => {
    const { clock } = testSessions(await applicationOn('express'));
    expect(() => clock.set('tomorrow')).toThrow(/clock\.set\(time\).*must be a time/);
    expect(() => clock.advance('soon' as never)).toThrow(/clock\.advance\(duration\)/);
  });
});
