import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Controller, Get, Inject, Post, Query } from '@nestjs/common';
import { defineSession, Logins, Session, type SessionOf } from '../../lib/index.js';
import type { LoginStore } from '../../lib/logins/login-store.js';
import { PLATFORMS, type Running, start, stopAll } from '../support/application.js';
import { MemoryLogins } from '../support/memory-login-store.js';
import { sized } from '../support/size.js';

/** On each platform. */
const ROUNDS = sized(80, 1_000);
/** How many of them are under way at a time. */
const LANES = 20;
/** Each request waits for up to so long before it looks at the session, after that, and at the store: ms. */
const DELAY = 6;

const Auth = defineSession<{ user?: string; visits?: number }>('auth', {
  subject: ({ user }) => user,
  duration: '1 hour',
  // Every read is due to renew the cookie.
  activeDuration: '30 minutes',
});
type Auth = SessionOf<typeof Auth>;

const chance = (): Promise<void> => pause(Math.random() * DELAY);

@Controller()
class Pages {
  constructor(@Inject(Logins) private readonly logins: Logins) {}

  @Get('me')
  async me(@Session(Auth) auth: Auth): Promise<object> {
    const { user } = auth;
    await chance();
    return { user: user ?? null };
  }

  @Post('login')
  login(@Session(Auth) auth: Auth, @Query('user') user: string): void {
    auth.reset();
    auth.user = user;
  }

  @Post('visit')
  async visit(@Session(Auth) auth: Auth): Promise<void> {
    auth.visits = (auth.visits ?? 0) + 1;
    await chance();
    auth.visits++;
  }

  @Post('logout')
  async logout(@Session(Auth) auth: Auth): Promise<void> {
    await this.logins.end(auth);
    await chance();
  }

  @Post('everywhere')
  async everywhere(@Query('user') user: string): Promise<void> {
    await this.logins.endAll(user);
    await chance();
  }

  @Post('elsewhere')
  async elsewhere(@Session(Auth) auth: Auth): Promise<void> {
    if (auth.user !== undefined) await this.logins.endAll(auth.user, { except: auth });
    await chance();
    auth.visits = 0;
  }
}

/** A store that answers after some time. */
function slow(store: LoginStore): LoginStore {
  const later = async <T>(ask: () => Promise<T>): Promise<T> => {
    await chance();
    const answer = await ask();
    await chance();
    return answer;
  };
  return {
    add: (...facts) => later(() => store.add(...facts)),
    read: (after) => later(() => store.read(after)),
    note: (...login) => store.note(...login),
    touch: (...use) => store.touch(...use),
    list: (...subject) => store.list(...subject),
  };
}

afterEach(stopAll);

describe.each(PLATFORMS)('on %s', (platform) => {
  const serve = (store: LoginStore): Promise<Running> =>
    start(platform, {
      controllers: [Pages],
      options: { sessions: [Auth], revocations: { store } },
    });

  async function send(origin: string, path: string, cookie = ''): Promise<Response> {
    await chance();
    const method = path.startsWith('/me') ? 'GET' : 'POST';
    const response = await fetch(origin + path, { method, headers: { ...(cookie && { cookie }) } });
    expect(response.ok).toBe(true);
    return response;
  }

  /** The cookies with a login that a response sets, as a browser or a thief would send them. */
  const loginsIn = (response: Response): string[] =>
    response.headers
      .getSetCookie()
      .map((header) => header.split(';', 1)[0]!)
      .filter((pair) => pair.startsWith('auth=') && pair !== 'auth=');

  test.each([
    ['/logout', ROUNDS],
    ['/everywhere', ROUNDS / 4],
    ['/elsewhere and /everywhere', ROUNDS / 4],
  ])(
    '%s beside reads and changes, %i times: no cookie of the login is admitted again',
    async (ends, rounds) => {
      const store = new MemoryLogins();
      const [here, there] = [await serve(slow(store.open())), await serve(store.open())];
      let admitted = 0;
      let issued = 0;

      const race = async (user: string): Promise<void> => {
        const [cookie] = loginsIn(await send(here.origin, `/login?user=${user}`));
        const paths = [...ends.split(' and '), '/me', '/visit', '/visit'];
        const responses = await Promise.all(
          paths.map((path) => send(here.origin, `${path}?user=${user}`, cookie)),
        );
        const copies = [cookie!, ...responses.flatMap(loginsIn)];
        issued += copies.length;
        const isAdmitted = async (origin: string, copy: string): Promise<boolean> =>
          ((await (await send(origin, '/me', copy)).json()) as { user: unknown }).user !== null;
        // After this, the other process knows of every end until now. By itself it would within maxLag.
        await there.app.get(Logins).catchUp();
        const answers = await Promise.all(
          [here, there].flatMap(({ origin }) => copies.map((copy) => isAdmitted(origin, copy))),
        );
        admitted += answers.filter(Boolean).length;
      };
      let round = 0;
      const lane = async (): Promise<void> => {
        while (round < rounds) await race(`user-${++round}`);
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      expect({ round, admitted }).toEqual({ round: rounds, admitted: 0 });
      expect(issued).toBeGreaterThan(rounds * 1.5);
    },
    60_000,
  );
});
