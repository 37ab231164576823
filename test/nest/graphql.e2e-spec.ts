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
} from '@nestjs/graphql';
import { defineSession, getSession, RequireSession, Session, type SessionOf } from '../../lib/index.js';
import { type Platform, type Running, start, stopAll } from '../support/application.js';
import type { Browser } from '../support/browser.js';

// Mercurius loads a file server for GraphiQL, and that one requires an ES module. Jest can do so on Node 24 only.
jest.mock('content-disposition', () => () => 'attachment');
const { MercuriusDriver } = await import('@nestjs/mercurius');

const Cart = defineSession<{ items: string[] }>('cart', { defaults: { items: [] } });
const Auth = defineSession<{ user?: string }>('auth');

const text = (): StringConstructor => String;
const texts = (): [StringConstructor] => [String];

@ObjectType()
class Profile {
  @Field(text)
  name!: string;
}

@Resolver(() => Profile)
class Shop {
  @Query(texts)
  items(@Session(Cart) cart: SessionOf<typeof Cart>): string[] {
    return cart.items;
  }

  @Query(text)
  held(@Context() context: object): string {
    return getSession(context, Auth).user ?? 'nobody';
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
  options: object = {},
  resolver: Type = Shop,
): Promise<Running> =>
  start(platform, {
    imports: [
      GraphQLModule.forRoot({
        driver,
        autoSchemaFile: true,
        fieldResolverEnhancers: ['guards'],
        ...(driver === ApolloDriver && { graphiql: false }),
        ...options,
      }),
    ],
    providers: [resolver],
    options: { sessions: [Cart, Auth] },
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
    expect(await ask(browser, '{ mine profile { email } }')).toEqual({
      data: { mine: 'ada', profile: { email: 'somebody is ada' } },
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

  test('never gives the session of another visitor if all requests share one context', async () => {
    const app = await startShop(setup, { context: { shared: true } });
    const [ada, bob] = [app.browser(), app.browser()];
    await ask(ada, 'mutation { login(user: "ada") }');
    const { data, errors } = await ask(bob, '{ held }');

    // Some versions of the drivers make a copy for each request.
    if (data) expect(data).toEqual({ held: 'nobody' });
    else expect(errors).toMatchObject([{ extensions: { code: 'ERR_SESSION_UNAVAILABLE' } }]);
  });
});
