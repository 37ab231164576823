import { Controller, Get, Post, UnauthorizedException } from '@nestjs/common';
import { afterEach, describe, expect, test } from '@jest/globals';
import { defineSession, InvalidOptionsError, Session, type SessionOf } from 'nestjs-client-sessions';
import {
  chaos,
  ChaosError,
  type ChaosOptions,
  type TestBrowser,
  testSessions,
} from 'nestjs-client-sessions/testing';
import { PLATFORMS } from '../support/application.js';
import { applicationOn, Auth, Cart, closeApplications, ShopController } from './applications.js';

afterEach(closeApplications);

const Loose = defineSession<{ userId?: string; seen?: number }>('loose');

/** Logs out by deleting a key, which a late answer of another request brings back. */
@Controller('loose')
class LooseController {
  @Post('logout')
  logout(@Session(Loose) session: SessionOf<typeof Loose>): void {
    delete session.userId;
  }

  @Get('news')
  news(@Session(Loose) session: SessionOf<typeof Loose>): void {
    session.seen = (session.seen ?? 0) + 1;
  }

  @Get('idle')
  idle(): void {}

  @Get('me')
  me(@Session(Loose) session: SessionOf<typeof Loose>): string {
    if (session.userId === undefined) throw new UnauthorizedException();
    return session.userId;
  }
}

const sessions = [Auth, Cart, Loose];
const controllers = [ShopController, LooseController];
const failureOf = async (running: Promise<unknown>): Promise<ChaosError> => {
  const error: unknown = await running.then(
    () => undefined,
    (problem: unknown) => problem,
  );
  expect(error).toBeInstanceOf(ChaosError);
  return error as ChaosError;
};

const isLoggedOutAt =
  (path: string) =>
  async (browser: TestBrowser): Promise<void> =>
    expect((await browser.get(path)).status).toBe(401);

const looseLogout = (...others: string[]): Omit<ChaosOptions, 'seed'> => ({
  scenario: async (browser) => {
    browser.as(Loose, { userId: '42' });
    return [...others.map((path) => () => browser.get(path)), () => browser.post('/loose/logout')];
  },
  check: isLoggedOutAt('/loose/me'),
});

describe.each(PLATFORMS)('chaos on %s', (platform) => {
  const start = () => applicationOn(platform, { sessions }, controllers);

  test('finds no undone logout where the session is destroyed', async () => {
    const report = await chaos(await start(), {
      scenario: async (browser) => {
        await browser.post('/login', { userId: '42' });
        return [() => browser.get('/news'), () => browser.get('/news'), () => browser.post('/logout')];
      },
      check: isLoggedOutAt('/me'),
    });
    expect(report.rounds).toBe(60);
  });

  test('finds an undone logout, with the two requests, their order and the seed', async () => {
    const { message, met, steps, seed, cause } = await failureOf(
      chaos(await start(), { ...looseLogout('/loose/idle', '/loose/news', '/cart'), seed: 7 }),
    );
    expect([met, seed]).toEqual([['GET /loose/news', 'POST /loose/logout'], 7]);
    expect(steps).toEqual([
      'GET /loose/idle is sent',
      'the answer of GET /loose/idle arrives: 200',
      'GET /cart is sent',
      'the answer of GET /cart arrives: 200',
      'GET /loose/news is sent',
      'POST /loose/logout is sent',
      'the answer of POST /loose/logout arrives: 201, sets loose',
      'the answer of GET /loose/news arrives: 200, sets loose',
    ]);
    expect(message).toContain(
      'Two requests met, and then the check failed: GET /loose/news and POST /loose/logout.',
    );
    expect(message).toContain('Repeat it with the option seed: 7.');
    expect(message).not.toMatch(/loose=/);
    expect((cause as Error).message).toContain('401');
  });

  test('finds a lost change, also if one request is only sent while another one is under way', async () => {
    const { met } = await failureOf(
      chaos(await start(), {
        scenario: async (browser) => [() => browser.post('/cart/tea'), () => browser.post('/cart/milk')],
        check: (browser) => expect(browser.session(Cart)?.items.toSorted()).toEqual(['milk', 'tea']),
      }),
    );
    expect(met).toEqual(['POST /cart/tea', 'POST /cart/milk']);
  });

  test('sends a request with what has arrived until then', async () => {
    const carried = new Set<string>();
    await chaos(await start(), {
      scenario: async (browser) => [
        () => browser.post('/cart/tea'),
        () => browser.get('/loose/idle'),
        async () => carried.add(JSON.stringify(await (await browser.get('/cart')).json())),
      ],
      check: () => undefined,
    });
    expect([...carried].sort()).toEqual(['{"items":["tea"]}', '{"items":[]}']);
  });
});

describe('chaos', () => {
  const start = () => applicationOn('fastify', { sessions }, controllers);

  test('tries many requests in random orders, which the seed repeats', async () => {
    const app = await start();
    const paths = Array.from({ length: 6 }, () => '/loose/idle');
    const run = (seed: number) => failureOf(chaos(app, { ...looseLogout(...paths, '/loose/news'), seed }));
    const [first, again] = [await run(5), await run(5)];
    expect(first.message).toBe(again.message);
    expect(first.met).toEqual(['GET /loose/news', 'POST /loose/logout']);
  });

  test('tries no more orders than it may', async () => {
    const report = await chaos(await start(), {
      scenario: async (browser) => Array.from({ length: 4 }, () => () => browser.get('/loose/idle')),
      check: () => undefined,
      rounds: 30,
    });
    expect(report).toEqual({ seed: expect.any(Number), rounds: 30 });
  });

  test('says that nothing has raced if the check fails anyway', async () => {
    const { message } = await failureOf(
      chaos(await start(), {
        ...looseLogout('/loose/news'),
        check: () => {
          throw new Error('never');
        },
      }),
    );
    expect(message).toMatch(
      /nothing has raced:\n {2}1\. GET \/loose\/news is sent[^]*never\nCorrect the check/,
    );
  });

  test('says so if three requests are needed', async () => {
    const app = await start();
    // The check fails only if the last request was sent before the first and the second one were answered.
    const log: string[] = [];
    const noted = (browser: TestBrowser, name: string) => async () => {
      log.push(`sent ${name}`);
      await browser.get('/loose/idle');
      log.push(`arrived ${name}`);
    };
    const { met, message } = await failureOf(
      chaos(app, {
        scenario: async (browser) => {
          log.length = 0;
          return ['a', 'b', 'c'].map((name) => noted(browser, name));
        },
        check: () => {
          const arrived = log.findIndex((line) => line.startsWith('arrived'));
          if (arrived === 3) throw new Error('all at once');
        },
      }),
    );
    expect(met).toHaveLength(3);
    expect(message).toContain('3 requests met');
  });

  test('blames no two requests if the check fails already because another one comes before them', async () => {
    const app = await start();
    const log: string[] = [];
    const { met } = await failureOf(
      chaos(app, {
        scenario: async (browser) => {
          log.length = 0;
          return ['a', 'b', 'c'].map((name) => async () => {
            log.push(`${name} is sent`);
            await browser.get('/loose/idle');
            log.push(`${name} arrives`);
          });
        },
        check: () => {
          if (log.indexOf('c arrives') < log.indexOf('a is sent')) throw new Error('c before a');
          if (log.findIndex((line) => line.endsWith('arrives')) === 3) throw new Error('all at once');
        },
      }),
    );
    expect(met).toHaveLength(3);
  });

  test('leaves the clock as it was', async () => {
    const app = await start();
    const { clock } = testSessions(app);
    clock.set(5_000_000);
    const times: number[] = [];
    await chaos(app, {
      scenario: async (browser) => {
        times.push(clock.now());
        clock.advance('1 hour');
        return [() => browser.get('/news'), () => browser.get('/news')];
      },
      check: () => undefined,
    });
    expect(new Set(times)).toEqual(new Set([5_000_000]));
    expect(clock.now()).toBe(5_000_000);
  });

  test.each([
    ['one request', (browser: TestBrowser) => [() => browser.get('/me')], /at least two requests/],
    [
      'a request that is none',
      (browser: TestBrowser) => [() => browser.get('/me'), async () => 1],
      /has sent none/,
    ],
  ])('refuses %s, with the remedy', async (_title, requests, message) => {
    const running = chaos(await start(), {
      scenario: async (browser) => requests(browser),
      check: () => undefined,
    });
    await expect(running).rejects.toThrow(InvalidOptionsError);
    await expect(running).rejects.toThrow(message);
  });

  test('refuses rounds that are no number of them', async () => {
    const running = chaos(await start(), { ...looseLogout(), rounds: 0 });
    await expect(running).rejects.toThrow(/"rounds": must be a positive whole number/);
  });

  test('passes on what the scenario throws', async () => {
    const scenario = (): never => {
      throw new Error('no database');
    };
    await expect(chaos(await start(), { scenario, check: () => undefined })).rejects.toThrow('no database');
  });
});
