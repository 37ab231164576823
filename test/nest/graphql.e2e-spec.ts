import { createHash } from 'node:crypto';
import { EventEmitter, on } from 'node:events';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { ApolloDriver } from '@nestjs/apollo';
import { ForbiddenException, type Type } from '@nestjs/common';
import {
  Args,
  Context,
  Field,
  GraphQLModule,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import {
  type ClientSessionsOptions,
  defineSession,
  getSession,
  Logins,
  RequireSession,
  Session,
  type SessionOf,
} from '../../lib/index.js';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { type Platform, type Running, start, stopAll } from '../support/application.js';
import { Browser } from '../support/browser.js';
import { MemoryLogins } from '../support/memory-login-store.js';
import { neighbour } from '../support/neighbour.js';
import { outcomeOf } from '../support/outcome.js';
import { Clock, HOUR } from '../support/session.js';

// Mercurius loads a file server for GraphiQL, and that one requires an ES module. Jest can do so on Node 24 only.
jest.mock('content-disposition', () => () => 'attachment');
const { MercuriusDriver } = await import('@nestjs/mercurius');
const { persistedQueryDefaults } = (await import('mercurius')).default;

const Cart = defineSession<{ items: string[] }>('cart', { defaults: { items: [] } });
const Auth = defineSession<{ user?: string }>('auth');

const text = (): StringConstructor => String;
const texts = (): [StringConstructor] => [String];

@ObjectType()
class Profile {
  @Field(text)
  name!: string;
}

/** What everybody who has subscribed gets to know. */
const newsroom = new EventEmitter();
const publish = (text: string): boolean => newsroom.emit('news', { news: text });

/** An iterator that ends at once when its subscription ends; a generator would wait for one more piece of news. */
function news(): AsyncIterableIterator<unknown> {
  const pieces = on(newsroom, 'news');
  return {
    next: async () => {
      const { value, done } = (await pieces.next()) as IteratorResult<unknown[]>;
      return done ? { value, done } : { value: value[0], done: false };
    },
    return: async () => pieces.return!() as Promise<IteratorResult<unknown>>,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

@Resolver(() => Profile)
class Shop {
  @Subscription(text, {
    filter: (_: unknown, __: unknown, context: object) => getSession(context, Auth).user !== undefined,
    resolve: (payload: { news: string }, _: unknown, context: object) =>
      `${payload.news} for ${getSession(context, Auth).user}`,
  })
  @RequireSession(Auth, ({ user }) => user !== undefined)
  news(@Session(Auth) auth: SessionOf<typeof Auth>): AsyncIterator<unknown> {
    expect(auth.user).toBe('ada');
    return news();
  }

  @Subscription(text, {
    resolve: (payload: { news: string }, _: unknown, context: object) =>
      `${payload.news} for ${getSession(context, Auth).user ?? 'nobody'}`,
  })
  watch(): AsyncIterator<unknown> {
    return news();
  }

  @Subscription(texts, { resolve: ({ outcomes }: { outcomes: string[] }) => outcomes })
  async *changes(@Session(Cart) cart: SessionOf<typeof Cart>): AsyncGenerator<object> {
    const changes = [
      () => cart.items.push('tea'),
      () => (cart.items = []),
      () => cart.reset(),
      () => cart.destroy(),
    ];
    yield { outcomes: changes.map(outcomeOf) };
  }

  @Query(texts)
  items(@Session(Cart) cart: SessionOf<typeof Cart>): string[] {
    return cart.items;
  }

  @Query(text)
  held(@Context() context: object): string {
    return getSession(context, Auth).user ?? 'nobody';
  }

  /** What a guard of a federated reference gets: three arguments. */
  @Query(text)
  referenced(@Context() context: object): string {
    const args = [{ req: {} }, context, {}];
    const host = { getType: () => 'graphql', getArgs: () => args, getArgByIndex: (i: number) => args[i] };
    return getSession(host, Auth).user ?? 'nobody';
  }

  @Query(text)
  @RequireSession(Auth, ({ user }) => user !== undefined)
  mine(@Session(Auth) auth: SessionOf<typeof Auth>): string {
    return auth.user!;
  }

  @Query(text)
  @RequireSession(Auth, ({ user }) => user === 'root', () => new ForbiddenException('roots only'))
  secret(): string {
    return 'secret';
  }

  @Query(text, { nullable: true })
  failing(@Session(Cart) cart: SessionOf<typeof Cart>): string {
    cart.items.push('before the failure');
    throw new Error('broken');
  }

  @Query(() => Profile)
  profile(): object {
    return { name: 'somebody' };
  }

  @ResolveField('email', text, { nullable: true })
  @RequireSession(Auth, ({ user }) => user !== undefined)
  email(@Parent() parent: Profile, @Session(Auth) auth: SessionOf<typeof Auth>): string {
    return `${parent.name} is ${auth.user}`;
  }

  @Mutation(texts, { nullable: true })
  add(@Args('item', { type: text }) item: string, @Session(Cart) cart: SessionOf<typeof Cart>): string[] {
    cart.items.push(item);
    return cart.items;
  }

  @Mutation(text)
  login(@Args('user', { type: text }) user: string, @Session(Auth) auth: SessionOf<typeof Auth>): string {
    auth.reset();
    auth.user = user;
    return user;
  }
}

interface Setup {
  readonly platform: Platform;
  readonly driver: Type;
  readonly options?: object;
}

const DRIVERS: Record<string, Setup> = {
  'Apollo on Express': { platform: 'express', driver: ApolloDriver },
  'Apollo on Fastify': { platform: 'fastify', driver: ApolloDriver },
  Mercurius: { platform: 'fastify', driver: MercuriusDriver },
};

const startShop = (
  { platform, driver }: Setup,
  options: object | ((logins: Logins) => object) = {},
  sessionsOptions: Partial<ClientSessionsOptions> = {},
): Promise<Running> =>
  start(platform, {
    imports: [
      GraphQLModule.forRootAsync({
        driver,
        inject: [Logins],
        useFactory: (logins: Logins) => ({
          autoSchemaFile: true,
          fieldResolverEnhancers: ['guards' as const],
          ...(driver === ApolloDriver && { graphiql: false }),
          ...(typeof options === 'function' ? (options as (logins: Logins) => object)(logins) : options),
        }),
      }),
    ],
    providers: [Shop],
    options: { sessions: [Cart, Auth], ...sessionsOptions },
  });

interface Answer {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: { message: string; path?: unknown; extensions?: Record<string, unknown> }[];
}

const ask = async (browser: Browser, query: string): Promise<Answer> =>
  (await browser.post('/graphql', { query })).json<Answer>();

afterEach(stopAll);

describe.each(Object.entries(DRIVERS))('GraphQL: %s', (_, setup) => {
  test('queries read sessions, mutations change them', async () => {
    const browser = (await startShop(setup)).browser();

    expect((await ask(browser, '{ items }')).data).toEqual({ items: [] });
    expect((await ask(browser, 'mutation { add(item: "tea") }')).data).toEqual({ add: ['tea'] });
    expect((await ask(browser, '{ items held }')).data).toEqual({ items: ['tea'], held: 'nobody' });
  });

  test('two mutations of one operation change the same session, and one cookie leaves', async () => {
    const browser = (await startShop(setup)).browser();
    const query = 'mutation { a: add(item: "tea") b: add(item: "milk") login(user: "ada") }';
    const page = await browser.post('/graphql', { query });

    expect(page.json<Answer>().data).toEqual({ a: ['tea'], b: ['tea', 'milk'], login: 'ada' });
    expect(page.setCookies.map((header) => header.split('=')[0])).toEqual(['cart', 'auth']);
    expect((await ask(browser, '{ items held }')).data).toEqual({ items: ['tea', 'milk'], held: 'ada' });
  });

  test('a resolver that throws keeps what it changed before', async () => {
    const browser = (await startShop(setup)).browser();
    const { errors } = await ask(browser, '{ failing }');

    expect(errors).toMatchObject([{ message: 'broken', path: ['failing'] }]);
    expect((await ask(browser, '{ items }')).data).toEqual({ items: ['before the failure'] });
  });

  test('a session that cannot be stored is an error of its resolver, with a code and without content', async () => {
    const browser = (await startShop(setup)).browser();
    const item = 'x'.repeat(5000);
    const { data, errors } = await ask(browser, `mutation { login(user: "ada") add(item: "${item}") }`);

    expect(data).toEqual({ login: 'ada', add: null });
    expect(errors).toMatchObject([{ path: ['add'], extensions: { code: 'ERR_SESSION_TOO_LARGE' } }]);
    expect(JSON.stringify(errors)).not.toContain('xxx');
    expect((await ask(browser, '{ items held }')).data).toEqual({ items: [], held: 'ada' });
  });

  test('RequireSession guards resolvers and fields', async () => {
    const browser = (await startShop(setup)).browser();
    const refused = await ask(browser, '{ mine }');
    expect(refused.errors).toMatchObject([{ message: 'Unauthorized', path: ['mine'] }]);
    const fields = await ask(browser, '{ profile { name email } }');
    expect(fields.data).toEqual({ profile: { name: 'somebody', email: null } });
    expect(fields.errors).toMatchObject([{ message: 'Unauthorized', path: ['profile', 'email'] }]);

    await ask(browser, 'mutation { login(user: "ada") }');
    expect(await ask(browser, '{ mine referenced profile { email } }')).toEqual({
      data: { mine: 'ada', referenced: 'ada', profile: { email: 'somebody is ada' } },
    });
    expect((await ask(browser, '{ secret }')).errors).toMatchObject([{ message: 'roots only' }]);
  });

  test('refuses to start if a guard of a field would let everybody pass', async () => {
    await expect(startShop(setup, { fieldResolverEnhancers: ['interceptors'] })).rejects.toThrow(
      /"Shop.email": must not have @RequireSession\(\).+Give GraphQLModule the option fieldResolverEnhancers/,
    );
  });

  const OWN_CONTEXTS: Record<string, (...args: any[]) => object> = {
    '{ req, res }': (first, second) =>
      first.req ? { req: first.req, res: first.res } : { req: first, res: second },
    '{ request, reply }': (first, second) => ({ request: first.req ?? first, reply: second }),
    '{ req, headers }': (first) => ({ req: first.req ?? first, headers: (first.req ?? first).headers }),
    'a class': (first) =>
      new (class Visit {
        readonly request: unknown = first.req ?? first;
        readonly user = { raw: 'text', request: 'more' };
      })(),
    'nothing of the request': () => ({ user: 'x' }),
  };

  test.each(Object.keys(OWN_CONTEXTS))('finds sessions in a context of your own: %s', async (name) => {
    const browser = (await startShop(setup, { context: OWN_CONTEXTS[name] })).browser();
    await ask(browser, 'mutation { login(user: "ada") add(item: "tea") }');
    expect((await ask(browser, '{ items held mine }')).data).toEqual({
      items: ['tea'],
      held: 'ada',
      mine: 'ada',
    });
  });

  test('a batch of operations in one request changes one session', async () => {
    const options =
      setup.driver === ApolloDriver ? { allowBatchedHttpRequests: true } : { allowBatchedQueries: true };
    const browser = (await startShop(setup, options)).browser();
    const page = await browser.post('/graphql', [
      { query: 'mutation { add(item: "tea") }' },
      { query: 'mutation { login(user: "ada") }' },
      { query: '{ profile { name } }' },
    ]);

    expect(page.json<Answer[]>().map(({ errors }) => errors)).toEqual([undefined, undefined, undefined]);
    expect((await ask(browser, '{ items held }')).data).toEqual({ items: ['tea'], held: 'ada' });
  });

  test('a persisted query that is sent by GET reads the session, and no cache keeps the answer', async () => {
    const options =
      setup.driver === ApolloDriver ? {} : { persistedQueryProvider: persistedQueryDefaults.automatic() };
    const browser = (await startShop(setup, options)).browser();
    const query = '{ held }';
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const extensions = JSON.stringify({ persistedQuery: { version: 1, sha256Hash } });
    const asked = String(new URLSearchParams({ extensions }));
    const headers = { 'apollo-require-preflight': 'true' };
    await ask(browser, 'mutation { login(user: "ada") }');
    await browser.post('/graphql', { query, extensions: { persistedQuery: { version: 1, sha256Hash } } });

    const page = await browser.get(`/graphql?${asked}`, { headers });
    expect(page.json()).toEqual({ data: { held: 'ada' } });
    expect(page.headers.get('cache-control')).toMatch(/private|no-store/);
    expect(page.headers.get('vary')).toMatch(/cookie/i);
    expect((await new Browser(browser.origin).get(`/graphql?${asked}`, { headers })).json()).toEqual({
      data: { held: 'nobody' },
    });
  });

  test('refuses to start with one context for all requests, unless its driver copies it', async () => {
    const started = startShop(setup, { context: { shared: true } });
    if ('cloneContext' in setup.driver.prototype) {
      const [ada, bob] = [(await started).browser(), (await started).browser()];
      await ask(ada, 'mutation { login(user: "ada") }');
      const both = await Promise.all([ada, bob].map(async (each) => ask(each, '{ held }')));
      expect(both.map(({ data }) => data)).toEqual([{ held: 'ada' }, { held: 'nobody' }]);
    } else {
      await expect(started).rejects.toThrow(
        /"GraphQLModule.context": must not be one object for all requests.+Give "context" a function/,
      );
    }
  });

  test('never gives the session of a visitor who has been answered if all requests share one context', async () => {
    const shared = { shared: true };
    const app = await startShop(setup, { context: () => shared });
    const [ada, bob] = [app.browser(), app.browser()];
    await ask(ada, 'mutation { login(user: "ada") }');
    const { data, errors } = await ask(bob, '{ held }');

    // Some versions of the drivers make a copy for each request.
    if (data) expect(data).toEqual({ held: 'nobody' });
    else expect(errors).toMatchObject([{ extensions: { code: 'ERR_SESSION_UNAVAILABLE' } }]);
  });
});

const OVER_APOLLO = { subscriptions: { 'graphql-ws': true } };
const OVER_MERCURIUS = { subscription: true };

const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
  newsroom.removeAllListeners();
});

interface Subscriber {
  /** Resolves with the next result, or the errors that end the subscription. */
  next(): Promise<unknown>;
  readonly closed: Promise<{ code: number; reason: string }>;
}

/** Subscribes over graphql-ws with the cookies of a browser. */
function subscribe(app: Running, browser: Browser, query: string): Subscriber {
  const cookie = browser.cookieHeader('/graphql');
  class WithCookie extends WebSocket {
    constructor(address: string, protocols: string[]) {
      super(address, protocols, { headers: { cookie } });
    }
  }
  const url = `${app.origin.replace('http', 'ws')}/graphql`;
  // What a client sends in its message must not be taken for its request.
  const connectionParams = { req: { headers: { cookie: '' } }, request: {}, headers: { cookie: '' } };
  const client = createClient({ url, webSocketImpl: WithCookie, connectionParams, retryAttempts: 0 });
  clients.push(client);
  const results = client.iterate({ query });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    client.on('closed', (event) => resolve(event as CloseEvent));
  });
  return {
    closed,
    next: () =>
      results.next().then(
        ({ value, done }) => (done ? 'ended' : ((value as Answer).errors ?? (value as Answer).data)),
        (reason: unknown) => reason,
      ),
  };
}

interface CloseEvent {
  readonly code: number;
  readonly reason: string;
}

async function logIn(app: Running): Promise<Browser> {
  const browser = app.browser();
  await ask(browser, 'mutation { login(user: "ada") }');
  return browser;
}

/** Publishes until the subscriber has got something, because nobody tells when a subscription is in force. */
async function publishTo(subscriber: Subscriber, text: string, subscribers = 1): Promise<unknown> {
  let isOver = false;
  const answer = subscriber.next().finally(() => (isOver = true));
  for (let turn = 0; turn < 1000 && !isOver; turn++) {
    if (newsroom.listenerCount('news') >= subscribers && publish(text)) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return answer;
}

describe.each(Object.entries(DRIVERS))('subscriptions: %s', (_, setup) => {
  const isApollo = setup.driver === ApolloDriver;
  const subscriptions = isApollo ? OVER_APOLLO : OVER_MERCURIUS;

  test('have the session of the handshake: in the resolver, its guard, "filter" and "resolve"', async () => {
    const app = await startShop(setup, subscriptions);
    const subscriber = subscribe(app, await logIn(app), 'subscription { news }');

    expect(await publishTo(subscriber, 'one')).toEqual({ news: 'one for ada' });
    expect(await publishTo(subscriber, 'two')).toEqual({ news: 'two for ada' });
  });

  test('are refused by the guard', async () => {
    const app = await startShop(setup, subscriptions);
    const refused = await subscribe(app, app.browser(), 'subscription { news }').next();
    expect(JSON.stringify(refused)).toContain('Unauthorized');
  });

  test('cannot change a session', async () => {
    const app = await startShop(setup, subscriptions);
    expect(await subscribe(app, app.browser(), 'subscription { changes }').next()).toEqual({
      changes: ['TypeError', 'TypeError', 'SessionTooLateError', 'SessionTooLateError'],
    });
  });

  if (isApollo) {
    test('share their connection with mutations, which cannot change a session either', async () => {
      const app = await startShop(setup, subscriptions);
      const answer = await subscribe(app, app.browser(), 'mutation { add(item: "tea") }').next();
      expect(answer).toMatchObject([
        { path: ['add'], message: expect.stringMatching(/not extensible/) as unknown },
      ]);
    });
  }

  test('ask anew for each piece of news', async () => {
    const clock = new Clock();
    const app = await startShop(setup, subscriptions, { duration: '1 hour', now: clock.now });
    const browser = await logIn(app);
    const filtered = subscribe(app, browser, 'subscription { news }');
    expect(await publishTo(filtered, 'one')).toEqual({ news: 'one for ada' });
    const all = subscribe(app, browser, 'subscription { watch }');
    expect(await publishTo(all, 'two', 2)).toEqual({ watch: 'two for ada' });
    expect(await filtered.next()).toEqual({ news: 'two for ada' });

    clock.pass(HOUR);
    let isDelivered = false;
    void filtered.next().then(() => (isDelivered = true));
    expect(await publishTo(all, 'three', 2)).toEqual({ watch: 'three for nobody' });
    expect(isDelivered).toBe(false);
  });

  const contexts: Record<string, object> = isApollo
    ? {
        '({ req, res }) => ({ req, res })': ({ req, res }: { req: object; res: object }) => ({ req, res }),
        '({ req, extra }) => ({ req: req ?? extra.request })': (given: any) => ({
          req: given.req ?? given.extra?.request ?? given,
        }),
      }
    : {
        '(request, reply) => ({ request, reply })': (request: object, reply: object) => ({ request, reply }),
      };

  test.each(Object.keys(contexts))('have it in a context of your own: %s', async (name) => {
    const app = await startShop(setup, { ...subscriptions, context: contexts[name] });
    const subscriber = subscribe(app, await logIn(app), 'subscription { news }');
    expect(await publishTo(subscriber, 'one')).toEqual({ news: 'one for ada' });
  });

  test('can be refused before they begin', async () => {
    const isKnown = (source: object): boolean => getSession(source, Auth).user !== undefined;
    const app = await startShop(
      setup,
      isApollo
        ? { subscriptions: { 'graphql-ws': { onConnect: isKnown } } }
        : { subscription: { verifyClient: ({ req }: { req: object }) => isKnown(req) } },
    );
    const guest = subscribe(app, app.browser(), 'subscription { changes }');
    void guest.next();
    expect((await guest.closed).code).toBe(isApollo ? 4403 : 1006);
    const subscriber = subscribe(app, await logIn(app), 'subscription { news }');
    expect(await publishTo(subscriber, 'one')).toEqual({ news: 'one for ada' });
  });

  test('end with the login, if the connection is closed then', async () => {
    const Login = defineSession<{ user?: string }>('auth', { subject: ({ user }) => user });
    const closing = (logins: Logins) => (source: object, socket: WebSocket) => {
      const forget = logins.onEnd(getSession(source, Login), () => socket.close(4403, 'Forbidden'));
      socket.once('close', forget);
    };
    const app = await startShop(
      setup,
      (logins) => {
        const closeAtEnd = closing(logins);
        return isApollo
          ? {
              subscriptions: {
                'graphql-ws': {
                  onConnect: (context: { extra: { socket: WebSocket } }) =>
                    closeAtEnd(context, context.extra.socket),
                },
              },
            }
          : {
              subscription: {
                context: (socket: WebSocket, request: object) => {
                  closeAtEnd(request, socket);
                  return {};
                },
              },
            };
      },
      { sessions: [Cart, Login], revocations: { store: new MemoryLogins().open() } },
    );
    const subscriber = subscribe(app, await logIn(app), 'subscription { news }');
    expect(await publishTo(subscriber, 'one')).toEqual({ news: 'one for ada' });

    await app.app.get(Logins).endAll('ada');
    expect((await subscriber.closed).code).toBe(4403);
  });
});

async function proveOperations(setup: Setup): Promise<void> {
  const browser = (await startShop(setup)).browser();
  await ask(browser, 'mutation { add(item: "tea") login(user: "ada") }');
  expect((await ask(browser, '{ items held }')).data).toEqual({ items: ['tea'], held: 'ada' });
}

async function proveSubscriptions(setup: Setup, options: object): Promise<void> {
  const app = await startShop(setup, options);
  expect(await publishTo(subscribe(app, await logIn(app), 'subscription { news }'), 'one')).toEqual({
    news: 'one for ada',
  });
  const changes = await subscribe(app, app.browser(), 'subscription { changes }').next();
  expect(changes).toEqual({
    changes: ['TypeError', 'TypeError', 'SessionTooLateError', 'SessionTooLateError'],
  });
}

neighbour('GraphQL with Apollo', { express: 'works', fastify: 'works' }, (platform) =>
  proveOperations({ platform, driver: ApolloDriver }),
);

neighbour('GraphQL with Mercurius', { fastify: 'works' }, (platform) =>
  proveOperations({ platform, driver: MercuriusDriver }),
);

neighbour(
  'subscriptions of Apollo by graphql-ws',
  { express: 'read-only', fastify: 'read-only' },
  (platform) => proveSubscriptions({ platform, driver: ApolloDriver }, OVER_APOLLO),
);

neighbour('subscriptions of Mercurius', { fastify: 'read-only' }, (platform) =>
  proveSubscriptions({ platform, driver: MercuriusDriver }, OVER_MERCURIUS),
);
