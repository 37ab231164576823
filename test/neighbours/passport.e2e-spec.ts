import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import {
  Controller,
  Get,
  Injectable,
  type INestApplication,
  type MiddlewareConsumer,
  Module,
  Req,
  type Type,
} from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import * as openid from 'openid-client';
import { Strategy as OpenIdStrategy } from 'openid-client/passport';
import passport from 'passport';
import { ClientSessionsModule, createSessionCodec, getSession } from '../../lib/index.js';
import { type Platform, start, stopAll } from '../support/application.js';
import type { Browser, Page } from '../support/browser.js';
import { Guide } from '../support/guide.js';
import { IdentityProvider, stopProviders } from '../support/identity-provider.js';
import { neighbour } from '../support/neighbour.js';
import { SECRET } from '../support/secrets.js';

const CLIENT_SECRET = 'the secret of the shop';
const ADA = { username: 'ada', password: 'lovelace' };
const guide = new Guide('docs/passport.md');

beforeEach(() => {
  // The provider warns that it is no provider for production.
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  jest.spyOn(console, 'info').mockImplementation(() => undefined);
});

afterEach(async () => {
  jest.restoreAllMocks();
  await stopAll();
  await stopProviders();
});

/** What `main.ts` does on Fastify, as the guide has it. */
async function bridge(platform: Platform): Promise<(app: INestApplication) => void> {
  if (platform === 'express') return () => undefined;
  const { bridgePassport } = await guide.load<{ bridgePassport: (app: NestFastifyApplication) => void }>(
    'passport-on-fastify.ts',
  );
  return (app) => bridgePassport(app as NestFastifyApplication);
}

async function startLocal(platform: Platform): Promise<Browser> {
  const { LocalModule } = await guide.load<{ LocalModule: Type }>('local.module.ts');
  const prepare = await bridge(platform);
  return (await start(platform, { sessions: [LocalModule], prepare })).browser();
}

const contentOf = (browser: Browser, name = 'session'): unknown => {
  const value = browser.cookie(name);
  const opened = createSessionCodec({ name, secret: SECRET }).unseal(value!);
  return opened.ok ? opened.content : opened.reason;
};

neighbour('passport-local by @nestjs/passport', { express: 'works', fastify: 'works' }, async (platform) => {
  const browser = await startLocal(platform);
  const user = async (): Promise<unknown> => (await browser.get('/user')).json();
  expect(await user()).toEqual({ user: null });
  const answer = await browser.post('/login', ADA);
  expect([answer.status, answer.json()]).toEqual([200, { user: { id: '42' } }]);
  expect(contentOf(browser)).toEqual({ passport: { user: '42' } });
  expect(await user()).toEqual({ user: { id: '42' } });
  expect((await browser.post('/logout')).status).toBe(201);
  expect(await user()).toEqual({ user: null });
});

test.each(['express', 'fastify'] as const)(
  'on %s, who does not know the password gets a 401 and no session',
  async (platform) => {
    const browser = await startLocal(platform);
    for (const body of [{ ...ADA, password: 'x' }, {}, { username: ['ada'], password: { length: 8 } }])
      expect(await browser.post('/login', body)).toMatchObject({ status: 401, setCookies: [] });
    expect((await browser.get('/user')).json()).toEqual({ user: null });
  },
);

test.each(['express', 'fastify'] as const)(
  'on %s, a login begins a new session: nothing stays of one that somebody else has planted',
  async (platform) => {
    const browser = await startLocal(platform);
    const planted = createSessionCodec({ name: 'session', secret: SECRET }).seal({ planted: true });
    browser.setCookie('session', planted);
    await browser.post('/login', ADA);
    expect(contentOf(browser)).toEqual({ passport: { user: '42' } });
    expect(browser.cookie('session')).not.toBe(planted);
  },
);

neighbour('passport', { express: 'works', fastify: 'works' }, async (platform) => {
  const { AppModule } = await guide.load<Record<'AppModule', Type>>('app.module.ts');
  const { browser } = await start(platform, { sessions: [AppModule], prepare: await bridge(platform) });
  const visitor = browser();
  const me = async (): Promise<unknown> => (await visitor.get('/me')).json();
  await visitor.post('/login');
  expect(await me()).toEqual({ user: { id: '42' } });
  await visitor.post('/logout');
  expect(await me()).toEqual({ user: null });
});

interface Shop {
  readonly browser: Browser;
  readonly provider: IdentityProvider;
  /** Sends the visitor to the provider. @returns the address to which the provider sends them back */
  begin(): Promise<string>;
  end(address: string, who?: Browser): Promise<Page>;
  user(): Promise<unknown>;
  stranger(): Browser;
}

/** What `start()` boots instead of a module of sessions. */
interface Loaded {
  readonly sessions: Type[];
}

async function startShop(
  platform: Platform,
  path: string,
  load: (issuer: string) => Promise<Loaded>,
): Promise<Shop> {
  const provider = await IdentityProvider.start(`https://shop.example${path}`);
  const setup = await load(provider.issuer);
  const { browser } = await start(platform, { ...setup, prepare: await bridge(platform) });
  const visitor = browser();
  return {
    browser: visitor,
    provider,
    begin: async () => {
      const page = await visitor.get('/login');
      expect(page.status).toBe(302);
      const sent = new URL(page.headers.get('location')!);
      expect(sent.searchParams.get('code_challenge_method')).toBe('S256');
      return provider.visit(sent.href);
    },
    end: (address, who = visitor) => {
      const { pathname, search } = new URL(address);
      return who.get(pathname + search);
    },
    user: async () => (await visitor.get('/user')).json(),
    stranger: () => browser(),
  };
}

@Controller()
class UserController {
  @Get('user')
  user(@Req() request: { user?: unknown }): object {
    return { user: request.user ?? null, session: { ...getSession(request) } };
  }
}

/** An application that logs in at a provider with a strategy of passport, and with the guide's serializer. */
async function withPassport(strategy: Type, controller: Type): Promise<Loaded> {
  const { UserSerializer } = await guide.load<Record<'UserSerializer', Type>>('local.ts');
  @Module({
    imports: [ClientSessionsModule.forRoot({ cookieName: 'session', secret: SECRET })],
    controllers: [controller, UserController],
    providers: [strategy, UserSerializer],
  })
  class ShopModule {
    configure(consumer: MiddlewareConsumer): void {
      consumer.apply(passport.session()).forRoutes('{*splat}');
    }
  }
  return { sessions: [ShopModule] };
}

function startWithOAuth2(platform: Platform): Promise<Shop> {
  return startShop(platform, '/login', async (issuer) => {
    Object.assign(guide.env, { ISSUER: issuer, CLIENT_SECRET });
    const { ProviderStrategy, ProviderController } =
      await guide.load<Record<'ProviderStrategy' | 'ProviderController', Type>>('provider.ts');
    return withPassport(ProviderStrategy, ProviderController);
  });
}

neighbour('passport-oauth2 with state and PKCE', { express: 'works', fastify: 'works' }, async (platform) => {
  const shop = await startWithOAuth2(platform);
  const address = await shop.begin();
  const { state } = (contentOf(shop.browser) as Record<string, { state: object }>)['oauth2:127.0.0.1']!;
  expect(state).toEqual({ handle: expect.any(String), code_verifier: expect.any(String) });
  const page = await shop.end(address);
  expect([page.status, page.headers.get('location')]).toEqual([302, '/']);
  expect(await shop.user()).toEqual({ user: { id: 'ada' }, session: { passport: { user: 'ada' } } });
});

test.each(['express', 'fastify'] as const)(
  'on %s, of two tabs at once only the later one comes back from passport-oauth2, and only if it is the first',
  async (platform) => {
    const shop = await startWithOAuth2(platform);
    const tabs = [await shop.begin(), await shop.begin()] as const;
    expect((await shop.end(tabs[1])).status).toBe(302);
    expect((await shop.end(tabs[0])).status).toBe(401);
    expect(await shop.user()).toMatchObject({ user: { id: 'ada' } });

    const again = await startWithOAuth2(platform);
    const other = [await again.begin(), await again.begin()] as const;
    expect((await again.end(other[0])).status).toBe(401);
    expect((await again.end(other[1])).status).toBe(401);
    expect(await again.user()).toMatchObject({ user: null });
  },
);

async function discover(issuer: string): Promise<openid.Configuration> {
  // oxlint-disable-next-line no-deprecated -- For tests without TLS, as it says.
  const execute = [openid.allowInsecureRequests];
  return openid.discovery(new URL(issuer), 'shop', CLIENT_SECRET, undefined, { execute });
}

neighbour('passport strategy of openid-client', { express: 'works', fastify: 'works' }, async (platform) => {
  const { ProviderController } = await guide.load<Record<'ProviderController', Type>>('provider.ts');
  const shop = await startShop(platform, '/login', async (issuer) => {
    const config = await discover(issuer);
    const options = { config, scope: 'openid', callbackURL: 'https://shop.example/login' };
    @Injectable()
    class OpenIdConnect extends PassportStrategy(OpenIdStrategy, 'provider') {
      constructor() {
        super(options);
      }

      validate(tokens: openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers): object {
        return { id: tokens.claims()!.sub };
      }
    }
    return withPassport(OpenIdConnect, ProviderController);
  });
  const address = await shop.begin();
  expect(contentOf(shop.browser)).toEqual({
    [new URL(shop.provider.issuer).host]: { code_verifier: expect.any(String) },
  });
  expect((await shop.end(address, shop.stranger())).status).toBe(401);
  expect((await shop.end(address)).status).toBe(302);
  expect(await shop.user()).toEqual({ user: { id: 'ada' }, session: { passport: { user: 'ada' } } });
});

function startOpenId(platform: Platform): Promise<Shop> {
  const overLoopback = (code: string): string =>
    code.replace(
      ', CLIENT_SECRET)',
      ', CLIENT_SECRET, undefined, { execute: [openid.allowInsecureRequests] })',
    );
  return startShop(platform, '/callback', async (issuer) => {
    Object.assign(guide.env, { ISSUER: issuer, CLIENT_SECRET });
    const { OpenIdModule } = await guide.load<Record<'OpenIdModule', Type>>('openid.module.ts', overLoopback);
    return { sessions: [OpenIdModule] };
  });
}

neighbour('openid-client with state and PKCE', { express: 'works', fastify: 'works' }, async (platform) => {
  const shop = await startOpenId(platform);
  const tabs = [await shop.begin(), await shop.begin(), await shop.begin()] as const;
  expect(contentOf(shop.browser, 'begun')).toEqual({
    logins: tabs.map(() => [expect.any(String), expect.any(String)]),
  });
  const planted = createSessionCodec({ name: 'auth', secret: SECRET }).seal({ planted: true });
  shop.browser.setCookie('auth', planted);
  for (const tab of [tabs[1], tabs[2], tabs[0]]) {
    const before = shop.browser.cookie('auth');
    const page = await shop.end(tab);
    expect([page.status, page.headers.get('location')]).toEqual([302, '/']);
    expect(shop.browser.cookie('auth')).not.toBe(before);
    expect(contentOf(shop.browser, 'auth')).toEqual({ userId: 'ada' });
    expect(await shop.user()).toEqual({ user: 'ada' });
  }
});

test.each(['express', 'fastify'] as const)(
  'on %s, nobody comes back from openid-client to a login that was begun elsewhere, that is over or was forgotten',
  async (platform) => {
    const shop = await startOpenId(platform);
    const address = await shop.begin();
    const stranger = shop.stranger();
    expect((await shop.end(address, stranger)).status).toBe(403);
    expect((await stranger.get('/user')).json()).toEqual({ user: null });

    const begun = shop.browser.cookie('begun')!;
    expect((await shop.end(address)).status).toBe(302);
    expect((await shop.end(address)).status).toBe(403);
    // The provider takes a code once, so that an old cookie leads nowhere.
    stranger.setCookie('begun', begun);
    expect((await shop.end(address, stranger)).status).toBe(500);
    expect((await stranger.get('/user')).json()).toEqual({ user: null });

    const forgotten = await shop.begin();
    for (let i = 0; i < 5; i++) await shop.begin();
    expect((await shop.end(forgotten)).status).toBe(403);
  },
);
