import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { Controller, Get, Logger, Post, Req } from '@nestjs/common';
import { ConnectedSocket, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { io, type Socket } from 'socket.io-client';
import { request } from 'node:http';
import {
  defineSession,
  getSession,
  getSessionInfo,
  RequireSession,
  Session,
  type SessionOf,
} from '../../lib/index.js';
import { PLATFORMS, type Running, start, stopAll } from '../support/application.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { Clock, HOUR, MINUTE } from '../support/session.js';

const Auth = defineSession<{ user?: string; roles: string[] }>('auth', {
  duration: '1 hour',
  defaults: { roles: ['reader'] },
});

@WebSocketGateway()
class Gateway {
  @SubscribeMessage('guarded')
  @RequireSession(Auth, ({ user }) => user !== undefined)
  guarded(@Session(Auth) auth: SessionOf<typeof Auth>) {
    return { event: 'guarded', data: auth.user };
  }

  @SubscribeMessage('read')
  read(@ConnectedSocket() client: object) {
    const auth = getSession(client, Auth);
    return { event: 'read', data: { user: auth.user, ...getSessionInfo(auth) } };
  }
}

@Controller()
class LoginController {
  @Post('login')
  login(@Session(Auth) auth: SessionOf<typeof Auth>) {
    auth.user = 'ada';
  }

  @Get('roles')
  roles(@Session(Auth) auth: SessionOf<typeof Auth>) {
    auth.roles.push('visitor');
    return auth.roles;
  }
}

const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close();
  await stopAll();
  jest.restoreAllMocks();
});

/** The answer to a message, or the exception. */
function ask(socket: Socket, event: string): Promise<unknown> {
  return new Promise((resolve) => {
    socket.once(event, resolve);
    socket.once('exception', ({ message }: { message: string }) => resolve(message));
    socket.emit(event, {});
  });
}

async function connect(app: Running, transport: string): Promise<Socket> {
  const browser = app.browser();
  await browser.post('/login');
  const extraHeaders = { cookie: browser.cookieHeader('/') };
  const socket = io(app.origin, { transports: [transport], extraHeaders, reconnection: false });
  sockets.push(socket);
  return socket;
}

describe.each(PLATFORMS)('a handshake (%s)', (platform) => {
  const setup = { controllers: [LoginController], providers: [Gateway] };

  test.each(['websocket', 'polling'])('does not outlive its session (%s)', async (transport) => {
    const clock = new Clock();
    const app = await start(platform, { ...setup, options: { sessions: [Auth], now: clock.now } });
    const socket = await connect(app, transport);

    clock.pass(HOUR - MINUTE);
    expect(await ask(socket, 'guarded')).toBe('ada');
    clock.pass(MINUTE);
    expect(await ask(socket, 'guarded')).toBe('Unauthorized');
    expect(await ask(socket, 'read')).toMatchObject({ isNew: true, refused: 'expired' });
    clock.pass(48 * HOUR);
    expect(await ask(socket, 'guarded')).toBe('Unauthorized');
  });

  test('is not prolonged by use, as no cookie could say so', async () => {
    const clock = new Clock();
    const options = { sessions: [Auth], activeDuration: '30 minutes', now: clock.now };
    const app = await start(platform, { ...setup, options });
    const socket = await connect(app, 'websocket');

    for (let minutes = 10; minutes < 60; minutes += 10) {
      clock.pass(10 * MINUTE);
      expect(await ask(socket, 'guarded')).toBe('ada');
    }
    clock.pass(10 * MINUTE);
    expect(await ask(socket, 'guarded')).toBe('Unauthorized');
  });

  test('does not outlive its key', async () => {
    jest.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    let secrets: object[] = [{ secret: SECRET }];
    const app = await start(platform, {
      ...setup,
      options: { sessions: [Auth], secret: () => secrets as never, secretRefresh: 0 },
    });
    const socket = await connect(app, 'websocket');
    expect(await ask(socket, 'guarded')).toBe('ada');

    secrets = [{ secret: OTHER_SECRET }, { secret: SECRET, revoked: true }];
    expect(await ask(socket, 'guarded')).toBe('Unauthorized');
    expect(await ask(socket, 'read')).toMatchObject({ isNew: true, refused: 'revoked' });
  });

  test('freezes nothing that other visitors get', async () => {
    const app = await start(platform, { ...setup, options: { sessions: [Auth] } });
    const socket = await connect(app, 'websocket');
    await ask(socket, 'read');

    expect((await app.browser().get('/roles')).json()).toEqual(['reader', 'visitor']);
    expect((await app.browser().get('/roles')).json()).toEqual(['reader', 'visitor']);
  });

  test('is no request that only asks to be upgraded', async () => {
    @Controller()
    class Excluded {
      @Get('excluded')
      get(@Req() asked: object) {
        try {
          return getSession(asked, Auth);
        } catch (error) {
          return { refused: (error as Error).name };
        }
      }
    }
    const options = { sessions: [Auth], exclude: ['excluded'] };
    const app = await start(platform, { controllers: [Excluded], options });
    const answer = await new Promise<string>((resolve, reject) => {
      const headers = { Connection: 'Upgrade', Upgrade: 'h2c' };
      const asking = request(`${app.origin}/excluded`, { headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk))).on('end', () => resolve(text));
      });
      asking.on('error', reject).end();
    });
    expect(JSON.parse(answer)).toEqual({ refused: 'SessionUnavailableError' });
  });
});
