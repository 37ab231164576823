import { createSecretKey, randomBytes } from 'node:crypto';
import { type DynamicModule, Injectable, Module, RequestMethod } from '@nestjs/common';
import {
  clientSessions,
  ClientSessionsModule,
  type ClientSessionsModuleAsyncOptions,
  type ClientSessionsOptions,
  type ClientSessionsOptionsFactory,
  type CookieOptions,
  defineSession,
  type FeatureSession,
  getSessionOptionsToken,
  getSessionToken,
  type ResolvedSessionOptions,
  type Secret,
  type SessionActivity,
  type SessionEvent,
  type SessionOptions,
} from 'nestjs-client-sessions';
import { type Equals, expectType } from './expect.js';

declare const secret: string;

@Injectable()
class Configuration implements ClientSessionsOptionsFactory {
  createClientSessionsOptions(): ClientSessionsOptions {
    return { secret };
  }
}

@Injectable()
class SlowConfiguration implements ClientSessionsOptionsFactory {
  createClientSessionsOptions(): Promise<ClientSessionsOptions> {
    return Promise.resolve({ secret });
  }
}

@Injectable()
class OtherConfiguration {
  read(): string {
    return secret;
  }
}

@Module({ providers: [Configuration], exports: [Configuration] })
class ConfigurationModule {}

export const oneSession: DynamicModule = ClientSessionsModule.forRoot({
  cookieName: 'session',
  requestKey: 'session',
  secret,
  duration: 24 * 60 * 60 * 1000,
});

export const severalSessions: DynamicModule = ClientSessionsModule.forRoot({
  secret: [randomBytes(32), new Uint8Array(32), createSecretKey(randomBytes(32)), secret],
  purpose: 'shop',
  cookie: { secure: 'auto', sameSite: 'lax' },
  sessions: [
    { name: 'session', duration: '1 day', activeDuration: '15m', absoluteDuration: '30 days', id: true },
    { name: 'cart', duration: '120 days', cookie: { path: '/shop', priority: 'high' }, secret },
  ],
  overrides: { cart: { duration: '1 day' } },
  onEvent: (event) => expectType<Equals<typeof event, SessionEvent>>(),
  now: Date.now,
  isGlobal: false,
  forRoutes: ['{*splat}', { path: 'shop', method: RequestMethod.GET }, OtherConfiguration],
  exclude: ['health', { path: 'metrics', method: RequestMethod.ALL }],
});

// Lists and sessions kept as constants.
const sessions = [{ name: 'session' }, { name: 'cart', cookie: { sameSite: 'strict' } }] as const;
export const constantSessions: DynamicModule = ClientSessionsModule.forRoot({ secret, sessions });

export const fromFactory: DynamicModule = ClientSessionsModule.forRootAsync({
  sessions: [{ name: 'session' }, { name: 'cart' }],
  imports: [ConfigurationModule],
  inject: [Configuration, OtherConfiguration, { token: 'STAGE', optional: true }],
  useFactory: (configuration: Configuration, other: OtherConfiguration, stage?: string) => ({
    ...configuration.createClientSessionsOptions(),
    secret: [other.read()],
    purpose: stage ?? 'production',
    overrides: { cart: { duration: '90 days' } },
  }),
});

export const fromSlowFactory: DynamicModule = ClientSessionsModule.forRootAsync({
  useFactory: async () => ({ secret: await Promise.resolve(secret) }),
  isGlobal: true,
  forRoutes: ['shop/{*rest}'],
});

export const fromClass: DynamicModule = ClientSessionsModule.forRootAsync({ useClass: Configuration });
export const fromSlowClass: DynamicModule = ClientSessionsModule.forRootAsync({
  sessions: [{ name: 'cart' }],
  useClass: SlowConfiguration,
});
export const fromExisting: DynamicModule = ClientSessionsModule.forRootAsync({
  imports: [ConfigurationModule],
  useExisting: Configuration,
});

export function refusesModuleOptions(): void {
  // @ts-expect-error -- a factory class has createClientSessionsOptions()
  ClientSessionsModule.forRootAsync({ useClass: OtherConfiguration });
  // @ts-expect-error -- a factory class has createClientSessionsOptions()
  ClientSessionsModule.forRootAsync({ useExisting: OtherConfiguration });
  // @ts-expect-error -- a duration is a number or text
  ClientSessionsModule.forRootAsync({ useFactory: () => ({ secret, duration: new Date() }) });
  // @ts-expect-error -- sessions are a list
  ClientSessionsModule.forRootAsync({ sessions: { name: 'cart' }, useFactory: () => ({ secret }) });
  // @ts-expect-error -- no such option
  ClientSessionsModule.forRoot({ secret, cookiename: 'session' });
  // @ts-expect-error -- no such option of one session
  ClientSessionsModule.forRoot({ secret, sessions: [{ name: 'cart', isGlobal: true }] });
}

export function refusesSessionOptions(): void {
  // @ts-expect-error -- a secret is text or bytes
  expectAssignable<Secret>(33);
  // @ts-expect-error -- no such value
  expectAssignable<CookieOptions>({ sameSite: 'Lax' });
  // @ts-expect-error -- no such value
  expectAssignable<CookieOptions>({ secure: 'always' });
  // @ts-expect-error -- no Date
  expectAssignable<CookieOptions>({ maxAge: new Date() });
  // @ts-expect-error -- no such attribute
  expectAssignable<CookieOptions>({ expires: 1000 });
  // @ts-expect-error -- no such value
  expectAssignable<SessionOptions>({ crossSite: 'allow' });
  // @ts-expect-error -- no such value
  expectAssignable<SessionOptions>({ cache: 'public' });
  // @ts-expect-error -- false is the only boolean
  expectAssignable<SessionOptions>({ cache: true });
  // @ts-expect-error -- no number
  expectAssignable<SessionOptions>({ name: 1 });
  // @ts-expect-error -- no number
  clientSessions({ secret, onEvent: 1 });
}

export function acceptsOptions(env: { SECRET?: string }): void {
  expectAssignable<SessionOptions>({ secret: env.SECRET ?? '' });
  expectAssignable<SessionOptions>({ secret: [secret, Buffer.alloc(32)] as const });
  expectAssignable<SessionOptions>({ crossSite: 'withhold' });
  expectAssignable<SessionOptions>({ crossSite: 'store' });
  expectAssignable<SessionOptions>({ cache: 'no-store' });
  expectAssignable<SessionOptions>({ cache: false });
  expectAssignable<CookieOptions>({ path: '/', domain: 'example.org', maxAge: '1 day', ephemeral: false });
  expectAssignable<CookieOptions>({ httpOnly: true, secure: true, sameSite: 'none', partitioned: true });
  expectAssignable<ClientSessionsModuleAsyncOptions>({ useClass: Configuration });
}

// What is in force can be read by everybody and changed by nobody.
export function readsResolvedOptions(options: ResolvedSessionOptions): void {
  expectType<Equals<typeof options.name, string>>();
  expectType<Equals<typeof options.duration, number>>();
  expectType<Equals<typeof options.cookie.maxAge, number | undefined>>();
  expectType<Equals<typeof options.cookie.secure, boolean | 'auto'>>();
  expectType<Equals<typeof options.crossSite, 'withhold' | 'store'>>();
  expectType<Equals<typeof options.cache, 'private' | 'no-store' | false>>();
  expectType<Equals<typeof options.keyIds, readonly string[]>>();
  expectType<Equals<Extract<keyof ResolvedSessionOptions, 'secret'>, never>>();
  // @ts-expect-error -- readonly
  options.duration = 1;
  // @ts-expect-error -- readonly
  options.cookie = { ...options.cookie };
  // @ts-expect-error -- readonly
  options.cookie.path = '/';
  // @ts-expect-error -- readonly
  options.keyIds.push('00000000');
  expectType<Equals<ReturnType<typeof getSessionOptionsToken>, string>>();
}

export function readsEvents(event: SessionEvent): string {
  switch (event.type) {
    case 'refused':
      return event.reason;
    case 'logins':
      return event.report.type;
    case 'lost':
    case 'exposed':
      return event.error.code;
    case 'withheld':
    case 'overwritten':
      return event.session;
    case 'warning':
      return event.message;
    case 'keys':
      return event.keyIds.join();
    case 'keys-failed':
      return event.sessions.join();
    case 'duplicate':
      return `${event.session} ${event.count}`;
    case 'budget':
      return event.sessions.flatMap(({ name, keys }) => [name, ...keys]).join();
  }
}

export function readsActivity(activity: SessionActivity): string {
  switch (activity.type) {
    case 'opened':
      return `${activity.keyId ?? activity.format} ${activity.version} ${activity.isRemembered}`;
    case 'written':
      return `${activity.keyId ?? activity.format} ${activity.bytes}`;
    case 'resealed':
      return activity.reasons.join();
    case 'created':
    case 'destroyed':
      return `${activity.session} ${activity.hadSession}`;
    case 'renewed':
      return activity.session;
  }
}

export function takesFeatures(): readonly DynamicModule[] {
  const Cart = defineSession<{ items: string[] }>('cart', { defaults: { items: [] } });
  // @ts-expect-error -- a list
  ClientSessionsModule.forFeature(Cart);
  // @ts-expect-error -- its name is missing
  ClientSessionsModule.forFeature([{ duration: '1 day' }]);
  // @ts-expect-error -- no such option
  ClientSessionsModule.forFeature([{ name: 'cart', durration: '1 day' }]);
  // @ts-expect-error -- an option of all sessions
  ClientSessionsModule.forFeature([{ name: 'cart', overrides: {} }]);
  const sessions: readonly FeatureSession[] = [Cart, { name: 'theme' }, { cookieName: 'other', secret }];
  return [
    ClientSessionsModule.forFeature([Cart, { name: 'theme' }]),
    ClientSessionsModule.forFeature(sessions),
  ];
}

export function namesTokens(): string[] {
  const Cart = defineSession('cart');
  // @ts-expect-error -- names or definitions
  getSessionToken({ name: 'cart' });
  return [getSessionToken(), getSessionToken('cart'), getSessionToken(Cart), getSessionOptionsToken(Cart)];
}

function expectAssignable<T>(value: T): void {
  void value;
}
