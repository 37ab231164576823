import { ServerResponse } from 'node:http';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import {
  Controller,
  Get,
  Logger,
  type MessageEvent,
  Post,
  Req,
  Res,
  Sse,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import express from 'express';
import { interval, map, take } from 'rxjs';
import { createSessionCodec, getSession, Session, type SessionEvent } from '../../lib/index.js';
import { PLATFORMS, start, stopAll } from '../support/application.js';
import { ofSessions } from '../support/events.js';
import { OTHER_SECRET, SECRET } from '../support/secrets.js';
import { Clock, DAY, HOUR } from '../support/session.js';

interface Visit {
  user?: string;
  csrf?: string;
}

class ReadingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return getSession<Visit>(context).user !== 'banned';
  }
}

@Controller()
@UseGuards(ReadingGuard)
class AccountController {
  @Get('me')
  me(@Session() session: Session<Visit>) {
    return { user: session.user ?? null };
  }

  @Get('csrf')
  csrf(@Session() session: Session<Visit>) {
    return { token: (session.csrf ??= 'token') };
  }

  @Post('login')
  login(@Session() session: Session<Visit>) {
    session.reset();
    session.user = 'ada';
  }

  @Post('logout')
  logout(@Session() session: Session<Visit>) {
    session.destroy();
  }

  @Get('undone')
  undone(@Session() session: Session<Visit>) {
    session.user = 'eve';
    delete session.user;
    session.save();
  }
}

const events: SessionEvent[] = [];
const onEvent = ofSessions((event) => events.push(event));

afterEach(async () => {
  await stopAll();
  jest.restoreAllMocks();
  events.length = 0;
});

/** Cookies that this server refuses. */
function refusedCookies(clock: Clock): Record<string, string> {
  const seal = (content: Record<string, unknown>, options: object, createdAt = clock.time) =>
    createSessionCodec({
      name: 'session',
      secret: SECRET,
      now: clock.now,
      duration: '2 days',
      ...options,
    }).seal(content, { createdAt });
  return {
    rubbish: 'rubbish',
    empty: '',
    'of another application on the same host': seal({ theirs: 1 }, { secret: OTHER_SECRET }),
    'of another environment': seal({ user: 'ada' }, { purpose: 'staging' }),
    expired: seal({ user: 'ada' }, {}, clock.time - 3 * DAY),
    'of a server whose clock is ahead': seal({ user: 'ada' }, {}, clock.time + HOUR),
    'of another codec': seal({ user: 'ada' }, { codec: { stringify: () => 'no JSON', parse: () => ({}) } }),
    'of a newer version': seal({ user: 'ada' }, { version: 2, migrate: { 1: (old: object) => old } }),
  };
}

describe.each(PLATFORMS)('a request that only reads (%s)', (platform) => {
  test.each(Object.keys(refusedCookies(new Clock())))(
    'writes nothing about a cookie that is %s',
    async (kind) => {
      jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
      const clock = new Clock();
      const { browser } = await start(platform, {
        controllers: [AccountController],
        options: { cookieName: 'session', now: clock.now, onEvent, onNewer: 'reset' },
      });
      const headers = { cookie: `session=${refusedCookies(clock)[kind]!}` };
      const visitor = browser(() => 0);

      for (const path of ['/me', '/undone', '/missing']) {
        const page = await visitor.get(path, { headers });
        expect(page.setCookies).toEqual([]);
      }
      expect(events.length).toBeGreaterThan(0);
      expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['refused']));

      // What is stored takes its place, whoever is answered last.
      const token = await visitor.get('/csrf', { headers });
      expect(token.setCookies).toHaveLength(1);
      expect((await visitor.get('/me', { headers })).setCookies).toEqual([]);
      expect((await visitor.get('/csrf')).setCookies).toEqual([]);
      expect((await visitor.post('/login', {}, { headers })).setCookies).toHaveLength(1);
      expect((await visitor.get('/me', { headers })).setCookies).toEqual([]);
      expect((await visitor.get('/me')).json()).toEqual({ user: 'ada' });
      expect((await visitor.post('/logout', {}, { headers })).setCookies[0]).toMatch(
        /^session=; .*Max-Age=0/,
      );
    },
  );

  test('in parallel with a stale cookie loses no token, twenty times of twenty', async () => {
    const clock = new Clock();
    const { browser } = await start(platform, {
      controllers: [AccountController],
      options: { cookieName: 'session', now: clock.now },
    });
    const stale = refusedCookies(clock)['expired']!;
    for (let i = 0; i < 20; i++) {
      const visitor = browser(() => 0);
      visitor.setCookie('session', stale);
      await Promise.all([visitor.get('/me'), visitor.get('/csrf'), visitor.get('/me')]);
      expect(visitor.cookie('session')).not.toBe(stale);
      expect((await visitor.get('/csrf')).setCookies).toEqual([]);
    }
  });
});

describe.each(PLATFORMS)('a session that is read too late for caches (%s)', (platform) => {
  const exposed = () => events.filter(({ type }) => type === 'exposed');

  @Controller()
  class StreamsController {
    @Sse('events')
    events(@Req() request: object) {
      const data = (): MessageEvent => ({ data: String(getSession<Visit>(request).user) });
      return interval(1).pipe(take(2), map(data));
    }

    @Get('raw')
    raw(@Req() request: object, @Res() response: any) {
      const raw = response.raw ?? response;
      response.hijack?.();
      raw.writeHead(200, { 'Content-Type': 'text/plain' });
      raw.write('head');
      raw.end(String(getSession<Visit>(request).user));
    }
  }
  const serve = async () => {
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    return (
      await start(platform, { controllers: [StreamsController], options: { cookieName: 'session', onEvent } })
    ).browser();
  };

  test('is reported, with the remedy', async () => {
    const browser = await serve();
    expect((await browser.get('/raw')).text).toBe('headundefined');
    expect(exposed()).toMatchObject([{ session: 'session', error: { code: 'ERR_SESSION_EXPOSED' } }]);
    expect(jest.mocked(Logger.prototype.error).mock.calls.flat().join()).toMatch(/Vary: Cookie/);
  });

  test('is fine where the answer is complete, or to nothing that caches store', async () => {
    @Controller()
    class LoggedController {
      @Get('logged')
      logged() {
        return 'done';
      }

      @Post('raw')
      raw(@Req() request: object, @Res() response: any) {
        const raw = response.raw ?? response;
        response.hijack?.();
        raw.writeHead(200);
        raw.write('head');
        raw.end(String(getSession<Visit>(request).user));
      }
    }
    const seen: unknown[] = [];
    const prepare = (app: any) => {
      const log = (request: any, response: any, next: () => void) => {
        response.on('finish', () => seen.push(getSession<Visit>(request).user));
        next();
      };
      app.use(log);
    };
    const { browser } = await start(platform, {
      controllers: [LoggedController],
      options: { cookieName: 'session', onEvent },
      prepare: platform === 'express' ? prepare : undefined,
    });
    await browser().get('/logged');
    expect((await browser().post('/raw')).text).toBe('headundefined');
    if (platform === 'express') expect(seen.length).toBeGreaterThan(0);
    expect(exposed()).toEqual([]);
  });

  test('is fine in server-sent events, which nobody stores', async () => {
    const browser = await serve();
    expect((await browser.get('/events')).text).toContain('data: undefined');
    expect(exposed()).toEqual([]);
  });
});

describe('a head that is sent past the hook, by somebody who puts the writeHead of Node back,', () => {
  const serve = async (answer: (response: express.Response) => void, change: boolean) => {
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    @Controller()
    class Hands {
      @Get()
      get(@Res() response: express.Response, @Session() session: Session<Visit>) {
        if (change) session.user = 'ada';
        void session.user;
        Object.assign(response, { writeHead: ServerResponse.prototype.writeHead });
        answer(response);
      }
    }
    const app = await start('express', { controllers: [Hands], options: { cookieName: 'session', onEvent } });
    await app.browser().get('/');
    await app.close();
    return events.map(({ type }) => type);
  };

  test('exposes what was read, unless caches are kept away', async () => {
    expect(await serve((response) => void response.send('theirs'), false)).toEqual(['exposed']);
    events.length = 0;
    expect(await serve((response) => void response.vary('Cookie').send('theirs'), false)).toEqual([]);
  });

  test('loses a change, which is said once', async () => {
    expect(await serve((response) => void response.send('theirs'), true)).toEqual(['lost']);
  });
});
