import { createServer } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  type ArgumentsHost,
  Controller,
  type ExecutionContext,
  type INestApplication,
  Inject,
  Post,
  Scope,
  UseFilters,
} from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import {
  BaseWsExceptionFilter,
  ConnectedSocket,
  type OnGatewayConnection,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
} from '@nestjs/websockets';
import { Server, type ServerOptions } from 'socket.io';
import { io } from 'socket.io-client';
import { WebSocket } from 'ws';
import {
  type ClientSessionsOptions,
  defineSession,
  getSession,
  getSessionInfo,
  Logins,
  RequireSession,
  Session,
  type SessionOf,
} from '../../lib/index.js';
import {
  type Platform,
  PLATFORMS,
  type Running,
  type Setup,
  start,
  stopAll,
} from '../support/application.js';
import { MemoryLogins } from '../support/memory-login-store.js';
import { neighbour } from '../support/neighbour.js';
import { IS_NEST_12, testOnNest12 } from '../support/nest.js';
import { outcomeOf } from '../support/outcome.js';
import { freePort } from '../support/programs.js';
import { OTHER_SECRET } from '../support/secrets.js';
import { Clock, HOUR, MINUTE } from '../support/session.js';

const Auth = defineSession<{ user?: string; roles: string[] }>('auth', {
  duration: '1 hour',
  defaults: { roles: ['reader'] },
});
type Auth = SessionOf<typeof Auth>;
type Content = { user?: string };

const isLoggedIn = ({ user }: Content): boolean => user !== undefined;

/** Nest 11 tells the clients of ws nothing of exceptions. */
class TellingFilter extends BaseWsExceptionFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    const message = exception instanceof WsException ? exception.message : 'Internal server error';
    host
      .switchToWs()
      .getClient<WebSocket>()
      .send(JSON.stringify({ event: 'exception', data: { message } }));
  }
}

/** Binds that filter where it is needed. */
const Telling = (adapter: string): ClassDecorator =>
  IS_NEST_12 || adapter !== 'ws' ? () => undefined : UseFilters(new TellingFilter());

@WebSocketGateway()
class Chat {
  @SubscribeMessage('injected')
  injected(@Session(Auth) auth: Auth) {
    return { event: 'injected', data: { user: auth.user, isNew: getSessionInfo(auth).isNew } };
  }

  @SubscribeMessage('asked')
  asked(@ConnectedSocket() client: object) {
    return { event: 'asked', data: getSession(client, Auth).user ?? 'nobody' };
  }

  @SubscribeMessage('guarded')
  @RequireSession(Auth, isLoggedIn)
  guarded(@Session(Auth) auth: Auth) {
    return { event: 'guarded', data: auth.user };
  }

  @SubscribeMessage('refused in own words')
  @RequireSession(
    Auth,
    ({ user }) => user === 'root',
    (context: ExecutionContext) => new WsException(`not ${context.switchToWs().getPattern()}`),
  )
  refused() {
    return { event: 'refused in own words', data: 'in' };
  }

  @SubscribeMessage('fresh')
  @RequireSession(Auth, isLoggedIn, { freshWithin: '10 minutes' })
  fresh() {
    return { event: 'fresh', data: 'in' };
  }

  @SubscribeMessage('changes')
  changes(@Session(Auth) auth: Auth) {
    const data = {
      assigned: outcomeOf(() => (auth.user = 'eve')),
      deep: outcomeOf(() => auth.roles.push('root')),
      reset: outcomeOf(() => auth.reset()),
      destroyed: outcomeOf(() => auth.destroy()),
    };
    return { event: 'changes', data };
  }
}

@Telling('ws')
@WebSocketGateway()
class TellingChat extends Chat {}

const ChatOf = { 'socket.io': Chat, ws: TellingChat };

@Controller()
class LoginController {
  @Post('login')
  login(@Session(Auth) auth: Auth) {
    auth.reset();
    auth.user = 'ada';
  }
}

/** A connection of a client, and the answers to its messages. */
interface Connection {
  ask(event: string): Promise<unknown>;
  readonly closed: Promise<void>;
  close(): void;
}

const connections: Connection[] = [];

interface Address {
  readonly path?: string;
  readonly namespace?: string;
  readonly cookie?: string;
}

function connectIo(origin: string, { path, namespace = '/', cookie = '' }: Address): Connection {
  const socket = io(origin + namespace, {
    ...(path && { path }),
    transports: ['websocket'],
    extraHeaders: { cookie },
    reconnection: false,
    forceNew: true,
  });
  return {
    ask: (event) =>
      new Promise((resolve, reject) => {
        socket.once(event, resolve);
        socket.once('exception', ({ message }: { message: string }) => resolve(`refused: ${message}`));
        socket.once('connect_error', reject);
        socket.emit(event, {});
      }),
    closed: new Promise((resolve) => socket.once('disconnect', () => resolve())),
    close: () => socket.close(),
  };
}

function connectWs(origin: string, { path = '/', cookie = '' }: Address): Connection {
  const socket = new WebSocket(origin.replace('http', 'ws') + path, { headers: { cookie } });
  const opened = new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  opened.catch(() => undefined); // the test that asks learns of it
  return {
    ask: async (event) => {
      await opened;
      const answer = new Promise<string>((resolve) =>
        socket.once('message', (data) => resolve(String(data))),
      );
      socket.send(JSON.stringify({ event, data: {} }));
      const { event: kind, data } = JSON.parse(await answer) as { event: string; data: { message: string } };
      return kind === 'exception' ? `refused: ${data.message}` : data;
    },
    closed: new Promise((resolve) => socket.once('close', () => resolve())),
    close: () => socket.terminate(),
  };
}

/** Serves gateways with a port of their own on 127.0.0.1 only. */
class LoopbackIoAdapter extends IoAdapter {
  override createIOServer(port: number, options?: ServerOptions): Server {
    if (port === 0) return super.createIOServer(port, options) as Server;
    return new Server(createServer().listen(port, '127.0.0.1'), options);
  }
}

const ADAPTERS = {
  'socket.io': {
    connect: connectIo,
    use: (app: INestApplication) => app.useWebSocketAdapter(new LoopbackIoAdapter(app)),
  },
  ws: { connect: connectWs, use: (app: INestApplication) => app.useWebSocketAdapter(new WsAdapter(app)) },
};
const COMBINATIONS = PLATFORMS.flatMap((platform) =>
  (Object.keys(ADAPTERS) as (keyof typeof ADAPTERS)[]).map((adapter) => [adapter, platform] as const),
);

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close();
  await stopAll();
});

describe.each(COMBINATIONS)('messages of %s on %s', (adapter, platform) => {
  const { connect, use } = ADAPTERS[adapter];

  const serve = (
    providers: Setup['providers'] = [ChatOf[adapter]],
    options: Partial<ClientSessionsOptions> = {},
  ): Promise<Running> =>
    start(platform, {
      providers,
      controllers: [LoginController],
      options: { sessions: [Auth], ...options },
      prepare: (app) => void use(app),
    });

  function open(origin: string, address: Address = {}): Connection {
    const connection = connect(origin, address);
    connections.push(connection);
    return connection;
  }

  async function logIn(app: Running): Promise<string> {
    const browser = app.browser();
    await browser.post('/login');
    return browser.cookieHeader('/');
  }

  test('get the session of the handshake, by decorator and by client', async () => {
    const app = await serve();
    const [ada, guest] = [open(app.origin, { cookie: await logIn(app) }), open(app.origin)];

    expect(await ada.ask('injected')).toEqual({ user: 'ada', isNew: false });
    expect(await ada.ask('asked')).toBe('ada');
    expect(await guest.ask('injected')).toEqual({ isNew: true });
    expect(await guest.ask('asked')).toBe('nobody');
    expect(await ada.ask('asked')).toBe('ada');
  });

  test('are guarded, and the client learns why', async () => {
    const app = await serve();
    const [ada, guest] = [open(app.origin, { cookie: await logIn(app) }), open(app.origin)];

    expect(await ada.ask('guarded')).toBe('ada');
    expect(await guest.ask('guarded')).toBe('refused: Unauthorized');
    expect(await ada.ask('refused in own words')).toBe('refused: not refused in own words');
    expect(await guest.ask('asked')).toBe('nobody');
  });

  test('cannot change a session', async () => {
    const app = await serve();
    const ada = open(app.origin, { cookie: await logIn(app) });

    expect(await ada.ask('changes')).toEqual({
      assigned: 'TypeError',
      deep: 'TypeError',
      reset: 'SessionTooLateError',
      destroyed: 'SessionTooLateError',
    });
    expect(await ada.ask('asked')).toBe('ada');
  });

  test('ask anew, so that a connection outlives neither a session nor its freshness', async () => {
    const clock = new Clock();
    const app = await serve([ChatOf[adapter]], { now: clock.now });
    const ada = open(app.origin, { cookie: await logIn(app) });

    expect(await ada.ask('fresh')).toBe('in');
    clock.pass(11 * MINUTE);
    expect(await ada.ask('fresh')).toBe('refused: Unauthorized');
    expect(await ada.ask('guarded')).toBe('ada');
    clock.pass(HOUR);
    expect(await ada.ask('guarded')).toBe('refused: Unauthorized');
    expect(await ada.ask('injected')).toEqual({ isNew: true });
  });

  describe('with logins', () => {
    const Login = defineSession<Content>('auth', { subject: ({ user }) => user });

    @WebSocketGateway()
    class News implements OnGatewayConnection {
      constructor(@Inject(Logins) private readonly logins: Logins) {}

      handleConnection(client: { close?(): void; disconnect?(close: boolean): void }) {
        const leave = () => (adapter === 'ws' ? client.close!() : client.disconnect!(true));
        this.logins.onEnd(getSession(client, Login), leave);
      }

      @SubscribeMessage('known')
      @RequireSession(Login, isLoggedIn)
      known() {
        return { event: 'known', data: 'in' };
      }

      @SubscribeMessage('exact')
      @RequireSession(Login, isLoggedIn, { consistency: 'store' })
      exact() {
        return { event: 'exact', data: 'in' };
      }
    }

    @Telling(adapter)
    @WebSocketGateway()
    class Exact {
      @SubscribeMessage('exact')
      @RequireSession(Login, isLoggedIn, { consistency: 'store' })
      exact() {
        return { event: 'exact', data: 'in' };
      }
    }

    const withStore = (store: MemoryLogins): Partial<ClientSessionsOptions> => ({
      sessions: [Login],
      // Nobody reads the store during the test, unless a guard asks for it.
      revocations: { store: store.open(), maxLag: '10 minutes' },
    });

    test('are refused, and the connection closed, when the login ends', async () => {
      const app = await serve([News], withStore(new MemoryLogins()));
      const ada = open(app.origin, { cookie: await logIn(app) });
      expect(await ada.ask('known')).toBe('in');

      await app.app.get(Logins).endAll('ada');
      await ada.closed;
    });

    test('ask the store itself, where the guard wants that, from the first message on', async () => {
      const store = new MemoryLogins();
      const [here, there] = await Promise.all([
        serve([Exact], withStore(store)),
        serve([], withStore(store)),
      ]);
      const [before, after] = [await logIn(here), await logIn(here)];
      const connected = open(here.origin, { cookie: before });
      expect(await connected.ask('exact')).toBe('in');

      await there.app.get(Logins).endAll('ada');
      expect(await open(here.origin, { cookie: after }).ask('exact')).toBe('refused: Unauthorized');
      expect(await connected.ask('exact')).toBe('refused: Unauthorized');
    });
  });

  test('of a gateway on a port of its own have the sessions of their application', async () => {
    const port = await freePort();
    @WebSocketGateway(port, { host: '127.0.0.1' })
    class Own extends Chat {}
    const app = await serve([Own]);
    const ada = open(`http://127.0.0.1:${port}`, { cookie: await logIn(app) });

    expect(await ada.ask('guarded')).toBe('ada');
    expect(await ada.ask('asked')).toBe('ada');
  });

  test('of several gateways on one server have them, too', async () => {
    @WebSocketGateway(adapter === 'ws' ? { path: '/news' } : { namespace: 'news' })
    class News {
      @SubscribeMessage('news')
      news(@Session(Auth) auth: Auth) {
        return { event: 'news', data: `for ${auth.user}` };
      }
    }
    @WebSocketGateway({ path: '/other' })
    class Other extends Chat {}
    const app = await serve([ChatOf[adapter], News, Other]);
    const cookie = await logIn(app);
    const news = open(
      app.origin,
      adapter === 'ws' ? { path: '/news', cookie } : { namespace: '/news', cookie },
    );

    expect(await news.ask('news')).toBe('for ada');
    expect(await open(app.origin, { path: '/other', cookie }).ask('guarded')).toBe('ada');
    expect(await open(app.origin, { cookie }).ask('guarded')).toBe('ada');
  });

  test("know the session already in the gateway's own handleConnection()", async () => {
    const seen: unknown[] = [];
    class Parent {
      handleConnection(this: unknown, client: object, ...rest: object[]) {
        seen.push(this instanceof Lobby, getSession(client, Auth).user, rest.length);
      }
    }
    @WebSocketGateway()
    class Lobby extends Parent {
      @SubscribeMessage('asked')
      asked(@ConnectedSocket() client: object) {
        return { event: 'asked', data: getSession(client, Auth).user };
      }
    }
    const app = await serve([Lobby]);
    expect(await open(app.origin, { cookie: await logIn(app) }).ask('asked')).toBe('ada');
    expect(seen).toEqual([true, 'ada', adapter === 'ws' ? 1 : 0]);
  });

  testOnNest12('reach a gateway that is made for each client', async () => {
    @WebSocketGateway()
    class Scoped {
      @SubscribeMessage('guarded')
      @RequireSession(Auth, isLoggedIn)
      guarded(@Session(Auth) auth: Auth) {
        return { event: 'guarded', data: auth.user };
      }
    }
    const app = await serve([{ provide: Scoped, useClass: Scoped, scope: Scope.REQUEST }]);
    expect(await open(app.origin, { cookie: await logIn(app) }).ask('guarded')).toBe('ada');
  });

  test('belong to one application, also if two have the same gateway', async () => {
    const [here, there] = [await serve(), await serve([ChatOf[adapter]], { secret: OTHER_SECRET })];
    const cookie = await logIn(here);

    expect(await open(here.origin, { cookie }).ask('asked')).toBe('ada');
    expect(await open(there.origin, { cookie }).ask('asked')).toBe('nobody');
    expect(await open(there.origin, { cookie: await logIn(there) }).ask('asked')).toBe('ada');
  });

  test.each(['handleConnection', 'handleDisconnect', 'afterInit'])(
    'cannot be what %s() gets, as Nest calls it without decorators',
    async (hook) => {
      class Gateway {
        [hook](): void {}
      }
      Session(Auth)(Gateway.prototype, hook, 0);
      WebSocketGateway()(Gateway);
      await expect(serve([Gateway])).rejects.toThrow(
        `"Gateway.${hook}": must not have decorators of sessions, because Nest calls this method without them`,
      );
    },
  );
});

async function proveMessages(adapter: keyof typeof ADAPTERS, platform: Platform): Promise<void> {
  const { connect, use } = ADAPTERS[adapter];
  const app = await start(platform, {
    providers: [ChatOf[adapter]],
    controllers: [LoginController],
    options: { sessions: [Auth] },
    prepare: (application) => void use(application),
  });
  const browser = app.browser();
  await browser.post('/login');
  const [ada, guest] = [browser.cookieHeader('/'), ''].map((cookie) => connect(app.origin, { cookie }));
  connections.push(ada!, guest!);
  expect(await ada!.ask('injected')).toEqual({ user: 'ada', isNew: false });
  expect(await ada!.ask('changes')).toMatchObject({ assigned: 'TypeError', reset: 'SessionTooLateError' });
  expect(await guest!.ask('guarded')).toBe('refused: Unauthorized');
}

neighbour('socket.io', { express: 'read-only', fastify: 'read-only' }, (platform) =>
  proveMessages('socket.io', platform),
);

neighbour('ws', { express: 'read-only', fastify: 'read-only' }, (platform) => proveMessages('ws', platform));
