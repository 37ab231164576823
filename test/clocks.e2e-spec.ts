import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { createSessionCodec, Session } from '../lib/index.js';
import { Browser } from './support/browser.js';
import { start, stopAll } from './support/application.js';
import { SECRET } from './support/secrets.js';
import { DAY, HOUR } from './support/session.js';
import { serve, stopServers } from './support/server.js';

/** Everything else has to go on, or no request would be answered. */
const OTHER_TIMERS = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
] as const;

const RealDate = Date;

/** Ways to another time, as tests of applications have them. */
const CLOCKS: Record<string, { set(time: number): void; restore(): void }> = {
  'jest.useFakeTimers()': {
    set: (now) => void jest.useFakeTimers({ now, doNotFake: [...OTHER_TIMERS] }),
    restore: () => void jest.useRealTimers(),
  },
  'another Date, as sinon and mock.timers install it': {
    set: (now) => {
      globalThis.Date = class extends RealDate {
        constructor(...args: [] | [number]) {
          super(...(args.length ? args : ([now] as [number])));
        }
        static override now = (): number => now;
      } as DateConstructor;
    },
    restore: () => void (globalThis.Date = RealDate),
  },
  'a Date.now of its own': {
    set: (now) => void jest.spyOn(Date, 'now').mockReturnValue(now),
    restore: () => void jest.restoreAllMocks(),
  },
};

@Controller()
class Visits {
  @Get()
  count(@Session() session: Session<{ visits?: number }>) {
    return (session.visits = (session.visits ?? 0) + 1);
  }
}

afterEach(async () => {
  stopServers();
  await stopAll();
});

describe.each(Object.entries(CLOCKS))('%s, set after the start', (_name, { set, restore }) => {
  afterEach(restore);

  test('acts on sessions of the module', async () => {
    const { browser } = await start('express', {
      controllers: [Visits],
      options: { cookieName: 'session', duration: '1h' },
    });
    const visitor = browser(() => 0);
    expect((await visitor.get('/')).text).toBe('1');
    expect((await visitor.get('/')).text).toBe('2');
    set(Date.now() + HOUR + 1);
    expect((await visitor.get('/')).text).toBe('1');
  });

  test('acts on sessions without Nest', async () => {
    const served = await serve(
      ({ session }, response) => {
        session.visits = (session.visits ?? 0) + 1;
        response.end(String(session.visits));
      },
      { duration: '1h' },
    );
    // This browser throws nothing away, so that the server has to.
    const visitor = new Browser(served.origin, () => 0);
    await visitor.get('/');
    expect((await visitor.get('/')).text).toBe('2');
    set(Date.now() + HOUR + 1);
    expect((await visitor.get('/')).text).toBe('1');
  });

  test('acts on a codec, and on secrets that end', () => {
    const end = Date.now() + DAY;
    const codec = createSessionCodec({
      name: 'session',
      secret: { secret: SECRET, expires: new Date(end) },
      duration: '9 days',
    });
    const sealed = codec.seal({ a: 1 });
    expect(codec.unseal(sealed)).toMatchObject({ ok: true });
    set(end);
    expect(codec.unseal(sealed)).toEqual({ ok: false, reason: 'unknown-key' });
  });
});
