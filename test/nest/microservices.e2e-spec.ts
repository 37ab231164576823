import { afterEach, describe, expect, test } from '@jest/globals';
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExecutionContext,
  Get,
  type INestApplicationContext,
  type INestMicroservice,
  Module,
  Post,
  Req,
  type Type,
  UseFilters,
  UseInterceptors,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  type ClientProxy,
  ClientProxyFactory,
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import { firstValueFrom, type Observable, throwError } from 'rxjs';
import {
  ClientSessionsInterceptor,
  ClientSessionsModule,
  defineSession,
  getSession,
  InjectSession,
  InjectSessionOptions,
  Logins,
  RequireSession,
  type ResolvedSessionOptions,
  Session,
  type SessionOf,
  SessionUnavailableError,
} from '../../lib/index.js';
import { type Platform, PLATFORMS, type Running, start, stopAll } from '../support/application.js';
import { neighbour } from '../support/neighbour.js';
import { freePort } from '../support/programs.js';
import { SECRET } from '../support/secrets.js';

const Auth = defineSession<{ user?: string }>('auth');
type Auth = SessionOf<typeof Auth>;

const WORDS = /a message of a microservice brings no cookie/;

/** What somebody may send who wants to be taken for a request. */
const FORGED = {
  headers: { cookie: 'auth=x' },
  raw: { headers: {} },
  req: { headers: {} },
  request: {},
  upgrade: true,
};

@Catch(SessionUnavailableError)
class PassOn {
  catch({ code, message }: SessionUnavailableError): Observable<never> {
    return throwError(() => new RpcException({ code, message }).getError());
  }
}

@Controller()
class Orders {
  static readonly events: unknown[] = [];

  @Post('login')
  login(@Session(Auth) auth: Auth): void {
    auth.user = 'ada';
  }

  @Get('me')
  me(@Session(Auth) auth: Auth): string {
    return auth.user ?? 'nobody';
  }

  /** Another transport may hand over objects as they are. */
  @Get('as-message')
  asMessage(@Req() request: object): string {
    const context = { getType: () => 'rpc', getArgs: () => [request], getArgByIndex: () => request };
    return getSession(context, Auth).user ?? 'nobody';
  }

  /** It serves both. */
  @Get('both')
  @MessagePattern('both')
  @RequireSession(Auth, () => true)
  @UseFilters(PassOn)
  both(): string {
    return 'in';
  }

  @MessagePattern('plain')
  @UseInterceptors(ClientSessionsInterceptor)
  plain(@Payload() data: unknown): unknown {
    return data;
  }

  @MessagePattern('asked')
  @UseFilters(PassOn)
  asked(@Payload() data: object, @Ctx() context: object): unknown {
    return [data, context].map((source) => getSession(source, Auth));
  }

  @MessagePattern('unfiltered')
  unfiltered(@Payload() data: object): unknown {
    return getSession(data, Auth);
  }

  @EventPattern('event')
  event(@Payload() data: unknown): void {
    Orders.events.push(data);
  }
}

const closing: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of closing.splice(0)) await each.close();
  await stopAll();
  Orders.events.length = 0;
});

const tcp = (port: number) => ({ transport: Transport.TCP as const, options: { host: '127.0.0.1', port } });

function clientOf(port: number): ClientProxy {
  const client = ClientProxyFactory.create(tcp(port));
  closing.push(client);
  return client;
}

/** The answer to a message, or what its sender learns of the failure. */
const send = (client: ClientProxy, pattern: string, data: unknown = {}): Promise<unknown> =>
  firstValueFrom(client.send<unknown>(pattern, data)).catch((error: unknown) => error);

async function startHybrid(
  platform: Platform,
  controllers: Type[] = [Orders],
): Promise<{ app: Running; client: ClientProxy }> {
  const port = await freePort();
  const app = await start(platform, {
    controllers,
    options: { sessions: [Auth] },
    prepare: async (application) => {
      application.connectMicroservice(tcp(port), { inheritAppConfig: true });
      await application.startAllMicroservices();
    },
  });
  return { app, client: clientOf(port) };
}

describe.each(PLATFORMS)('a hybrid application (%s)', (platform) => {
  test('has sessions for its requests, and answers messages without them', async () => {
    const { app, client } = await startHybrid(platform);
    const browser = app.browser();
    await browser.post('/login');

    expect((await browser.get('/me')).text).toBe('ada');
    expect((await browser.get('/both')).text).toBe('in');
    expect(await send(client, 'plain', { item: 'tea' })).toEqual({ item: 'tea' });
    await firstValueFrom(client.emit('event', 'shipped'), { defaultValue: undefined });
    expect(await send(client, 'plain', 'after the event')).toBe('after the event');
    expect(Orders.events).toEqual(['shipped']);
  });

  test('says in a message that this brings no session, with an error that a filter can pass on', async () => {
    const { client } = await startHybrid(platform);
    expect(await send(client, 'both')).toMatchObject({
      code: 'ERR_SESSION_UNAVAILABLE',
      message: expect.stringMatching(WORDS) as unknown,
    });
    expect(await send(client, 'unfiltered', FORGED)).toMatchObject({ message: 'Internal server error' });
  });

  test('takes no message for a request, whatever it holds', async () => {
    const { app, client } = await startHybrid(platform);
    expect((await app.browser().get('/as-message')).status).toBe(500);
    for (const data of [FORGED, { ...FORGED, handshake: {} }, { extra: { request: FORGED } }]) {
      expect(await send(client, 'asked', data)).toMatchObject({ code: 'ERR_SESSION_UNAVAILABLE' });
      expect(await send(client, 'both', data)).toMatchObject({ code: 'ERR_SESSION_UNAVAILABLE' });
    }
  });

  const IN_VAIN: Record<string, () => Type> = {
    '@Session() in a handler of messages': () => {
      class Handler {
        handle(): void {}
      }
      const descriptor = Object.getOwnPropertyDescriptor(Handler.prototype, 'handle')!;
      Session(Auth)(Handler.prototype, 'handle', 0);
      MessagePattern('x')(Handler.prototype, 'handle', descriptor);
      Controller()(Handler);
      return Handler;
    },
    '@RequireSession() in a handler of events': () => {
      class Handler {
        handle(): void {}
      }
      const descriptor = Object.getOwnPropertyDescriptor(Handler.prototype, 'handle')!;
      RequireSession(Auth, () => true)(Handler.prototype, 'handle', descriptor);
      EventPattern('x')(Handler.prototype, 'handle', descriptor);
      Controller()(Handler);
      return Handler;
    },
    '@RequireSession() of a class with such a handler': () => {
      class Parent {
        @MessagePattern('x')
        handle(): void {}
      }
      @Controller()
      @RequireSession(Auth, () => true)
      class Handler extends Parent {
        @Get('x')
        get(): void {}
      }
      return Handler;
    },
  };

  test.each(Object.keys(IN_VAIN))('does not start with %s', async (name) => {
    await expect(startHybrid(platform, [IN_VAIN[name]!()])).rejects.toThrow(
      /"Handler.handle": must not ask for a session, because a message of a microservice brings no cookie\. Ask/,
    );
  });

  test('starts where the class has options or a session injected, which its messages need not use', async () => {
    @Controller()
    class Handler {
      constructor(
        @InjectSessionOptions() readonly options: ResolvedSessionOptions,
        @InjectSession(Auth) readonly auth: Auth,
      ) {}

      @MessagePattern('name')
      name(): string {
        return this.options.name;
      }

      @Get('injected')
      get(): string {
        return this.auth.user ?? 'nobody';
      }
    }
    const { app, client } = await startHybrid(platform, [Handler]);
    expect(await send(client, 'name')).toBe('auth');
    expect((await app.browser().get('/injected')).text).toBe('nobody');
  });
});

describe('without HTTP', () => {
  @Controller()
  class Jobs {
    @MessagePattern('host')
    host(@Payload() data: object): unknown {
      return getSession(data);
    }
  }

  @Module({
    imports: [ClientSessionsModule.forRoot({ secret: SECRET, sessions: [Auth] })],
    controllers: [Jobs],
  })
  class AppModule {}

  class Guard {
    canActivate(context: ExecutionContext): boolean {
      return getSession(context, Auth).user !== undefined;
    }
  }

  @Catch()
  class Everything {
    catch(error: Error, host: ArgumentsHost): Observable<never> {
      return throwError(() => ({ type: host.getType(), name: error.name, message: error.message }));
    }
  }

  test('a microservice starts, and says in guards what it cannot do', async () => {
    const port = await freePort();
    const service: INestMicroservice = await NestFactory.createMicroservice(AppModule, {
      ...tcp(port),
      logger: false,
    });
    closing.push(service);
    service.useGlobalGuards(new Guard());
    service.useGlobalFilters(new Everything());
    await service.listen();

    expect(await send(clientOf(port), 'host', FORGED)).toEqual({
      type: 'rpc',
      name: 'SessionUnavailableError',
      message: expect.stringMatching(WORDS) as unknown,
    });
  });

  test('a standalone application starts, has the providers, and says what it cannot do', async () => {
    const context: INestApplicationContext = await NestFactory.createApplicationContext(AppModule, {
      logger: false,
    });
    closing.push(context);

    expect(() => getSession(context.get(Logins), Auth)).toThrow(SessionUnavailableError);
    expect(() => getSession({}, Auth)).toThrow(/There are no sessions here: the value is not a request/);
    await expect(context.get(Logins).endAll('ada')).rejects.toThrow(/subject/);
  });
});

neighbour('messages of microservices', { express: 'refused', fastify: 'refused' }, async (platform) => {
  const { client } = await startHybrid(platform);
  expect(await send(client, 'both')).toMatchObject({ message: expect.stringMatching(WORDS) as unknown });
});
