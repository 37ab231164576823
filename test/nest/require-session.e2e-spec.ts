import { afterEach, describe, expect, test } from '@jest/globals';
import {
  Controller,
  type ExecutionContext,
  ForbiddenException,
  Get,
  Post,
  SetMetadata,
  UseInterceptors,
} from '@nestjs/common';
import { Mutation, Query } from '@nestjs/graphql';
import { SubscribeMessage } from '@nestjs/websockets';
import {
  ClientSessionsInterceptor,
  defineSession,
  RequireSession,
  type RequireSessionOptions,
  Session,
  type SessionOf,
  type SessionPredicate,
} from '../../lib/index.js';
import { PLATFORMS, start, stopAll } from '../support/application.js';
import { MemoryLogins } from '../support/memory-login-store.js';

const Auth = defineSession<{ user?: string }>('auth');
const Login = defineSession<{ user?: string }>('login', { subject: ({ user }) => user });
type Content = { user?: string };

afterEach(stopAll);

/** What somebody without types may give. */
const NO_YES: Record<string, unknown> = {
  'a promise of false': async () => false,
  'a promise of text': async () => 'true',
  'a promise of nothing': async () => undefined,
  'a promise of a promise of false': async () => Promise.resolve(false),
  // oxlint-disable-next-line unicorn/no-thenable -- what is tested
  'a thenable that says no': () => ({ then: (resolve: (answer: boolean) => void) => resolve(false) }),
  'an object': () => ({}),
  'a list': () => [true],
  'a number': () => 1,
  text: () => 'true',
  'a Boolean object': () => Object(true) as unknown,
  nothing: () => undefined,
  'a function': () => () => true,
  false: () => false,
};

describe.each(PLATFORMS)('RequireSession (%s)', (platform) => {
  const serve = async (...decorators: MethodDecorator[]) => {
    class Guarded {
      post(auth: SessionOf<typeof Auth>) {
        auth.user = 'ada';
      }
      get() {
        return 'in';
      }
    }
    const descriptorOf = (name: 'get' | 'post') => Object.getOwnPropertyDescriptor(Guarded.prototype, name)!;
    Session(Auth)(Guarded.prototype, 'post', 0);
    Post()(Guarded.prototype, 'post', descriptorOf('post'));
    for (const decorate of [Get(), ...decorators]) decorate(Guarded.prototype, 'get', descriptorOf('get'));
    Controller()(Guarded);
    return (await start(platform, { controllers: [Guarded], options: { sessions: [Auth] } })).browser();
  };
  const statusOf = async (predicate: unknown): Promise<number> => {
    const browser = await serve(RequireSession(Auth, predicate as SessionPredicate<Content>));
    return (await browser.get('/')).status;
  };

  test.each(Object.keys(NO_YES))('takes %s for a no', async (name) => {
    expect(await statusOf(NO_YES[name])).toBe(401);
  });

  test('takes true, and a promise of it, for a yes', async () => {
    expect(await statusOf(() => true)).toBe(200);
    expect(await statusOf(async () => Promise.resolve(true))).toBe(200);
  });

  test('lets nobody pass whom its predicate fails for', async () => {
    expect(await statusOf(() => Promise.reject(new ForbiddenException()))).toBe(403);
    expect(
      await statusOf(() => {
        throw new ForbiddenException();
      }),
    ).toBe(403);
  });

  test('shows the predicate content and context, and the context to what makes the exception', async () => {
    const hosts: unknown[] = [];
    const pathOf = (context: ExecutionContext) => context.switchToHttp().getRequest<{ url: string }>().url;
    const browser = await serve(
      RequireSession(
        Auth,
        ({ user }, context) => {
          hosts.push(pathOf(context));
          return user === 'ada';
        },
        (context) => new ForbiddenException(`not ${pathOf(context)}`),
      ),
    );
    expect((await browser.get('/')).text).toContain('not /');
    await browser.post('/');
    expect((await browser.get('/')).text).toBe('in');
    expect(hosts).toEqual(['/', '/']);
  });

  test('means the default session where only a predicate is given', async () => {
    const browser = await serve(
      RequireSession<Content>(
        ({ user }) => user === 'ada',
        () => new ForbiddenException(),
      ),
    );
    expect((await browser.get('/')).status).toBe(403);
    await browser.post('/');
    expect((await browser.get('/')).status).toBe(200);
  });

  test('refuses to be used without a predicate', () => {
    const untyped = RequireSession as (...args: unknown[]) => unknown;
    for (const args of [
      [],
      ['auth'],
      [Auth],
      [Auth, undefined, () => new Error('no')],
      ['auth', true],
      [Auth, () => true, 'no'],
    ]) {
      expect(() => untyped(...args)).toThrow(/@RequireSession\(\) must get a function that/);
    }
  });

  test.each<[object, RegExp]>([
    [
      { freshWithin: 0 },
      /"RequireSession.freshWithin": must be more than 0 ms\. Give a time such as '10 minutes', or leave it out\.$/,
    ],
    [{ freshWithin: 'ten minutes' }, /"RequireSession.freshWithin": must be a duration/],
    [{ consistency: 'strong' }, /"RequireSession.consistency": must be a known word, got "strong"/],
    [{ fresh: '10 minutes' }, /"RequireSession.fresh": is not a known option. Use one of: freshWithin/],
    [{ refuse: 403 }, /must get a function that returns the exception/],
    [['10 minutes'], /"RequireSession.0": is not a known option/],
  ])('refuses the options %j', (options, message) => {
    const untyped = RequireSession as (...args: unknown[]) => unknown;
    expect(() => untyped(Auth, () => true, options)).toThrow(message);
  });

  test('throws what "refuse" returns, also beside other options', async () => {
    const options = { refuse: () => new ForbiddenException('no'), freshWithin: '1 hour' };
    const browser = await serve(RequireSession(Auth, ({ user }) => user !== undefined, options));
    expect((await browser.get('/')).status).toBe(403);
    await browser.post('/');
    expect((await browser.get('/')).text).toBe('in');
  });

  test('stops the application where Nest calls a method without its guards', async () => {
    class Orders {
      @RequireSession(Auth, () => false)
      all() {
        return ['tea'];
      }
    }
    class MoreOrders extends Orders {}
    class Service {
      @RequireSession(Auth, () => false)
      @UseInterceptors(ClientSessionsInterceptor)
      @SetMetadata('called by', 'code that looks at guards')
      all() {
        return ['tea'];
      }
    }
    const options = { sessions: [Auth] };
    for (const type of [Orders, MoreOrders])
      await expect(start(platform, { providers: [type], options })).rejects.toThrow(
        `"${type.name}.all": must not have @RequireSession(), because Nest calls this method without its guards. ` +
          'Guard the routes',
      );
    await start(platform, { providers: [Service], options });
  });

  describe('above which another decorator replaces the method', () => {
    /** As a decorator for logs or transactions does. It may take what is noted of the method with it. */
    const replaces =
      (keeps: boolean): MethodDecorator =>
      (_target, _key, descriptor) => {
        const method = descriptor.value as unknown as (...args: unknown[]) => unknown;
        const replacement = function (this: unknown, ...args: unknown[]): unknown {
          return method.apply(this, args);
        };
        if (keeps) {
          for (const key of Reflect.getMetadataKeys(method))
            Reflect.defineMetadata(key, Reflect.getMetadata(key, method), replacement);
        }
        return { ...descriptor, value: replacement as never };
      };
    const guardedBy = (keeps: boolean, options: RequireSessionOptions = {}) => {
      @Controller()
      class Orders {
        @Get()
        @replaces(keeps)
        @RequireSession(Auth, () => false, options)
        all() {
          return ['tea'];
        }
      }
      return Orders;
    };

    test.each<RequireSessionOptions>([{}, { freshWithin: '1 minute' }])(
      'stops the application: %j',
      async (given) => {
        const options = { sessions: [Auth] };
        await expect(start(platform, { controllers: [guardedBy(false, given)], options })).rejects.toThrow(
          '"Orders.all": has lost its @RequireSession(), because a decorator above it replaces the method. ' +
            'Write @RequireSession() above that decorator.',
        );
      },
    );

    test('stops it also where another guard is left, and in a class that is not registered itself', async () => {
      @Controller('two')
      class Two {
        @RequireSession(Auth, () => false)
        @Get()
        @replaces(false)
        @RequireSession(Auth, () => false)
        all() {
          return ['tea'];
        }
      }
      class Base {
        @Get()
        @replaces(false)
        @RequireSession(Auth, () => false)
        all() {
          return ['tea'];
        }
      }
      @Controller('sub')
      class Sub extends Base {}
      @Controller('sub')
      class Overrides extends Base {
        @Get()
        override all() {
          return ['coffee'];
        }
      }
      const options = { sessions: [Auth] };
      for (const type of [Two, Sub]) {
        await expect(start(platform, { controllers: [type], options })).rejects.toThrow(
          `"${type.name}.all": has lost its @RequireSession()`,
        );
      }
      await start(platform, { controllers: [Overrides], options });
    });

    test.each<[string, MethodDecorator]>([
      ['a query', Query(() => String)],
      ['a mutation', Mutation(() => String)],
      ['a message', SubscribeMessage('all')],
      ['a job', SetMetadata('of another package', true)],
    ])('stops it below a decorator of %s, too', async (_title, decorator) => {
      class Handler {
        @decorator
        @replaces(false)
        @RequireSession(Auth, () => false)
        all() {
          return 'tea';
        }
      }
      await expect(start(platform, { providers: [Handler], options: { sessions: [Auth] } })).rejects.toThrow(
        '"Handler.all": has lost its @RequireSession()',
      );
    });

    test('is there where the decorator keeps it, or where it stands above', async () => {
      @Controller('above')
      class Above {
        @RequireSession(Auth, () => false)
        @Get()
        @replaces(false)
        all() {
          return ['tea'];
        }
      }
      const browser = (
        await start(platform, { controllers: [guardedBy(true), Above], options: { sessions: [Auth] } })
      ).browser();
      expect([(await browser.get('/')).status, (await browser.get('/above')).status]).toEqual([401, 401]);
    });
  });

  test('guards a class with getters, which need an instance', async () => {
    @Controller()
    @RequireSession(Auth, () => true)
    class Orders {
      readonly #all = ['tea'];

      get first() {
        return this.#all[0];
      }

      @Get()
      show() {
        return this.first;
      }
    }
    const app = await start(platform, { controllers: [Orders], options: { sessions: [Auth] } });
    expect((await app.browser().get('/')).text).toBe('tea');
  });

  describe('of the store', () => {
    const inStore = { consistency: 'store' } as const;
    const message = (place: string, session: string): string =>
      `"${place}": must not ask the store about ${session}, which is no login. ` +
      'Give the session the option subject: (content) => content.userId, or leave out';

    test('stops the application if the session has no "subject"', async () => {
      const byName = RequireSession(Auth, () => true, inStore);
      await expect(serve(byName)).rejects.toThrow(message('Guarded.get', 'the session "auth"'));
      const byDefault = RequireSession(() => true, inStore);
      await expect(serve(byDefault)).rejects.toThrow(message('Guarded.get', 'the default session'));
    });

    test('stops it also where the whole class is guarded, or a parent of it', async () => {
      @RequireSession(Auth, () => true, inStore)
      class Orders {
        @Get()
        show() {
          return 'in';
        }
      }
      @Controller()
      class MoreOrders extends Orders {}
      await expect(
        start(platform, { controllers: [MoreOrders], options: { sessions: [Auth] } }),
      ).rejects.toThrow(message('Orders', 'the session "auth"'));
    });

    test('is not that of a method that overrides a guarded one, and has no guard of its own', async () => {
      class Orders {
        @RequireSession(Auth, () => true, inStore)
        @Get()
        show() {
          return 'in';
        }
      }
      @Controller()
      class OpenOrders extends Orders {
        @Get()
        override show() {
          return 'open';
        }
      }
      const app = await start(platform, { controllers: [OpenOrders], options: { sessions: [Auth] } });
      expect((await app.browser().get('/')).text).toBe('open');
    });

    test('is of the session that is asked for, and not of others', async () => {
      @Controller()
      class Orders {
        @RequireSession(Login, () => true, inStore)
        @Get()
        show(@Session(Auth) _auth: SessionOf<typeof Auth>) {
          return 'in';
        }
      }
      const revocations = { store: new MemoryLogins().open() };
      const options = { sessions: [Auth, Login], revocations };
      const app = await start(platform, { controllers: [Orders], options });
      expect((await app.browser().get('/')).text).toBe('in');
    });
  });
});
